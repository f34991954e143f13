/** Many runs with real processes, some side by side on the same machines: a wave works, then all of it settles. */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMachines, type Machines } from "./machines.ts";
import { prepareRun, type Run, type RunReport } from "./run.ts";

export interface CampaignOptions {
  runs: number;
  /** Of the first run; the next ones count up. */
  seed: number;
  /** Runs side by side. */
  jobs: number;
  slow: boolean;
  turmoilMs: number;
  onReport(report: RunReport): void;
}

export interface CampaignReport {
  reports: RunReport[];
  seconds: number;
  /** Where the processes' output was put; null when all is well. */
  logs: string | null;
}

/** Starts the machines and ends them. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const began = performance.now();
  const machines = await startMachines();
  const reports: RunReport[] = [];
  let logs: string | null = null;
  const interrupted = (): void => void machines.stop().finally(() => process.exit(130));
  for (const signal of stopSignals) process.once(signal, interrupted);
  try {
    for (let done = 0; done < options.runs; done += options.jobs) {
      const seeds = Array.from(
        { length: Math.min(options.jobs, options.runs - done) },
        (_, n) => options.seed + done + n,
      );
      const wave = await runWave(machines, options, seeds);
      reports.push(...wave);
      for (const report of wave) options.onReport(report);
      if (wave.some(({ differences }) => differences.length > 0))
        await keepLogs(machines, wave, (logs ??= await mkdtemp(join(tmpdir(), "hitchpost-chaos-logs-"))));
    }
    return { reports, seconds: Math.round((performance.now() - began) / 100) / 10, logs };
  } finally {
    for (const signal of stopSignals) process.off(signal, interrupted);
    await machines.stop();
  }
}

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A run that breaks off is a difference: nothing that is thrown at the product may end in an error of the API. */
async function runWave(
  machines: Machines,
  options: CampaignOptions,
  seeds: readonly number[],
): Promise<RunReport[]> {
  const wave = await Promise.all(
    seeds.map(async (seed) => {
      const failure: { text: string | null } = { text: null };
      const attempt = async <T>(work: () => Promise<T>): Promise<T | null> =>
        failure.text === null
          ? work().catch((error: unknown) => {
              failure.text = textOf(error);
              return null;
            })
          : null;
      const run: Run | null = await attempt(() => prepareRun(machines, { ...options, seed }));
      return { seed, failure, attempt, run, report: null as RunReport | null };
    }),
  );
  await Promise.all(wave.map(({ attempt, run }) => attempt(async () => run?.turmoil())));
  await Promise.all(
    wave.map(async (one) => {
      one.report = await one.attempt(async () => one.run?.settle() ?? null);
    }),
  );
  for (const { failure, run } of wave)
    await run?.close().catch((error: unknown) => (failure.text ??= textOf(error)));
  return wave.map(
    ({ seed, failure, report }) => report ?? brokenOff(seed, failure.text ?? "it did not begin"),
  );
}

/** With what a mail server answered. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { executedCommand, responseText } = error as { executedCommand?: string; responseText?: string };
  const answer = executedCommand === undefined ? "" : ` (${executedCommand}: ${responseText})`;
  return `${error.stack ?? error.message}${answer}`;
}

const brokenOff = (seed: number, why: string): RunReport => ({
  seed,
  differences: [`the run broke off: ${why}`],
  operations: {},
  faults: {},
  story: [],
  repliesLeft: 0,
  newMails: 0,
  inStepAfterMs: 0,
});

async function keepLogs(
  { hosts, dovecot, journal }: Machines,
  wave: readonly RunReport[],
  directory: string,
): Promise<void> {
  const first = wave[0]?.seed;
  for (const { seed, differences, story } of wave)
    if (differences.length > 0)
      await writeFile(join(directory, `run-${seed}.txt`), [...differences, ...story].join("\n"));
  await writeFile(join(directory, `from-${first}-before-kills.log`), journal.join("\n"));
  for (const [n, host] of hosts.entries())
    await writeFile(join(directory, `from-${first}-process-${n}.log`), host.output());
  await writeFile(join(directory, `from-${first}-dovecot.log`), await dovecot.log());
}
