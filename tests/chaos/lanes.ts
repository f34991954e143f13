/** Runs side by side: each lane has a database of its own, in which one run follows the other. */
import type { Pool } from "pg";
import type { Log } from "../../src/core/log.ts";
import { createPool } from "../../src/store/pool.ts";
import { migrate } from "../../src/store/migrate.ts";
import { databaseUrl, onServer } from "../support/postgres-setup.ts";
import { silentLog } from "../support/silent-log.ts";
import { runOnce, type RunOptions, type RunResult } from "./run.ts";

export interface LanesOptions {
  /** URL of the server's maintenance database. */
  serverUrl: string;
  seeds: Iterable<number>;
  /** Runs at a time. */
  jobs: number;
  log?: Log;
  onResult(result: RunResult): void;
  /** Asked before each run: no more are begun after false. */
  goOn?(): boolean;
}

/** Resolves when all runs have ended; never rejects for what a run found. */
export async function runLanes({
  serverUrl,
  seeds,
  jobs,
  log = silentLog,
  ...on
}: LanesOptions): Promise<void> {
  const left = [...seeds];
  const lane = async (n: number): Promise<void> => {
    const name = `hitchpost_chaos_${process.pid}_${n}`;
    await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
    const url = databaseUrl(serverUrl, name);
    const pool: Pool = createPool(url, { log: silentLog, applicationName: "chaos", max: 3 });
    try {
      await migrate(pool, { log: silentLog });
      for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
        if (on.goOn?.() === false) return;
        on.onResult(await runFairly({ seed, pool, databaseUrl: url, log }));
      }
    } finally {
      await pool.end();
      await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, left.length) }, (_, n) => lane(n)));
}

const stallMs = 5_000;

/**
 * A machine that stood still for seconds proves nothing: leases and connections end in real time too. What failed then is
 * played once more; the result says so.
 */
async function runFairly(options: RunOptions): Promise<RunResult> {
  let [lastTick, longestMs] = [performance.now(), 0];
  const timer = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - lastTick);
    lastTick = performance.now();
  }, 250);
  try {
    const result = await runOnce(options);
    if (result.differences.length === 0 || longestMs < stallMs) return result;
    const again = await runOnce(options);
    return { ...again, faults: { ...again.faults, "played again, the machine stood still": 1 } };
  } finally {
    clearInterval(timer);
  }
}
