/** The chosen stretch of the past, counted from the day the folders were chosen, so that it does not move on. */
import type { HistoryRange } from "../protocol/mail-source.ts";

const daysOf: Record<string, number> = { "1y": 365, "3m": 92, "1m": 31 };
const dayMs = 86_400_000;
/** Clocks may differ so much: what came in right after the choice belongs to it. */
const slackMs = 120_000;

/** "From now on" (`none`) begins with the choice and not with the first look, which an outage can put off for hours. */
export function historyRange(history: string, chosenAtMs: number): HistoryRange {
  if (history === "none") return { sinceMs: chosenAtMs - slackMs };
  const days = daysOf[history];
  return { sinceMs: days === undefined ? null : chosenAtMs - days * dayMs };
}

/** Pure: whether `wanted` reaches further back than what is there, by more than the grain of a server's SEARCH. */
export function isWider(wanted: HistoryRange, there: HistoryRange): boolean {
  if (there.sinceMs === null) return false;
  return wanted.sinceMs === null || wanted.sinceMs < there.sinceMs - dayMs;
}
