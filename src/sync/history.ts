/** The chosen stretch of the past, counted from the day the mailbox was connected, so that it does not move on. */
import type { HistoryRange } from "../protocol/mail-source.ts";

const daysOf: Record<string, number> = { "1y": 365, "3m": 92, "1m": 31 };
const dayMs = 86_400_000;

/** `null`: nothing old at all ("from now on"). */
export function historyRange(history: string, connectedAtMs: number): HistoryRange | null {
  if (history === "none") return null;
  const days = daysOf[history];
  return { sinceMs: days === undefined ? null : connectedAtMs - days * dayMs };
}
