/** What people are written to about: findings that need somebody, and mailboxes that became ready. Each once. */
import { sql } from "kysely";
import type { TenantDb } from "./tenant-db.ts";

export interface Notice {
  findingId: string;
  mailboxId: string;
  code: string;
  params: unknown;
  /** `needs`: somebody has to act; `ready`: what only took time is over. */
  about: "needs" | "ready";
}

/**
 * Takes the notices that are due, so that no other process sends them: who dies with them has sent them for all we know.
 *
 * @param openedBefore a finding that mends itself in the next minutes is nobody's business
 * @param byTime codes of findings that time alone mends: people are told when those are over
 */
export async function claimNotices(
  tenant: TenantDb,
  { openedBefore, byTime }: { openedBefore: Date; byTime: readonly string[] },
): Promise<Notice[]> {
  const { rows } = await sql<{
    id: string;
    mailbox_id: string;
    code: string;
    params: unknown;
    closed: boolean;
  }>`
    UPDATE findings f SET notified_at = clock_timestamp() FROM mailboxes m
    WHERE f.workspace_id = ${tenant.workspaceId}::uuid AND m.workspace_id = f.workspace_id AND m.id = f.mailbox_id
      AND m.removed_at IS NULL AND f.notified_at IS NULL AND f.severity = 'blocking'
      AND ((f.closed_at IS NULL AND m.state = 'needs_attention' AND f.opened_at <= ${openedBefore}
            AND NOT (f.code = ANY (${[...byTime]}::text[])))
        OR (f.closed_at > now() - interval '1 day' AND m.state IN ('live', 'backfilling')
            AND f.code = ANY (${[...byTime]}::text[])))
    RETURNING f.id, f.mailbox_id, f.code, f.params, f.closed_at IS NOT NULL AS closed`.execute(tenant.db);
  return rows.map((row) => ({
    findingId: row.id,
    mailboxId: row.mailbox_id,
    code: row.code,
    params: row.params,
    about: row.closed ? "ready" : "needs",
  }));
}

/** Whether there is anything to write about: the cheap question, asked for every workspace. */
export async function hasNotices(tenant: TenantDb): Promise<boolean> {
  const { rows } = await sql`
    SELECT 1 FROM findings WHERE workspace_id = ${tenant.workspaceId}::uuid AND notified_at IS NULL
      AND severity = 'blocking' AND (closed_at IS NULL OR closed_at > now() - interval '1 day') LIMIT 1`.execute(
    tenant.db,
  );
  return rows.length > 0;
}
