import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareWindow, type StoredItem } from "./reconcile.ts";

const stored = (uid: number, flags: string[] = []): StoredItem => ({
  key: String(uid),
  uid,
  messageId: `m${uid}`,
  flags,
});
const item = (uid: number, flags: string[] = []) => ({ key: String(uid), flags });

test("a window speaks only for its own bounds", () => {
  const difference = compareWindow([stored(1), stored(5), stored(9)], { from: 4, to: 6, items: [] });
  expect(difference.removed.map((entry) => entry.key)).toEqual(["5"]);
});

test("flags are compared as sets, without case, \\Recent left out", () => {
  const difference = compareWindow([stored(1, ["\\Flagged", "\\Seen"]), stored(2, ["\\Seen"])], {
    from: null,
    to: null,
    items: [item(1, ["\\SEEN", "\\flagged", "\\Recent"]), item(2, [])],
  });
  expect(difference.flagged.map(({ stored: { key }, flags }) => [key, flags])).toEqual([["2", []]]);
});

test("holes lie below what is stored; what is above is new and left to the head", () => {
  const difference = compareWindow([stored(3), stored(7)], {
    from: null,
    to: null,
    items: [1, 3, 5, 7, 9].map((uid) => item(uid)),
  });
  expect(difference.holes.map((entry) => entry.key)).toEqual(["1", "5"]);
});

test("property: removed are exactly the stored ones in bounds that were not listed", () => {
  const uids = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 20 });
  fc.assert(
    fc.property(
      uids,
      uids,
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 30 }),
      (known, listed, a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const window = {
          from,
          to,
          items: listed.filter((uid) => uid >= from && uid <= to).map((uid) => item(uid)),
        };
        const removed = compareWindow(
          known.map((uid) => stored(uid)),
          window,
        ).removed.map((entry) => entry.uid);
        expect(removed).toEqual(known.filter((uid) => uid >= from && uid <= to && !listed.includes(uid)));
      },
    ),
  );
});
