import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { decodeModifiedUtf7, encodeModifiedUtf7 } from "./modified-utf7.ts";

test("the examples of RFC 3501 5.1.3", () => {
  expect(encodeModifiedUtf7("~peter/mail/台北/日本語")).toBe("~peter/mail/&U,BTFw-/&ZeVnLIqe-");
  expect(decodeModifiedUtf7("&Jjo-!")).toBe("☺!");
  expect(encodeModifiedUtf7("Entwürfe & mehr")).toBe("Entw&APw-rfe &- mehr");
});

test("every name comes back, and travels as ASCII", () => {
  assert(
    property(string({ unit: "grapheme" }), (name) => {
      const encoded = encodeModifiedUtf7(name);
      expect(encoded).toMatch(/^[\x20-\x7e]*$/);
      expect(decodeModifiedUtf7(encoded)).toBe(name);
    }),
  );
});
