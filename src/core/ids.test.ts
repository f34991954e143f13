import { expect, test } from "vitest";
import { isId, newId } from "./ids.ts";

const version7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const millisecondsOf = (id: string): number => Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);

test("ids of one process ascend, also within a millisecond and past the counter's end", () => {
  const ids = Array.from({ length: 10_000 }, () => newId(1_800_000_000_000));
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a clock that is set back does not set them back", () => {
  const before = newId(1_900_000_000_000);
  expect(newId(1_850_000_000_000) > before).toBe(true);
});

test("they are version 7 with the time in front (RFC 9562 5.7)", () => {
  const id = newId(2_000_000_000_000);
  expect(id).toMatch(version7);
  expect(millisecondsOf(id)).toBe(2_000_000_000_000);
  expect(isId(id)).toBe(true);
});

test.each([
  "",
  "x",
  "01890000-0000-7000-8000-00000000000",
  "01890000-0000-7000-8000-00000000000G",
  " 01890000-0000-7000-8000-000000000000",
])("%j is no id", (text) => {
  expect(isId(text)).toBe(false);
});
