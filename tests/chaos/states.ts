/** What is held against the model at the end: the server as another client sees it, the database, the recipients' side. */

/** What the server holds. */
export interface ServerState {
  folders: { path: string; items: ServerItem[] }[];
}

export interface ServerItem {
  uid: number;
  /** Without `\Recent`. */
  flags: string[];
  mark: string;
}

export interface DatabaseState {
  messages: StoredRow[];
  locations: StoredLocation[];
  outbox: StoredReply[];
  intents: { state: string; kind: string; problem: string | null; mark: string | null }[];
  events: { seq: number; type: string; payload: Record<string, unknown> }[];
  /** The workspace's last event number. */
  eventSeq: number;
  conversations: { id: string; mergedInto: string | null; gone: boolean; messageCount: number }[];
}

export interface StoredRow {
  id: string;
  mark: string | null;
  mailboxId: string;
  conversationId: string;
  messageId: string | null;
  originalMessageId: string | null;
  inReplyTo: string[];
  references: string[];
  subjectKey: string;
  replyPrefix: boolean;
  fromAddress: string;
  recipients: string[];
  receivedAtMs: number;
  automatic: boolean;
  flagged: boolean;
  isNew: boolean;
  inTransit: boolean;
  gone: boolean;
}

export interface StoredLocation {
  path: string;
  uid: number;
  flags: string[];
  rowId: string;
  /** Of an epoch that is over, or of a folder that is gone: must not be. */
  stale: boolean;
}

export interface StoredReply {
  id: string;
  state: string;
  problem: string | null;
  messageId: string;
  sentMessageId: string | null;
  /** The submission server's last line; it may name the Message-ID that it gave. */
  response: string | null;
  inReplyTo: string | null;
  references: string[];
  sentRow: string | null;
  answers: string | null;
  conversationId: string;
}

/** One mail as it reached a recipient's server. */
export interface Delivered {
  mark: string;
  to: string[];
}
