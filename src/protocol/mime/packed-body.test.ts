import { assert, option, property, record, string } from "fast-check";
import { expect, test } from "vitest";
import { packBody, unpackBody } from "./packed-body.ts";

test("text and HTML come back as they were, whatever they are made of", () => {
  const body = record({
    text: string({ unit: "grapheme", maxLength: 3_000 }),
    html: option(string({ unit: "binary", maxLength: 3_000 })),
  });
  assert(
    property(body, (given) => {
      const packed = packBody(given);
      expect(packed.hasHtml).toBe(given.html !== null);
      expect(unpackBody(packed.bytes)).toEqual({ ...given });
    }),
  );
});

test("mail packs well, and in a buffer of its own", () => {
  const html = "<p style='color:#333'>Dear customer, your order was sent.</p>".repeat(200);
  const { bytes } = packBody({ text: "Dear customer, your order was sent.\n".repeat(200), html });
  expect(bytes.length).toBeLessThan(html.length / 10);
  expect(bytes.buffer.byteLength).toBe(bytes.length);
});

test("bytes of another kind are refused", () => {
  expect(() => unpackBody(new Uint8Array([7, 1, 2]))).toThrow(/does not know \(7\)/);
  expect(() => unpackBody(new Uint8Array([1, 1, 2]))).toThrow();
});
