/**
 * The loaded part of a conversation list: pages by keyset cursor, newest first. Pure: events and one's own actions go
 * through here, so that a list is never read anew from its start, and what one is reading stays where it is.
 */
import type { InfiniteData } from "@tanstack/react-query";
import type { ListScope } from "../app/query-keys.ts";
import type { Conversation, ConversationList } from "../api/gen/model/index.ts";

export type ListPages = InfiniteData<ConversationList>;

/** Newest first; of two at the same time the later id first, as the server orders them. */
export function compareRows(a: Conversation, b: Conversation): number {
  if (a.lastMessageAt !== b.lastMessageAt) return a.lastMessageAt > b.lastMessageAt ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id > b.id ? -1 : 1;
}

/** Whether a conversation stands in a list; `unknown` for searches, which only the server can answer. */
export function belongsTo(row: Conversation, scope: ListScope, userId: string): boolean | "unknown" {
  if (row.mergedInto !== null || !inView(row, scope.view, userId)) return false;
  if (scope.mailbox !== undefined && !row.mailboxIds.includes(scope.mailbox)) return false;
  return scope.q === undefined ? true : "unknown";
}

function inView(row: Conversation, view: string, userId: string): boolean {
  switch (view) {
    case "mine":
      return row.status === "open" && row.assignee?.userId === userId;
    case "unassigned":
      return row.status === "open" && row.assignee === null;
    case "open":
    case "snoozed":
    case "closed":
      return row.status === view;
    default:
      return true;
  }
}

export const flatRows = (pages: ListPages | undefined): Conversation[] =>
  pages?.pages.flatMap((page) => page.items) ?? [];

/** Without one conversation; the same object when it was not there. */
export function withoutRow(pages: ListPages, id: string): ListPages {
  if (!pages.pages.some((page) => page.items.some((row) => row.id === id))) return pages;
  return {
    ...pages,
    pages: pages.pages.map((page) => ({ ...page, items: page.items.filter((row) => row.id !== id) })),
  };
}

/**
 * Puts a conversation where its order says. What would come after the last loaded row is left out while there is more
 * to load: it comes with its page. `belongs` unknown: it is brought up to date in its place, but not put in anew.
 */
export function withRow(pages: ListPages, row: Conversation, belongs: boolean | "unknown"): ListPages {
  if (belongs === false) return withoutRow(pages, row.id);
  if (belongs === "unknown") {
    return {
      ...pages,
      pages: pages.pages.map((page) => ({
        ...page,
        items: page.items.map((old) => (old.id === row.id ? row : old)),
      })),
    };
  }
  const rest = withoutRow(pages, row.id);
  let placed = false;
  const last = rest.pages.length - 1;
  const placedPages = rest.pages.map((page, index) => {
    if (placed) return page;
    const at = page.items.findIndex((other) => compareRows(row, other) < 0);
    const atEnd = at === -1 && index === last && page.nextCursor === null;
    if (at === -1 && !atEnd) return page;
    placed = true;
    const items = [...page.items];
    items.splice(at === -1 ? items.length : at, 0, row);
    return { ...page, items };
  });
  return { ...rest, pages: placedPages };
}

/**
 * Joins a first page read anew with what was loaded before: down to its last row the new page is the truth, below it
 * the loaded rows stay, whose cursors still hold.
 */
export function withHead(pages: ListPages, head: ConversationList): ListPages {
  const bound = head.items.at(-1);
  if (bound === undefined || head.nextCursor === null) return { pages: [head], pageParams: [undefined] };
  const top = pages.pages.find((page) => page.items.length > 0)?.items[0];
  // The loaded rows begin below the new page: between the two, rows may be missing.
  if (top === undefined || compareRows(top, bound) > 0) return { pages: [head], pageParams: [undefined] };
  const fresh = new Set(head.items.map((row) => row.id));
  const older = pages.pages.map((page) => ({
    ...page,
    items: page.items.filter((row) => !fresh.has(row.id) && compareRows(bound, row) < 0),
  }));
  const firstKept = older.findIndex((page) => page.items.length > 0);
  if (firstKept === -1) return { pages: [head], pageParams: [undefined] };
  // The new page ends inside the first kept one: it goes on by that page's rows and cursor.
  const [kept, ...rest] = older.slice(firstKept);
  if (kept === undefined) return { pages: [head], pageParams: [undefined] };
  return {
    pages: [{ items: [...head.items, ...kept.items], nextCursor: kept.nextCursor }, ...rest],
    pageParams: [undefined, ...pages.pageParams.slice(firstKept + 1)],
  };
}
