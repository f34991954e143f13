/** Making conversations and joining them: all that belongs to the younger ones moves to the oldest, which they then name. */
import { sql } from "kysely";
import type { ThreadableMessage } from "../store/inbox-port.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { mergeReads, type PartRead } from "./reads.ts";

/** Inserts conversations as `settle` will correct them in the same transaction. */
export async function createConversations(
  tx: TenantDb,
  created: Map<string, ThreadableMessage[]>,
): Promise<void> {
  if (created.size === 0) return;
  const rows = [...created].map(([id, messages]) => {
    const newest = Math.max(...messages.map((message) => message.receivedAtMs));
    return { id, subject: messages[0]!.subject, newest: new Date(newest) };
  });
  await sql`
    INSERT INTO conversations (workspace_id, id, subject, status, last_message_at)
    SELECT ${tx.workspaceId}::uuid, c.id, c.subject, 'closed', c.newest
    FROM unnest(${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.subject)}::text[],
                ${rows.map((row) => row.newest)}::timestamptz[]) AS c (id, subject, newest)`.execute(tx.db);
}

/**
 * Joins conversations, all locked by the caller (conversation-locks.ts).
 *
 * @param joins survivor → the others. Kept: messages, outbox, drafts (the newer of two), the newer assignee, the most
 *   open status; a person has read the whole only if they had read each part.
 */
export async function mergeConversations(tx: TenantDb, joins: Map<string, string[]>): Promise<void> {
  if (joins.size === 0) return;
  const pairs = [...joins].flatMap(([winner, losers]) => losers.map((loser) => ({ winner, loser })));
  const arrays = { losers: pairs.map((pair) => pair.loser), winners: pairs.map((pair) => pair.winner) };
  await moveReads(tx, joins);
  for (const table of ["messages", "outbox"] as const) {
    await sql`
      UPDATE ${sql.table(table)} t SET conversation_id = p.winner
      FROM unnest(${arrays.losers}::uuid[], ${arrays.winners}::uuid[]) AS p (loser, winner)
      WHERE t.workspace_id = ${tx.workspaceId} AND t.conversation_id = p.loser`.execute(tx.db);
  }
  await moveDrafts(tx, arrays);
  await moveMailboxes(tx, arrays);
  await inheritState(tx, arrays);
}

interface Pairs {
  losers: string[];
  winners: string[];
}

/** Status, assignee and snooze of the survivor; the others name it. */
async function inheritState(tx: TenantDb, { losers, winners }: Pairs): Promise<void> {
  await sql`
    WITH pairs AS (SELECT * FROM unnest(${losers}::uuid[], ${winners}::uuid[]) AS p (part, winner)),
    parts AS (SELECT part, winner FROM pairs UNION SELECT winner, winner FROM pairs),
    best AS (
      SELECT p.winner,
        CASE WHEN bool_or(c.status = 'open') THEN 'open' WHEN bool_or(c.status = 'snoozed') THEN 'snoozed' ELSE 'closed' END AS status,
        (array_agg(c.assignee ORDER BY c.updated_at DESC) FILTER (WHERE c.assignee IS NOT NULL))[1] AS assignee,
        min(c.snoozed_until) AS snoozed_until, min(c.created_at) AS created_at
      FROM parts p JOIN conversations c ON c.id = p.part
      WHERE c.workspace_id = ${tx.workspaceId} GROUP BY p.winner
    )
    UPDATE conversations w SET status = b.status, assignee = b.assignee, updated_at = now(), created_at = b.created_at,
      snoozed_until = CASE WHEN b.status = 'snoozed' THEN b.snoozed_until END
    FROM best b WHERE w.workspace_id = ${tx.workspaceId} AND w.id = b.winner`.execute(tx.db);
  await sql`
    UPDATE conversations c SET merged_into = p.winner, updated_at = now(), message_count = 0, attachment_count = 0,
      unseen_at = NULL, snippet = ''
    FROM unnest(${losers}::uuid[], ${winners}::uuid[]) AS p (loser, winner)
    WHERE c.workspace_id = ${tx.workspaceId} AND c.id = p.loser`.execute(tx.db);
}

async function moveDrafts(tx: TenantDb, { losers, winners }: Pairs): Promise<void> {
  await sql`
    WITH pairs AS (SELECT * FROM unnest(${losers}::uuid[], ${winners}::uuid[]) AS p (part, winner)),
    parts AS (SELECT part, winner FROM pairs UNION SELECT winner, winner FROM pairs),
    placed AS (
      SELECT d.conversation_id, d.user_id,
        row_number() OVER (PARTITION BY p.winner, d.user_id ORDER BY d.updated_at DESC, d.conversation_id) AS place
      FROM drafts d JOIN parts p ON p.part = d.conversation_id WHERE d.workspace_id = ${tx.workspaceId}
    )
    DELETE FROM drafts d USING placed o
    WHERE d.workspace_id = ${tx.workspaceId} AND d.conversation_id = o.conversation_id AND d.user_id = o.user_id
      AND o.place > 1`.execute(tx.db);
  await sql`
    UPDATE drafts d SET conversation_id = p.winner
    FROM unnest(${losers}::uuid[], ${winners}::uuid[]) AS p (loser, winner)
    WHERE d.workspace_id = ${tx.workspaceId} AND d.conversation_id = p.loser`.execute(tx.db);
}

async function moveMailboxes(tx: TenantDb, { losers, winners }: Pairs): Promise<void> {
  await sql`
    INSERT INTO conversation_mailboxes (workspace_id, mailbox_id, conversation_id, last_message_at)
    SELECT ${tx.workspaceId}::uuid, cm.mailbox_id, p.winner, max(cm.last_message_at)
    FROM unnest(${losers}::uuid[], ${winners}::uuid[]) AS p (loser, winner)
    JOIN conversation_mailboxes cm ON cm.conversation_id = p.loser
    WHERE cm.workspace_id = ${tx.workspaceId} GROUP BY cm.mailbox_id, p.winner
    ON CONFLICT (workspace_id, conversation_id, mailbox_id)
    DO UPDATE SET last_message_at = greatest(conversation_mailboxes.last_message_at, excluded.last_message_at)`.execute(
    tx.db,
  );
  await sql`
    DELETE FROM conversation_mailboxes
    WHERE workspace_id = ${tx.workspaceId} AND conversation_id = ANY(${losers}::uuid[])`.execute(tx.db);
}

async function moveReads(tx: TenantDb, joins: Map<string, string[]>): Promise<void> {
  const all = [...joins].flat(2);
  const { rows } = await sql<PartRead>`
    SELECT c.id AS "conversationId", c.unseen_at AS "unseenAt", r.user_id AS "userId", r.read_at AS "readAt"
    FROM conversations c LEFT JOIN conversation_reads r ON r.workspace_id = c.workspace_id AND r.conversation_id = c.id
    WHERE c.workspace_id = ${tx.workspaceId} AND c.id = ANY(${all}::uuid[])`.execute(tx.db);
  await sql`
    DELETE FROM conversation_reads
    WHERE workspace_id = ${tx.workspaceId} AND conversation_id = ANY(${all}::uuid[])`.execute(tx.db);
  const kept = [...joins].flatMap(([winner, losers]) =>
    mergeReads(
      rows.filter((row) => row.conversationId === winner || losers.includes(row.conversationId)),
    ).map((mark) => ({
      workspace_id: tx.workspaceId,
      conversation_id: winner,
      user_id: mark.userId,
      read_at: mark.readAt,
    })),
  );
  if (kept.length > 0) await tx.db.insertInto("conversation_reads").values(kept).execute();
}
