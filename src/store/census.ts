/** Who lives, and how many mailboxes each owns: one statement over all workspaces, which reads no mailbox's content. */
import type { Pool } from "pg";
import { heartbeatDeadMs, takeOverMs } from "./leases.ts";
import type { Census } from "./share-out.ts";

/**
 * A process that has lived for so long is no successor any more of one whose death is not noticed yet: the heartbeat's
 * limit, and a moment to take over.
 */
const settledAfterMs = heartbeatDeadMs + 2_000;

interface Row {
  id: string | null;
  max_mailboxes: number | null;
  settled: boolean | null;
  owned: number;
}

/** Counts the mailboxes that are neither removed nor paused, by their owners. */
export async function takeCensus(pool: Pool): Promise<Census> {
  const { rows } = await pool.query<Row>(
    `WITH counts AS MATERIALIZED (
       SELECT owner, count(*)::int AS owned FROM mailboxes WHERE removed_at IS NULL AND state <> 'paused' GROUP BY owner
     )
     SELECT p.id, p.max_mailboxes, p.started_at <= clock_timestamp() - make_interval(secs => $2) AS settled,
       coalesce(c.owned, 0) AS owned
     FROM processes p LEFT JOIN counts c ON c.owner = p.id
     WHERE p.heartbeat_at > clock_timestamp() - make_interval(secs => $1)
     UNION ALL
     SELECT NULL, NULL, NULL, coalesce(sum(owned), 0)::int FROM counts`,
    [heartbeatDeadMs / 1000, settledAfterMs / 1000],
  );
  const total = rows.find(({ id }) => id === null)?.owned ?? 0;
  const processes = rows.flatMap(({ id, max_mailboxes: max, settled, owned }) =>
    id === null ? [] : [{ processId: id, max, owned, settled: settled === true }],
  );
  return { total, free: total - processes.reduce((sum, { owned }) => sum + owned, 0), processes };
}

export interface LivingProcess {
  id: string;
  kind: string;
  hostname: string;
  pid: number;
  startedAt: Date;
}

/** The processes whose heart beats, oldest first. */
export async function livingProcesses(pool: Pool): Promise<LivingProcess[]> {
  const { rows } = await pool.query<Omit<LivingProcess, "startedAt"> & { started_at: Date }>(
    `SELECT id, kind, hostname, pid, started_at FROM processes
     WHERE heartbeat_at > clock_timestamp() - make_interval(secs => $1) ORDER BY id`,
    [heartbeatDeadMs / 1000],
  );
  return rows.map(({ started_at: startedAt, ...facts }) => ({ ...facts, startedAt }));
}

/**
 * Mailboxes that should be looked after and that nobody alive has owned for longer than a take-over takes: since their
 * owner's last heartbeat, their release, or the moment they were connected or resumed.
 */
export async function countForsaken(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM mailboxes m LEFT JOIN processes p ON p.id = m.owner
     WHERE m.removed_at IS NULL AND m.state <> 'paused'
       AND (p.id IS NULL OR p.heartbeat_at <= clock_timestamp() - make_interval(secs => $1))
       AND greatest(coalesce(m.owner_since, m.created_at), m.state_since, p.heartbeat_at) <= clock_timestamp() - make_interval(secs => $2)`,
    [heartbeatDeadMs / 1000, takeOverMs / 1000],
  );
  return rows[0]?.count ?? 0;
}
