/**
 * Events of a workspace, numbered in commit order: the number is taken from the workspace's row as the transaction's last
 * statement, whose lock is held until the commit. Both go to the server in one message (tenant-db.ts): two hundred
 * mailboxes of one workspace would wait for each other's processes otherwise, and all of them for one that is stopped
 * between the two. Ids made in code are not in commit order, and a reader that resumes after one would lose events that
 * committed later with a smaller id.
 */
import type { NewEvent } from "./new-event.ts";
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
 * Appends the events when the transaction commits, wherever in it this is called, in the order of the calls; outside of a
 * transaction at once.
 */
export async function appendEvents(tx: TenantDb, events: readonly NewEvent[]): Promise<void> {
  if (events.length > 0) await tx.append(events);
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
