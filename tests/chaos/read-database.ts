/** Reads one workspace for `compare.ts`. */
import type { Pool } from "pg";
import { markIn } from "./mails.ts";
import type { DatabaseState, StoredLocation, StoredReply, StoredRow } from "./states.ts";

/** @param workspaceId a workspace with one mailbox */
export async function readDatabase(pool: Pool, workspaceId: string): Promise<DatabaseState> {
  const all = async <Row extends object>(statement: string): Promise<Row[]> =>
    (await pool.query<Row>(statement, [workspaceId])).rows;
  const messages = await all<Omit<StoredRow, "mark" | "receivedAtMs"> & { text: string; receivedAt: Date }>(
    `SELECT m.id, m.mailbox_id AS "mailboxId", m.conversation_id AS "conversationId", m.message_id AS "messageId",
       m.original_message_id AS "originalMessageId", m.in_reply_to AS "inReplyTo", m.refs AS "references",
       m.subject_key AS "subjectKey", m.reply_prefix AS "replyPrefix", m.from_address AS "fromAddress",
       ARRAY (SELECT r ->> 'address' FROM jsonb_array_elements((m.recipients -> 'to') || (m.recipients -> 'cc')) AS r) AS recipients,
       m.received_at AS "receivedAt", m.automatic, m.flagged, m.is_new AS "isNew",
       m.transit_since IS NOT NULL AND m.gone_at IS NULL AS "inTransit", m.gone_at IS NOT NULL AS gone, m.snippet AS text
     FROM messages m
     WHERE m.workspace_id = $1 ORDER BY m.id`,
  );
  const intents = await all<{ state: string; kind: string; problem: string | null; text: string }>(
    `SELECT i.state, i.kind, i.problem, m.snippet AS text FROM intents i
     JOIN messages m ON m.workspace_id = i.workspace_id AND m.id = i.message_id WHERE i.workspace_id = $1 ORDER BY i.id`,
  );
  const [workspace] = await all<{ seq: number }>(
    `SELECT event_seq::float8 AS seq FROM workspaces WHERE workspace_id = $1`,
  );
  return {
    messages: messages.map(({ text, receivedAt, ...row }) => ({
      ...row,
      mark: markIn(text),
      receivedAtMs: receivedAt.getTime(),
    })),
    locations: await all<StoredLocation>(
      `SELECT f.path, l.uid::float8 AS uid, l.flags, l.message_id AS "rowId", f.epoch <> l.epoch OR f.removed_at IS NOT NULL AS stale
       FROM message_locations l JOIN folders f ON f.workspace_id = l.workspace_id AND f.id = l.folder_id
       WHERE l.workspace_id = $1 ORDER BY f.path, l.uid`,
    ),
    outbox: await all<StoredReply>(
      `SELECT id, state, problem, message_id AS "messageId", sent_message_id AS "sentMessageId", response, in_reply_to AS "inReplyTo",
         refs AS "references", sent_row AS "sentRow", answers, conversation_id AS "conversationId"
       FROM outbox WHERE workspace_id = $1 ORDER BY id`,
    ),
    intents: intents.map(({ text, ...intent }) => ({ ...intent, mark: markIn(text) })),
    events: await all(
      `SELECT seq::float8 AS seq, type, payload FROM events WHERE workspace_id = $1 ORDER BY seq`,
    ),
    eventSeq: workspace?.seq ?? 0,
    conversations: await all(
      `SELECT id, merged_into AS "mergedInto", gone, message_count AS "messageCount" FROM conversations WHERE workspace_id = $1`,
    ),
  };
}
