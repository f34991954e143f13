/** What /readyz answers: whether the database is there, and whether every mailbox is looked after. */
import type { Pool } from "pg";
import { withDeadline } from "../core/deadline.ts";

export interface Readiness {
  ready: boolean;
  problems: string[];
}

const answerMs = 5_000;

/** Never throws: a database that does not answer is the answer. */
export async function readiness(pool: Pool): Promise<Readiness> {
  try {
    const unowned = await withDeadline(answerMs, "The database", () => unownedMailboxes(pool));
    const problems = unowned === 0 ? [] : [`${unowned} mailboxes are looked after by nobody`];
    return { ready: problems.length === 0, problems };
  } catch {
    return { ready: false, problems: ["the database does not answer"] };
  }
}

/** Mailboxes that nobody alive looks after, though somebody should. */
async function unownedMailboxes(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM mailboxes m WHERE removed_at IS NULL AND state <> 'paused'
       AND created_at < now() - interval '30 seconds'
       AND NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = m.owner AND p.heartbeat_at > now() - interval '30 seconds')`,
  );
  return rows[0]?.count ?? 0;
}
