/** What a reply is made from: the message it answers and the mailbox that sends it. */
import { HitchpostError } from "../../core/errors.ts";
import { unpackBody } from "../../protocol/mime/packed-body.ts";
import { replyRecipients, replyThreading } from "../../protocol/mime/reply.ts";
import { replySubject } from "../../protocol/mime/subject.ts";
import type { MailAddress } from "../../protocol/mime/types.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import { mailServersSchema } from "../../store/mailboxes.ts";
import { readRecipients } from "../recipients.ts";

export interface AnsweredMessage {
  id: string;
  mailboxId: string;
  messageId: string | null;
  inReplyTo: string[];
  references: string[];
  from: MailAddress | null;
  to: MailAddress[];
  cc: MailAddress[];
  replyTo: MailAddress[];
  subject: string;
  dateMs: number | null;
  text: string;
  html: string | null;
}

export interface SendingMailbox {
  id: string;
  address: string;
  /** The name that signs in: with some providers the account's own address, of which `address` is an alias. */
  principal: string;
  displayName: string;
  signatureHtml: string;
}

/**
 * The message to answer: the one named, or the newest one from outside, or the newest at all. A bounce only when there
 * is nothing else: nobody reads what is sent to a mailer-daemon.
 *
 * @param conversationId the living conversation
 * @throws HitchpostError not_found when it is not in this conversation; invalid_request when there is nothing to answer
 */
export async function readAnswered(
  tenant: TenantDb,
  conversationId: string,
  messageId: string | undefined,
): Promise<AnsweredMessage> {
  let query = tenant.db
    .selectFrom("messages as m")
    .leftJoin("message_bodies as b", (join) =>
      join.onRef("b.workspace_id", "=", "m.workspace_id").onRef("b.message_id", "=", "m.id"),
    )
    .select([
      "m.id",
      "m.mailbox_id",
      "m.message_id",
      "m.in_reply_to",
      "m.refs",
      "m.from_name",
      "m.from_address",
    ])
    .select(["m.recipients", "m.subject", "m.sent_at", "m.received_at", "b.content"])
    .where("m.workspace_id", "=", tenant.workspaceId)
    .where("m.conversation_id", "=", conversationId)
    .orderBy("m.bounce")
    .orderBy("m.direction") // "in" before "out"
    .orderBy("m.received_at", "desc")
    .orderBy("m.id", "desc")
    .limit(1);
  if (messageId !== undefined) query = query.where("m.id", "=", messageId);
  const row = await query.executeTakeFirst();
  if (row === undefined) {
    if (messageId !== undefined)
      throw new HitchpostError("not_found", "That message is not in this conversation.", {
        details: { field: "messageId" },
      });
    throw new HitchpostError("invalid_request", "There is no message to answer in this conversation.");
  }
  const { to, cc, replyTo } = readRecipients(row.recipients);
  return {
    id: row.id,
    mailboxId: row.mailbox_id,
    messageId: row.message_id,
    inReplyTo: row.in_reply_to,
    references: row.refs,
    from: row.from_address === "" ? null : { name: row.from_name, address: row.from_address },
    to,
    cc,
    replyTo,
    subject: row.subject,
    dateMs: (row.sent_at ?? row.received_at).getTime(),
    ...unpackBody(row.content),
  };
}

/** @throws HitchpostError not_found; cannot_send and read_only when nothing leaves through it */
export async function readSendingMailbox(tenant: TenantDb, id: string): Promise<SendingMailbox> {
  const row = await tenant.db
    .selectFrom("mailboxes")
    .select(["id", "address", "principal", "display_name", "signature_html"])
    .select(["read_only", "servers", "removed_at"])
    .where("workspace_id", "=", tenant.workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
  const details = { field: "mailboxId" };
  if (!row) throw new HitchpostError("not_found", "There is no such mailbox.", { details });
  const { address } = row;
  if (row.removed_at !== null)
    throw new HitchpostError("cannot_send", `${address} was disconnected: nothing is sent from it.`, {
      details,
    });
  if (row.read_only)
    throw new HitchpostError("read_only", `${address} is set to read only: it sends nothing.`, { details });
  if (mailServersSchema.parse(row.servers).smtp === null)
    throw new HitchpostError("cannot_send", `${address} has no server for sending.`, { details });
  const displayName = row.display_name.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
  const { principal, signature_html: signatureHtml } = row;
  return { id: row.id, address, principal, displayName, signatureHtml };
}

/** Whom an answer goes to. A mail to oneself is answered to oneself. */
export function recipientsOf(
  message: AnsweredMessage,
  mailbox: SendingMailbox,
  all: boolean,
): { to: MailAddress[]; cc: MailAddress[] } {
  const found = replyRecipients(message, [mailbox.address, mailbox.principal], all);
  return found.to.length > 0 || message.from === null ? found : { to: [message.from], cc: found.cc };
}

/** ASCII: others would need a server that speaks SMTPUTF8 for the sake of an id. */
const sendableId = /^<[!-;=?-~]{1,500}>$/;

/** In-Reply-To and References; ids that could not be written into a header are left out. */
export function threadingOf(message: AnsweredMessage): { inReplyTo: string | null; references: string[] } {
  const { inReplyTo, references } = replyThreading(message);
  return {
    inReplyTo: inReplyTo !== null && sendableId.test(inReplyTo) ? inReplyTo : null,
    references: references.filter((id) => sendableId.test(id)),
  };
}

const maxSubjectChars = 500;

/** A line of a mail has at most 998 characters (RFC 5322 2.1.1), and subjects without a space cannot be folded. */
export const subjectOfReply = (subject: string): string =>
  replySubject(subject).slice(0, maxSubjectChars).toWellFormed();

export interface ReplyTargets {
  messageId: string;
  mailboxId: string;
  fromAddress: string;
  subject: string;
  sender: { to: MailAddress[]; cc: MailAddress[] };
  everybody: { to: MailAddress[]; cc: MailAddress[] };
}

/**
 * What the composer shows before anything is written.
 *
 * @param conversationId a living one (`livingConversation`)
 * @throws HitchpostError not_found, invalid_request, read_only, cannot_send
 */
export async function getReplyTargets(tenant: TenantDb, conversationId: string): Promise<ReplyTargets> {
  const message = await readAnswered(tenant, conversationId, undefined);
  const mailbox = await readSendingMailbox(tenant, message.mailboxId);
  return {
    messageId: message.id,
    mailboxId: mailbox.id,
    fromAddress: mailbox.address,
    subject: subjectOfReply(message.subject),
    sender: recipientsOf(message, mailbox, false),
    everybody: recipientsOf(message, mailbox, true),
  };
}
