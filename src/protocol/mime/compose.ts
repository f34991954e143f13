/** What we send (RFC 5322, MIME), written by nodemailer's MailComposer. Nothing a user enters can start a header of its own. */
import MailComposer from "nodemailer/lib/mail-composer";
import { HitchpostError } from "../../core/errors.ts";
import { isAddress } from "./address.ts";
import type { MailAddress } from "./types.ts";

export interface OutgoingAttachment {
  filename: string;
  contentType: string;
  content: Uint8Array;
  /** Content-ID without brackets, for a picture inside the HTML. */
  cid?: string;
}

export interface OutgoingMessage {
  from: MailAddress;
  to: readonly MailAddress[];
  cc: readonly MailAddress[];
  /** Recipients of the envelope only: never written into the message. */
  bcc: readonly MailAddress[];
  subject: string;
  text: string;
  html: string | null;
  /** Message-ID that is answered, with brackets; null for a new conversation. */
  inReplyTo: string | null;
  /** Oldest first, with brackets. */
  references: readonly string[];
  /** With brackets: `newMessageId`. */
  messageId: string;
  /** Date header, epoch milliseconds. */
  dateMs: number;
  attachments: readonly OutgoingAttachment[];
}

const messageIdPattern = /^<[^<>\s\p{Cc}]{1,900}>$/u;
const contentTypePattern = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/;
/** True for an id that fits on a line (RFC 5322 2.1.1) and breaks none. */
export const isWritableId = (id: string): boolean => messageIdPattern.test(id);
/** RFC 5322 has no limit; servers refuse very long header fields. */
const maxReferences = 50;

/**
 * The raw message, ready for SMTP or APPEND, with CRLF line ends and without Bcc.
 *
 * @throws invalid_request for line breaks and control characters in header values, malformed ids and types
 * @throws recipient_invalid for an address that cannot be sent to
 */
export async function composeMessage(message: OutgoingMessage): Promise<Uint8Array> {
  checkMessage(message);
  const references = keepEnds(message.references);
  const composer = new MailComposer({
    from: message.from,
    to: [...message.to],
    cc: [...message.cc],
    subject: message.subject,
    text: message.text,
    ...(message.html === null ? {} : { html: message.html }),
    ...(message.inReplyTo === null ? {} : { inReplyTo: message.inReplyTo }),
    ...(references.length === 0 ? {} : { references }),
    messageId: message.messageId,
    date: new Date(message.dateMs),
    attachments: message.attachments.map(({ filename, contentType, content, cid }) => ({
      filename,
      contentType,
      content: Buffer.from(content.buffer, content.byteOffset, content.byteLength),
      ...(cid === undefined ? {} : { cid, contentDisposition: "inline" as const }),
    })),
    newline: "\r\n",
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** The first (root) and the latest ids, as threading needs them. */
const keepEnds = (ids: readonly string[]): string[] =>
  ids.length <= maxReferences ? [...ids] : [ids[0]!, ...ids.slice(1 - maxReferences)];

function checkMessage(message: OutgoingMessage): void {
  const lists = { from: [message.from], to: message.to, cc: message.cc, bcc: message.bcc };
  for (const [field, addresses] of Object.entries(lists))
    for (const address of addresses) checkAddress(address, field);
  checkLine(message.subject, "subject");
  const ids = [
    message.messageId,
    ...(message.inReplyTo === null ? [] : [message.inReplyTo]),
    ...message.references,
  ];
  for (const id of ids)
    if (!messageIdPattern.test(id)) throw invalid("messageId", "a message id is malformed");
  if (!Number.isFinite(message.dateMs)) throw invalid("dateMs", "the date is not a number");
  for (const { filename, contentType, cid } of message.attachments) {
    checkLine(filename, "attachments.filename");
    if (!contentTypePattern.test(contentType))
      throw invalid("attachments.contentType", "the content type is malformed");
    if (cid !== undefined && !messageIdPattern.test(`<${cid}>`))
      throw invalid("attachments.cid", "the content id is malformed");
  }
}

function checkAddress({ name, address }: MailAddress, field: string): void {
  checkLine(name, field);
  checkLine(address, field);
  if (isAddress(address)) return;
  throw new HitchpostError(
    "recipient_invalid",
    `“${address.slice(0, 100)}” is not an address that can be sent to`,
    {
      details: { field },
    },
  );
}

/** Line breaks and other control characters would begin a header field of the user's own (CWE-93). */
function checkLine(value: string, field: string): void {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value.replaceAll("\t", " ")))
    throw invalid(field, `${field} must be one line without control characters`);
}

const invalid = (field: string, message: string): HitchpostError =>
  new HitchpostError("invalid_request", message, { details: { field } });
