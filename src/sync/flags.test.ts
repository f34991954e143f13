import { expect, test } from "vitest";
import { seenChangeOf, shownFlags } from "./flags.ts";

const unread = { seen: false, flagged: false, answered: false };
const own = (change: { add?: string[]; remove?: string[]; ownSeen?: boolean }) => ({
  add: new Set(change.add),
  remove: new Set(change.remove),
  ownSeen: change.ownSeen ?? false,
});

test("\\Seen from outside is read by everybody; our own is not", () => {
  const union = new Set(["\\Seen"]);
  expect(shownFlags(unread, union, "set", undefined).seen).toBe(true);
  expect(shownFlags(unread, union, "set", own({ ownSeen: true })).seen).toBe(false);
  expect(shownFlags(unread, union, null, undefined).seen).toBe(false);
});

test("taken off outside it is unread again, unless another location still has it", () => {
  const read = { ...unread, seen: true };
  expect(shownFlags(read, new Set(), "cleared", undefined).seen).toBe(false);
  expect(shownFlags(read, new Set(["\\Seen"]), "cleared", undefined).seen).toBe(true);
});

test("what we want and the server does not have yet wins", () => {
  expect(shownFlags(unread, new Set(), null, own({ add: ["\\Flagged"] })).flagged).toBe(true);
  expect(
    shownFlags(unread, new Set(["\\Flagged", "\\Answered"]), null, own({ remove: ["\\Flagged"] })),
  ).toEqual({
    seen: false,
    flagged: false,
    answered: true,
  });
  expect(
    shownFlags({ ...unread, seen: true }, new Set(["\\Seen"]), "set", own({ remove: ["\\Seen"] })).seen,
  ).toBe(false);
});

test("seenChangeOf tells only changes", () => {
  expect(seenChangeOf([], ["\\Seen"])).toBe("set");
  expect(seenChangeOf(["\\Seen"], [])).toBe("cleared");
  expect(seenChangeOf(["\\Seen"], ["\\Seen", "\\Flagged"])).toBeNull();
});
