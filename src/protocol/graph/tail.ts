/**
 * The older mail of a folder, newest first (MailSource.tail, estimate), by receivedDateTime: each page asks for what is
 * not newer than the oldest that was told. Graph's own nextLink counts places, so that a removal between two pages would
 * hide a message.
 */
import { isHitchpostError } from "../../core/errors.ts";
import type { HistoryRange, TailPage } from "../mail-source.ts";
import { isAbove, countOf, epochKey } from "./head.ts";
import type { TailCursor } from "./cursors.ts";
import type { GraphParts } from "./graph-parts.ts";
import { odataTime, query } from "./links.ts";
import {
  itemPageSchema,
  itemSelect,
  receivedMs,
  sizeExpand,
  toRemoteItem,
  type Item,
  type ItemPage,
} from "./schemas.ts";

const largestPage = 1_000;
const request = { what: "reading back in a folder", subject: "folder", urgency: "bulk" } as const;

const filterOf = (before: string | null, sinceMs: number | null): string | undefined => {
  const terms = [
    ...(before === null ? [] : [`receivedDateTime le ${before}`]),
    ...(sinceMs === null ? [] : [`receivedDateTime ge ${odataTime(sinceMs)}`]),
  ];
  return terms.length === 0 ? undefined : terms.join(" and ");
};

/** The next older page. Does not trust that the filter was kept: what was told is left out here, too. */
export async function tailPage(
  parts: GraphParts,
  folderId: string,
  cursor: TailCursor,
  { sinceMs }: HistoryRange,
  limit: number,
): Promise<TailPage> {
  const { boundary, before = boundary.newest, told = [] } = cursor;
  if (before === null) return { epochKey, cursor: null, items: [], remaining: 0 };
  const { items, left, isLast } = await collect(parts, folderId, {
    filter: filterOf(before, sinceMs),
    top: Math.min(largestPage, limit + told.length + 1),
    wanted: isWanted(cursor, before, sinceMs),
    limit,
    sinceMs,
  });
  parts.metas.note(items);
  const oldest = items.at(-1);
  if (oldest === undefined || isLast)
    return { epochKey, cursor: null, items: items.map(toRemoteItem), remaining: 0 };
  const edge = oldest.receivedDateTime!;
  const atEdge = items.filter((item) => receivedMs(item) === receivedMs(oldest)).map(({ id }) => id);
  const next: TailCursor = {
    graph: 1,
    // Of the newest second more may have come since; further back nobody asks who stood in it.
    boundary: sameSecond(edge, boundary.newest) ? boundary : { newest: boundary.newest, ids: [] },
    before: edge,
    told: sameSecond(edge, before) ? [...told, ...atEdge] : atEdge,
  };
  return { epochKey, cursor: next, items: items.map(toRemoteItem), remaining: left };
}

const sameSecond = (a: string, b: string | null): boolean => b !== null && Date.parse(a) === Date.parse(b);

function isWanted(
  { boundary, told = [] }: TailCursor,
  before: string,
  sinceMs: number | null,
): (item: Item) => boolean {
  const given = new Set(told);
  const edge = Date.parse(before);
  return (item) => {
    const ms = receivedMs(item);
    if (ms === null || ms > edge || given.has(item.id)) return false;
    if (isAbove(boundary, item)) return false;
    return sinceMs === null || ms >= sinceMs;
  };
}

interface Wanted {
  filter: string | undefined;
  top: number;
  wanted: (item: Item) => boolean;
  limit: number;
  sinceMs: number | null;
}

interface Collected {
  items: Item[];
  /** Older ones of the range; null: not told. */
  left: number | null;
  isLast: boolean;
}

async function collect(parts: GraphParts, folderId: string, want: Wanted): Promise<Collected> {
  const items = new Map<string, Item>();
  let seen = 0;
  let count: number | null = null;
  let page = await firstPage(parts, folderId, want);
  count = page["@odata.count"] ?? null;
  for (;;) {
    for (const item of page.value) if (items.size < want.limit && want.wanted(item)) items.set(item.id, item);
    seen += page.value.length;
    const next = page["@odata.nextLink"];
    const full = items.size >= want.limit;
    if (full || next == null || page.value.length === 0 || isBefore(page.value, want.sinceMs)) {
      const sorted = [...items.values()].sort((a, b) => (receivedMs(b) ?? 0) - (receivedMs(a) ?? 0));
      const untold = page.value.filter((item) => want.wanted(item) && !items.has(item.id)).length;
      const isLast = next == null && untold === 0;
      return { items: sorted, left: count === null ? null : Math.max(0, count - seen) + untold, isLast };
    }
    page = await parts.client.json(itemPageSchema, { ...request, path: next, root: "link" });
  }
}

/** With the messages' sizes, where the server knows them. */
async function firstPage(
  parts: GraphParts,
  folderId: string,
  { filter, top }: Pick<Wanted, "filter" | "top">,
): Promise<ItemPage> {
  const { client, sizes } = parts;
  const path = `/mailFolders/${encodeURIComponent(folderId)}/messages${query({
    $select: itemSelect,
    $expand: sizes.asked ? sizeExpand : undefined,
    $filter: filter,
    $orderby: "receivedDateTime desc",
    $top: top,
    $count: true,
  })}`;
  try {
    return await client.json(itemPageSchema, { ...request, path });
  } catch (error) {
    if (!sizes.asked || !isHitchpostError(error, "protocol_error")) throw error;
    sizes.asked = false; // it may be the expansion that is refused: without it, attachments are asked for
    return firstPage(parts, folderId, { filter, top });
  }
}

/** All of the page is older than what is wanted. */
const isBefore = (items: readonly Item[], sinceMs: number | null): boolean =>
  sinceMs !== null && items.every((item) => (receivedMs(item) ?? 0) < sinceMs);

/** How many messages of the range the folder holds. */
export async function countInRange(
  parts: GraphParts,
  folderId: string,
  { sinceMs }: HistoryRange,
): Promise<number> {
  if (sinceMs === null) return countOf(parts, folderId);
  const ask = (top: number, path?: string) =>
    parts.client.json(itemPageSchema, {
      ...request,
      what: "counting a folder",
      ...(path === undefined
        ? {
            path: `/mailFolders/${encodeURIComponent(folderId)}/messages${query({
              $select: "id,receivedDateTime",
              $filter: filterOf(null, sinceMs),
              $orderby: "receivedDateTime desc",
              $top: top,
              $count: true,
            })}`,
          }
        : { path, root: "link" as const }),
    });
  let page = await ask(1);
  if (page["@odata.count"] != null) return page["@odata.count"];
  const ids = new Set<string>();
  for (page = await ask(largestPage); ;) {
    for (const item of page.value) if ((receivedMs(item) ?? 0) >= sinceMs) ids.add(item.id);
    const next = page["@odata.nextLink"];
    if (next == null || page.value.length === 0) return ids.size;
    page = await ask(largestPage, next);
  }
}
