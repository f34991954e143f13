/**
 * `npm run chaos`: many random runs of the sync engine under faults, with compressed time (docs/chaos.md), or with real
 * processes (docs/chaos-real.md).
 *
 *   npm run chaos -- --runs 1000            seeds 1 to 1000
 *   npm run chaos -- --seed 17 --log        one seed again, with the product's own log
 *   npm run chaos -- --without fence        a promise taken out: shows that a run finds it
 *   npm run chaos -- --real --runs 100      real processes, real Dovecot, real time
 *   npm run chaos -- --transports --runs 30 changes between IMAP, Graph and POP3 in the middle of everything
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { startTemporary } from "../tests/support/postgres-setup.ts";
import { printLog } from "../tests/chaos/print-log.ts";
import { remove } from "../tests/chaos/without/removal.ts";
import { removals } from "../tests/chaos/without/removals.ts";

const usage = `npm run chaos -- [options]

  --runs N        runs, one a seed (default 100; 1 when --seed alone is given)
  --seed S        the first seed (default 1); the following runs take the next ones
  --times T       each seed so often (default 1): scheduling differs from time to time
  --jobs J        runs at a time (default 6, with --real 10: most of a run is waiting)
  --real          with real processes; --times, --without and --log are of the other kind
  --transports    the mail comes over IMAP, Graph and POP3 in turn; one run after the other
  --slow          with --real: waits two minutes where two minutes are asked for
  --without NAME  without one promise: ${Object.keys(removals).join(", ")};
                  ends at the first run that finds it, and fails when none does
  --json FILE     the summary as JSON
  --log           the product's log on the way
`;

const options = {
  runs: { type: "string" },
  seed: { type: "string" },
  times: { type: "string", default: "1" },
  jobs: { type: "string" },
  real: { type: "boolean", default: false },
  slow: { type: "boolean", default: false },
  transports: { type: "boolean", default: false },
  without: { type: "string" },
  json: { type: "string" },
  log: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

process.exitCode = await main();
process.exit(); // processes that were killed within this one leave waits behind that never end

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const first = whole("seed", values.seed ?? "1");
  const runs = whole("runs", values.runs ?? (values.seed === undefined ? "100" : "1"));
  const times = whole("times", values.times);
  const jobs = values.jobs === undefined ? undefined : whole("jobs", values.jobs);
  if (values.real) {
    const { runReal } = await import("../tests/chaos/real/command.ts");
    return runReal({ runs, seed: first, jobs, slow: values.slow, json: values.json });
  }
  const removal = values.without === undefined ? null : removals[values.without];
  if (removal === undefined) throw new Error(`--without knows ${Object.keys(removals).join(", ")}`);
  if (removal !== null) remove(removal);
  const seeds = Array.from({ length: runs * times }, (_, n) => first + Math.floor(n / times));
  if (values.transports) return runTransports(seeds, { ...values, mustFail: removal !== null });
  // Imported after the hooks stand, so that the product loads without its promise.
  const { runLanes } = await import("../tests/chaos/lanes.ts");
  const { createSummary } = await import("../tests/chaos/summary.ts");
  const summary = createSummary({ without: values.without ?? null });
  const server = await startTemporary();
  // Broken off: the runs that are on are not awaited, PostgreSQL is.
  const broken: Promise<void>[] = [];
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void broken.push(server.stop().finally(() => process.exit(130))));
  try {
    await runLanes({
      serverUrl: server.url,
      seeds,
      jobs: jobs ?? 6,
      ...(values.log && { log: printLog({}) }),
      onResult: (result) => process.stdout.write(summary.add(result)),
      goOn: () => removal === null || summary.json().failed.length === 0,
    });
  } catch (error) {
    await Promise.all(broken); // what failed then failed for it
    throw error;
  } finally {
    await server.stop();
  }
  process.stdout.write(summary.text());
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(summary.json(), null, 2)}\n`);
  const found = summary.json().failed.length > 0;
  return found === (removal !== null) ? 0 : 1;
}

interface TransportsOptions {
  json?: string | undefined;
  log?: boolean | undefined;
  without?: string | undefined;
  /** A promise is taken out: a run has to find it. */
  mustFail: boolean;
}

async function runTransports(
  seeds: number[],
  { json, log, without, mustFail }: TransportsOptions,
): Promise<number> {
  const { runTransportCampaign, addRun, emptySummary, summaryText } =
    await import("../tests/chaos/transports/campaign.ts");
  const sum = emptySummary();
  const more = without === undefined ? "" : ` --without ${without}`;
  const server = await startTemporary();
  try {
    await runTransportCampaign({
      serverUrl: server.url,
      seeds,
      ...(log === true && { log: printLog({}) }),
      onResult: (run) =>
        process.stdout.write(
          addRun(sum, run, `npm run chaos -- --transports --seed ${run.seed} --times 10${more}`),
        ),
      goOn: () => !mustFail || sum.failed.length === 0,
    });
  } finally {
    await server.stop();
  }
  process.stdout.write(summaryText(sum));
  if (json !== undefined) await writeFile(json, `${JSON.stringify(sum, null, 2)}\n`);
  return sum.failed.length > 0 === mustFail ? 0 : 1;
}

function whole(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} wants a whole number, not ${text}`);
  return Number(text);
}
