/**
 * What `sync/` asks of `inbox/` inside its transactions. Siblings do not import each other: `inbox/` implements this
 * port, `app/` hands it to `sync/`.
 */
import type { NewEvent } from "./new-event.ts";
import type { TenantDb } from "./tenant-db.ts";

/** A message that is about to be inserted, as far as threading needs it. Times are epoch milliseconds. */
export interface ThreadableMessage {
  /** Our UUIDv7 of the message row. */
  id: string;
  mailboxId: string;
  /** The mailbox's own address. */
  mailboxAddress: string;
  messageId: string | null;
  originalMessageId: string | null;
  inReplyTo: string[];
  references: string[];
  subject: string;
  /** `baseSubject(subject)`; empty when there is none. */
  subjectKey: string;
  replyPrefix: boolean;
  fromAddress: string;
  /** Whom an answer would reach: Reply-To, else From. Of a contact form's mails it is the visitor. */
  authorAddress: string;
  /** Lower-case addresses of To and Cc. */
  recipientAddresses: string[];
  sentAtMs: number | null;
  receivedAtMs: number;
  automatic: boolean;
}

/** What happened to a message in this transaction, after its rows were written. */
export interface SettledMessage {
  conversationId: string;
  messageId: string;
  /** `imported`: backfilled or renumbered; `new`: above the boundary (sync.md 10); `changed`: flags, locations, removal. */
  what: "imported" | "new" | "changed";
  /** Came in, and stands in one place alone: it is no copy of a reply of ours. */
  inbound?: true;
}

export interface InboxPort {
  /**
   * Decides the conversation of each message before its row is inserted; creates, and joins where references meet
   * (sync.md 11: independent of the order of arrival). Returns message id → conversation id.
   */
  thread(tx: TenantDb, messages: ThreadableMessage[]): Promise<Map<string, string>>;
  /**
   * Recomputes the conversations' rows (counts, participants, last message, status, unseen, gone) and returns the events
   * to append: `message.created` (new only), `conversation.created|updated`.
   */
  settle(tx: TenantDb, messages: SettledMessage[]): Promise<NewEvent[]>;
  /** Joins two conversations into the older one; what people did to either is kept. */
  join(tx: TenantDb, one: string, other: string): Promise<void>;
}
