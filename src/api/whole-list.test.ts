import { expect, test } from "vitest";
import { idCursor, pageOfWhole, readIdCursor } from "./whole-list.ts";

const same = (item: string): string => item;
const all = ["a", "b", "c", "d", "e"];

test("pages follow one another and end", () => {
  const first = pageOfWhole(all, { limit: 2 }, same);
  expect(first.items).toEqual(["a", "b"]);
  const second = pageOfWhole(all, { limit: 2, cursor: first.nextCursor! }, same);
  expect(second.items).toEqual(["c", "d"]);
  expect(pageOfWhole(all, { limit: 2, cursor: second.nextCursor! }, same)).toEqual({
    items: ["e"],
    nextCursor: null,
  });
  expect(pageOfWhole(all, { limit: 5 }, same)).toEqual({ items: all, nextCursor: null });
  expect(pageOfWhole([], { limit: 5 }, same)).toEqual({ items: [], nextCursor: null });
});

test("what came or went meanwhile neither doubles nor hides the rest", () => {
  const cursor = pageOfWhole(all, { limit: 2 }, same).nextCursor!;
  expect(pageOfWhole(["new", ...all], { limit: 9, cursor }, same).items).toEqual(["c", "d", "e"]);
  expect(pageOfWhole(["b", "c", "d", "e"], { limit: 9, cursor }, same).items).toEqual(["c", "d", "e"]);
  expect(pageOfWhole(["a", "c", "d", "e"], { limit: 9, cursor }, same).items).toEqual(["c", "d", "e"]);
  expect(pageOfWhole(["a"], { limit: 9, cursor }, same)).toEqual({ items: [], nextCursor: null });
});

const refused = expect.objectContaining({ code: "invalid_request", details: { field: "cursor" } });

test.each(["", "x", Buffer.from("2|").toString("base64url"), Buffer.from("-1|a").toString("base64url")])(
  "%j is no cursor",
  (cursor) => {
    expect(() => pageOfWhole(all, { limit: 2, cursor }, same)).toThrow(refused);
    expect(() => readIdCursor(cursor)).toThrow(refused);
  },
);

test("a cursor of ids comes back", () => {
  const id = "01890000-0000-7000-8000-000000000000";
  expect(readIdCursor(idCursor(id))).toBe(id);
});
