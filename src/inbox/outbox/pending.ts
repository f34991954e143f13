/** Replies shown as messages until their copy comes back from Sent. */
import { sql } from "kysely";
import type { TenantDb } from "../../store/tenant-db.ts";
import type { ShownMessage, ShownOutbox } from "../shown-message.ts";
import { readRecipients } from "../recipients.ts";
import type { OutboxState } from "./outbox-event.ts";

interface Row {
  id: string;
  mailbox_id: string;
  conversation_id: string;
  state: OutboxState;
  message_id: string;
  sent_message_id: string | null;
  subject: string;
  recipients: unknown;
  from_name: string;
  address: string;
  text: string;
  html: string | null;
  in_reply_to: string | null;
  refs: string[];
  problem: string | null;
  response: string | null;
  next_try_at: Date;
  attempts: number;
  sending_at: Date | null;
  sent_at: Date | null;
  created_at: Date;
  files: { filename: string; contentType: string; sizeBytes: number }[];
}

/** Replies of a conversation whose copy has not come (cancelled ones left out), or one by its id, whatever its state. */
export async function readPendingReplies(
  tenant: TenantDb,
  which: { conversationId: string } | { id: string },
): Promise<ShownMessage[]> {
  const condition =
    "id" in which
      ? sql`o.id = ${which.id}::uuid`
      : sql`o.conversation_id = ${which.conversationId}::uuid AND o.state NOT IN ('done', 'cancelled') AND o.sent_row IS NULL`;
  const { rows } = await sql<Row>`
    SELECT o.id, o.mailbox_id, o.conversation_id, o.state, o.message_id, o.sent_message_id, o.subject, o.recipients, o.from_name,
      b.address, o.text, o.html, o.in_reply_to, o.refs, o.problem, o.response, o.next_try_at, o.attempts, o.sending_at, o.sent_at, o.created_at,
      coalesce((SELECT jsonb_agg(jsonb_build_object('filename', u.filename, 'contentType', u.content_type, 'sizeBytes', u.size_bytes)
        ORDER BY array_position(o.uploads, u.id))
        FROM uploads u WHERE u.workspace_id = ${tenant.workspaceId} AND u.id = ANY (o.uploads)), '[]') AS files
    FROM outbox o JOIN mailboxes b ON b.workspace_id = o.workspace_id AND b.id = o.mailbox_id
    WHERE o.workspace_id = ${tenant.workspaceId} AND ${condition} ORDER BY o.created_at, o.id`.execute(
    tenant.db,
  );
  return rows.map(toShown);
}

const toShown = (row: Row): ShownMessage => ({
  id: row.id,
  messageId: row.sent_message_id ?? row.message_id,
  originalMessageId: row.sent_message_id === null ? null : row.message_id,
  inReplyTo: row.in_reply_to === null ? [] : [row.in_reply_to],
  references: row.refs,
  mailboxId: row.mailbox_id,
  conversationId: row.conversation_id,
  direction: "out",
  from: { name: row.from_name, address: row.address },
  ...readRecipients(row.recipients),
  subject: row.subject,
  sentAt: row.sent_at ?? row.sending_at,
  receivedAt: row.sent_at ?? row.created_at,
  sizeBytes: Buffer.byteLength(row.text) + Buffer.byteLength(row.html ?? ""),
  snippet: row.text.replace(/\s+/g, " ").trim().slice(0, 200),
  text: row.text,
  hasHtml: row.html !== null,
  attachments: row.files.map((file, index) => ({
    n: index + 1,
    partPath: null,
    filename: file.filename,
    contentType: file.contentType,
    sizeBytes: file.sizeBytes,
    contentId: null,
    disposition: "attachment",
    encoding: "identity",
  })),
  folders: [],
  seen: true,
  flagged: false,
  answered: false,
  automatic: false,
  bounce: false,
  parseFlags: [],
  goneAt: null,
  outbox: shownOutbox(row),
});

function shownOutbox(row: Row): ShownOutbox {
  const isQueued = row.state === "queued";
  const problem = row.state === "sent" || row.state === "done" ? null : row.problem;
  return {
    id: row.id,
    state: row.state,
    problem,
    response: problem === null || row.response === "" ? null : row.response,
    nextTryAt: isQueued ? row.next_try_at : null,
    cancelUntil: isQueued && row.attempts === 0 ? row.next_try_at : null,
  };
}
