/**
 * Events of a workspace, numbered in commit order: the number is taken from the workspace's row as the transaction's
 * last statement, whose lock is held until the commit, or for 5 s by a process that is stopped there: else the workspace
 * would stand still with it. Ids made in code are not in commit order, and a reader that
 * resumes after one would lose events that committed later with a smaller id.
 */
import { sql } from "kysely";
import { shortIdle } from "./fence.ts";
import type { NewEvent } from "./inbox-port.ts";
import type { TenantDb } from "./tenant-db.ts";

export interface StoredEvent {
  seq: number;
  type: NewEvent["type"];
  mailboxId: string | null;
  conversationId: string | null;
  payload: Record<string, unknown>;
  createdAt: Date;
}

/**
 * Appends the events and returns the last one's number (0 for none). Call it last in the transaction: from here to the
 * commit no other transaction of the workspace can append.
 */
export async function appendEvents(tx: TenantDb, events: readonly NewEvent[]): Promise<number> {
  if (events.length === 0) return 0;
  const rows = events.map(({ type, mailboxId, conversationId, payload }) => ({
    type,
    mailbox_id: mailboxId,
    conversation_id: conversationId,
    payload,
  }));
  const { rows: numbers } = await sql<{ seq: number }>`
    WITH numbered AS (
      UPDATE workspaces SET event_seq = event_seq + ${events.length}::int
      WHERE workspace_id = ${tx.workspaceId} AND ${shortIdle} RETURNING event_seq
    )
    INSERT INTO events (workspace_id, seq, type, mailbox_id, conversation_id, payload, created_at)
    SELECT ${tx.workspaceId}::uuid, n.event_seq - ${events.length}::int + e.place, e.item->>'type',
           (e.item->>'mailbox_id')::uuid, (e.item->>'conversation_id')::uuid, e.item->'payload', clock_timestamp()
    FROM numbered n, jsonb_array_elements(${JSON.stringify(rows)}::jsonb) WITH ORDINALITY AS e (item, place)
    RETURNING seq`.execute(tx.db);
  if (numbers.length !== events.length)
    throw new TypeError(`No workspace ${tx.workspaceId} to append events to`);
  tx.noteEvents();
  return Math.max(...numbers.map((row) => row.seq));
}

/** Events after a number, oldest first, at most `limit`. */
export async function listEvents(tenant: TenantDb, afterSeq: number, limit: number): Promise<StoredEvent[]> {
  const rows = await tenant.db
    .selectFrom("events")
    .selectAll()
    .where("workspace_id", "=", tenant.workspaceId)
    .where("seq", ">", afterSeq)
    .orderBy("seq")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    seq: row.seq,
    type: row.type as NewEvent["type"],
    mailboxId: row.mailbox_id,
    conversationId: row.conversation_id,
    payload: row.payload as Record<string, unknown>,
    createdAt: row.created_at,
  }));
}

/** The number of the newest event; 0 when there is none yet. */
export async function latestSeq(tenant: TenantDb): Promise<number> {
  const row = await tenant.db
    .selectFrom("workspaces")
    .select("event_seq")
    .where("workspace_id", "=", tenant.workspaceId)
    .executeTakeFirst();
  return row?.event_seq ?? 0;
}

/**
 * The oldest number still kept; when none is, the one that comes next. A reader that resumes before it has missed events
 * and must read anew.
 */
export async function oldestSeq(tenant: TenantDb): Promise<number> {
  const row = await tenant.db
    .selectFrom("workspaces as w")
    .leftJoin("events as e", "e.workspace_id", "w.workspace_id")
    .select(["e.seq", "w.event_seq"])
    .where("w.workspace_id", "=", tenant.workspaceId)
    .orderBy("e.seq")
    .limit(1)
    .executeTakeFirst();
  return row ? (row.seq ?? row.event_seq + 1) : 0;
}

/** Deletes events older than `before`; returns how many. */
export async function pruneEvents(tenant: TenantDb, before: Date): Promise<number> {
  const result = await tenant.db
    .deleteFrom("events")
    .where("workspace_id", "=", tenant.workspaceId)
    .where("created_at", "<", before)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
