/** When a finding is looked at again by itself: what time mends closes itself, without anybody's help. */
import { closeFindings, listFindings, openFinding } from "../../store/findings.ts";
import type { NewEvent } from "../../store/new-event.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import { findingKind } from "./catalogue.ts";
import type { Finding } from "./types.ts";

/** Minutes after the finding was opened: at these, then every so many, until so many. */
interface Schedule {
  at: readonly number[];
  every: number;
  until: number;
}

const day = 24 * 60;

/** A new account's mailbox is made at its first use, or by Microsoft within days. */
const byDays: Schedule = { at: [60, 6 * 60], every: day, until: 7 * day };

const schedules: Readonly<Record<string, Schedule>> = { mailbox_not_initialised: byDays };

/** Codes of findings that time alone mends. */
export const timeMended: readonly string[] = Object.keys(schedules);

/** Time alone mends it: the permission is kept, and the mailbox goes on by itself. */
export const keepsGrant = (code: string): boolean => Object.hasOwn(schedules, code);

/**
 * The next look. Counted from when the finding was opened, so that a restart neither hurries nor puts it off.
 * @param openedAtMs,nowMs epoch milliseconds
 * @returns null: not by itself (any more)
 */
export function nextCheckAt(code: string, openedAtMs: number, nowMs: number): Date | null {
  const { recheckMinutes } = findingKind(code);
  const schedule = schedules[code];
  if (schedule === undefined)
    return recheckMinutes === null ? null : new Date(nowMs + recheckMinutes * 60_000);
  const minutes = (nowMs - openedAtMs) / 60_000;
  const next =
    schedule.at.find((at) => at > minutes) ?? (Math.floor(minutes / schedule.every) + 1) * schedule.every;
  return next > schedule.until ? null : new Date(openedAtMs + next * 60_000);
}

/** Findings that only say that the mailbox does not open. */
const vague: ReadonlySet<string> = new Set(["imap_not_open", "token_refused", "unknown"]);

/** What was told apart before stays told apart: one look may not reach all that the look before did. */
export const moreSpecific = (open: readonly string[], found: string): string =>
  (vague.has(found) ? open.find((code) => keepsGrant(code)) : undefined) ?? found;

/** Opens the finding of a mailbox, or brings it up to date, with the time of its next look. The others are over. */
export async function openWithSchedule(
  tx: TenantDb,
  mailboxId: string,
  finding: Finding,
  nowMs: number,
): Promise<{ nextCheckAt: Date | null; events: NewEvent[] }> {
  const open = (await listFindings(tx, mailboxId)).filter(({ closedAt }) => closedAt === null);
  const same = {
    ...finding,
    code: moreSpecific(
      open.map((one) => one.code),
      finding.code,
    ),
  };
  const before = open.find(({ code }) => code === same.code);
  const at = nextCheckAt(same.code, before?.openedAt.getTime() ?? nowMs, nowMs);
  const { severity } = findingKind(same.code);
  const others = open.map(({ code }) => code).filter((code) => code !== same.code);
  const closed = await closeFindings(tx, mailboxId, others);
  const opened = await openFinding(tx, { mailboxId, severity, nextCheckAt: at, ...same });
  return { nextCheckAt: at, events: [...closed, ...opened.events] };
}
