/**
 * Keeps PostgreSQL's planner informed while the mail tables grow from nothing. A plan made for an empty table reads the
 * whole workspace for every row later, and connections keep such plans, those of foreign keys above all; autovacuum would
 * look once a minute. (PostgreSQL manual 14.4.8, "Run ANALYZE Afterwards".)
 */
import type { Pool } from "pg";
import type { Log } from "../core/log.ts";

export interface PlannerStatistics {
  /** So many messages were stored; returns at once. */
  grew(messages: number): void;
  /** Resolves when no ANALYZE of ours runs. */
  idle(): Promise<void>;
}

const firstAt = 50;
const growth = 4;
/** A tenth of the usual sample: how large the tables are is what matters, and an import waits for the processor. */
const statisticsTarget = 10;
const growing = [
  "messages",
  "message_bodies",
  "message_search",
  "message_locations",
  "message_blobs",
  "conversations",
  "conversation_mailboxes",
  "thread_refs",
];

/** One a process. What PostgreSQL already knows to be large is left to its autovacuum. */
export function createPlannerStatistics(pool: Pool, log: Log): PlannerStatistics {
  let stored = 0;
  let next = firstAt;
  let running: Promise<void> = Promise.resolve();
  return {
    grew(messages) {
      stored += messages;
      if (stored < next) return;
      const reached = stored;
      next = stored * growth;
      running = running
        .then(() => analyzeIfGrown(pool, reached))
        .catch((error: unknown) => log.warn({ err: error }, "the planner's statistics stay as they were"));
    },
    idle: () => running,
  };
}

/** `reltuples` is -1 for a table that was never looked at. SKIP_LOCKED: what autovacuum is at needs no second look. */
async function analyzeIfGrown(pool: Pool, stored: number): Promise<void> {
  const { rows } = await pool.query<{ known: number }>(
    "SELECT reltuples AS known FROM pg_class WHERE oid = 'messages'::regclass",
  );
  if ((rows[0]?.known ?? 0) >= stored * growth) return;
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await client.query(`SET LOCAL default_statistics_target = ${statisticsTarget}`);
    await client.query(`ANALYZE (SKIP_LOCKED) ${growing.join(", ")}`);
    await client.query("COMMIT");
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}
