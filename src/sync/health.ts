/** How the mailboxes of a workspace are, for the API and /metrics: from the rows alone, so any process can tell. */
import { sql } from "kysely";
import type { TenantDb } from "../store/tenant-db.ts";
import { progressOf, type Progress } from "./progress.ts";

export interface MailboxHealth {
  mailboxId: string;
  state: string;
  since: Date;
  /** Last proof of being in step with the server; while all is well there is one at least every five minutes. */
  inStepAt: Date | null;
  /**
   * Seconds since that proof, or since the folders were chosen when there was none; null while the mailbox need not be in
   * step: paused, or its folders still to be chosen.
   */
  lagSeconds: number | null;
  /** The server's pause, while it lasts. */
  throttledUntil: Date | null;
  /** Messages of the chosen history that are still to come. */
  backlog: number;
  /** Changes of ours that have not reached the server. */
  pendingIntents: number;
  /** null when nothing is being imported. */
  progress: Progress | null;
  /** The process that owns it (`processes`), alive or not; null: nobody. */
  owner: string | null;
}

/** The lag of a row `m` of `mailboxes`, in SQL: as `lagSeconds`. */
export const lagSql =
  "CASE WHEN m.state <> 'paused' AND m.folders_chosen_at IS NOT NULL THEN greatest(0, extract(epoch FROM clock_timestamp() - greatest(m.in_step_at, m.folders_chosen_at))) END";

interface Row {
  id: string;
  state: string;
  state_since: Date;
  in_step_at: Date | null;
  throttled_until: Date | null;
  total: number;
  done: number;
  open_folders: number;
  pending: number;
  owner: string | null;
  folders_chosen_at: Date | null;
}

/**
 * Health of all mailboxes that are not removed.
 *
 * @param nowMs epoch milliseconds, for rates and for pauses that are over
 */
export async function mailboxHealth(tenant: TenantDb, nowMs: number): Promise<Map<string, MailboxHealth>> {
  const { rows } = await sql<Row>`
    SELECT m.id, m.state, m.state_since, m.in_step_at, m.throttled_until, m.owner, m.folders_chosen_at,
      coalesce(f.total, 0)::int AS total, coalesce(f.done, 0)::int AS done, coalesce(f.open, 0)::int AS open_folders,
      (SELECT count(*)::int FROM intents i WHERE i.workspace_id = m.workspace_id AND i.mailbox_id = m.id AND i.state = 'pending') AS pending
    FROM mailboxes m
    LEFT JOIN (
      SELECT workspace_id, mailbox_id, sum(backfill_total) AS total, sum(backfill_done) AS done,
        count(*) FILTER (WHERE tail_done_at IS NULL) AS open
      FROM folders WHERE workspace_id = ${tenant.workspaceId}::uuid AND selected AND removed_at IS NULL GROUP BY 1, 2
    ) f ON f.workspace_id = m.workspace_id AND f.mailbox_id = m.id
    WHERE m.workspace_id = ${tenant.workspaceId}::uuid AND m.removed_at IS NULL
  `.execute(tenant.db);
  return new Map(rows.map((row) => [row.id, present(row, nowMs)]));
}

function present(row: Row, nowMs: number): MailboxHealth {
  const importing = row.state === "backfilling" && row.open_folders > 0;
  const paused = row.throttled_until !== null && row.throttled_until.getTime() > nowMs;
  return {
    mailboxId: row.id,
    state: row.state,
    since: row.state_since,
    inStepAt: row.in_step_at,
    lagSeconds: lagOf(row, nowMs),
    throttledUntil: paused ? row.throttled_until : null,
    backlog: row.open_folders > 0 ? Math.max(0, row.total - row.done) : 0,
    pendingIntents: row.pending,
    progress: importing ? progressOf(row.total, row.done, row.done, nowMs - row.state_since.getTime()) : null,
    owner: row.owner,
  };
}

/** Of a choice of folders that is younger than the last proof, the choice counts: they were not in step before. */
function lagOf({ state, folders_chosen_at: chosen, in_step_at: inStep }: Row, nowMs: number): number | null {
  if (state === "paused" || chosen === null) return null;
  const since = Math.max(inStep?.getTime() ?? 0, chosen.getTime());
  return Math.max(0, Math.floor((nowMs - since) / 1000));
}
