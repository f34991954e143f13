/** What /readyz answers: whether the database is there, and whether every mailbox is looked after. */
import type { Pool } from "pg";
import { withDeadline } from "../core/deadline.ts";
import { countForsaken } from "../store/census.ts";

export interface Readiness {
  ready: boolean;
  problems: string[];
}

const answerMs = 5_000;

/**
 * Of the server. Mailboxes that nobody looks after are told once they have been without an owner for longer than a
 * take-over takes.
 *
 * @param syncsHere false: the server leaves the mailboxes to workers
 * @returns never throws: a database that does not answer is the answer
 */
export const readiness = (pool: Pool, { syncsHere }: { syncsHere: boolean }): Promise<Readiness> =>
  answer(async () => {
    const forsaken = await countForsaken(pool);
    if (forsaken === 0) return [];
    const way = syncsHere ? "" : ": HITCHPOST_SYNC is false here, so that a `hitchpost worker` must run";
    return [`${forsaken} mailboxes are looked after by nobody${way}`];
  });

/** Of a worker, which answers for itself alone. @param leaseLeftMs as its supervisor says */
export const workerReadiness = (pool: Pool, leaseLeftMs: number): Promise<Readiness> =>
  answer(async () => {
    await pool.query("SELECT 1");
    return leaseLeftMs > 0 ? [] : ["its heartbeat did not reach the database in time"];
  });

async function answer(look: () => Promise<string[]>): Promise<Readiness> {
  try {
    const problems = await withDeadline(answerMs, "The database", look);
    return { ready: problems.length === 0, problems };
  } catch {
    return { ready: false, problems: ["the database does not answer"] };
  }
}
