/** Recomputes conversations from their messages, in one statement for all of them; the caller holds their locks. */
import { sql } from "kysely";
import type { SettledMessage } from "../store/inbox-port.ts";
import type { TenantDb } from "../store/tenant-db.ts";

/** Imported mail younger than this opens its conversation when it is unread. */
export const importedOpenMs = 30 * 24 * 3_600_000;
const maxParticipants = 10;

export interface RecomputedConversation {
  id: string;
  status: "open" | "closed" | "snoozed";
  assignee: string | null;
  lastMessageAt: Date;
  mailboxId: string | null;
  /** Made in this very transaction. */
  created: boolean;
}

/**
 * Counts, people, subject (of the first message), snippet, times, unseen and gone marks, status; and the mailboxes of
 * each conversation. `messages` are those of this transaction; without any, the status stays.
 * `messages.seen` speaks of \\Seen set outside only: our own does not make a mail read for everybody (store/intents.ts).
 */
export async function recomputeConversations(
  tx: TenantDb,
  ids: string[],
  messages: readonly SettledMessage[],
  now: Date,
): Promise<RecomputedConversation[]> {
  if (ids.length === 0) return [];
  const youngSince = new Date(now.getTime() - importedOpenMs);
  const { rows } = await sql<RecomputedConversation>`
    ${wantedAndTotals(tx.workspaceId, ids, messages, youngSince)}, ${participantTables(tx.workspaceId)}, ${mailboxesAndStatus(tx.workspaceId)}
    UPDATE conversations c SET
      subject = t.subject, status = d.status, message_count = t.messages, attachment_count = t.attachments,
      snoozed_until = CASE WHEN d.status = 'snoozed' THEN c.snoozed_until END,
      participants = coalesce(l.participants, '[]'), snippet = last.snippet, last_message_at = t.last_at,
      last_direction = last.direction, gone = t.gone, unseen_at = t.unseen_at, updated_at = now()
    FROM totals t JOIN decided d ON d.id = t.conversation_id
      JOIN messages last ON last.id = t.last_id AND last.workspace_id = ${tx.workspaceId}
      LEFT JOIN listed l ON l.conversation_id = t.conversation_id
    WHERE c.workspace_id = ${tx.workspaceId} AND c.id = t.conversation_id
    RETURNING c.id, c.status, c.assignee, c.last_message_at AS "lastMessageAt", c.created_at = now() AS created,
      (SELECT b.mailbox_id FROM boxes b WHERE b.conversation_id = c.id LIMIT 1) AS "mailboxId"`.execute(
    tx.db,
  );
  return rows;
}

/** `settled`: the messages of this transaction; `totals`: what adds up over a conversation. */
const wantedAndTotals = (
  workspaceId: string,
  ids: string[],
  messages: readonly SettledMessage[],
  youngSince: Date,
) => sql`
    WITH wanted AS (SELECT unnest(${ids}::uuid[]) AS id),
    settled AS (
      SELECT m.conversation_id, s.what, m.id, m.direction = 'in' AND m.gone_at IS NULL AS inbound,
             NOT m.seen AND m.received_at > ${youngSince} AS fresh
      FROM unnest(${messages.map((message) => message.messageId)}::uuid[], ${messages.map((message) => message.what)}::text[]) AS s (id, what)
      JOIN messages m ON m.id = s.id WHERE m.workspace_id = ${workspaceId}
    ),
    totals AS (
      SELECT m.conversation_id, count(*)::int AS messages, max(m.received_at) AS last_at,
        sum(jsonb_array_length(jsonb_path_query_array(m.attachments, '$[*] ? (@.disposition == "attachment")')))::int AS attachments,
        max(m.arrived_at) FILTER (WHERE m.direction = 'in' AND NOT m.seen AND m.gone_at IS NULL) AS unseen_at,
        bool_and(m.gone_at IS NOT NULL) AS gone,
        (array_agg(m.subject ORDER BY m.received_at, m.id))[1] AS subject,
        (array_agg(m.id ORDER BY m.received_at DESC, m.id DESC))[1] AS last_id
      FROM messages m JOIN wanted w ON w.id = m.conversation_id
      WHERE m.workspace_id = ${workspaceId} GROUP BY m.conversation_id
    )`;

/** `listed`: senders before machines, before whom we wrote to; our own mailboxes only when there is nobody else. */
const participantTables = (workspaceId: string) => sql`
    people AS (
      SELECT m.conversation_id, lower(m.from_address) AS address, m.from_address AS written, m.from_name AS name,
        CASE WHEN m.direction = 'out' THEN 3 WHEN m.automatic THEN 1 ELSE 0 END AS rank, m.received_at AS at
      FROM messages m JOIN wanted w ON w.id = m.conversation_id
      WHERE m.workspace_id = ${workspaceId} AND m.from_address <> ''
      UNION ALL
      SELECT m.conversation_id, lower(t.one->>'address'), t.one->>'address', coalesce(t.one->>'name', ''), 2, m.received_at
      FROM messages m JOIN wanted w ON w.id = m.conversation_id,
        jsonb_path_query(m.recipients, '$.keyvalue() ? (@.key == "to" || @.key == "cc").value[*]') AS t (one)
      WHERE m.workspace_id = ${workspaceId} AND m.direction = 'out' AND coalesce(t.one->>'address', '') <> ''
    ),
    persons AS (
      SELECT p.conversation_id, p.address, (array_agg(p.written ORDER BY p.rank, p.at DESC))[1] AS written,
        coalesce((array_agg(p.name ORDER BY p.rank, p.at DESC) FILTER (WHERE p.name <> ''))[1], '') AS name,
        min(CASE WHEN own.id IS NULL THEN p.rank ELSE 4 END) AS rank, max(p.at) AS at
      FROM people p LEFT JOIN mailboxes own ON own.workspace_id = ${workspaceId} AND lower(own.address) = p.address
        AND own.removed_at IS NULL
      GROUP BY p.conversation_id, p.address
    ),
    ranked AS (
      SELECT *, row_number() OVER (PARTITION BY conversation_id ORDER BY rank, at DESC, address) AS place FROM persons
    ),
    listed AS (
      SELECT conversation_id,
        jsonb_agg(jsonb_build_object('name', name, 'address', written) ORDER BY place) AS participants
      FROM ranked WHERE place = 1 OR (place <= ${maxParticipants}::int AND rank < 3) GROUP BY conversation_id
    )`;

/** `boxes` writes the mailboxes of each conversation; `decided` is the status by the rules above (settle.ts). */
const mailboxesAndStatus = (workspaceId: string) => sql`
    boxes AS (
      INSERT INTO conversation_mailboxes (workspace_id, mailbox_id, conversation_id, last_message_at)
      SELECT ${workspaceId}::uuid, m.mailbox_id, m.conversation_id, max(m.received_at)
      FROM messages m JOIN wanted w ON w.id = m.conversation_id
      WHERE m.workspace_id = ${workspaceId} GROUP BY m.mailbox_id, m.conversation_id
      ON CONFLICT (workspace_id, conversation_id, mailbox_id) DO UPDATE SET last_message_at = excluded.last_message_at
      RETURNING conversation_id, mailbox_id
    ),
    decided AS (
      SELECT c.id,
        CASE
          WHEN EXISTS (SELECT FROM settled s WHERE s.conversation_id = c.id AND s.what = 'new' AND s.inbound) THEN 'open'
          WHEN c.status <> 'open' AND EXISTS (
            SELECT FROM settled s JOIN totals t ON t.conversation_id = s.conversation_id
            WHERE s.conversation_id = c.id AND s.what = 'imported' AND s.inbound AND s.fresh
              AND (c.created_at = now() OR (c.status = 'closed' AND s.id = t.last_id))) THEN 'open'
          ELSE c.status
        END AS status
      FROM conversations c JOIN wanted w ON w.id = c.id WHERE c.workspace_id = ${workspaceId}
    )`;
