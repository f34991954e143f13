/** FETCH, SEARCH, STATUS with nothing hidden: each resolves only after its tagged OK. RFC 9051 6.3.11, 6.4.4, 6.4.5. */
import { decodePath, encodePath } from "imapflow/lib/tools.js";
import type { ImapFlow } from "imapflow";
import { HitchpostError } from "../../core/errors.ts";
import type { RemoteItem } from "../mail-source.ts";
import type { FetchRow } from "./fetch-row.ts";
import { parseFetchRow } from "./fetch-row.ts";
import type { CommandNode, ImapResponse } from "./imapflow-internals.ts";
import { atom, execute, passOn, quoted, sequence, tokenText } from "./imapflow-internals.ts";
import type { OpenFolder } from "./open-folder.ts";
import { unpackUids } from "./uid-set.ts";

/** A mailbox name as the server wants it (modified UTF-7, or UTF-8 where enabled). */
export const pathNode = (client: ImapFlow, path: string): CommandNode => quoted(encodePath(client, path));

/** `BODY.PEEK[section]<0.max>`: reading must not set \Seen. */
export function peek(section: string, maxBytes?: number): CommandNode {
  return {
    type: "ATOM",
    value: "BODY.PEEK",
    section: section === "" ? [] : [atom(section)],
    ...(maxBytes === undefined ? {} : { partial: [0, maxBytes] }),
  };
}

/** UID FETCH of a set. Rows in the server's order; of several rows for one UID the items are put together. */
export async function fetchByUid(
  client: ImapFlow,
  set: string,
  items: CommandNode[],
): Promise<Map<number, FetchRow>> {
  const rows = new Map<number, FetchRow>();
  if (set === "") return rows;
  const isAsked = memberOf(set);
  await execute(client, "UID FETCH", [sequence(set), [atom("UID"), ...items]], {
    FETCH: (untagged) => {
      const row = parseFetchRow(untagged);
      if (row === null) return;
      if (row.uid === null || !isAsked(row.uid)) return void passOn(client, "FETCH", untagged); // flags changed elsewhere
      const known = rows.get(row.uid);
      rows.set(row.uid, known === undefined ? row : mergeRows(known, row));
    },
  });
  return rows;
}

/** Whether a UID is in the set; a set with "*" may name any. */
function memberOf(set: string): (uid: number) => boolean {
  const uids = set.includes("*") ? null : unpackUids(set);
  const members = uids === null ? null : new Set(uids);
  return (uid) => members === null || members.has(uid);
}

/** Odd servers spread a message over several rows, or send a flag change in between: what is new wins, nothing is lost. */
function mergeRows(known: FetchRow, row: FetchRow): FetchRow {
  return {
    seq: row.seq,
    uid: known.uid,
    flags: row.flags ?? known.flags,
    internalDateMs: row.internalDateMs ?? known.internalDateMs,
    sizeBytes: row.sizeBytes ?? known.sizeBytes,
    envelope: row.envelope ?? known.envelope,
    structure: row.structure ?? known.structure,
    sections: new Map([...known.sections, ...row.sections]),
  };
}

export interface ListedItem extends RemoteItem {
  uid: number;
}

/**
 * Lists the messages with sequence numbers `low` to `high`, ascending, and proves it: the tagged OK was seen and every
 * number was answered. During FETCH by sequence number no server may expunge (RFC 9051 7.5.1), so the set stands still.
 * Some messages answer nothing to FETCH (Exchange): those are listed when SEARCH names as many as there are numbers.
 *
 * @throws protocol_error `incomplete` when the server said OK but left messages out: nothing may be concluded from it
 */
export async function listSequence(folder: OpenFolder, low: number, high: number): Promise<ListedItem[]> {
  const { complete, items } = await fetchFlags(folder, low, high);
  const listed =
    complete && items.length < high - low + 1 ? await addSilent(folder, low, high, items) : items;
  if (!complete || listed.length !== high - low + 1) {
    throw new HitchpostError(
      "protocol_error",
      `The server listed ${listed.length} of ${high - low + 1} messages of ${folder.path}.`,
      {
        details: { reason: "incomplete", listed: listed.length, expected: high - low + 1 },
      },
    );
  }
  return listed;
}

async function fetchFlags(
  folder: OpenFolder,
  low: number,
  high: number,
): Promise<{ complete: boolean; items: ListedItem[] }> {
  const bySeq = new Map<number, { uid: number | null; flags: string[] }>();
  const response = await execute(
    folder.client,
    "FETCH",
    [sequence(`${low}:${high}`), [atom("UID"), atom("FLAGS")]],
    {
      FETCH: (untagged) => {
        const row = parseFetchRow(untagged);
        if (row === null || row.seq < low || row.seq > high) return;
        const known = bySeq.get(row.seq);
        bySeq.set(row.seq, { uid: row.uid ?? known?.uid ?? null, flags: row.flags ?? known?.flags ?? [] });
      },
    },
  );
  const items: ListedItem[] = [];
  for (const { uid, flags } of bySeq.values()) if (uid !== null) items.push({ uid, key: String(uid), flags });
  return { complete: response.command === "OK", items: items.sort(byUid) };
}

const byUid = (a: ListedItem, b: ListedItem): number => a.uid - b.uid;

/** Those that SEARCH knows beside the fetched ones. Fewer come back when it does not know all of these: no proof then. */
async function addSilent(
  folder: OpenFolder,
  low: number,
  high: number,
  items: ListedItem[],
): Promise<ListedItem[]> {
  const found = new Set(await searchUids(folder.client, [sequence(`${low}:${high}`)]));
  const fetched = new Map(items.map((item) => [item.uid, item]));
  if (items.some((item) => !found.has(item.uid))) return items;
  return [...found].map((uid) => fetched.get(uid) ?? silentItem(uid)).sort(byUid);
}

/** A message that the server names and answers nothing for. */
export const silentItem = (uid: number): ListedItem => ({ uid, key: String(uid), flags: null });

/** UID SEARCH; ascending. `criteria` are ready tokens. */
export async function searchUids(client: ImapFlow, criteria: CommandNode[]): Promise<number[]> {
  const uids: number[] = [];
  await execute(client, "UID SEARCH", criteria, {
    SEARCH: (untagged) => {
      for (const uid of untagged.numbers ?? []) uids.push(uid);
      if (untagged.numbers === undefined)
        for (const token of untagged.attributes ?? []) pushNumber(uids, tokenText(token));
    },
  });
  return uids.sort((a, b) => a - b);
}

const pushNumber = (uids: number[], text: string | null): void => {
  if (text !== null && /^\d{1,10}$/.test(text)) uids.push(Number(text));
};

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** RFC 9051 9, date-text: "1-Feb-2026", in UTC. */
export function searchDate(ms: number): CommandNode {
  const date = new Date(ms);
  return atom(`${date.getUTCDate()}-${months[date.getUTCMonth()]}-${date.getUTCFullYear()}`);
}

/** STATUS items as decimal text by name in capitals. */
export async function folderStatus(
  client: ImapFlow,
  path: string,
  items: string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await execute(client, "STATUS", [pathNode(client, path), items.map(atom)], {
    STATUS: (untagged) => {
      if (isOf(client, untagged, path)) readStatus(untagged, found);
      else void passOn(client, "STATUS", untagged); // a push of NOTIFY (RFC 5465 5.2) that came in between
    },
  });
  return found;
}

/** Servers may write INBOX in any case (RFC 9051 5.1). */
function isOf(client: ImapFlow, { attributes }: ImapResponse, path: string): boolean {
  const name = tokenText(attributes?.[0]);
  const told = name === null ? path : decodePath(client, name);
  return told === path || told.toUpperCase() === path.toUpperCase();
}

function readStatus(untagged: ImapResponse, found: Map<string, string>): void {
  const list = untagged.attributes?.[1];
  if (!Array.isArray(list)) return;
  for (let i = 0; i + 1 < list.length; i += 2) {
    const [name, value] = [tokenText(list[i]), tokenText(list[i + 1])];
    if (name !== null && value !== null) found.set(name.toUpperCase(), value);
  }
}

/**
 * What changed since a mod-sequence (RFC 7162 3.1.4.1), and with QRESYNC the UIDs that are gone (3.2.6).
 *
 * @param highest the highest UID asked for: `*` is the newest message that stands, and a server need not name those gone
 *   above it (Cyrus does not)
 */
export async function changedSince(
  client: ImapFlow,
  modseq: string,
  highest: number,
  withVanished: boolean,
): Promise<{ items: ListedItem[]; vanished: number[] }> {
  const items = new Map<number, ListedItem>();
  const vanished: number[] = [];
  const modifiers = [atom("CHANGEDSINCE"), atom(modseq), ...(withVanished ? [atom("VANISHED")] : [])];
  await execute(client, "UID FETCH", [sequence(`1:${highest}`), [atom("UID"), atom("FLAGS")], modifiers], {
    FETCH: (untagged) => {
      const row = parseFetchRow(untagged);
      if (row !== null && row.uid !== null && row.flags !== null)
        items.set(row.uid, { uid: row.uid, key: String(row.uid), flags: row.flags });
    },
    VANISHED: (untagged) => {
      for (const uid of vanishedUids(untagged)) vanished.push(uid);
    },
  });
  return { items: [...items.values()].sort((a, b) => a.uid - b.uid), vanished };
}

/** `VANISHED (EARLIER) 41,43:116` */
function vanishedUids(untagged: ImapResponse): number[] {
  const set = (untagged.attributes ?? []).map(tokenText).findLast((token) => token !== null);
  const uids = set === undefined || set === null ? null : unpackUids(set);
  if (uids === null)
    throw new HitchpostError("protocol_error", "The server named removed messages in no form of RFC 7162.");
  return uids;
}
