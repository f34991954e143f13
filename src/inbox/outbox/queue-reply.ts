/**
 * A reply on its way (sync.md, "A reply leaves once"):
 *
 *   queued → sending → sent → done (its copy came back from Sent)
 *     │         │└→ failed (refused for good) → queued, by a person
 *     │         └→ unclear → sent | queued (proved absent) | unknown → sent | queued, by a person
 *     └→ cancelled
 *
 * Here it is queued: once for an Idempotency-Key, in the transaction that ends the draft.
 */
import type { Clock } from "../../core/clock.ts";
import { HitchpostError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import { addressDomain, canonicalAddress } from "../../protocol/mime/address.ts";
import { newMessageId, type QuoteOptions } from "../../protocol/mime/reply.ts";
import type { MailAddress } from "../../protocol/mime/types.ts";
import { deleteDraft } from "../../store/drafts.ts";
import { appendEvents } from "../../store/events.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import { getUploads } from "../../store/uploads.ts";
import { seeOnServer } from "../conversation-update.ts";
import { lockConversation } from "../conversation-locks.ts";
import { recomputeConversations } from "../recompute.ts";
import { conversationEvent } from "../settle.ts";
import { learnRefs } from "../thread-refs.ts";
import { outboxEvent } from "./outbox-event.ts";
import { checkedAddresses, outgoingDigest, replyContent } from "./reply-content.ts";
import {
  readAnswered,
  readSendingMailbox,
  recipientsOf,
  subjectOfReply,
  threadingOf,
  type AnsweredMessage,
} from "./reply-source.ts";

export interface ReplyRequest {
  conversationId: string;
  /** The message row to answer; the newest one from outside when left out. */
  messageId?: string | undefined;
  mailboxId?: string | undefined;
  to?: string[] | undefined;
  cc?: string[] | undefined;
  bcc?: string[] | undefined;
  subject?: string | undefined;
  text?: string | undefined;
  html?: string | undefined;
  uploads: string[];
  /** Answer everybody; ignored when `to` is given. */
  all?: boolean | undefined;
  /** Quote the answered message below; true when left out. */
  quote?: boolean | undefined;
  close?: boolean | undefined;
  idempotencyKey?: string | undefined;
  /** Digest of the request's body, to tell a repetition from another request under the same key. */
  requestHash: string;
  /** null for an API key. */
  userId: string | null;
}

export interface QueueDeps {
  clock: Clock;
  /** How long a reply can be taken back before it leaves. */
  sendDelayMs: number;
  /** Language and zone of the line above the quote. */
  quoteStyle?: QuoteOptions;
}

export interface QueuedReply {
  id: string;
  mailboxId: string;
  /** False when the same request was answered before. */
  created: boolean;
}

/** Servers take little more; Outlook.com 25 MB with encoding. */
const maxFilesBytes = 25 * 1024 * 1024;

/**
 * Queues a reply. Afterwards nudge the mailbox's owner at `nextTryAt` (`runOutbox`).
 *
 * @throws HitchpostError conflict when the key was used for another request; recipient_invalid and invalid_request with
 *   `details.field`; not_found; read_only; cannot_send; payload_too_large
 */
export async function queueReply(
  tenant: TenantDb,
  request: ReplyRequest,
  deps: QueueDeps,
): Promise<QueuedReply> {
  return tenant.transaction(async (tx) => {
    const before = await findByKey(tx, request);
    if (before !== null) return before;
    const conversationId = await lockConversation(tx, request.conversationId);
    if (conversationId === undefined) throw new HitchpostError("not_found", "There is no such conversation.");
    const row = await buildReply(tx, { ...request, conversationId }, deps);
    const inserted = await tx.db
      .insertInto("outbox")
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .returning("id")
      .executeTakeFirst();
    if (!inserted) return (await findByKey(tx, request)) ?? unreachableKey();
    await learnRefs(tx, [row.message_id], conversationId);
    if (request.userId !== null) await deleteDraft(tx, conversationId, request.userId);
    await seeOnServer(tx, conversationId, request.userId, "answering");
    await tellQueued(
      tx,
      { id: row.id, mailboxId: row.mailbox_id, conversationId },
      request.close === true,
      deps.clock,
    );
    return { id: row.id, mailboxId: row.mailbox_id, created: true };
  });
}

const unreachableKey = (): never => {
  throw new HitchpostError("conflict", "The same request is being worked on: try again.");
};

async function findByKey(
  tx: TenantDb,
  { idempotencyKey, requestHash }: ReplyRequest,
): Promise<QueuedReply | null> {
  if (idempotencyKey === undefined) return null;
  const row = await tx.db
    .selectFrom("outbox")
    .select(["id", "mailbox_id", "request_hash"])
    .where("workspace_id", "=", tx.workspaceId)
    .where("idempotency_key", "=", idempotencyKey)
    .executeTakeFirst();
  if (!row) return null;
  if (row.request_hash === requestHash) return { id: row.id, mailboxId: row.mailbox_id, created: false };
  throw new HitchpostError("conflict", "This Idempotency-Key was used for another reply.", {
    details: { field: "idempotency-key" },
  });
}

async function buildReply(
  tx: TenantDb,
  request: ReplyRequest,
  { clock, sendDelayMs, quoteStyle }: QueueDeps,
) {
  const nowMs = clock.now();
  const answered = await readAnswered(tx, request.conversationId, request.messageId);
  const mailbox = await readSendingMailbox(tx, request.mailboxId ?? answered.mailboxId);
  const found = recipientsOf(answered, mailbox, request.all === true);
  const recipients = chooseRecipients(request, found, answered);
  await checkUploads(tx, request.uploads);
  const style = quoteStyle ?? { lang: "en", timeZone: "UTC" };
  const content = replyContent(request, answered, {
    signatureHtml: mailbox.signatureHtml,
    quote: request.quote === false ? null : style,
  });
  if (content.blank && request.uploads.length === 0)
    throw new HitchpostError("invalid_request", "Write something, or attach a file.", {
      details: { field: request.html === undefined ? "text" : "html" },
    });
  const threading = threadingOf(answered);
  const message = {
    ...recipients,
    ...threading,
    text: content.text,
    html: content.html,
    from: { name: mailbox.displayName, address: mailbox.address },
    subject: request.subject ?? subjectOfReply(answered.subject),
    messageId: newMessageId(addressDomain(mailbox.address)),
    dateMs: nowMs,
  };
  const textDigest = await outgoingDigest(message);
  return {
    workspace_id: tx.workspaceId,
    id: newId(nowMs),
    mailbox_id: mailbox.id,
    conversation_id: request.conversationId,
    idempotency_key: request.idempotencyKey ?? null,
    request_hash: request.requestHash,
    state: "queued" as const,
    message_id: message.messageId,
    subject: message.subject,
    recipients: JSON.stringify({ ...recipients, replyTo: [] }),
    from_name: mailbox.displayName,
    text: content.text,
    html: content.html,
    in_reply_to: threading.inReplyTo,
    refs: threading.references,
    answers: answered.id,
    uploads: request.uploads,
    text_digest: textDigest,
    next_try_at: new Date(nowMs + sendDelayMs),
    created_by: request.userId,
    created_at: new Date(nowMs),
  };
}

type Recipients = Record<"to" | "cc" | "bcc", MailAddress[]>;

/** What the request names; what it leaves out comes from the answered message. Nobody twice: some would get it twice. */
function chooseRecipients(
  request: ReplyRequest,
  found: ReturnType<typeof recipientsOf>,
  answered: AnsweredMessage,
): Recipients {
  const named = (field: keyof Recipients, fallback: MailAddress[]): MailAddress[] =>
    checkedAddresses(field, request[field] ?? fallback.map(({ address }) => address));
  const to = named("to", found.to);
  const cc = named("cc", request.to === undefined ? found.cc : []);
  const bcc = named("bcc", []);
  if (to.length + cc.length + bcc.length === 0)
    throw new HitchpostError("recipient_invalid", "There is nobody to send this to.", {
      details: { field: "to" },
    });
  const names = namesIn(answered);
  const seen = new Set<string>();
  const fresh = (list: MailAddress[]): MailAddress[] =>
    list.flatMap(({ address }) => {
      const key = canonicalAddress(address);
      if (seen.has(key)) return [];
      seen.add(key);
      return [{ name: names.get(key) ?? "", address }];
    });
  return { to: fresh(to), cc: fresh(cc), bcc: fresh(bcc) };
}

/** Address → name, as the answered message has them; the first one counts. */
function namesIn({ replyTo, from, to, cc }: AnsweredMessage): Map<string, string> {
  const names = new Map<string, string>();
  for (const { name, address } of [...replyTo, ...(from === null ? [] : [from]), ...to, ...cc]) {
    const key = canonicalAddress(address);
    if (name !== "" && !names.has(key)) names.set(key, name);
  }
  return names;
}

async function checkUploads(tx: TenantDb, ids: string[]): Promise<void> {
  const uploads = await getUploads(tx, ids);
  const sizeBytes = uploads.reduce((sum, upload) => sum + upload.sizeBytes, 0);
  if (sizeBytes <= maxFilesBytes) return;
  throw new HitchpostError("payload_too_large", "The attached files are larger than 25 MB together.", {
    details: { field: "uploads" },
  });
}

/** A reply moves nothing in the list but its state, unless it closes the conversation. */
async function tellQueued(
  tx: TenantDb,
  reply: { id: string; mailboxId: string; conversationId: string },
  close: boolean,
  clock: Clock,
): Promise<void> {
  if (close) {
    await tx.db
      .updateTable("conversations")
      .set({ status: "closed", snoozed_until: null })
      .where("workspace_id", "=", tx.workspaceId)
      .where("id", "=", reply.conversationId)
      .execute();
  }
  const changed = await recomputeConversations(tx, [reply.conversationId], [], new Date(clock.now()));
  await appendEvents(tx, [
    outboxEvent({ ...reply, state: "queued" }),
    ...changed.map((conversation) => conversationEvent(conversation)),
  ]);
}
