/** What many runs gave, as text and as JSON. */
import type { RunResult } from "./run.ts";
import { addCounts } from "./tally.ts";

export interface ChaosJson {
  without: string | null;
  runs: number;
  seeds: { first: number; last: number } | null;
  steps: number;
  replies: number;
  newMails: number;
  faults: Record<string, number>;
  differences: number;
  failed: { seed: number; differences: string[]; replay: string }[];
  /** Real and virtual time of all runs together, seconds. */
  tookSeconds: number;
  virtualSeconds: number;
  wallSeconds: number;
}

export interface Summary {
  /** @returns what to print of the run */
  add(result: RunResult): string;
  json(): ChaosJson;
  text(): string;
}

export function createSummary({ without }: { without: string | null }): Summary {
  const startedAt = performance.now();
  const sum: ChaosJson = {
    without,
    runs: 0,
    seeds: null,
    steps: 0,
    replies: 0,
    newMails: 0,
    faults: {},
    differences: 0,
    failed: [],
    tookSeconds: 0,
    virtualSeconds: 0,
    wallSeconds: 0,
  };
  const json = (): ChaosJson => ({ ...sum, wallSeconds: seconds(performance.now() - startedAt) });
  return {
    add(result) {
      const { seed, differences } = result;
      sum.runs += 1;
      sum.seeds = {
        first: Math.min(seed, sum.seeds?.first ?? seed),
        last: Math.max(seed, sum.seeds?.last ?? seed),
      };
      sum.steps += result.steps;
      sum.replies += result.replies;
      sum.newMails += result.newMails;
      addCounts(sum.faults, result.faults);
      sum.tookSeconds += seconds(result.tookMs);
      sum.virtualSeconds += seconds(result.virtualMs);
      sum.differences += differences.length;
      if (differences.length === 0)
        return sum.runs % 50 === 0 ? `${sum.runs} runs, ${sum.failed.length} failed\n` : "";
      const replay = `npm run chaos -- --seed ${seed} --times 20${without === null ? "" : ` --without ${without}`}`;
      sum.failed.push({ seed, differences, replay });
      return tellFailure(result, replay);
    },
    json,
    text: () => summaryText(json()),
  };
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;

function tellFailure({ seed, differences, story, faults }: RunResult, replay: string): string {
  return [
    `seed ${seed} failed:`,
    ...differences.map((difference) => `  ${difference}`),
    `  faults: ${faultsText(faults)}`,
    `  story: ${story.join(", ")}`,
    `  again: ${replay}`,
    "",
  ].join("\n");
}

const faultsText = (faults: Readonly<Record<string, number>>): string =>
  Object.entries(faults)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([kind, count]) => `${kind} ${count}`)
    .join(", ");

function summaryText(json: ChaosJson): string {
  const { runs, seeds, steps, replies, newMails, faults, failed, differences, wallSeconds, virtualSeconds } =
    json;
  return [
    `${runs} runs (seeds ${seeds?.first ?? "-"} to ${seeds?.last ?? "-"}${json.without === null ? "" : `, without ${json.without}`}) in ${Math.round(wallSeconds)} s; ${Math.round(virtualSeconds / 3600)} hours of mailbox life`,
    `${steps} steps, ${newMails} new mails, ${replies} replies`,
    `faults: ${faultsText(faults)}`,
    `${failed.length} runs failed, ${differences} differences`,
    "",
  ].join("\n");
}
