import { describe, expect, test } from "vitest";
import type { Conversation } from "../api/gen/model/index.ts";
import { belongsTo, flatRows, withHead, withoutRow, withRow, type ListPages } from "./list-pages.ts";
import { makeConversation } from "./testing/make-conversation.ts";

/** Pages of ids; each id's number is its time. `open`: there is more to load. */
const pagesOf = (pages: string[][], open = true): ListPages => ({
  pages: pages.map((ids, index) => ({
    items: ids.map((id) => makeConversation(id, Number(id.slice(1)))),
    nextCursor: index < pages.length - 1 || open ? `after-${ids.at(-1) ?? ""}` : null,
  })),
  pageParams: pages.map((_, index) => (index === 0 ? undefined : `after-${pages[index - 1]?.at(-1) ?? ""}`)),
});
const ids = (pages: ListPages): string[][] => pages.pages.map((page) => page.items.map((row) => row.id));

describe("withRow", () => {
  test("new mail goes to the top, and leaves its old place", () => {
    const pages = withRow(
      pagesOf([
        ["c9", "c8"],
        ["c7", "c6"],
      ]),
      makeConversation("c7", 20),
      true,
    );
    expect(ids(pages)).toEqual([["c7", "c9", "c8"], ["c6"]]);
  });

  test("an older one goes where its time says, across pages", () => {
    expect(
      ids(
        withRow(
          pagesOf([
            ["c9", "c7"],
            ["c5", "c3"],
          ]),
          makeConversation("x", 6),
          true,
        ),
      ),
    ).toEqual([
      ["c9", "c7"],
      ["x", "c5", "c3"],
    ]);
  });

  test("what comes after the last loaded row waits for its page", () => {
    expect(ids(withRow(pagesOf([["c9", "c8"]]), makeConversation("x", 1), true))).toEqual([["c9", "c8"]]);
    expect(ids(withRow(pagesOf([["c9", "c8"]], false), makeConversation("x", 1), true))).toEqual([
      ["c9", "c8", "x"],
    ]);
  });

  test("the first row of an empty list", () => {
    expect(ids(withRow(pagesOf([[]], false), makeConversation("x", 1), true))).toEqual([["x"]]);
  });

  test("what belongs no longer is taken out", () => {
    expect(
      ids(withRow(pagesOf([["c9", "c8"]]), makeConversation("c8", 30, { status: "closed" }), false)),
    ).toEqual([["c9"]]);
  });

  test("in a search it is brought up to date in its place, and never put in anew", () => {
    const known = withRow(
      pagesOf([["c9", "c8"]]),
      makeConversation("c8", 30, { snippet: "new words" }),
      "unknown",
    );
    expect(ids(known)).toEqual([["c9", "c8"]]);
    expect(flatRows(known)[1]?.snippet).toBe("new words");
    expect(ids(withRow(pagesOf([["c9", "c8"]]), makeConversation("x", 30), "unknown"))).toEqual([
      ["c9", "c8"],
    ]);
  });

  test("of two at the same time the later id stands first, as on the server", () => {
    const pages = pagesOf([["c5"]], false);
    expect(
      ids(withRow(withRow(pages, makeConversation("a", 9), true), makeConversation("b", 9), true)),
    ).toEqual([["b", "a", "c5"]]);
  });
});

test("withoutRow leaves everything as it is when the row is not there", () => {
  const pages = pagesOf([["c9"]]);
  expect(withoutRow(pages, "x")).toBe(pages);
});

const head = (list: string[], more = true) => ({
  items: list.map((id) => makeConversation(id, Number(id.slice(1)))),
  nextCursor: more ? "head" : null,
});

describe("withHead", () => {
  test("the new page is the truth down to its last row; below it the loaded rows and cursors stay", () => {
    const joined = withHead(
      pagesOf([
        ["c9", "c8", "c7"],
        ["c6", "c5"],
      ]),
      head(["d12", "c9", "c7"]),
    );
    expect(ids(joined)).toEqual([["d12", "c9", "c7", "c6", "c5"]]);
    expect(joined.pages[0]?.nextCursor).toBe("after-c5");
  });

  test("it ends inside a page: that page's rest goes on below it", () => {
    const joined = withHead(
      pagesOf([
        ["c9", "c8", "c7"],
        ["c6", "c5"],
      ]),
      head(["d12", "d11", "c9"]),
    );
    expect(ids(joined)).toEqual([
      ["d12", "d11", "c9", "c8", "c7"],
      ["c6", "c5"],
    ]);
    expect(joined.pageParams).toHaveLength(2);
  });

  test("a gap of more than a page: what was loaded is thrown away, for rows may be missing between", () => {
    const joined = withHead(pagesOf([["c9"]]), head(["d30", "d29"]));
    expect(flatRows(joined).map((row) => row.id)).toEqual(["d30", "d29"]);
    expect(joined.pages[0]?.nextCursor).toBe("head");
  });

  test("a whole list replaces everything", () => {
    expect(ids(withHead(pagesOf([["c9"], ["c8"]]), head(["c9"], false)))).toEqual([["c9"]]);
    expect(ids(withHead(pagesOf([["c9"]]), { items: [], nextCursor: null }))).toEqual([[]]);
  });
});

const scope = (view: string, more = {}) => ({ view, mailbox: undefined, q: undefined, ...more });

describe("belongsTo", () => {
  const mine = { userId: "u1", name: "Jo" };
  test.each<[Partial<Conversation>, string[]]>([
    [{}, ["unassigned", "open", "all"]],
    [{ assignee: mine }, ["mine", "open", "all"]],
    [{ assignee: { userId: "u2", name: "Tom" } }, ["open", "all"]],
    [{ status: "closed", assignee: mine }, ["closed", "all"]],
    [{ status: "snoozed" }, ["snoozed", "all"]],
    [{ mergedInto: "c2" }, []],
  ])("%j stands in %j", (more, wanted) => {
    const row = makeConversation("c1", 1, more);
    const views = ["mine", "unassigned", "open", "snoozed", "closed", "all"];
    expect(views.filter((view) => belongsTo(row, scope(view), "u1") === true)).toEqual(wanted);
  });

  test("a mailbox leaves out what is not in it; a search cannot be told here", () => {
    const row = makeConversation("c1", 1);
    expect(belongsTo(row, scope("open", { mailbox: "m1" }), "u1")).toBe(true);
    expect(belongsTo(row, scope("open", { mailbox: "m2" }), "u1")).toBe(false);
    expect(belongsTo(row, scope("open", { q: "mug" }), "u1")).toBe("unknown");
    expect(belongsTo(row, scope("closed", { q: "mug" }), "u1")).toBe(false);
  });
});
