/** Runs with changes of the transport, one after the other over one sandbox: `npm run chaos -- --transports`. */
import type { Log } from "../../../src/core/log.ts";
import { migrate } from "../../../src/store/migrate.ts";
import { createPool } from "../../../src/store/pool.ts";
import { databaseUrl, onServer } from "../../support/postgres-setup.ts";
import { silentLog } from "../../support/silent-log.ts";
import { addCounts } from "../tally.ts";
import { runTransports, type TransportRun } from "./run.ts";
import { openWorld } from "./world.ts";

export interface CampaignOptions {
  /** URL of the server's maintenance database. */
  serverUrl: string;
  seeds: readonly number[];
  log?: Log;
  short?: boolean;
  onResult(result: TransportRun): void;
  /** Asked before each run: no more are begun after false. */
  goOn?(): boolean;
}

/** Resolves when all runs have ended; never rejects for what a run found. */
export async function runTransportCampaign({
  serverUrl,
  seeds,
  log = silentLog,
  short,
  onResult,
  goOn,
}: CampaignOptions): Promise<void> {
  const name = `hitchpost_transports_${process.pid}`;
  await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  const url = databaseUrl(serverUrl, name);
  const pool = createPool(url, { log: silentLog, applicationName: "chaos", max: 3 });
  const world = await openWorld(seeds.length);
  try {
    await migrate(pool, { log: silentLog });
    for (const seed of seeds) {
      if (goOn?.() === false) return;
      onResult(await runTransports({ seed, world, pool, databaseUrl: url, log, short }));
    }
  } finally {
    await world.stop();
    await pool.end();
    await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
  }
}

export interface TransportSummary {
  runs: number;
  steps: number;
  mails: number;
  faults: Record<string, number>;
  known: Record<string, number>;
  failed: { seed: number; differences: string[] }[];
  tookSeconds: number;
}

export const emptySummary = (): TransportSummary => ({
  runs: 0,
  steps: 0,
  mails: 0,
  faults: {},
  known: {},
  failed: [],
  tookSeconds: 0,
});

/** @returns what to print of the run */
export function addRun(sum: TransportSummary, run: TransportRun, replay: string): string {
  sum.runs += 1;
  sum.steps += run.story.length;
  sum.mails += run.mails;
  sum.tookSeconds += run.tookMs / 1_000;
  addCounts(sum.faults, run.faults);
  addCounts(sum.known, run.known);
  if (run.differences.length === 0) return "";
  sum.failed.push({ seed: run.seed, differences: run.differences });
  return [
    `seed ${run.seed} failed:`,
    ...run.differences.map((difference) => `  ${difference}`),
    `  story: ${run.story.join("; ")}`,
    `  again: ${replay}`,
    "",
  ].join("\n");
}

const counts = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([kind, count]) => `${kind} ${count}`)
    .join(", ") || "none";

export const summaryText = (sum: TransportSummary): string =>
  [
    `${sum.runs} runs in ${Math.round(sum.tookSeconds)} s, ${sum.steps} steps, ${sum.mails} mails`,
    `faults and changes: ${counts(sum.faults)}`,
    `known exceptions: ${counts(sum.known)}`,
    `${sum.failed.length} runs failed, ${sum.failed.flatMap(({ differences }) => differences).length} differences`,
    "",
  ].join("\n");
