import { expect, test } from "vitest";
import { binaryBytes, binaryTexts, plainArray } from "./arrays.ts";

const header = (nulls: number, oid: number, length: number) => [1, nulls, oid, length, 1];
const ints = (bytes: Buffer, count: number) =>
  Array.from({ length: count }, (_, at) => bytes.readInt32BE(at * 4));

test("an array's octets are those of array_recv: dimensions, NULLs, type, length, lower bound, elements", () => {
  const texts = binaryTexts(["é", null, ""]);
  expect(ints(texts, 5)).toEqual(header(1, 25, 3));
  expect([...texts.subarray(20)]).toEqual([0, 0, 0, 2, 0xc3, 0xa9, 255, 255, 255, 255, 0, 0, 0, 0]);
  const bytes = binaryBytes([new Uint8Array([0, 255])]);
  expect(ints(bytes, 5)).toEqual(header(0, 17, 1));
  expect([...bytes.subarray(20)]).toEqual([0, 0, 0, 2, 0, 255]);
});

test("an empty array has no dimension", () => {
  expect([...binaryTexts([])]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25]);
});

test("a plain array writes NULL for null", () => {
  expect(plainArray([1, null, true, "2026-01-01T00:00:00.000Z"])).toBe(
    "{1,NULL,true,2026-01-01T00:00:00.000Z}",
  );
  expect(plainArray([])).toBe("{}");
});
