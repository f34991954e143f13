/**
 * Finds what an earlier try of a move copied before it was cut off: a mail in the target that is like the one to move, and
 * came after the mark that was noted before the command. COPY keeps the internal date, and all of the content (RFC 9051
 * 6.4.7), and so does MOVE (6.4.8). A mark says nothing of a target that was renumbered since: there a twin may have stood
 * before. Then sync says what it has found again in it; where it does not keep that folder, the octets do.
 */
import { hash } from "node:crypto";
import type { CopyMark, IntentResult, RemoteKey, SourceIntent } from "../mail-source.ts";
import { fetchByUid } from "./commands.ts";
import { fetchSection } from "./fetch.ts";
import type { FetchRow } from "./fetch-row.ts";
import { atom, type CommandNode } from "./imapflow-internals.ts";
import type { ConnectionPool } from "./pool.ts";
import { packUids } from "./uid-set.ts";

type Move = IntentResult["moved"][number];
type Rows = ReadonlyMap<number, FetchRow>;

const facts = ["INTERNALDATE", "RFC822.SIZE", "ENVELOPE"].map(atom);

export interface EarlierCopies {
  /** Key → its copy in the target; null where that has a key which is not known. */
  copies: ReadonlyMap<RemoteKey, Move | null>;
  /** Whether they were copied is not known yet. */
  waiting: ReadonlySet<RemoteKey>;
}

/** Of those of `keys` that an earlier try noted. */
export async function findCopies(
  pool: ConnectionPool,
  intent: SourceIntent,
  keys: readonly RemoteKey[],
): Promise<EarlierCopies> {
  const { copying, targetPath, folderPath, epochKey } = intent;
  const tried = keys.filter((key) => copying?.earlier.has(key));
  if (copying === undefined || targetPath === undefined || tried.length === 0)
    return { copies: new Map(), waiting: new Set() };
  const source = { path: folderPath, epochKey };
  const originals = await pool.inFolder(folderPath, { epochKey }, `looking for copies`, ({ client }) =>
    fetchByUid(client, packUids(tried.map(Number)), facts),
  );
  const lowest = Math.min(...tried.map((key) => copying.earlier.get(key)!.uidNext));
  // "n:*" names the newest mail even when its UID is lower (RFC 9051 9, seq-range): `pairCopies` looks at the UID.
  const target = await rowsOf(pool, targetPath, `${lowest}:*`, facts);
  const copies = pairCopies(originals, target.rows, copying.earlier, target.epochKey);
  const renumbered = tried.filter((key) => copying.earlier.get(key)!.epochKey !== target.epochKey);
  if (renumbered.length === 0) return { copies, waiting: new Set() };
  const standing = await copying.standing(renumbered, target.epochKey);
  if (standing === "later") return { copies, waiting: new Set(renumbered) };
  const unkept = new Map([...originals].filter(([uid]) => renumbered.includes(String(uid))));
  const found =
    standing === "unkept" ? await findSame(pool, source, unkept, { ...target, path: targetPath }) : standing;
  return {
    copies: new Map([...copies, ...[...found].map((key) => [key, null] as const)]),
    waiting: new Set(),
  };
}

interface Folder {
  path: string;
  epochKey: string;
}

const rowsOf = (
  pool: ConnectionPool,
  path: string,
  set: string,
  items: CommandNode[],
): Promise<{ epochKey: string; rows: Rows }> =>
  pool.inFolder(path, {}, `looking for copies in ${path}`, async ({ client, exists, epochKey }) => ({
    epochKey,
    rows: exists === 0 ? new Map() : await fetchByUid(client, set, items),
  }));

/**
 * Those that the target holds octet by octet, with the same time of receipt, one copy for each. Of two such mails nobody could
 * tell which one was copied: to take the original away loses nothing of what it says.
 */
async function findSame(
  pool: ConnectionPool,
  source: Folder,
  originals: Rows,
  target: Folder,
): Promise<ReadonlySet<RemoteKey>> {
  const digestOf = async (folder: Folder, uid: number): Promise<string | null> => {
    const raw = await fetchSection({ pool, ...folder }, uid, "");
    return raw === null || raw === "refused" ? null : hash("sha256", raw);
  };
  const { rows } = await rowsOf(pool, target.path, "1:*", ["INTERNALDATE", "RFC822.SIZE"].map(atom));
  const alike = Map.groupBy(rows.keys(), (uid) => outside(rows.get(uid)!));
  const taken = new Set<number>();
  const found = new Set<RemoteKey>();
  for (const [uid, original] of originals) {
    const candidates = alike.get(outside(original))?.filter((other) => !taken.has(other)) ?? [];
    const digest = candidates.length === 0 ? null : await digestOf(source, uid);
    if (digest === null) continue;
    for (const other of candidates) {
      if ((await digestOf(target, other)) !== digest) continue;
      taken.add(other);
      found.add(String(uid));
      break;
    }
  }
  return found;
}

/** Gives each original the first copy of it that is not taken. Pure. */
export function pairCopies(
  originals: Rows,
  inTarget: Rows,
  marks: ReadonlyMap<RemoteKey, CopyMark>,
  targetEpochKey: string,
): ReadonlyMap<RemoteKey, Move> {
  const copies = new Map<RemoteKey, Move>();
  const taken = new Set<number>();
  for (const [uid, original] of originals) {
    const mark = marks.get(String(uid));
    if (mark?.epochKey !== targetEpochKey) continue;
    const copy = [...inTarget].find(
      ([to, row]) => to >= mark.uidNext && !taken.has(to) && isCopy(original, row),
    );
    if (copy === undefined) continue;
    taken.add(copy[0]);
    copies.set(String(uid), { from: String(uid), to: String(copy[0]), epochKey: targetEpochKey });
  }
  return copies;
}

const outside = ({ sizeBytes, internalDateMs }: FetchRow): string => `${sizeBytes} ${internalDateMs}`;

const isCopy = (a: FetchRow, b: FetchRow): boolean =>
  a.sizeBytes !== null &&
  a.sizeBytes === b.sizeBytes &&
  a.internalDateMs === b.internalDateMs &&
  a.envelope?.messageId === b.envelope?.messageId &&
  a.envelope?.subject === b.envelope?.subject;
