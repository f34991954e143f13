/** Tenant tables of what is on its way to the server: replies and intents; named in tables.ts. */
import type { ColumnType, Generated } from "kysely";

export interface OutboxTable {
  workspace_id: string;
  id: string;
  mailbox_id: string;
  conversation_id: string;
  idempotency_key: string | null;
  request_hash: string | null;
  state: "queued" | "sending" | "sent" | "done" | "unknown" | "failed" | "cancelled";
  message_id: string;
  subject: string;
  recipients: ColumnType<unknown, string, string>;
  from_name: Generated<string>;
  text: string;
  html: string | null;
  in_reply_to: string | null;
  refs: Generated<string[]>;
  answers: string | null;
  uploads: Generated<string[]>;
  text_digest: Generated<string>;
  fence: number | null;
  attempts: Generated<number>;
  next_try_at: ColumnType<Date, Date | undefined, Date>;
  problem: string | null;
  response: string | null;
  sending_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  sent_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  sent_message_id: string | null;
  sent_row: string | null;
  created_by: string | null;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

export interface IntentsTable {
  workspace_id: string;
  id: string;
  mailbox_id: string;
  kind: "flags" | "move" | "delete";
  message_id: string;
  params: ColumnType<unknown, string | undefined, string>;
  before: ColumnType<unknown, string | undefined, string>;
  state: "pending" | "applied" | "confirmed" | "undone";
  attempts: Generated<number>;
  next_try_at: ColumnType<Date, Date | undefined, Date>;
  problem: string | null;
  created_by: string | null;
  created_at: ColumnType<Date, Date | undefined, Date>;
}
