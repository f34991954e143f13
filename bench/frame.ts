/** What a bench is, and how its figures are shown: a table for people, one JSON object for machines. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { ensurePackages } from "../tools/debian.ts";

/** One measured number. */
export interface Figure {
  /** Who was measured: `Hitchpost, on demand`, `mbsync with fsync`. */
  subject: string;
  /** What: `time`, `peak memory`, or a ratio of two subjects of the same run. */
  measure: string;
  value: number;
  /** `s`, `ms`, `KB`, `MB`, `×`, `messages/s`; empty for counts. */
  unit: string;
  /** What is to be reached; left out: told for comparison. */
  reach?: { at: "least" | "most"; value: number };
}

export interface BenchOptions {
  /** Repetitions of what is repeated; the median is told. */
  rounds: number;
  /** For how long it is watched that nothing happens. */
  minutes: number;
  /** Tells how far it is, on standard error. */
  say(text: string): void;
}

export interface Bench {
  name: string;
  /** One sentence. */
  about: string;
  /** Debian packages of its peers → a file that each brings. */
  needs: Record<string, string[]>;
  run(options: BenchOptions): Promise<Figure[]>;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The value below which the share `q` of the values lies, by linear interpolation; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low === undefined || high === undefined ? Number.NaN : low + (high - low) * (at - Math.floor(at));
}

export const reached = ({ value, reach }: Figure): boolean | null => {
  if (reach === undefined) return null;
  return reach.at === "least" ? value >= reach.value : value <= reach.value;
};

/** Three digits that count, but whole numbers whole. */
export const shown = (value: number): string =>
  Math.abs(value) >= 100 || Number.isInteger(value)
    ? String(Math.round(value))
    : value.toPrecision(3).replace(/\.?0+$/, "");

function rowOf(figure: Figure): string[] {
  const { subject, measure, value, unit, reach } = figure;
  const met = reached(figure);
  const goal = reach === undefined ? "" : `${reach.at === "least" ? "≥" : "≤"} ${shown(reach.value)} ${unit}`;
  return [
    subject,
    measure,
    `${shown(value)} ${unit}`.trim(),
    goal.trim(),
    met === null ? "" : met ? "yes" : "NO",
  ];
}

/** A table in Markdown, its columns in line. */
export function table(figures: readonly Figure[]): string {
  const rows = [["", "measure", "value", "to reach", "reached"], ...figures.map(rowOf)];
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (cells: string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join("\n");
}

const commit = (): string | null => {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  } catch {
    return null; // no clone
  }
};

const machine = () => ({
  cores: cpus().length,
  processor: cpus()[0]?.model ?? "",
  memoryMb: Math.round(totalmem() / 1_048_576),
  kernel: release(),
  node: process.version,
});

/**
 * Runs a bench and shows what it measured.
 *
 * @param jsonFile where the JSON object goes too; null: to standard output alone
 */
export async function runBench(bench: Bench, options: BenchOptions, jsonFile: string | null): Promise<void> {
  ensurePackages(bench.needs);
  const startedAt = new Date().toISOString();
  const figures = await bench.run(options);
  const result = {
    bench: bench.name,
    startedAt,
    commit: commit(),
    machine: machine(),
    figures: figures.map((figure) => ({ ...figure, reached: reached(figure) })),
  };
  process.stdout.write(`\n${bench.name}: ${bench.about}\n\n${table(figures)}\n\n${JSON.stringify(result)}\n`);
  if (jsonFile !== null) writeFileSync(jsonFile, `${JSON.stringify(result, null, 2)}\n`);
}
