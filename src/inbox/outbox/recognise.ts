/** Finds our own replies among arriving messages: the reply is done, its row stands for it, nothing shows twice. */
import { sql } from "kysely";
import type { NewEvent } from "../../store/new-event.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import { ConversationLocks } from "../conversation-locks.ts";
import { mergeConversations } from "../merge.ts";
import { readRecipients } from "../recipients.ts";
import { outboxEvent } from "./outbox-event.ts";
import { markAnswered } from "./mark-answered.ts";
import { filingProblem, sentProofMs } from "./outbox-context.ts";
import { matchSent, type OutgoingRow, type SentCopy } from "./sent-match.ts";

export interface Recognised {
  events: NewEvent[];
  /** Conversations of recognised replies, living and locked. */
  conversationIds: string[];
  /** Conversations that were joined here → the survivor. */
  movedTo: Map<string, string>;
}

interface OpenReply extends OutgoingRow {
  answers: string | null;
  /** The copy in Sent is ours to file, and was not filed yet. */
  toFile: boolean;
}

interface Recognition {
  row: OpenReply;
  copy: SentCopy & { id: string; conversationId: string; inSent: boolean };
}

/**
 * Call it after the messages' rows were written. A copy that threading put elsewhere (a first mail without references,
 * whose Message-ID the server replaced) joins its reply's conversation.
 */
export async function recogniseSent(tx: TenantDb, messageIds: string[]): Promise<Recognised> {
  const none: Recognised = { events: [], conversationIds: [], movedTo: new Map() };
  const copies = await readCopies(tx, messageIds);
  if (copies.length === 0) return none;
  let open = await readOpenOutbox(tx, [...new Set(copies.map((copy) => copy.mailboxId))]);
  const found: Recognition[] = [];
  for (const copy of copies) {
    const id = matchSent(open, copy)?.id;
    const row = open.find((one) => one.id === id);
    if (row === undefined) continue;
    found.push({ row, copy });
    open = open.filter((other) => other !== row);
  }
  if (found.length === 0) return none;
  await markDone(tx, found);
  await markAnswered(
    tx,
    found.map(({ row }) => row.answers),
  );
  const joined = await joinWithReplies(tx, found);
  return {
    ...joined,
    events: found.map((recognition) => {
      const state = isToFile(recognition) ? "sent" : "done";
      return outboxEvent({ ...recognition.row, state }, { messageId: recognition.copy.id });
    }),
  };
}

/** Those that went out, stand in Sent if only besides, and are no other reply's copy. */
async function readCopies(tx: TenantDb, ids: string[]): Promise<Recognition["copy"][]> {
  if (ids.length === 0) return [];
  const rows = await tx.db
    .selectFrom("messages as m")
    .select(["m.id", "m.mailbox_id", "m.conversation_id", "m.message_id", "m.original_message_id"])
    .select(["m.from_address", "m.recipients", "m.subject", "m.sent_at", "m.text_digest"])
    .select(
      sql<boolean>`NOT EXISTS (SELECT FROM message_locations l WHERE l.workspace_id = m.workspace_id AND l.message_id = m.id)
        OR EXISTS (SELECT FROM message_locations l JOIN folders f ON f.workspace_id = l.workspace_id AND f.id = l.folder_id
          WHERE l.workspace_id = m.workspace_id AND l.message_id = m.id AND f.role = 'sent')`.as("in_sent"),
    )
    .where("m.workspace_id", "=", tx.workspaceId)
    .where("m.id", "in", ids)
    .where(
      sql<boolean>`(m.direction = 'out' OR EXISTS (SELECT FROM message_locations l
        WHERE l.workspace_id = m.workspace_id AND l.message_id = m.id AND l.direction = 'out'))`,
    )
    .where(
      sql<boolean>`NOT EXISTS (SELECT FROM outbox o WHERE o.workspace_id = m.workspace_id
        AND o.mailbox_id = m.mailbox_id AND o.sent_row = m.id)`,
    )
    .orderBy("m.id")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    mailboxId: row.mailbox_id,
    conversationId: row.conversation_id,
    messageId: row.message_id,
    originalMessageId: row.original_message_id,
    from: row.from_address,
    to: readRecipients(row.recipients).to.map(({ address }) => address),
    subject: row.subject,
    sentAtMs: row.sent_at?.getTime() ?? null,
    textDigest: row.text_digest,
    inSent: row.in_sent,
  }));
}

/**
 * Replies that were handed over, or may have been, and have no copy yet. Those that wait for another try, or failed in
 * one, too: a try before may have left, and its late copy is what keeps the next one from leaving. These by their ids
 * alone: a likeness may be another reply's.
 */
async function readOpenOutbox(tx: TenantDb, mailboxIds: string[]): Promise<OpenReply[]> {
  const rows = await tx.db
    .selectFrom("outbox as o")
    .innerJoin("mailboxes as m", (join) =>
      join.onRef("m.workspace_id", "=", "o.workspace_id").onRef("m.id", "=", "o.mailbox_id"),
    )
    .select([
      "o.id",
      "o.mailbox_id",
      "o.conversation_id",
      "o.message_id",
      "o.sent_message_id",
      "o.subject",
      "o.recipients",
    ])
    .select(["o.state", "o.sending_at", "o.created_at", "o.text_digest", "o.answers", "m.address"])
    .select(
      sql<boolean>`m.files_sent IS NOT TRUE AND NOT m.read_only
        AND (o.state <> 'sent' OR coalesce(o.problem = ${filingProblem}, false))`.as("to_file"),
    )
    .where("o.workspace_id", "=", tx.workspaceId)
    .where("o.mailbox_id", "in", mailboxIds)
    .where("o.state", "in", ["queued", "sending", "sent", "unknown", "failed"])
    .where("o.sending_at", "is not", null)
    .where("o.sent_row", "is", null)
    .orderBy("o.id")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    mailboxId: row.mailbox_id,
    conversationId: row.conversation_id,
    messageId: row.message_id,
    sentMessageId: row.sent_message_id,
    from: row.address,
    to: readRecipients(row.recipients).to.map(({ address }) => address),
    subject: row.subject,
    dateMs: (row.sending_at ?? row.created_at).getTime(),
    textDigest: row.state === "queued" || row.state === "failed" ? "" : row.text_digest,
    answers: row.answers,
    toFile: row.to_file,
  }));
}

/** What came back by another way (a list, a rule that sorts our own mail) shows that it left, and puts no copy in Sent. */
const isToFile = ({ row, copy }: Recognition): boolean => row.toFile && !copy.inSent;

async function markDone(tx: TenantDb, found: Recognition[]): Promise<void> {
  await sql`
    UPDATE outbox o SET state = CASE WHEN f.to_file THEN 'sent' ELSE 'done' END, sent_row = f.sent_row,
      sent_message_id = coalesce(f.message_id, o.sent_message_id), sent_at = coalesce(o.sent_at, o.sending_at),
      problem = CASE WHEN f.to_file THEN ${filingProblem} END,
      next_try_at = CASE WHEN f.to_file THEN o.sending_at + ${sentProofMs} * interval '1 ms' ELSE o.next_try_at END
    FROM unnest(${found.map(({ row }) => row.id)}::uuid[], ${found.map(({ copy }) => copy.id)}::uuid[],
                ${found.map(({ copy }) => copy.messageId)}::text[],
                ${found.map(isToFile)}::boolean[]) AS f (id, sent_row, message_id, to_file)
    WHERE o.workspace_id = ${tx.workspaceId} AND o.id = f.id`.execute(tx.db);
  // The copy says nothing of Bcc; we know.
  await sql`
    UPDATE messages m SET recipients = jsonb_set(m.recipients, '{bcc}', o.recipients->'bcc')
    FROM outbox o
    WHERE m.workspace_id = ${tx.workspaceId} AND m.id = ANY (${found.map(({ copy }) => copy.id)}::uuid[])
      AND o.workspace_id = m.workspace_id AND o.sent_row = m.id AND jsonb_array_length(o.recipients->'bcc') > 0`.execute(
    tx.db,
  );
}

async function joinWithReplies(tx: TenantDb, found: Recognition[]): Promise<Omit<Recognised, "events">> {
  const locks = ConversationLocks.of(tx);
  await locks.lock(found.flatMap(({ row, copy }) => [row.conversationId, copy.conversationId]));
  const movedTo = new Map<string, string>();
  const survivorOf = (id: string): string | undefined => {
    const root = locks.root(id);
    return root === undefined ? undefined : (movedTo.get(root) ?? root);
  };
  for (const { row, copy } of found) {
    const [survivor, loser] = [survivorOf(row.conversationId), survivorOf(copy.conversationId)].sort();
    if (survivor === undefined || loser === undefined || survivor === loser) continue;
    const joins = new Map([[survivor, [loser]]]);
    await mergeConversations(tx, joins);
    locks.noteJoined(joins);
    for (const [from, to] of movedTo) if (to === loser) movedTo.set(from, survivor);
    movedTo.set(loser, survivor);
  }
  const conversationIds = new Set(found.flatMap(({ row }) => survivorOf(row.conversationId) ?? []));
  return { conversationIds: [...conversationIds], movedTo };
}
