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

/** Codes of findings that time alone mends: nobody need do anything. */
export const timeMended: readonly string[] = Object.keys(schedules);

/** Time, or a switch that is no matter of the permission, mends these. */
const mendedElsewhere: ReadonlySet<string> = new Set([
  ...timeMended,
  "imap_not_open",
  "imap_disabled",
  "token_refused",
  "token_stale",
  "throttled",
  "too_many_connections",
  "server_busy",
  "connection_unstable",
  "host_not_found",
  "host_refused",
  "host_silent",
  "host_unreachable",
]);

/**
 * The sign-in was right and only the mailbox does not open yet: the permission is kept, we look again by ourselves, and the
 * mailbox goes on without another sign-in. What is wrong with sending alone is decided about at the wizard.
 */
export const keepsGrant = ({ code, params }: Pick<Finding, "code" | "params">): boolean =>
  mendedElsewhere.has(code) && params["step"] !== "sending" && params["step"] !== "account";

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
export const moreSpecific = (
  open: readonly string[],
  { code, params }: Pick<Finding, "code" | "params">,
): string =>
  (vague.has(code) || params["perhaps"] !== undefined
    ? open.find(
        (one) => timeMended.includes(one) || (code !== "unknown" && findingKind(one).broader.includes(code)),
      )
    : undefined) ?? code;

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
      finding,
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
