/** `npm run bench -- NAME [--json FILE] [--rounds N]`: one bench; docs/benchmarks.md tells what each measures. */
import { parseArgs } from "node:util";
import { firstSync } from "./first-sync.ts";
import { runBench, type Bench } from "./frame.ts";

const benches: Bench[] = [firstSync];

const { values, positionals } = parseArgs({
  options: { json: { type: "string" }, rounds: { type: "string", default: "3" } },
  allowPositionals: true,
});
const bench = benches.find(({ name }) => name === positionals[0]);
const rounds = Number(values.rounds);
if (bench === undefined || positionals.length !== 1 || !Number.isInteger(rounds) || rounds < 1) {
  const known = benches.map(({ name, about }) => `  ${name.padEnd(14)} ${about}`).join("\n");
  process.stderr.write(`Usage: npm run bench -- NAME [--json FILE] [--rounds N]\n\n${known}\n`);
  process.exit(2);
}
const say = (text: string): void => void process.stderr.write(`${text}\n`);
await runBench(bench, { rounds, say }, values.json ?? null);
process.exit(0); // what a failed peer left open must not keep it
