/** What the database knows about messages that a batch may hang together with. Read after the locks are held. */
import { sql } from "kysely";
import type { TenantDb } from "../store/tenant-db.ts";
import { canonicalAddress } from "../protocol/mime/address.ts";
import { addressedTo, readRecipients } from "./recipients.ts";
import { canJoinBySubject, referencesOf, subjectWindowMs, type SubjectSide } from "./thread-keys.ts";

export interface KnownOwner {
  conversationId: string;
  ref: string;
  subjectKey: string;
  fromAddress: string;
}

/** Messages that carry one of these Message-IDs. */
export async function findOwners(tx: TenantDb, refs: string[]): Promise<KnownOwner[]> {
  if (refs.length === 0) return [];
  const rows = await tx.db
    .selectFrom("messages")
    .select(["conversation_id", "message_id", "subject_key", "from_address"])
    .where("workspace_id", "=", tx.workspaceId)
    .where(sql<boolean>`message_id = ANY(${refs}::text[])`)
    .execute();
  return rows.map((row) => ({
    conversationId: row.conversation_id,
    ref: row.message_id ?? "",
    subjectKey: row.subject_key,
    fromAddress: canonicalAddress(row.from_address),
  }));
}

/** Whether a message of the conversation (or a reply of ours in it) refers to the id. */
export async function isReferredTo(tx: TenantDb, conversationId: string, ref: string): Promise<boolean> {
  const { rows } = await sql<{
    message_id: string | null;
    original_message_id: string | null;
    in_reply_to: string[];
    refs: string[];
  }>`
    SELECT message_id, original_message_id, in_reply_to, refs FROM messages
    WHERE workspace_id = ${tx.workspaceId} AND conversation_id = ${conversationId}::uuid
      AND (${ref} = ANY(refs) OR ${ref} = ANY(in_reply_to) OR original_message_id = ${ref})
    UNION ALL
    SELECT NULL, ${ref}, '{}', '{}' FROM outbox
    WHERE workspace_id = ${tx.workspaceId} AND conversation_id = ${conversationId}::uuid
      AND (message_id = ${ref} OR sent_message_id = ${ref})
    LIMIT 50`.execute(tx.db);
  return rows.some((row) =>
    referencesOf({
      messageId: row.message_id,
      originalMessageId: row.original_message_id,
      inReplyTo: row.in_reply_to,
      references: row.refs,
    }).includes(ref),
  );
}

export interface SubjectPartner {
  conversationId: string;
  side: SubjectSide;
}

interface PartnerRow {
  conversation_id: string;
  mailbox_id: string;
  subject_key: string;
  reply_prefix: boolean;
  in_reply_to: string[];
  refs: string[];
  from_address: string;
  recipients: unknown;
  received_at: Date;
}

interface SubjectWindow {
  mailboxId: string;
  subjectKey: string;
  afterMs: number;
  beforeMs: number;
  /** Some of the batch is a reply itself: not only replies may be its partners. */
  anyKind: boolean;
}

/** One stretch of time for each subject of the batch; wider than needed where its messages lie apart. */
function subjectWindows(sides: readonly SubjectSide[]): SubjectWindow[] {
  const windows = new Map<string, SubjectWindow>();
  for (const side of sides.filter(canJoinBySubject)) {
    const key = `${side.mailboxId}\n${side.subjectKey}`;
    const window = windows.get(key);
    windows.set(key, {
      mailboxId: side.mailboxId,
      subjectKey: side.subjectKey,
      afterMs: Math.min(window?.afterMs ?? Infinity, side.receivedAtMs - subjectWindowMs),
      beforeMs: Math.max(window?.beforeMs ?? -Infinity, side.receivedAtMs + subjectWindowMs),
      anyKind: side.replyPrefix || window?.anyKind === true,
    });
  }
  return [...windows.values()];
}

/** Stored messages that the subject rule may join to one of the batch: bare replies for all, everything for bare replies. */
export async function findSubjectPartners(
  tx: TenantDb,
  sides: readonly SubjectSide[],
): Promise<SubjectPartner[]> {
  const wanted = subjectWindows(sides);
  if (wanted.length === 0) return [];
  const { rows } = await sql<PartnerRow>`
    SELECT m.conversation_id, m.mailbox_id, m.subject_key, m.reply_prefix, m.in_reply_to, m.refs,
           m.from_address, m.recipients, m.received_at
    FROM unnest(${wanted.map((one) => one.mailboxId)}::uuid[], ${wanted.map((one) => one.subjectKey)}::text[],
                ${wanted.map((one) => new Date(one.afterMs))}::timestamptz[],
                ${wanted.map((one) => new Date(one.beforeMs))}::timestamptz[],
                ${wanted.map((one) => one.anyKind)}::boolean[])
         AS k (mailbox_id, subject_key, after, before, any_kind)
    CROSS JOIN LATERAL (
      SELECT * FROM messages m
      WHERE m.workspace_id = ${tx.workspaceId} AND m.mailbox_id = k.mailbox_id AND m.subject_key = k.subject_key
        AND m.received_at BETWEEN k.after AND k.before AND m.subject_key <> '' AND NOT m.automatic
        AND (k.any_kind OR m.reply_prefix)
      OFFSET 0 -- the index, also while the table is young and without statistics
    ) AS m`.execute(tx.db);
  return rows.map((row) => ({ conversationId: row.conversation_id, side: sideOf(row) }));
}

/** As `threadable` describes a message that is not stored yet: else the order of arrival would count. */
function sideOf(row: PartnerRow): SubjectSide {
  const recipients = readRecipients(row.recipients);
  return {
    mailboxId: row.mailbox_id,
    subjectKey: row.subject_key,
    replyPrefix: row.reply_prefix,
    inReplyTo: row.in_reply_to,
    references: row.refs,
    authorAddress: canonicalAddress(recipients.replyTo[0]?.address ?? row.from_address),
    recipientAddresses: addressedTo(recipients),
    receivedAtMs: row.received_at.getTime(),
    automatic: false,
  };
}
