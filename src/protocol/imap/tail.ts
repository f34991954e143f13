/**
 * The older mail of a folder, newest first (MailSource.tail, estimate). Without a range the pages go by sequence number
 * and prove that each is whole; with one the server's SEARCH SINCE (RFC 9051 6.4.4) says what belongs to it.
 */
import type { RemoteItem, TailPage } from "../mail-source.ts";
import type { ListedItem } from "./commands.ts";
import { fetchByUid, listSequence, searchDate, searchUids } from "./commands.ts";
import type { TailCursor } from "./cursors.ts";
import { imapError } from "./errors.ts";
import { parseFetchRow } from "./fetch-row.ts";
import { atom, execute, sequence } from "./imapflow-internals.ts";
import type { OpenFolder } from "./open-folder.ts";
import { packUids } from "./uid-set.ts";

const dayMs = 86_400_000;
const bare = ({ key, flags }: ListedItem): RemoteItem => ({ key, flags });

/** The next older page of all mail. The folder is as the server has it now and has the cursor's UIDVALIDITY. */
export async function tailOfAll(folder: OpenFolder, start: TailCursor, limit: number): Promise<TailPage> {
  let cursor = start;
  for (;;) {
    // Sequence numbers only fall, so whatever is older than `below` still stands under the number `below` had.
    const high = Math.min(folder.exists, (cursor.belowSeq ?? folder.exists + 1) - 1);
    if (high < 1 || cursor.below <= 1)
      return { epochKey: folder.epochKey, cursor: null, items: [], remaining: 0 };
    const low = Math.max(1, high - limit + 1);
    const older = (await listSequence(folder, low, high)).filter((item) => item.uid < cursor.below);
    cursor = { ...cursor, below: older[0]?.uid ?? cursor.below, belowSeq: low };
    if (older.length === 0 && low > 1) continue;
    const items = older.map(bare).reverse();
    return { epochKey: folder.epochKey, cursor: low === 1 ? null : cursor, items, remaining: low - 1 };
  }
}

/** UIDs of a range, newest first, kept from page to page: one SEARCH a backfill, not one a page. */
export interface RangeList {
  epochKey: string;
  sinceMs: number;
  newestFirst: number[];
}

/** SEARCH knows days only, without a zone: one more day is asked for than needed, and INTERNALDATE decides later. */
export async function searchRange(folder: OpenFolder, sinceMs: number): Promise<RangeList> {
  const uids = await uidsSince(folder, sinceMs - dayMs);
  return { epochKey: folder.epochKey, sinceMs, newestFirst: uids.reverse() };
}

/** The newest so many must bear out what SEARCH says. */
const witnesses = 20;
const datesAtOnce = 5_000;

/**
 * UIDs from this day on, ascending. Some servers answer SEARCH SINCE with nothing, with too little (an index that lags) or
 * with NO: what the dates of the newest messages do not bear out is looked up date by date.
 */
async function uidsSince(folder: OpenFolder, dayStartMs: number): Promise<number[]> {
  if (folder.exists === 0) return [];
  const newest = await fetchDates(folder, Math.max(1, folder.exists - witnesses + 1), folder.exists);
  const found = await searchSince(folder, dayStartMs);
  // A day later it belongs to the range whatever the zone of the server's dates is.
  const owed = newest.filter(({ dateMs }) => dateMs !== null && dateMs >= dayStartMs + dayMs);
  if (found !== null && owed.every(({ uid }) => found.has(uid))) return [...found];
  const dated: Dated[] = [];
  for (let high = folder.exists; high >= 1; high -= datesAtOnce)
    dated.push(...(await fetchDates(folder, Math.max(1, high - datesAtOnce + 1), high)));
  return dated
    .filter(({ dateMs }) => dateMs === null || dateMs >= dayStartMs)
    .map(({ uid }) => uid)
    .sort((a, b) => a - b);
}

/** Null: the server does not search. */
async function searchSince(folder: OpenFolder, dayStartMs: number): Promise<Set<number> | null> {
  try {
    return new Set(await searchUids(folder.client, [atom("SINCE"), searchDate(dayStartMs)]));
  } catch (error) {
    const known = imapError(error, { where: folder.path, step: "command" });
    if (known.code !== "protocol_error") throw error;
    return null;
  }
}

interface Dated {
  uid: number;
  dateMs: number | null;
}

async function fetchDates(folder: OpenFolder, low: number, high: number): Promise<Dated[]> {
  const dated = new Map<number, Dated>();
  const items = [atom("UID"), atom("INTERNALDATE")];
  await execute(folder.client, "FETCH", [sequence(`${low}:${high}`), items], {
    FETCH: (untagged) => {
      const row = parseFetchRow(untagged);
      if (row !== null && row.uid !== null) dated.set(row.uid, { uid: row.uid, dateMs: row.internalDateMs });
    },
  });
  return [...dated.values()];
}

/** The next older page of the range. */
export async function tailOfRange(
  folder: OpenFolder,
  start: TailCursor,
  list: RangeList,
  limit: number,
): Promise<TailPage> {
  let { below } = start;
  for (;;) {
    const left = list.newestFirst.filter((uid) => uid < below);
    const page = left.slice(0, limit);
    const lowest = page.at(-1);
    if (lowest === undefined) return { epochKey: folder.epochKey, cursor: null, items: [], remaining: 0 };
    below = lowest;
    const rows = await fetchByUid(folder.client, packUids(page), [atom("FLAGS"), atom("INTERNALDATE")]);
    const items: RemoteItem[] = [];
    for (const uid of page) {
      const row = rows.get(uid); // none: removed since the search, or one that answers nothing; the reader tells them apart
      if (row !== undefined && row.internalDateMs !== null && row.internalDateMs < list.sinceMs) continue;
      items.push({ key: String(uid), flags: row?.flags ?? null });
    }
    const remaining = left.length - page.length;
    const cursor = remaining === 0 ? null : { uidvalidity: folder.epochKey, below, belowSeq: null };
    if (items.length > 0 || cursor === null) return { epochKey: folder.epochKey, cursor, items, remaining };
  }
}

/** How many messages of the range the folder holds, to the day. */
export const countSince = async (folder: OpenFolder, sinceMs: number): Promise<number> =>
  (await uidsSince(folder, sinceMs)).length;
