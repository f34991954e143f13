/** Recomputes conversations from their messages, in one statement for all of them; the caller holds their locks. */
import { sql } from "kysely";
import { plainArray } from "../store/arrays.ts";
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
    WITH ${messagesAndTotals(tx.workspaceId, ids)},
    ${arrivals(messages, youngSince)},
    ${participantTables(tx.workspaceId)},
    boxes AS (
      INSERT INTO conversation_mailboxes (workspace_id, mailbox_id, conversation_id, last_message_at)
      SELECT ${tx.workspaceId}::uuid, m.mailbox_id, m.conversation_id, max(m.received_at)
      FROM theirs m GROUP BY m.mailbox_id, m.conversation_id
      ON CONFLICT (workspace_id, conversation_id, mailbox_id) DO UPDATE SET last_message_at = excluded.last_message_at
    )
    UPDATE conversations c SET
      subject = t.subject, message_count = t.messages, attachment_count = t.attachments,
      status = CASE
        WHEN a.has_new THEN 'open'
        WHEN c.created_at = now() AND a.fresh IS NOT NULL THEN 'open'
        WHEN c.status = 'closed' AND t.last_id = ANY (a.fresh) THEN 'open'
        ELSE c.status END,
      snoozed_until = CASE WHEN c.status = 'snoozed' AND a.has_new IS NOT TRUE THEN c.snoozed_until END,
      participants = coalesce(l.participants, '[]'), snippet = t.snippet, last_message_at = t.last_at,
      last_direction = t.last_direction, gone = t.gone, unseen_at = t.unseen_at, updated_at = now()
    FROM totals t
      LEFT JOIN arrivals a ON a.conversation_id = t.conversation_id
      LEFT JOIN listed l ON l.conversation_id = t.conversation_id
    WHERE c.workspace_id = ${tx.workspaceId} AND c.id = t.conversation_id AND c.id = ANY (${plainArray(ids)}::uuid[])
    RETURNING c.id, c.status, c.assignee, c.last_message_at AS "lastMessageAt", c.created_at = now() AS created,
      t.mailbox_id AS "mailboxId"`.execute(tx.db);
  return rows;
}

/** `theirs`: all messages of the conversations, read once; `totals`: what adds up. */
const messagesAndTotals = (workspaceId: string, ids: string[]) => sql`theirs AS MATERIALIZED (
      SELECT id, conversation_id, mailbox_id, direction, seen, gone_at, arrived_at, received_at, subject, snippet, automatic,
        from_address, from_name, CASE WHEN direction = 'out' THEN recipients END AS written_to,
        CASE WHEN attachments = '[]' THEN 0 ELSE
          jsonb_array_length(jsonb_path_query_array(attachments, '$[*] ? (@.disposition == "attachment")')) END AS files
      FROM messages WHERE workspace_id = ${workspaceId} AND conversation_id = ANY (${plainArray(ids)}::uuid[])
    ),
    totals AS (
      SELECT conversation_id, count(*)::int AS messages, max(received_at) AS last_at, sum(files)::int AS attachments,
        max(arrived_at) FILTER (WHERE direction = 'in' AND NOT seen AND gone_at IS NULL) AS unseen_at,
        bool_and(gone_at IS NOT NULL) AS gone,
        (array_agg(subject ORDER BY received_at, id))[1] AS subject,
        (array_agg(id ORDER BY received_at DESC, id DESC))[1] AS last_id,
        (array_agg(snippet ORDER BY received_at DESC, id DESC))[1] AS snippet,
        (array_agg(direction ORDER BY received_at DESC, id DESC))[1] AS last_direction,
        (array_agg(mailbox_id ORDER BY received_at DESC, id DESC))[1] AS mailbox_id
      FROM theirs GROUP BY conversation_id
    )`;

/** What this transaction brought: whether new mail came in, and what was imported unread and young. */
const arrivals = (messages: readonly SettledMessage[], youngSince: Date) => sql`arrivals AS (
      SELECT m.conversation_id, bool_or(s.what = 'new') AS has_new,
        array_agg(m.id) FILTER (WHERE s.what = 'imported' AND NOT m.seen AND m.received_at > ${youngSince}) AS fresh
      FROM unnest(${plainArray(messages.map((message) => message.messageId))}::uuid[], ${plainArray(messages.map((message) => message.what))}::text[]) AS s (id, what)
      JOIN theirs m ON m.id = s.id
      WHERE m.direction = 'in' AND m.gone_at IS NULL GROUP BY m.conversation_id
    )`;

/** `listed`: senders before machines, before whom we wrote to; our own mailboxes only when there is nobody else. */
const participantTables = (workspaceId: string) => sql`people AS (
      SELECT conversation_id, lower(from_address) AS address, from_address AS written, from_name AS name,
        CASE WHEN direction = 'out' THEN 3 WHEN automatic THEN 1 ELSE 0 END AS rank, received_at AS at
      FROM theirs WHERE from_address <> ''
      UNION ALL
      SELECT m.conversation_id, lower(t.one->>'address'), t.one->>'address', coalesce(t.one->>'name', ''), 2, m.received_at
      FROM theirs m, jsonb_path_query(m.written_to, '$.keyvalue() ? (@.key == "to" || @.key == "cc").value[*]') AS t (one)
      WHERE coalesce(t.one->>'address', '') <> ''
    ),
    persons AS (
      SELECT p.conversation_id, p.address, (array_agg(p.written ORDER BY p.rank, p.at DESC))[1] AS written,
        coalesce((array_agg(p.name ORDER BY p.rank, p.at DESC) FILTER (WHERE p.name <> ''))[1], '') AS name,
        min(CASE WHEN own.address IS NULL THEN p.rank ELSE 4 END) AS rank, max(p.at) AS at
      FROM people p LEFT JOIN (
        SELECT lower(address) AS address FROM mailboxes WHERE workspace_id = ${workspaceId} AND removed_at IS NULL
      ) own ON own.address = p.address
      GROUP BY p.conversation_id, p.address
    ),
    ranked AS (
      SELECT *, row_number() OVER (PARTITION BY conversation_id ORDER BY rank, at DESC, address) AS place FROM persons
    ),
    listed AS (
      SELECT conversation_id, jsonb_agg(jsonb_build_object('name', name, 'address', written) ORDER BY place) AS participants
      FROM ranked WHERE place = 1 OR (place <= ${maxParticipants}::int AND rank < 3) GROUP BY conversation_id
    )`;
