/** `npm run bench -- NAME [--json FILE] [--rounds N] [--minutes N]`: one bench; docs/benchmarks.md tells what each measures. */
import { parseArgs } from "node:util";
import { firstSync } from "./first-sync.ts";
import { runBench, type Bench } from "./frame.ts";
import { graph } from "./graph.ts";
import { idle } from "./idle.ts";
import { latency } from "./latency.ts";
import { quietRound } from "./quiet-round.ts";
import { recovery } from "./recovery.ts";

const benches: Bench[] = [firstSync, latency, quietRound, idle, recovery, graph];

const { values, positionals } = parseArgs({
  options: {
    json: { type: "string" },
    rounds: { type: "string", default: "3" },
    minutes: { type: "string", default: "10" },
  },
  allowPositionals: true,
});
const bench = benches.find(({ name }) => name === positionals[0]);
const [rounds, minutes] = [Number(values.rounds), Number(values.minutes)];
const isUsed = positionals.length === 1 && Number.isInteger(rounds) && rounds > 0 && minutes > 0;
if (bench === undefined || !isUsed) {
  const known = benches.map(({ name, about }) => `  ${name.padEnd(14)} ${about}`).join("\n");
  process.stderr.write(`Usage: npm run bench -- NAME [--json FILE] [--rounds N] [--minutes N]\n\n${known}\n`);
  process.exit(2);
}
const say = (text: string): void => void process.stderr.write(`${text}\n`);
await runBench(bench, { rounds, minutes, say }, values.json ?? null);
process.exit(0); // what a failed peer left open must not keep it
