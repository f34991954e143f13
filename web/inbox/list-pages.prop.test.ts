import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareRows, flatRows, withHead, withRow, type ListPages } from "./list-pages.ts";
import { makeConversation } from "./testing/make-conversation.ts";

const rowArb = fc
  .record({ id: fc.integer({ min: 0, max: 40 }), at: fc.integer({ min: 0, max: 60 }) })
  .map(({ id, at }) => makeConversation(`c${id}`, at));
const uniqueRows = fc
  .uniqueArray(rowArb, { selector: (row) => row.id, maxLength: 30 })
  .map((rows) => rows.sort(compareRows));

/** What the server would answer: pages of five. */
function loaded(rows: ReturnType<typeof makeConversation>[], pages: number): ListPages {
  const list: ListPages = { pages: [], pageParams: [] };
  for (let page = 0; page < pages; page += 1) {
    const items = rows.slice(page * 5, page * 5 + 5);
    const more = rows.length > page * 5 + 5;
    list.pages.push({ items, nextCursor: more ? String(page + 1) : null });
    list.pageParams.push(page === 0 ? undefined : String(page));
    if (!more) break;
  }
  return list;
}

test("whatever arrives, the list stays in order and holds nothing twice", () => {
  fc.assert(
    fc.property(
      uniqueRows,
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.tuple(rowArb, fc.boolean()), { maxLength: 20 }),
      (rows, pages, changes) => {
        let list = loaded(rows, pages);
        for (const [row, belongs] of changes) list = withRow(list, row, belongs);
        const flat = flatRows(list);
        expect(flat).toEqual([...flat].sort(compareRows));
        expect(new Set(flat.map((row) => row.id)).size).toBe(flat.length);
      },
    ),
  );
});

test("after a head read anew the list is a beginning of the truth, when the tail has not changed", () => {
  fc.assert(
    fc.property(
      uniqueRows,
      fc.integer({ min: 1, max: 4 }),
      fc.uniqueArray(rowArb, { selector: (row) => row.id, maxLength: 4 }),
      (rows, pages, fresh) => {
        const before = loaded(rows, pages);
        // New ones come above everything that is loaded; some of them are old ones that have moved up.
        const moved = fresh.map((row) => ({
          ...row,
          lastMessageAt: new Date(Date.parse(row.lastMessageAt) + 86_400_000).toISOString(),
        }));
        const truth = [...rows.filter((row) => !moved.some((other) => other.id === row.id)), ...moved].sort(
          compareRows,
        );
        const joined = flatRows(
          withHead(before, { items: truth.slice(0, 5), nextCursor: truth.length > 5 ? "1" : null }),
        );
        expect(joined).toEqual(truth.slice(0, joined.length));
        expect(joined.length).toBeGreaterThanOrEqual(Math.min(5, truth.length));
      },
    ),
  );
});
