import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodedSize, decodeTransfer } from "./transfer.ts";

/** As senders write it: lines of one length, with or without an end to the last. */
const regular = fc
  .tuple(
    fc.uint8Array({ maxLength: 400 }),
    fc.constantFrom(4, 57, 60, 64, 76, 1_000),
    fc.constantFrom("\r\n", "\n"),
    fc.constantFrom("", "\n", "\r\n\r\n"),
  )
  .map(
    ([octets, width, feed, end]) =>
      (
        Buffer.from(octets)
          .toString("base64")
          .match(new RegExp(`.{1,${width}}`, "g")) ?? []
      ).join(feed) + end,
  );

/** Whatever stands in base64 and beside it: padding in the middle, empty lines, blanks, base64url; but nothing that is only passed over. */
const odd = fc
  .array(fc.constantFrom("A", "Bc", "QUJD", "=", "==", "\r\n", "\n", "\n\n", " ", "\t", "-", "_"))
  .map((pieces) => pieces.join(""));

test("the size of base64 is what decoding it gives", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        regular,
        odd,
        fc.tuple(regular, odd).map((two) => two.join("")),
      ),
      (text) => {
        const body = Buffer.from(text, "latin1");
        expect(decodedSize(body, "base64")).toBe(decodeTransfer(body, "base64").byteLength);
      },
    ),
    { numRuns: 5_000 },
  );
});

test("of other encodings, too", () => {
  const body = Buffer.from("a=20b=\r\nc");
  expect(decodedSize(body, "quoted-printable")).toBe(4);
  expect(decodedSize(body, "8bit")).toBe(body.length);
});
