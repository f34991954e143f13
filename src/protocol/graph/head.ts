/**
 * What changed in a folder since the last look (MailSource.head), by its delta. Immutable ids stay what they are, so the
 * numbering never changes: when Graph has forgotten the place (410, syncStateNotFound), the folder is listed whole under
 * the same keys, and what is known is not fetched again.
 *
 *   first look   the newest page sets the boundary; a folder of one page is listed by delta at once
 *   later        no deltaLink yet, or forgotten → whole listing, a proved window; else what the delta names
 */
import { isHitchpostError } from "../../core/errors.ts";
import type { HeadChanges, ProvedWindow } from "../mail-source.ts";
import type { Boundary, HeadCursor } from "./cursors.ts";
import { changesSince, completed, isWhole, type DeltaRound } from "./delta.ts";
import type { GraphParts } from "./graph-parts.ts";
import { query } from "./links.ts";
import { folderSchema, itemPageSchema, itemSelect, receivedMs, toRemoteItem, type Item } from "./schemas.ts";

/** The one numbering there is. */
export const epochKey = "graph";

/** A folder up to this size is listed at the first look. */
const smallFolder = 1_000;
const newestAtOnce = 50;
/** What came so long before the last look may still have been missed by it: clocks differ, and mail is filed late. */
const slackMs = 86_400_000;

export async function firstHead(parts: GraphParts, folderId: string): Promise<HeadChanges> {
  const { newest, exists } = await newestOf(parts, folderId);
  const nowMs = parts.client.clock.now();
  if (exists <= smallFolder) {
    const round = await parts.enumerations.whole(folderId);
    const items = [...round.items.values()];
    parts.metas.note(items);
    const cursor = { ...cursorOf(round, boundaryOf(items), nowMs), exists: items.length };
    return changesOf(cursor, {});
  }
  return changesOf(
    { graph: 1, boundary: boundaryOf(newest), deltaLink: null, lookedAtMs: nowMs, exists },
    {},
  );
}

const cursorOf = ({ deltaLink }: DeltaRound, boundary: Boundary, lookedAtMs: number) => ({
  graph: 1 as const,
  boundary,
  deltaLink,
  lookedAtMs,
});

function changesOf(
  cursor: HeadCursor,
  changes: Partial<Pick<HeadChanges, "added" | "flagged" | "vanished" | "windows">>,
): HeadChanges {
  return {
    epochKey,
    cursor,
    added: [],
    flagged: [],
    vanished: [],
    windows: [],
    ...changes,
    exists: cursor.exists,
    needsLooks: cursor.deltaLink === null,
  };
}

/** The newest messages, as far as the newest second reaches, and how many the folder has. */
async function newestOf(parts: GraphParts, folderId: string): Promise<{ newest: Item[]; exists: number }> {
  const { client } = parts;
  const request = { what: "looking into a folder", subject: "folder", urgency: "urgent" } as const;
  const options = query({
    $select: itemSelect,
    $orderby: "receivedDateTime desc",
    $top: newestAtOnce,
    $count: true,
  });
  const path = `/mailFolders/${encodeURIComponent(folderId)}/messages${options}`;
  let page = await client.json(itemPageSchema, { ...request, path });
  const newest = [...page.value];
  const count = page["@odata.count"] ?? (await countOf(parts, folderId));
  const isOneSecond = (): boolean =>
    newest.length > 0 && newest.at(-1)?.receivedDateTime === newest[0]?.receivedDateTime;
  for (let next = page["@odata.nextLink"]; next != null && isOneSecond(); next = page["@odata.nextLink"]) {
    page = await client.json(itemPageSchema, { ...request, path: next, root: "link" });
    if (page.value.length === 0) break;
    newest.push(...page.value);
  }
  return { newest, exists: count };
}

export async function countOf({ client }: GraphParts, folderId: string): Promise<number> {
  const folder = await client.json(folderSchema, {
    path: `/mailFolders/${encodeURIComponent(folderId)}?$select=id,displayName,totalItemCount,unreadItemCount`,
    what: "counting a folder",
    subject: "folder",
    urgency: "urgent",
  });
  return folder.totalItemCount ?? 0;
}

/** Pure. */
export function boundaryOf(items: readonly Item[]): Boundary {
  let newest: Item | null = null;
  for (const item of items)
    if (
      (receivedMs(item) ?? Number.NEGATIVE_INFINITY) >
      (newest === null ? Number.NEGATIVE_INFINITY : receivedMs(newest)!)
    )
      newest = item;
  if (newest === null) return { newest: null, ids: [] };
  const ms = receivedMs(newest);
  return {
    newest: newest.receivedDateTime!,
    ids: items.filter((item) => receivedMs(item) === ms).map(({ id }) => id),
  };
}

/** Not one of those that the tail brings. Pure. */
export function isAbove({ newest, ids }: Boundary, item: Item): boolean {
  if (newest === null) return true;
  const [ms, edge] = [receivedMs(item), Date.parse(newest)];
  return ms !== null && (ms > edge || (ms === edge && !ids.includes(item.id)));
}

export async function nextHead(
  parts: GraphParts,
  folderId: string,
  cursor: HeadCursor,
): Promise<HeadChanges> {
  const nowMs = parts.client.clock.now();
  const { deltaLink } = cursor;
  if (deltaLink === null) return wholeHead(parts, folderId, cursor, (item) => isAbove(cursor.boundary, item));
  try {
    const round = await changesSince(parts.client, deltaLink, parts.prefetched.take(folderId, deltaLink));
    return await roundHead(parts, folderId, { ...cursor, lookedAtMs: nowMs }, round);
  } catch (error) {
    if (!isHitchpostError(error, "folder_reset")) throw error;
    const sinceMs = cursor.lookedAtMs - slackMs;
    return wholeHead(
      parts,
      folderId,
      cursor,
      (item) => isAbove(cursor.boundary, item) && (receivedMs(item) ?? 0) >= sinceMs,
    );
  }
}

/** Listed whole: all that stands in the folder is a window; what is new in it is named too. */
async function wholeHead(
  parts: GraphParts,
  folderId: string,
  cursor: HeadCursor,
  isNew: (item: Item) => boolean,
): Promise<HeadChanges> {
  const nowMs = parts.client.clock.now();
  const round = await parts.enumerations.whole(folderId);
  const items = [...round.items.values()].sort(byDate);
  parts.metas.note(items);
  const window: ProvedWindow = { from: null, to: null, items: items.map(toRemoteItem) };
  const next = { ...cursorOf(round, cursor.boundary, nowMs), exists: items.length };
  return changesOf(next, { windows: [window], added: items.filter(isNew).map(toRemoteItem) });
}

const byDate = (a: Item, b: Item): number => (receivedMs(a) ?? 0) - (receivedMs(b) ?? 0);

/**
 * What the delta names whole may be new or changed, which only the caller can tell: it stands in both lists. Of a change
 * that is told in part the rest is asked for.
 */
async function roundHead(
  parts: GraphParts,
  folderId: string,
  cursor: HeadCursor,
  round: DeltaRound,
): Promise<HeadChanges> {
  const told = [...round.items.values()].sort(byDate);
  const whole = new Set(told.filter(isWhole).map(({ id }) => id));
  const items = await completed(parts.batcher, told);
  parts.metas.note(items);
  const quiet = items.length === 0 && round.removed.size === 0;
  return changesOf(
    {
      ...cursor,
      deltaLink: round.deltaLink,
      exists: quiet ? cursor.exists : await countOf(parts, folderId),
    },
    {
      added: items.filter(({ id }) => whole.has(id)).map(toRemoteItem),
      flagged: items.map(toRemoteItem),
      vanished: [...round.removed],
    },
  );
}
