/**
 * What of a text led to a finding: the shortest run of its lines that alone does. Shown beside the finding, so that a
 * person can judge it. Pure.
 */
import { withoutSecrets } from "../findings/secrets.ts";
import { rank } from "./decide.ts";
import type { Context, ProbeName } from "./observation.ts";
import type { Area } from "./rules.ts";

interface Recognised {
  text: string;
  codes: readonly string[];
  probe: ProbeName;
  context: Context;
  area: Area | null;
}

/** A text's first and last lines hold what is said; more would be asked about for nothing. */
const mostLines = 120;
const mostChars = 1_000;
/** Programs wrap what they print; more lines than this are a story, not an error. */
const longestRun = 3;

const linesOf = (text: string): string[] => {
  const all = text
    .split(/[\r\n]+/u)
    .map((line) => line.trim().slice(0, mostChars))
    .filter((line) => line !== "");
  return all.length <= mostLines ? all : [...all.slice(0, mostLines / 2), ...all.slice(-mostLines / 2)];
};

/**
 * @param text as it was pasted
 * @param codes findings that were ranked for it
 * @returns for each code its line or lines, secrets removed; a code that only the whole text shows is not in it
 */
export function recognisedBy({ text, codes, probe, context, area }: Recognised): Map<string, string> {
  const found = new Map<string, string>();
  const lines = linesOf(text);
  for (let run = 1; run <= Math.min(longestRun, lines.length); run += 1) {
    for (let first = 0; first + run <= lines.length && found.size < codes.length; first += 1) {
      const part = lines.slice(first, first + run).join("\n");
      for (const { code } of rank([{ probe, ok: false, answer: part }], context, area))
        if (codes.includes(code) && !found.has(code)) found.set(code, withoutSecrets(part));
    }
  }
  return found;
}
