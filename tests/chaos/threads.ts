/** Threading without an order (sync.md 11): the partition that any order of arrival must have led to. */
import { DisjointSets } from "../../src/inbox/disjoint-sets.ts";
import { joinedBySubject, normaliseRef, ownersAgree, referencesOf } from "../../src/inbox/thread-keys.ts";
import { mailboxAddress } from "./mails.ts";
import type { DatabaseState, StoredReply, StoredRow } from "./states.ts";

/** Groups of message rows that must be one conversation each, as sorted lists of ids. */
export function expectedThreads({ messages, outbox }: DatabaseState): string[][] {
  const sets = new DisjointSets();
  const rows = messages.map((row) => ({ row, side: sideOf(row), refs: referencesOf(sideOf(row)) }));
  for (const { row } of rows) sets.find(row.id);
  for (const [index, a] of rows.entries())
    for (const b of rows.slice(index + 1)) if (hangTogether(a, b)) sets.join(a.row.id, b.row.id);
  for (const reply of outbox) joinReply(sets, rows, reply);
  const ids = new Set(messages.map((row) => row.id));
  return sets.groups().map((group) => group.filter((id) => ids.has(id)).sort());
}

interface Side {
  row: StoredRow;
  side: ReturnType<typeof sideOf>;
  refs: string[];
}

const sideOf = (row: StoredRow) => ({
  ...row,
  authorAddress: row.fromAddress,
  recipientAddresses: row.recipients,
});

function hangTogether(a: Side, b: Side): boolean {
  const [idA, idB] = [ownId(a.row), ownId(b.row)];
  if (a.refs.some((ref) => b.refs.includes(ref) || ref === idB)) return true;
  if (idA !== null && b.refs.includes(idA)) return true;
  if (idA !== null && idA === idB && ownersAgree(a.row, b.row)) return true;
  return joinedBySubject(a.side, b.side, mailboxAddress);
}

const ownId = ({ messageId }: StoredRow): string | null =>
  messageId === null ? null : normaliseRef(messageId);

/**
 * A reply of ours ties together what names it, under the id we gave it and the one the server gave it. Where we file the copy
 * ourselves, under our id, the other one stands in the server's answer alone.
 */
function joinReply(sets: DisjointSets, rows: readonly Side[], reply: StoredReply): void {
  if (reply.sentRow !== null) sets.join(reply.id, reply.sentRow);
  if (reply.answers !== null) sets.join(reply.id, reply.answers);
  const told = reply.response?.match(/<[^<>\s]+@[^<>\s]+>/g) ?? [];
  const ids = [reply.messageId, ...(reply.sentMessageId === null ? [] : [reply.sentMessageId]), ...told];
  for (const { row, refs } of rows)
    if (ids.some((id) => refs.includes(id) || ownId(row) === id)) sets.join(reply.id, row.id);
}

/** The groups as stored. */
export function storedThreads({ messages, conversations }: DatabaseState): string[][] {
  const into = new Map(conversations.map(({ id, mergedInto }) => [id, mergedInto]));
  const rootOf = (id: string): string => {
    const next = into.get(id) ?? null;
    return next === null ? id : rootOf(next);
  };
  const groups = new Map<string, string[]>();
  for (const { id, conversationId } of messages) {
    const root = rootOf(conversationId);
    groups.set(root, [...(groups.get(root) ?? []), id]);
  }
  return [...groups.values()].map((group) => group.sort());
}
