/** A message as the inbox hands it out. */
import type { MailAddress } from "../protocol/mime/types.ts";
import type { OutboxState } from "./outbox/outbox-event.ts";

export interface ShownAttachment {
  n: number;
  partPath: string | null;
  filename: string | null;
  contentType: string;
  sizeBytes: number;
  contentId: string | null;
  disposition: "attachment" | "inline";
  encoding: string;
}

export interface ShownFolder {
  id: string;
  path: string;
  role: string | null;
  uid: number | null;
  flags: string[];
}

export interface ShownMessage {
  id: string;
  /** The Message-ID header. */
  messageId: string | null;
  originalMessageId: string | null;
  inReplyTo: string[];
  references: string[];
  mailboxId: string;
  conversationId: string;
  direction: "in" | "out";
  from: MailAddress;
  to: MailAddress[];
  cc: MailAddress[];
  bcc: MailAddress[];
  replyTo: MailAddress[];
  subject: string;
  sentAt: Date | null;
  receivedAt: Date;
  sizeBytes: number;
  snippet: string;
  text: string;
  hasHtml: boolean;
  attachments: ShownAttachment[];
  folders: ShownFolder[];
  seen: boolean;
  flagged: boolean;
  answered: boolean;
  automatic: boolean;
  bounce: boolean;
  parseFlags: string[];
  goneAt: Date | null;
  /** Set for a reply of ours whose copy has not come back from Sent. */
  outbox: ShownOutbox | null;
}

export interface ShownOutbox {
  id: string;
  state: OutboxState;
  /** An error's code: why it failed, waits for another try, or is unclear. */
  problem: string | null;
  /** The mail server's own line about it. */
  response: string | null;
  /** Of one that is queued. */
  nextTryAt: Date | null;
  cancelUntil: Date | null;
}
