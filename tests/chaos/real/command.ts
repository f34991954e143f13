/** `npm run chaos -- --real`: runs with real processes, told line by line, and a report. */
import { writeFile } from "node:fs/promises";
import { addCounts } from "../tally.ts";
import { runCampaign, type CampaignReport } from "./campaign.ts";
import type { RunReport } from "./run.ts";

export interface RealOptions {
  runs: number;
  seed: number;
  /** Runs side by side. Default: 10. */
  jobs?: number | undefined;
  /** Waits two minutes where two minutes are asked for. */
  slow: boolean;
  /** Where the report is put as JSON. */
  json?: string | undefined;
}

const defaultJobs = 10;
export const defaultTurmoilMs = 12_000;

/** @returns the exit code: 0 when nothing differed */
export async function runReal({ json, ...options }: RealOptions): Promise<number> {
  const jobs = Math.min(options.jobs ?? defaultJobs, options.runs);
  const campaign = await runCampaign({
    ...options,
    jobs,
    turmoilMs: defaultTurmoilMs,
    onReport: (report) => process.stdout.write(`${lineOf(report)}\n`),
  });
  const summary = summarise(campaign);
  process.stdout.write(`\n${textOf(summary)}\n`);
  for (const seed of summary.failingSeeds) process.stdout.write(`${replayOf(seed, options.slow)}\n`);
  if (campaign.logs !== null) process.stdout.write(`What was done, and all logs: ${campaign.logs}\n`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(summary, null, 2)}\n`);
  return summary.differences === 0 ? 0 : 1;
}

const replayOf = (seed: number, slow: boolean): string =>
  `npm run chaos -- --real --runs 1 --seed ${seed}${slow ? " --slow" : ""}`;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function lineOf({ seed, differences, operations, faults, ...report }: RunReport): string {
  const [done, thrown] = [operations, faults].map((counts) =>
    Object.values(counts).reduce((a, b) => a + b, 0),
  );
  const line = `seed ${seed}: ${done} operations, ${thrown} faults, ${report.repliesLeft} replies left, ${report.newMails} new mails`;
  if (differences.length === 0) return `${line}, in step after ${seconds(report.inStepAfterMs)}`;
  return [`${line}, ${differences.length} differences`, ...differences.map((text) => `  ${text}`)].join("\n");
}

export interface Summary {
  kind: "real";
  runs: number;
  seeds: [number, number];
  differences: number;
  failingSeeds: number[];
  repliesLeft: number;
  newMails: number;
  operations: Record<string, number>;
  faults: Record<string, number>;
  inStepAfterMs: { median: number; longest: number };
  seconds: number;
  reports: RunReport[];
}

/** All runs in one. */
export function summarise({ reports, seconds: took }: CampaignReport): Summary {
  const [operations, faults]: Record<string, number>[] = [{}, {}];
  for (const report of reports) {
    addCounts(operations!, report.operations);
    addCounts(faults!, report.faults);
  }
  const sum = (of: (report: RunReport) => number): number => reports.reduce((all, one) => all + of(one), 0);
  const waits = reports.map(({ inStepAfterMs }) => inStepAfterMs).sort((a, b) => a - b);
  return {
    kind: "real",
    runs: reports.length,
    seeds: [reports[0]?.seed ?? 0, reports.at(-1)?.seed ?? 0],
    differences: sum(({ differences }) => differences.length),
    failingSeeds: reports.filter(({ differences }) => differences.length > 0).map(({ seed }) => seed),
    repliesLeft: sum(({ repliesLeft }) => repliesLeft),
    newMails: sum(({ newMails }) => newMails),
    operations: operations!,
    faults: faults!,
    inStepAfterMs: { median: waits[Math.floor(waits.length / 2)] ?? 0, longest: waits.at(-1) ?? 0 },
    seconds: took,
    reports,
  };
}

function textOf(summary: Summary): string {
  const counts = Object.entries(summary.faults)
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => `  ${String(count).padStart(5)}  ${what}`);
  return [
    `${summary.runs} runs with real processes (seeds ${summary.seeds.join(" to ")}) in ${summary.seconds} s: ${summary.differences} differences`,
    `${summary.repliesLeft} replies left, ${summary.newMails} new mails; in step after ${seconds(summary.inStepAfterMs.median)} (median), ${seconds(summary.inStepAfterMs.longest)} (longest)`,
    "faults thrown:",
    ...counts,
  ].join("\n");
}
