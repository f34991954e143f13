/** What becomes of a live mailbox that failed: a finding with a way out, or another try. */
import { HitchpostError } from "../core/errors.ts";
import { backoffMs } from "../core/retry.ts";
import { appendEvents } from "../store/events.ts";
import { closeFindings } from "../store/findings.ts";
import type { Mailbox } from "../store/mailboxes.ts";
import { isDatabaseOutage } from "../store/pool.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { appOf } from "./app-of.ts";
import { takeOtherWay } from "./change-transport.ts";
import { findingOf } from "./findings/decide.ts";
import type { Finding } from "./findings/types.ts";
import { openWithSchedule } from "./findings/recheck.ts";
import { sourceHost } from "./open.ts";
import type { ServiceParts } from "./parts.ts";

export interface FailureVerdict {
  state: "needs_attention" | "backing_off";
  /** Epoch milliseconds of the next try; left out: only after somebody acted. */
  retryAtMs?: number;
}

/** So many failures in a row that a retry alone did not mend are told to a person. */
const patience = 3;

/** How often each mailbox has failed since it last worked; of this process, which owns it. */
export class FailureCounts {
  readonly #counts = new Map<string, number>();

  /** Failures before this one. */
  next(mailboxId: string): number {
    const before = this.#counts.get(mailboxId) ?? 0;
    this.#counts.set(mailboxId, before + 1);
    return before;
  }

  forget(mailboxId: string): void {
    this.#counts.delete(mailboxId);
  }
}

export interface FailureContext {
  /** Failures in a row before this one. */
  failures: number;
  /** Looks at everything, to tell apart what one answer leaves open. */
  diagnose(): Promise<{ finding: Finding | null }>;
}

/**
 * Decides from the error and how often it came. A refused sign-in, a broken grant or a blocked password needs a person;
 * network trouble, throttling and lost connections mend themselves and are shown only when they last.
 */
export async function handleFailure(
  parts: ServiceParts,
  tenant: TenantDb,
  mailbox: Mailbox,
  error: unknown,
  { failures, diagnose }: FailureContext,
): Promise<FailureVerdict> {
  const now = parts.clock.now();
  const known = error instanceof HitchpostError ? error : null;
  const asked = known?.details.retryAfterMs;
  // Our own trouble is no finding of the mailbox.
  if (isDatabaseOutage(error)) return { state: "backing_off", retryAtMs: now + backoffMs(failures) };
  if (known?.code === "throttled")
    return { state: "backing_off", retryAtMs: now + (asked ?? backoffMs(failures)) };
  const needsPerson =
    known !== null && (known.retry === "reauth" || known.retry === "never" || isKept(mailbox, known));
  const transient = !needsPerson && known?.retry === "later" && failures < patience;
  if (transient || (known === null && failures < patience))
    return { state: "backing_off", retryAtMs: now + (asked ?? backoffMs(failures)) };
  // One refused sign-in may be the server's mood (Outlook's AUTHENTICATE fails at times): the second is believed.
  if (known?.code === "auth_failed" && failures === 0)
    return { state: "backing_off", retryAtMs: now + 2_000 };
  const app =
    mailbox.method === "oauth"
      ? await appOf(parts, tenant, { provider: mailbox.provider, appId: mailbox.app?.id ?? null })
      : null;
  const bySignIn = app !== null && known !== null && known.code.startsWith("oauth_");
  const told = needsPerson && !bySignIn ? await diagnose() : null;
  // It passes every check now: it was the server's mood, or is mended already.
  if (told !== null && (told.finding === null || told.finding.params["step"] === "sending"))
    return { state: "backing_off", retryAtMs: now + backoffMs(failures) };
  const finding =
    told?.finding ??
    findingOf({
      step: "reading",
      error,
      method: mailbox.method,
      address: mailbox.address,
      host: bySignIn ? app.client.host : sourceHost(parts, mailbox),
      ...(app ? { redirectUri: app.redirectUri } : {}),
      at: now,
    });
  if (await takeOtherWay(parts, tenant, mailbox, finding.code))
    return { state: "backing_off", retryAtMs: now };
  const nextCheckAt = await tenant.transaction(async (tx) => {
    const opened = await openWithSchedule(tx, mailbox.id, finding, now);
    await appendEvents(tx, opened.events);
    return opened.nextCheckAt;
  });
  if (!needsPerson) return { state: "backing_off", retryAtMs: now + backoffMs(failures) };
  return { state: "needs_attention", ...(nextCheckAt === null ? {} : { retryAtMs: nextCheckAt.getTime() }) };
}

/** One that never opened is no passing trouble of a mailbox that works: it is looked at by its finding's schedule. */
const isKept = ({ foldersChosenAt }: Mailbox, { code }: HitchpostError): boolean =>
  foldersChosenAt === null && code === "not_connected";

/** A mailbox that works again has no open findings: they close themselves and say so. */
export async function handleRecovery(tenant: TenantDb, mailboxId: string): Promise<void> {
  await tenant.transaction(async (tx) => appendEvents(tx, await closeFindings(tx, mailboxId)));
}
