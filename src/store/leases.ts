/**
 * Who works on which mailbox. A process registers and beats its heart in `processes` (a global table); the mailbox's
 * row carries owner and fence, which change only at hand-over, so that an idle mailbox costs the database nothing.
 * The heartbeat is measured by the database's clock only: processes' clocks need not agree.
 *
 * unowned → claimed (fence + 1) → released (owner null) | owner silent for 10 s → claimed by another (fence + 1)
 */
import { sql } from "kysely";
import type { Pool } from "pg";
import { newId } from "../core/ids.ts";
import { globalDb } from "./pool.ts";
import type { TenantDb } from "./tenant-db.ts";

/** A process that has not beaten for this long has lost its mailboxes. */
export const heartbeatDeadMs = 10_000;
/** How often to beat: three are missed before the others move in. */
export const heartbeatEveryMs = 2_500;

/** From the death of an owner, or a release, to the next one at work: the limit of the heartbeat, and the claim. */
export const takeOverMs = 15_000;

export interface ProcessFacts {
  /** `serve` or `worker`. */
  kind: string;
  hostname: string;
  pid: number;
  /** Mailboxes it takes at most; null: any number. */
  maxMailboxes?: number | null;
}

/**
 * Registers this process and returns its id, the `owner` of its mailboxes.
 *
 * @param before its id until now, when it was struck off: it keeps the time of its start, and so its share at once. It is
 *   nobody's successor whose mailboxes are still to come free.
 */
export async function registerProcess(
  pool: Pool,
  { maxMailboxes = null, ...facts }: ProcessFacts,
  before?: string,
): Promise<string> {
  const id = newId();
  await globalDb(pool)
    .insertInto("processes")
    .values({
      id,
      ...facts,
      max_mailboxes: maxMailboxes,
      ...(before !== undefined && {
        started_at: sql<Date>`coalesce((SELECT started_at FROM processes WHERE id = ${before}::uuid), now())`,
      }),
    })
    .execute();
  return id;
}

/**
 * One heartbeat. False when the process was already counted as dead and struck off: then its mailboxes are lost, it
 * stops their work and registers anew.
 */
export async function heartbeat(pool: Pool, processId: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE processes SET heartbeat_at = clock_timestamp()
     WHERE id = $1 AND heartbeat_at > clock_timestamp() - make_interval(secs => $2)`,
    [processId, heartbeatDeadMs / 1000],
  );
  return rowCount === 1;
}

/** From now on this process gets no share: what it gives back is for the others, though it still lives. */
export async function leaveProcess(pool: Pool, processId: string): Promise<void> {
  await pool.query("UPDATE processes SET max_mailboxes = 0 WHERE id = $1", [processId]);
}

/**
 * Counts this process as dead from now on (a graceful stop), so that others need not wait for its mailboxes. Old rows
 * go, but for those that a mailbox still names: without its row nobody would count that owner as dead.
 */
export async function unregisterProcess(pool: Pool, processId: string): Promise<void> {
  await pool.query("UPDATE processes SET heartbeat_at = now() - interval '1 day' WHERE id = $1", [processId]);
  await pool.query(
    `DELETE FROM processes p WHERE heartbeat_at < now() - interval '30 days'
       AND NOT EXISTS (SELECT 1 FROM mailboxes m WHERE m.owner = p.id)`,
  );
}

/**
 * The processes that have lost their mailboxes. A list of the dead and not of the living: a process that registers
 * after the list was read is on neither, and must not lose what it claimed meanwhile.
 */
export async function deadProcesses(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    "SELECT id FROM processes WHERE heartbeat_at <= clock_timestamp() - make_interval(secs => $1)",
    [heartbeatDeadMs / 1000],
  );
  return rows.map((row) => row.id);
}

/** Workspaces with mailboxes to look after that nobody alive owns. It reads ids only. */
export async function workspacesToClaim(pool: Pool, limit = 100): Promise<string[]> {
  const { rows } = await pool.query<{ workspace_id: string }>(
    `SELECT DISTINCT workspace_id FROM mailboxes
     WHERE removed_at IS NULL AND state <> 'paused' AND (owner IS NULL OR owner = ANY ($1::uuid[])) LIMIT $2`,
    [await deadProcesses(pool), limit],
  );
  return rows.map((row) => row.workspace_id);
}

export interface ClaimedMailbox {
  mailboxId: string;
  fence: number;
}

/**
 * Takes at most `limit` mailboxes of the workspace that nobody owns, or whose owner is dead; paused ones need no owner.
 * The new fence is the old one + 1. Rows that are locked (a stopped owner's open transaction) are left for the next look.
 *
 * @param only this mailbox and no other
 */
export async function claimMailboxes(
  pool: Pool,
  tenant: TenantDb,
  { processId, limit, only }: { processId: string; limit: number; only?: string },
): Promise<ClaimedMailbox[]> {
  const dead = await deadProcesses(pool);
  const { rows } = await sql<{ id: string; fence: number }>`
    WITH free AS (
      SELECT id FROM mailboxes
      WHERE workspace_id = ${tenant.workspaceId} AND removed_at IS NULL AND state <> 'paused' AND (owner IS NULL OR owner = ANY (${dead}::uuid[]))
        ${only === undefined ? sql`` : sql`AND id = ${only}`}
      ORDER BY id LIMIT ${limit} FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE mailboxes m SET owner = ${processId}, fence = m.fence + 1, owner_since = clock_timestamp()
    FROM free WHERE m.workspace_id = ${tenant.workspaceId} AND m.id = free.id
    RETURNING m.id, m.fence`.execute(tenant.db);
  return rows.map((row) => ({ mailboxId: row.id, fence: row.fence }));
}

/** Gives the mailboxes back at once (a stop, a hand-over, a pause); those lost meanwhile are left alone. */
export async function releaseMailboxes(
  tenant: TenantDb,
  processId: string,
  mailboxIds: readonly string[],
): Promise<number> {
  if (mailboxIds.length === 0) return 0;
  const result = await tenant.db
    .updateTable("mailboxes")
    .set({ owner: null, owner_since: sql<Date>`clock_timestamp()` })
    .where("workspace_id", "=", tenant.workspaceId)
    .where("owner", "=", processId)
    .where("id", "in", [...mailboxIds])
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

export interface OwnedMailbox extends ClaimedMailbox {
  state: string;
  /** When its folders were chosen, epoch milliseconds; 0 when they were not. */
  chosenAtMs: number;
}

/**
 * The mailboxes of the workspace that this process owns, by its own id, and whether some wait for an owner. One
 * statement, since it is asked every few seconds and after each hint: it reads what decides and no more.
 */
export async function ownedMailboxes(
  tenant: TenantDb,
  processId: string,
): Promise<{ owned: OwnedMailbox[]; unowned: boolean }> {
  const { rows } = await sql<{ id: string | null; fence: number; state: string; chosen_ms: number }>`
    SELECT id, fence, state, coalesce(extract(epoch FROM folders_chosen_at) * 1000, 0)::float8 AS chosen_ms FROM mailboxes
    WHERE workspace_id = ${tenant.workspaceId}::uuid AND owner = ${processId}::uuid AND removed_at IS NULL
    UNION ALL
    (SELECT NULL, 0, '', 0 FROM mailboxes
     WHERE workspace_id = ${tenant.workspaceId}::uuid AND owner IS NULL AND removed_at IS NULL AND state <> 'paused' LIMIT 1)
  `.execute(tenant.db);
  const owned = rows.flatMap(({ id, fence, state, chosen_ms: chosenAtMs }) =>
    id === null ? [] : [{ mailboxId: id, fence, state, chosenAtMs }],
  );
  return { owned, unowned: owned.length < rows.length };
}
