/** Messages as they are shown: those of a conversation with our replies on their way, and single ones. */
import { sql } from "kysely";
import { z } from "zod";
import { HitchpostError } from "../core/errors.ts";
import { unpackBody } from "../protocol/mime/packed-body.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { livingConversation } from "./conversations.ts";
import { readPendingReplies } from "./outbox/pending.ts";
import { checkedLimit, decodeCursor, pageOf, type Page } from "./page-cursor.ts";
import { readRecipients } from "./recipients.ts";
import type { ShownAttachment, ShownMessage } from "./shown-message.ts";

const attachmentsSchema = z
  .array(
    z.object({
      n: z.number(),
      partPath: z.string().nullable().catch(null),
      filename: z.string().nullable().catch(null),
      contentType: z.string().catch("application/octet-stream"),
      sizeBytes: z.number().catch(0),
      contentId: z.string().nullable().catch(null),
      disposition: z.enum(["attachment", "inline"]).catch("attachment"),
      encoding: z.string().catch("base64"),
    }),
  )
  .catch([]);

/** `messages.attachments` as stored. */
export const readAttachments = (stored: unknown): ShownAttachment[] => attachmentsSchema.parse(stored);

interface Row extends Omit<
  ShownMessage,
  "from" | "to" | "cc" | "bcc" | "replyTo" | "attachments" | "outbox" | "text"
> {
  content: Uint8Array | null;
  fromName: string;
  fromAddress: string;
  recipients: unknown;
  attachments: unknown;
  at: string;
}

const columns = (workspaceId: string) => sql`
  m.id, coalesce(m.written_message_id, m.message_id) AS "messageId", m.original_message_id AS "originalMessageId", m.in_reply_to AS "inReplyTo",
  m.refs AS references, m.mailbox_id AS "mailboxId", m.conversation_id AS "conversationId", m.direction,
  m.from_name AS "fromName", m.from_address AS "fromAddress", m.recipients, m.subject, m.sent_at AS "sentAt",
  m.received_at AS "receivedAt", m.size_bytes AS "sizeBytes", m.snippet, b.content,
  coalesce(b.has_html, false) AS "hasHtml", m.attachments, m.seen, m.flagged, m.answered, m.automatic, m.bounce,
  m.parse_flags AS "parseFlags", m.gone_at AS "goneAt",
  to_char(m.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
  coalesce((SELECT jsonb_agg(jsonb_build_object('id', f.id, 'path', f.path, 'role', f.role, 'uid', l.uid, 'flags', l.flags) ORDER BY f.path)
    FROM message_locations l JOIN folders f ON f.workspace_id = l.workspace_id AND f.id = l.folder_id
    WHERE l.workspace_id = ${workspaceId} AND l.message_id = m.id), '[]') AS folders`;

const source = (workspaceId: string) => sql`messages m
  LEFT JOIN message_bodies b ON b.workspace_id = ${workspaceId} AND b.message_id = m.id`;

function toShown(row: Row): ShownMessage {
  const { fromName, fromAddress, recipients, attachments, content, at: _at, ...rest } = row;
  return {
    ...rest,
    text: unpackBody(content).text,
    ...readRecipients(recipients),
    from: { name: fromName, address: fromAddress },
    attachments: readAttachments(attachments),
    outbox: null,
  };
}

/**
 * The messages of a conversation, oldest first; our replies that have not come back from Sent follow on the last page.
 *
 * @throws HitchpostError not_found, invalid_request for a bad cursor or limit
 */
export async function listMessages(
  tenant: TenantDb,
  conversationId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<ShownMessage>> {
  const size = checkedLimit(limit);
  const living = await livingConversation(tenant, conversationId);
  const key = cursor === undefined ? null : decodeCursor(cursor);
  const after =
    key === null ? sql`` : sql`AND (m.received_at, m.id) > (${key.at}::timestamptz, ${key.id}::uuid)`;
  // Read before the messages: the other way round, a reply whose copy is stored in between would be in neither.
  const replies = await readPendingReplies(tenant, { conversationId: living });
  const { rows } = await sql<Row>`
    SELECT ${columns(tenant.workspaceId)} FROM ${source(tenant.workspaceId)}
    WHERE m.workspace_id = ${tenant.workspaceId} AND m.conversation_id = ${living}::uuid ${after}
    ORDER BY m.received_at, m.id LIMIT ${size + 1}`.execute(tenant.db);
  const page = pageOf(rows, size, (row) => ({ at: row.at, id: row.id }));
  const items = page.rows.map(toShown);
  if (page.nextCursor !== null) return { items, nextCursor: page.nextCursor };
  const stored = new Set(items.flatMap(({ messageId, originalMessageId }) => [messageId, originalMessageId]));
  const pending = replies.filter(({ messageId }) => !stored.has(messageId));
  return { items: [...items, ...pending], nextCursor: null };
}

/**
 * One message by its row's id. The id of a reply answers with the reply, or, once it came back from Sent, with that copy.
 *
 * @throws HitchpostError not_found
 */
export async function getMessage(tenant: TenantDb, id: string): Promise<ShownMessage> {
  const message = await readMessage(tenant, id);
  if (message !== null) return message;
  const reply = await tenant.db
    .selectFrom("outbox")
    .select("sent_row")
    .where("workspace_id", "=", tenant.workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
  const copy = reply?.sent_row ? await readMessage(tenant, reply.sent_row) : null;
  const shown = copy ?? (await readPendingReplies(tenant, { id }))[0];
  if (shown === undefined) throw new HitchpostError("not_found", "There is no such message.");
  return shown;
}

async function readMessage(tenant: TenantDb, id: string): Promise<ShownMessage | null> {
  const { rows } = await sql<Row>`
    SELECT ${columns(tenant.workspaceId)} FROM ${source(tenant.workspaceId)}
    WHERE m.workspace_id = ${tenant.workspaceId} AND m.id = ${id}::uuid`.execute(tenant.db);
  return rows[0] === undefined ? null : toShown(rows[0]);
}
