/** Finds the copy of a message we sent (sync.md, "A reply leaves once"): by its ids, else by what it says. */
import type { MessageEnvelopeObject } from "imapflow";
import type { OutgoingTrace, RemoteKey } from "../mail-source.ts";
import { fetchByUid, searchDate, searchUids } from "./commands.ts";
import type { FetchRow } from "./fetch-row.ts";
import type { CommandNode } from "./imapflow-internals.ts";
import { atom, quoted } from "./imapflow-internals.ts";
import type { OpenFolder } from "./open-folder.ts";
import { packUids } from "./uid-set.ts";

const dayMs = 86_400_000;
const nearMs = 120_000;
/** Copies of one day that are compared. */
const mostCompared = 500;
const originalIdField = "X-MICROSOFT-ORIGINAL-MESSAGE-ID";

/** Keys, the surest first; empty when nothing fits. The folder was opened afresh. */
export async function findSentCopies(folder: OpenFolder, outgoing: OutgoingTrace): Promise<RemoteKey[]> {
  if (folder.exists === 0) return [];
  const span = [
    atom("SINCE"),
    searchDate(outgoing.dateMs - dayMs),
    atom("BEFORE"),
    searchDate(outgoing.dateMs + 2 * dayMs),
  ];
  const around = (await searchUids(folder.client, span)).slice(-mostCompared);
  const rows = await fetchByUid(folder.client, packUids(around), [atom("ENVELOPE"), originalIdItem()]);
  const found = matchCopies([...rows.values()], outgoing);
  if (found.length > 0) return found;
  // Filed under another date, or among too many: the server's index is asked, which may lag (Exchange).
  const { messageId } = outgoing;
  const byId = [
    atom("OR"),
    atom("HEADER"),
    quoted("Message-ID"),
    quoted(messageId),
    atom("HEADER"),
    quoted(originalIdField),
    quoted(messageId),
  ];
  return (await searchUids(folder.client, byId)).map(String);
}

const originalIdItem = (): CommandNode => ({
  type: "ATOM",
  value: "BODY.PEEK",
  section: [atom("HEADER.FIELDS"), [atom(originalIdField)]],
});

/** Pure: those with one of our ids; only without any, those that agree in From, To, subject and date and are no other's. */
export function matchCopies(rows: FetchRow[], outgoing: OutgoingTrace): RemoteKey[] {
  const keyed = rows.flatMap((row) => (row.uid === null ? [] : [{ key: String(row.uid), row }]));
  const byId = keyed.filter(
    ({ row }) =>
      sameId(row.envelope?.messageId, outgoing.messageId) || sameId(originalId(row), outgoing.messageId),
  );
  const others = new Set(outgoing.otherIds.map((id) => id.trim()));
  const ofOther = (row: FetchRow): boolean =>
    [row.envelope?.messageId, originalId(row)].some((id) => others.has(id?.trim() ?? ""));
  const chosen =
    byId.length > 0
      ? byId
      : keyed.filter(({ row }) => row.envelope !== null && agrees(row.envelope, outgoing) && !ofOther(row));
  return chosen.map(({ key }) => key);
}

const sameId = (id: string | undefined | null, ours: string): boolean =>
  id !== undefined && id !== null && id.trim() === ours.trim();

function originalId(row: FetchRow): string | null {
  const field = row.sections
    .get("HEADER.FIELDS")
    ?.toString("latin1")
    .replaceAll(/\r?\n[ \t]+/g, " ");
  return /^[^:]+:\s*(\S+)/.exec(field ?? "")?.[1] ?? null;
}

const folded = (text: string | undefined): string =>
  (text ?? "").normalize("NFC").replaceAll(/\s+/g, " ").trim().toLowerCase();
const addresses = (list: { address?: string | undefined }[] | undefined): string =>
  (list ?? [])
    .map(({ address }) => folded(address))
    .sort()
    .join(",");

function agrees(envelope: MessageEnvelopeObject, outgoing: OutgoingTrace): boolean {
  const dateMs = envelope.date === undefined ? Number.NaN : new Date(envelope.date).getTime();
  return (
    Math.abs(dateMs - outgoing.dateMs) <= nearMs &&
    folded(envelope.subject) === folded(outgoing.subject) &&
    addresses(envelope.from) === folded(outgoing.from) &&
    addresses(envelope.to) === addresses(outgoing.to.map((address) => ({ address })))
  );
}
