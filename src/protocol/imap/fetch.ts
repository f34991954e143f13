/**
 * Brings messages (MailSource.fetch). Two steps: what they are (flags, date, size, structure), then their content, in
 * groups small enough to keep in memory. A group that the server refuses is halved until the one bad message stands
 * alone and is given back as unreadable: it never stops its folder.
 */
import type { ImapFlow, MessageStructureObject } from "imapflow";
import { isHitchpostError } from "../../core/errors.ts";
import type { FetchedMessage, FetchedTextPart, RemoteKey, RemotePart } from "../mail-source.ts";
import { fetchByUid, peek } from "./commands.ts";
import { maxLiteralBytes } from "./connection.ts";
import type { FetchRow } from "./fetch-row.ts";
import { atom } from "./imapflow-internals.ts";
import type { CommandNode } from "./imapflow-internals.ts";
import type { ConnectionPool } from "./pool.ts";
import type { StructurePart } from "./structure.ts";
import { leavesOf, splitParts, structureDigest } from "./structure.ts";
import { packUids, uidOf } from "./uid-set.ts";

export interface FetchContext {
  pool: ConnectionPool;
  path: string;
  epochKey: string;
  /** How often in this call the server may still fall silent over messages. */
  silencesLeft?: number;
  /** Few messages: see OpenOptions. */
  brief?: boolean;
}

/** To find one message of 200 over which the server falls silent takes 9 of them; a folder that says nothing gets no more. */
const mostSilences = 10;

/** `header`: to recognise known messages, without text and attachments. */
export type FetchWhat = "auto" | "source" | "header";

const metaAtOnce = 200;
/** Up to this size a message may come whole … */
const wholeBytes = 64 * 1024;
/** … when so many octets of it at most are not its text. */
const spareBytes = 16 * 1024;
/** Encoded bytes of one text part that are read; the rest is `truncated`. */
const textCapBytes = 2 * 1024 * 1024;
/** What a header usually has, for the size of a group. */
const headerBytes = 16 * 1024;
const headerCapBytes = 2 * 1024 * 1024;
/** Larger messages are never fetched whole. */
const sourceCapBytes = 60 * 1024 * 1024;
/** Content of one FETCH; a single message may be more. */
const groupBytes = 4 * 1024 * 1024;

/** What a message is, before its content. */
interface Meta {
  uid: number;
  flags: string[];
  internalDateMs: number | null;
  sizeBytes: number;
  leaves: StructurePart[] | null;
}

/** Messages that are fetched with one command. */
interface Group {
  metas: Meta[];
  /** Null: whole messages. Else the text parts, with the same paths in all of them. */
  paths: string[] | null;
}

/** Yields the messages that the server still gives something for, roughly in the order of `keys`. */
export async function* fetchMessages(
  context: FetchContext,
  keys: RemoteKey[],
  what: FetchWhat,
): AsyncGenerator<FetchedMessage> {
  const uids = keys.map(uidOf).filter((uid) => uid !== null);
  for (let start = 0; start < uids.length; start += metaAtOnce) {
    const metas = await fetchMetas(context, uids.slice(start, start + metaAtOnce));
    for (const meta of metas.filter((one) => tooLarge(one, what))) {
      yield message(meta, { kind: "unreadable", reason: `too large: ${meta.sizeBytes} bytes` });
    }
    const groups = groupMetas(
      metas.filter((one) => !tooLarge(one, what)),
      what,
    );
    yield* oneAhead(groups, (group) => fetchGroup(context, group, what));
  }
}

const tooLarge = (meta: Meta, what: FetchWhat): boolean =>
  meta.sizeBytes > sourceCapBytes && what !== "header" && meta.leaves === null;

/** While the caller works on one answer the next one is under way. */
async function* oneAhead<G, M>(groups: G[], bring: (group: G) => Promise<M[]>): AsyncGenerator<M> {
  let next: Promise<M[]> | undefined;
  try {
    for (const [index, group] of groups.entries()) {
      const current = await (next ?? bring(group));
      const following = groups[index + 1];
      next = following === undefined ? undefined : bring(following);
      next?.catch(() => undefined); // it is awaited in the next round, or nobody wants it any more
      yield* current;
    }
  } finally {
    await next?.catch(() => undefined);
  }
}

async function fetchMetas(context: FetchContext, uids: number[]): Promise<Meta[]> {
  const plain: CommandNode[] = [atom("FLAGS"), atom("INTERNALDATE"), atom("RFC822.SIZE")];
  const rows = await fetchHalving(context, uids, [...plain, atom("BODYSTRUCTURE")]);
  const silent = uids.filter((uid) => !rows.has(uid));
  // A structure that cannot be written down costs the whole row at some servers: ask again without it.
  if (silent.length > 0)
    for (const [uid, row] of await fetchHalving(context, silent, plain)) rows.set(uid, row);
  return uids.flatMap((uid) => {
    const row = rows.get(uid);
    return row === undefined ? [] : [metaOf(uid, row)];
  });
}

function metaOf(uid: number, row: FetchRow): Meta {
  return {
    uid,
    flags: row.flags ?? [],
    internalDateMs: row.internalDateMs,
    sizeBytes: row.sizeBytes ?? 0,
    leaves: row.structure === null ? null : leavesOrNull(row.structure),
  };
}

const leavesOrNull = (structure: MessageStructureObject): StructurePart[] | null => {
  const leaves = leavesOf(structure);
  return leaves.length === 0 || leaves.some((leaf) => !leaf.contentType.includes("/")) ? null : leaves;
};

/**
 * UID FETCH; what the server refuses, breaks or falls silent over is halved, and a single such message is left out.
 *
 * @param before is done on the connection, in the folder
 * @throws folder_unavailable (`reason` silent) when it falls silent again and again; protocol_error (`reason` passing) when the server cannot answer for a while: then no message is to blame
 */
async function fetchHalving(
  context: FetchContext,
  uids: number[],
  items: CommandNode[],
  before: (client: ImapFlow) => Promise<void> = async () => undefined,
): Promise<Map<number, FetchRow>> {
  const { pool, path, epochKey, brief = false } = context;
  try {
    return await pool.inFolder(path, { epochKey, brief }, `reading ${path}`, async (folder) => {
      await before(folder.client);
      return fetchByUid(folder.client, packUids(uids), items);
    });
  } catch (error) {
    if (!isOfMessages(error, context)) throw error;
    if (uids.length === 1) return new Map();
    const half = Math.ceil(uids.length / 2);
    const first = await fetchHalving(context, uids.slice(0, half), items, before);
    return new Map([...first, ...(await fetchHalving(context, uids.slice(half), items, before))]);
  }
}

/** What is not text in it is small, so that one round trip less is worth its octets. */
function comesWhole({ sizeBytes }: Meta, leaves: StructurePart[]): boolean {
  if (sizeBytes > wholeBytes) return false;
  return sizeBytes - textBytes(leaves, textPaths(leaves)) <= spareBytes;
}

/** The failure may be that of a few messages alone. */
function isOfMessages(error: unknown, context: FetchContext): boolean {
  if (isHitchpostError(error, "protocol_error")) return error.details["reason"] !== "passing";
  if (!isHitchpostError(error, "folder_unavailable") || error.details["reason"] !== "silent") return false;
  context.silencesLeft = (context.silencesLeft ?? mostSilences) - 1;
  return context.silencesLeft > 0;
}

/** Null: the whole message. */
function pathsOf(meta: Meta, what: FetchWhat): string[] | null {
  if (what === "header") return [];
  if (meta.leaves === null) return null;
  const whole = what === "source" ? meta.sizeBytes <= sourceCapBytes : comesWhole(meta, meta.leaves);
  return whole ? null : textPaths(meta.leaves);
}

/** Pure: which messages go into one command. */
function groupMetas(metas: Meta[], what: FetchWhat): Group[] {
  const groups: Group[] = [];
  const open = new Map<string, { group: Group; bytes: number }>();
  for (const meta of metas) {
    const paths = pathsOf(meta, what);
    const bytes = paths === null ? meta.sizeBytes : headerBytes + textBytes(meta.leaves ?? [], paths);
    const name = paths === null ? "" : `parts ${paths.join(",")}`;
    const last = open.get(name);
    if (last !== undefined && last.bytes + bytes <= groupBytes) {
      last.group.metas.push(meta);
      last.bytes += bytes;
      continue;
    }
    const group = { metas: [meta], paths };
    groups.push(group);
    open.set(name, { group, bytes });
  }
  return groups;
}

const textPaths = (leaves: StructurePart[]): string[] => splitParts(leaves).text.map((leaf) => leaf.partPath);
const textBytes = (leaves: StructurePart[], paths: string[]): number =>
  leaves.reduce(
    (sum, leaf) => (paths.includes(leaf.partPath) ? sum + Math.min(leaf.sizeBytes, textCapBytes) : sum),
    0,
  );

async function fetchGroup(context: FetchContext, group: Group, what: FetchWhat): Promise<FetchedMessage[]> {
  const { paths, metas } = group;
  const items =
    paths === null
      ? [peek("")]
      : [peek("HEADER", headerCapBytes), ...paths.map((path) => peek(path, textCapBytes))];
  const rows = await fetchHalving(
    context,
    metas.map((meta) => meta.uid),
    items,
  );
  const silent = metas.map(({ uid }) => uid).filter((uid) => !givesContent(rows.get(uid), paths));
  // Gone meanwhile (Dovecot answers NIL then), or still listed but not given out? Only the second is unreadable.
  const listed = silent.length === 0 ? new Map<number, FetchRow>() : await stillListed(context, silent);
  const gone = new Set(silent.filter((uid) => !listed.has(uid)));
  return metas.flatMap((meta) => {
    const row = rows.get(meta.uid) ?? listed.get(meta.uid);
    return row === undefined || gone.has(meta.uid)
      ? []
      : [message(meta, what === "header" ? headerOf(row) : contentOf(meta, paths, row))];
  });
}

const givesContent = (row: FetchRow | undefined, paths: string[] | null): boolean =>
  row?.sections.has(paths === null ? "" : "HEADER") === true;

/** Asks behind a NOOP: until then a session may list what another one has removed (RFC 9051 7.5.1). */
const stillListed = (context: FetchContext, uids: number[]): Promise<Map<number, FetchRow>> =>
  fetchHalving(context, uids, [atom("FLAGS")], (client) => client.noop());

function headerOf(row: FetchRow): FetchedMessage["content"] {
  const header = row.sections.get("HEADER");
  if (header === undefined) return { kind: "unreadable", reason: "the server gives no header" };
  return { kind: "parts", parts: { header, text: [], attachments: [] } };
}

function contentOf(meta: Meta, paths: string[] | null, row: FetchRow): FetchedMessage["content"] {
  if (paths === null) {
    const raw = row.sections.get("");
    return raw === undefined
      ? { kind: "unreadable", reason: "the server gives no content" }
      : { kind: "source", raw };
  }
  const header = row.sections.get("HEADER");
  if (header === undefined) return { kind: "unreadable", reason: "the server gives no header" };
  const { text, attachments } = splitParts(meta.leaves ?? []);
  return {
    kind: "parts",
    parts: {
      header,
      text: text.map((leaf) => textPart(leaf, row)),
      attachments: attachments.map(remotePart),
    },
  };
}

function textPart(leaf: StructurePart, row: FetchRow): FetchedTextPart {
  const body = row.sections.get(leaf.partPath.toUpperCase()) ?? Buffer.alloc(0);
  return { ...leaf, body, truncated: body.length >= textCapBytes && leaf.sizeBytes > body.length };
}

const remotePart = ({
  charset: _c,
  alternative: _a,
  flowed: _f,
  delSp: _d,
  ...rest
}: StructurePart): RemotePart => rest;

function message(meta: Meta, content: FetchedMessage["content"]): FetchedMessage {
  return {
    key: String(meta.uid),
    flags: meta.flags,
    internalDateMs: meta.internalDateMs,
    sizeBytes: meta.sizeBytes,
    structureDigest: meta.leaves === null ? null : structureDigest(meta.leaves),
    content,
  };
}

/** Bytes of one part or of the whole message; null when the message is no longer there, "refused" when it is. */
export async function fetchSection(
  context: FetchContext,
  uid: number,
  section: string,
): Promise<Buffer | null | "refused"> {
  const sizes = await fetchHalving(context, [uid], [atom("RFC822.SIZE")]);
  const row = sizes.get(uid);
  if (row === undefined) return null;
  if (section === "" && (row.sizeBytes ?? 0) > maxLiteralBytes) return "refused";
  const rows = await fetchHalving(context, [uid], [peek(section)]);
  return rows.get(uid)?.sections.get(section.toUpperCase()) ?? "refused";
}
