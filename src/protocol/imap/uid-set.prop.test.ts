import { assert, integer, property, uniqueArray } from "fast-check";
import { expect, test } from "vitest";
import { packUids, uidOf, unpackUids } from "./uid-set.ts";

const uids = uniqueArray(integer({ min: 1, max: 4_294_967_295 }), { maxLength: 300 });

test("what is packed is unpacked, sorted", () => {
  assert(
    property(uids, (list) => {
      if (list.length > 0) expect(unpackUids(packUids(list))).toEqual(list.toSorted((a, b) => a - b));
    }),
  );
});

test("runs become ranges", () => expect(packUids([7, 3, 1, 2, 9, 8])).toBe("1:3,7:9"));

test("a reversed range is read, a bomb and nonsense are not", () => {
  expect(unpackUids("5:3")).toEqual([3, 4, 5]);
  for (const bad of ["", "*", "1:*", "1:4294967295", "1,,2", "abc", "-1"]) expect(unpackUids(bad)).toBeNull();
});

test("only a UID is a key", () => {
  expect(uidOf("42")).toBe(42);
  for (const bad of ["0", "01", "1:*", "", "4e3", "99999999999"]) expect(uidOf(bad)).toBeNull();
});
