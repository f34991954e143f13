/**
 * MailSource over POP3 (RFC 1939): one folder, read only. What POP3 has not: other folders, flags, Sent, changes of ours,
 * pushes. Everything is left on the server always.
 */
import type { Clock } from "../../core/clock.ts";
import { HitchpostError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type {
  HeadChanges,
  HistoryRange,
  MailSource,
  RemoteItem,
  TailPage,
  WatchEvent,
} from "../mail-source.ts";
import { extractPart } from "../mime/structure.ts";
import type { Pop3ConnectionOptions, Pop3Timeouts } from "./connection.ts";
import { dateMs, fetchMessages, fetchSource, readHeader } from "./fetch.ts";
import {
  knownBy,
  knownCursor,
  listingDigest,
  olderThan,
  tailCursor,
  type ListedMail,
  type Listing,
} from "./listing.ts";
import { createVisits, type Visit, type Visits } from "./visits.ts";

export interface Pop3SourceOptions extends Omit<Pop3ConnectionOptions, "timeouts"> {
  clock: Clock;
  log: Log;
  /** Between two looks; default 2 min: each is a sign-in, and Microsoft throttles them. */
  pollMs?: number;
  /** A session that is not used is ended after so long; default 5 s. */
  keepMs?: number;
  timeouts?: Partial<Pop3Timeouts>;
}

const defaultTimeouts: Pop3Timeouts = { connectMs: 20_000, silenceMs: 60_000, loginMs: 45_000 };
const folderPath = "INBOX";
/** The one numbering: UIDLs stay what they are (RFC 1939 7). */
const epochKey = "pop3";
/** The listing that told of a change serves the look that follows. */
const sameLookMs = 2_000;
/** During an import a session goes on with the listing that it began with. */
const importMs = 10 * 60_000;

/** Nothing is sent before `connect` or the first other call. */
export function createPop3Source(options: Pop3SourceOptions): MailSource {
  const { clock, pollMs = 120_000, keepMs = 5_000 } = options;
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const visits = createVisits({ ...options, timeouts, keepMs });
  const ended = new AbortController();
  const listed = (maxAgeMs: number): Promise<Listing> => visits.run(maxAgeMs, async ({ listing }) => listing);
  return {
    transport: "pop3",
    connect: async () => void (await listed(sameLookMs)),
    listFolders: async () => [
      {
        path: folderPath,
        name: folderPath,
        delimiter: null,
        parentPath: null,
        role: "inbox",
        selectable: true,
        kind: "mail",
        messages: (await listed(pollMs)).length,
      },
    ],
    ...reading(visits, listed),
    async *fetch(path, _epochKey, keys, what) {
      assertInbox(path);
      yield* fetchMessages(visits, keys, what);
    },
    async fetchPart(path, _epochKey, key, partPath) {
      assertInbox(path);
      const raw = await fetchSource(visits, key);
      const part = partPath === null ? raw : extractPart(raw, partPath);
      if (part === null)
        throw new HitchpostError("message_unreadable", `Message ${key} has no part ${partPath}.`);
      return part;
    },
    watch: (paths, signal) =>
      watchInbox({ clock, pollMs, listed }, paths, AbortSignal.any([signal, ended.signal])),
    async peek(paths) {
      if (!paths.includes(folderPath)) return new Map();
      const listing = visits.recent(pollMs) ?? (await listed(0));
      return new Map([[folderPath, listingDigest(listing)]]);
    },
    apply: () =>
      Promise.reject(
        new HitchpostError("read_only", "POP3 can only read: nothing can be changed on the server over it."),
      ),
    findSent: async () => [],
    async close() {
      ended.abort(new Error("the source was closed"));
      await visits.close();
    },
  };
}

function assertInbox(path: string): void {
  if (path !== folderPath)
    throw new HitchpostError("folder_unavailable", `POP3 has no folder ${path}.`, {
      details: { reason: "missing" },
    });
}

const toItem = ({ uidl }: ListedMail): RemoteItem => ({ key: uidl, flags: null });

type Reading = Pick<MailSource, "head" | "tail" | "estimate" | "listAll">;

function reading(visits: Visits, listed: (maxAgeMs: number) => Promise<Listing>): Reading {
  return {
    async head(path, stored) {
      assertInbox(path);
      return headOf(await listed(sameLookMs), stored);
    },
    async tail(path, cursor, range, limit) {
      assertInbox(path);
      return visits.run(importMs, (visit) => tailPage(visit, cursor, range, limit));
    },
    async estimate(path, range) {
      assertInbox(path);
      return visits.run(importMs, (visit) => countSince(visit, range));
    },
    async listAll(path) {
      assertInbox(path);
      return { epochKey, window: { from: null, to: null, items: (await listed(0)).map(toItem) } };
    },
  };
}

/** Pure. Nothing changed: the same cursor, and nothing to compare. */
export function headOf(listing: Listing, stored: HeadChanges["cursor"] | null): HeadChanges {
  const cursor = knownCursor(listing);
  const isKnown = stored === null ? null : knownBy(stored);
  const still = stored !== null && stored["known"] === cursor["known"];
  return {
    epochKey,
    cursor,
    added: isKnown === null || still ? [] : listing.filter((mail) => !isKnown(mail)).map(toItem),
    flagged: [],
    vanished: [],
    windows: isKnown === null || still ? [] : [{ from: null, to: null, items: listing.map(toItem) }],
    exists: listing.length,
    needsLooks: false,
    ...(stored !== null && isKnown === null && { restarted: true as const }),
  };
}

/** The next older page. Of a range the dates have to be read: POP3 lists none. */
async function tailPage(
  visit: Visit,
  cursor: HeadChanges["cursor"],
  { sinceMs }: HistoryRange,
  limit: number,
): Promise<TailPage> {
  const older = olderThan(visit.listing, cursor);
  for (let from = 0; from < older.length; from += limit) {
    const page = older.slice(from, from + limit);
    const wanted = sinceMs === null ? page : await thoseSince(visit, page, sinceMs);
    const left = older.length - from - page.length;
    // A whole page from before the range: what is older still is not looked at.
    const isLast = left === 0 || wanted.length === 0;
    if (wanted.length > 0 || isLast)
      return {
        epochKey,
        cursor: isLast ? null : tailCursor(page),
        items: wanted.map(toItem),
        remaining: sinceMs === null ? left : isLast ? 0 : null,
      };
  }
  return { epochKey, cursor: null, items: [], remaining: 0 };
}

async function thoseSince(visit: Visit, page: readonly ListedMail[], sinceMs: number): Promise<ListedMail[]> {
  const wanted: ListedMail[] = [];
  for (const mail of page) {
    const ms = await dateOf(visit, mail);
    if (ms === null || ms >= sinceMs) wanted.push(mail);
  }
  return wanted;
}

const dateOf = async (visit: Visit, mail: ListedMail): Promise<number | null> => {
  const header = await readHeader(visit, mail);
  return header === null ? null : dateMs(header);
};

/** Mail stands in the order of its arrival: where the range begins is found by halving. */
async function countSince(visit: Visit, { sinceMs }: HistoryRange): Promise<number> {
  const { listing } = visit;
  if (sinceMs === null) return listing.length;
  let [low, high] = [0, listing.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const ms = await dateOf(visit, listing[middle]!);
    if (ms !== null && ms < sinceMs) low = middle + 1;
    else high = middle;
  }
  return listing.length - low;
}

interface Watching {
  clock: Clock;
  pollMs: number;
  listed: (maxAgeMs: number) => Promise<Listing>;
}

/** Ends when `signal` is aborted. A look is a sign-in: its listing serves the look of who is told. */
async function* watchInbox(
  { clock, pollMs, listed }: Watching,
  paths: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  if (!paths.includes(folderPath)) return;
  let before = listingDigest(await listed(pollMs));
  yield { folderPath: null, at: clock.monotonic() };
  for (;;) {
    await clock.sleep(pollMs, signal).catch(() => undefined); // aborted: the watching has ended
    if (signal.aborted) return;
    const now = listingDigest(await listed(0));
    if (now !== before) yield { folderPath, at: clock.monotonic() };
    before = now;
  }
}
