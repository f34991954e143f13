/**
 * How often a user can make us contact other servers (security.md: probing is not a port scanner). All that does so asks
 * here first: looking up settings, diagnosing, testing, trying a password, checking an app.
 */
import type { Clock } from "../core/clock.ts";
import { HitchpostError } from "../core/errors.ts";
import { countContact } from "../store/contact-counts.ts";
import type { TenantDb } from "../store/tenant-db.ts";

const windowMs = 10 * 60_000;

/** Contacts in ten minutes: of one person, and of a workspace with all its people and keys. */
export const contactLimits = {
  /** Automatic settings of an address: DNS, a few small files, up to eight ports. */
  settings: { person: 40, workspace: 200 },
  /** Diagnosing an address that is not connected. */
  doctor: { person: 30, workspace: 150 },
  /** Testing a mailbox that is connected. */
  test: { person: 60, workspace: 600 },
  /** Trying a password at servers that the user names. */
  password: { person: 60, workspace: 1_000 },
  /** Checking a Microsoft app. */
  app_check: { person: 20, workspace: 60 },
} as const satisfies Record<string, { person: number; workspace: number }>;

export type ContactKind = keyof typeof contactLimits;

/** A person; or a key, which counts with its workspace alone: a program connects many mailboxes in a row. */
export type Caller = { userId: string } | { keyId: string };

/**
 * Counts one contact and refuses it when there were too many.
 *
 * @throws rate_limited with `details.retryAfterMs` until the window ends
 */
export async function takeContact(
  { clock }: { clock: Clock },
  tenant: TenantDb,
  caller: Caller,
  what: ContactKind,
): Promise<void> {
  const { person, workspace } = contactLimits[what];
  if ("userId" in caller) await countOne(clock, tenant, { who: caller.userId, what, most: person });
  await countOne(clock, tenant, { who: "*", what, most: workspace });
}

async function countOne(
  clock: Clock,
  tenant: TenantDb,
  { who, what, most }: { who: string; what: ContactKind; most: number },
): Promise<void> {
  const nowMs = clock.now();
  const { count, beganAt } = await countContact(tenant, { who, what, windowMs, nowMs });
  if (count <= most) return;
  const retryAfterMs = Math.max(1_000, beganAt.getTime() + windowMs - nowMs);
  throw new HitchpostError(
    "rate_limited",
    `Other servers were asked ${most} times within ten minutes ${who === "*" ? "by this workspace" : "by you"}; the next time is in ${Math.ceil(retryAfterMs / 60_000)} min.`,
    { details: { retryAfterMs } },
  );
}
