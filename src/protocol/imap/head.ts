/**
 * What changed in a folder since the last look (MailSource.head). Three ways, by what the server can do:
 *
 *   QRESYNC (RFC 7162)    changed and vanished UIDs are named by the server; a look at a still folder costs one EXAMINE
 *   CONDSTORE alone       flags are named; that nothing was removed is told by the count, else the caller tells from proved
 *                         windows: the newest, and the older ones in rotation until all were seen
 *   neither (Outlook)     flags and removals from proved windows: the newest each time, and a slice of the older ones in
 *                         rotation, so large that the whole folder is covered within ten minutes
 */
import type { HeadChanges, ProvedWindow } from "../mail-source.ts";
import type { ListedItem } from "./commands.ts";
import { changedSince, fetchByUid, listSequence, searchUids, silentItem } from "./commands.ts";
import type { HeadCursor } from "./cursors.ts";
import { atom, sequence } from "./imapflow-internals.ts";
import type { OpenFolder } from "./open-folder.ts";

export interface HeadOptions {
  /** Newest messages listed each time. */
  window: number;
  /** Messages of the rotating slice; null: by the time since the last look. */
  slice: number | null;
  nowMs: number;
}

/** The whole folder is seen once in this time: looks come a little late at times, and ten minutes are promised. */
const rotationMs = 9 * 60_000;
const smallestSlice = 500;
const largestSlice = 20_000;

/** How much of the older messages to list now. Pure. */
export function sliceSize(exists: number, sinceLastMs: number): number {
  const share = Math.ceil((exists * Math.max(0, sinceLastMs)) / rotationMs);
  return Math.min(largestSlice, Math.max(smallestSlice, share));
}

/** The first look: sets the boundary between head and tail, brings nothing. The folder was opened afresh. */
export async function firstHead(folder: OpenFolder, options: HeadOptions): Promise<HeadChanges> {
  const cursor: HeadCursor = {
    uidvalidity: folder.epochKey,
    uidnext: await boundary(folder),
    highestmodseq: folder.highestModseq?.toString() ?? null,
    rotation: null,
    exists: folder.exists,
    unproved: false,
    lookedAt: options.nowMs,
  };
  return {
    epochKey: folder.epochKey,
    cursor,
    added: [],
    flagged: [],
    vanished: [],
    windows: [],
    exists: folder.exists,
    needsLooks: folder.highestModseq === null,
  };
}

/** A server that does not tell UIDNEXT: the newest UID decides. */
async function boundary(folder: OpenFolder): Promise<number> {
  if (folder.uidNext !== null) return folder.uidNext;
  if (folder.exists === 0) return 1;
  const newest = await fetchByUid(folder.client, "*", [atom("FLAGS")]);
  return Math.max(0, ...newest.keys()) + 1;
}

/**
 * UIDNEXT never falls (RFC 9051 2.3.1.1): a folder that was deleted and made again within the second from which the server
 * takes its UIDVALIDITY.
 */
export const isRestarted = (folder: OpenFolder, cursor: HeadCursor): boolean =>
  folder.uidNext !== null && folder.uidNext < cursor.uidnext;

/** A later look. The folder was opened afresh and has the cursor's UIDVALIDITY. */
export async function nextHead(
  folder: OpenFolder,
  cursor: HeadCursor,
  options: HeadOptions,
): Promise<HeadChanges> {
  const highestmodseq = folder.highestModseq?.toString() ?? null;
  const since = highestmodseq === null ? null : sinceModseq(folder, cursor);
  const qresync = since !== null && folder.client.enabled.has("QRESYNC");
  const proof = proofNeeded(folder, cursor, { modseq: since !== null, qresync });
  // Right after EXAMINE: commands by UID may bring EXPUNGE and shift the sequence numbers that the windows go by.
  const { windows, rotation } =
    proof === "none"
      ? { windows: [], rotation: null }
      : await proveWindows(
          folder,
          proof === "anew" ? { ...cursor, rotation: null } : cursor,
          hasLostModseq(folder, cursor) ? { ...options, window: folder.exists } : options,
        );
  const unproved = since !== null && rotation !== null;
  const named =
    since === null || since === highestmodseq
      ? { items: [], vanished: [] }
      : await changedSince(
          folder.client,
          since,
          Math.max(cursor.uidnext, folder.uidNext ?? 1, 2) - 1,
          qresync,
        );
  const added = await addedSince(folder, cursor);
  const uidnext = Math.max(cursor.uidnext, folder.uidNext ?? 1, (added.at(-1)?.uid ?? 0) + 1);
  const next: HeadCursor = {
    uidvalidity: folder.epochKey,
    uidnext,
    highestmodseq,
    rotation,
    exists:
      folder.exists + added.filter(({ uid }) => folder.uidNext !== null && uid >= folder.uidNext).length,
    unproved,
    lookedAt: options.nowMs,
  };
  return {
    epochKey: folder.epochKey,
    cursor: next,
    added: added.map(bare),
    flagged: named.items.filter((item) => item.uid < cursor.uidnext).map(bare),
    vanished: named.vanished.map(String),
    windows,
    exists: folder.exists,
    needsLooks: since === null || unproved,
  };
}

/**
 * Whether windows have to be listed to find removals; `anew`: the rotation begins at the newest message again. Pure.
 *
 * No more messages can have come than UIDs were given since. When that many more are there, none of the old ones is gone.
 */
export function proofNeeded(
  { exists, uidNext }: Pick<OpenFolder, "exists" | "uidNext">,
  cursor: Pick<HeadCursor, "exists" | "uidnext" | "unproved">,
  { modseq, qresync }: { modseq: boolean; qresync: boolean },
): "none" | "anew" | "on" {
  if (qresync) return "none";
  if (!modseq) return "on";
  const complete =
    cursor.exists !== null && uidNext !== null && exists === cursor.exists + (uidNext - cursor.uidnext);
  if (!complete) return "anew";
  return cursor.unproved ? "on" : "none";
}

const bare = ({ key, flags }: ListedItem) => ({ key, flags });

/** The server has lost its mod-sequences (an index that was made anew): of what changed before, none of them tells. */
const hasLostModseq = (folder: OpenFolder, { highestmodseq }: HeadCursor): boolean =>
  folder.highestModseq !== null && highestmodseq !== null && folder.highestModseq < BigInt(highestmodseq);

const sinceModseq = (folder: OpenFolder, cursor: HeadCursor): string | null =>
  hasLostModseq(folder, cursor) ? null : cursor.highestmodseq;

async function addedSince(folder: OpenFolder, cursor: HeadCursor): Promise<ListedItem[]> {
  if (folder.exists === 0 || (folder.uidNext !== null && folder.uidNext <= cursor.uidnext)) return [];
  // "n:*" names the newest message even when its UID is below n (RFC 9051 9, seq-range).
  const fromNext = `${cursor.uidnext}:*`;
  const rows = await fetchByUid(folder.client, fromNext, [atom("FLAGS")]);
  const items = new Map<number, ListedItem>();
  for (const { uid, flags } of rows.values())
    if (uid !== null && uid >= cursor.uidnext) items.set(uid, { uid, key: String(uid), flags });
  if (leavesOut(folder, cursor, items)) {
    for (const uid of await searchUids(folder.client, [atom("UID"), sequence(fromNext)]))
      if (uid >= cursor.uidnext && !items.has(uid)) items.set(uid, silentItem(uid));
  }
  return [...items.values()].sort((a, b) => a.uid - b.uid);
}

/** UIDs were given of which nothing came: removed again meanwhile, or listed without an answer to FETCH. */
function leavesOut(
  { uidNext }: OpenFolder,
  cursor: HeadCursor,
  items: ReadonlyMap<number, unknown>,
): boolean {
  if (uidNext === null) return false;
  return [...items.keys()].filter((uid) => uid < uidNext).length < uidNext - cursor.uidnext;
}

interface Proof {
  windows: ProvedWindow[];
  rotation: number | null;
}

async function proveWindows(folder: OpenFolder, cursor: HeadCursor, options: HeadOptions): Promise<Proof> {
  if (folder.exists === 0) return { windows: [wholeFolder([])], rotation: null };
  const low = Math.max(1, folder.exists - options.window + 1);
  const newest = await listSequence(folder, low, folder.exists);
  if (low === 1) return { windows: [wholeFolder(newest)], rotation: null };
  // Above the newest message of this state stands nothing: what was known up to UIDNEXT is gone when it is not listed.
  // What came after EXAMINE has UIDNEXT or more, and is not judged.
  const to = Math.max(cursor.uidnext - 1, (folder.uidNext ?? 1) - 1, newest.at(-1)?.uid ?? 0);
  const slice = options.slice ?? sliceSize(folder.exists, options.nowMs - cursor.lookedAt);
  // Begins with the oldest message already covered, so that no UID lies between two windows.
  const top = Math.min(cursor.rotation ?? low, low);
  const bottom = Math.max(1, top - slice);
  const older = await listSequence(folder, bottom, top);
  return {
    windows: [
      { from: newest[0]?.uid ?? 1, to, items: newest.map(bare) },
      { from: bottom === 1 ? 1 : (older[0]?.uid ?? 1), to: older.at(-1)?.uid ?? 0, items: older.map(bare) },
    ],
    rotation: bottom === 1 ? null : bottom,
  };
}

export const wholeFolder = (items: ListedItem[]): ProvedWindow => ({
  from: null,
  to: null,
  items: items.map(bare),
});
