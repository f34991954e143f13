/**
 * The life of an attempt to connect by Official Authorization, and what its row keeps.
 *
 *   waiting ──start──▶ authorizing ──callback──▶ verifying ──all well──▶ connected
 *      │ ▲                 │  ▲                   ▲  │ └──the mailbox is not made yet──▶ kept
 *      │ └── 15 minutes ───┤  └─ sign in again ─┐ │  ▼
 *      │                   │                    finding ◀── a check failed, consent declined, another account
 *      │                   │            proved ─┘ │ ▲ │ another name?
 *      │                   │                      proving ◀┘
 *      └───────────────────┴── the link's time ──▶ expired
 *
 * A finding keeps the permission of the right account for a day, so that *Test again* needs no second sign-in. That of
 * another account is held for the 15 minutes in which the person decides whether it is an alias or opens a shared mailbox.
 */
import { z } from "zod";
import { channels } from "../oauth/scopes.ts";
import type { Attempt } from "../store/attempts.ts";
import { addressProofSchema } from "../store/mailboxes.ts";
import type { Finding } from "./findings/types.ts";

export const attemptSteps = [
  "waiting",
  "authorizing",
  "verifying",
  "proving",
  "finding",
  "connected",
  "kept",
  "expired",
] as const;
export type AttemptStep = (typeof attemptSteps)[number];

export const checkSchema = z.object({
  step: z.enum(["account", "mailbox", "reading", "sending"]),
  state: z.enum(["waiting", "running", "ok", "failed", "skipped"]),
  ms: z.number().nullable(),
});
export type Check = z.infer<typeof checkSchema>;

export const accountSchema = z.object({
  tid: z.string(),
  oid: z.string(),
  kind: z.enum(["personal", "work"]),
  addresses: z.array(z.string()),
  principal: z.string(),
  name: z.string().nullable(),
});

const tokensSchema = z.object({
  accessToken: z.string(),
  accessExpiresAtMs: z.number(),
  refreshToken: z.string().nullable(),
  scopes: z.array(z.string()),
  account: accountSchema.nullable(),
});

/** What is sealed in the row. */
const secretSchema = z.object({
  /** The attempt's own link: the callback leads back to it. */
  link: z.string().optional(),
  nonce: z.string().optional(),
  verifier: z.string().optional(),
  deviceCode: z.string().optional(),
  tokens: tokensSchema.optional(),
  /** Permissions for other ways to the same mailbox, which were given before. */
  former: z.array(z.object({ channel: z.enum(channels), tokens: tokensSchema })).optional(),
  /** The permission of another account than the one asked for, while the person decides. */
  held: tokensSchema.optional(),
  /** The mail that was sent to the address, and is waited for. */
  code: z.object({ subject: z.string(), sentAtMs: z.number() }).optional(),
  /** The address was proved to be an alias. */
  alias: addressProofSchema.optional(),
  /** Where an administrator consents for the organization. */
  adminLink: z.string().optional(),
});
export type AttemptSecret = z.infer<typeof secretSchema>;

export const deviceSchema = z.object({
  userCode: z.string(),
  verificationUri: z.string(),
  intervalMs: z.number(),
  expiresAtMs: z.number(),
});

const findingSchema = z.object({
  code: z.string(),
  params: z.record(z.string(), z.string()),
  evidence: z.array(z.object({ at: z.string(), step: z.string(), line: z.string() })),
});

/** The row with its JSON parsed, and `expired` told from the clock. */
export interface AttemptView {
  id: string;
  workspaceId: string;
  mailboxId: string | null;
  /** The Microsoft app of the operator's page; null: the environment's, or the sandbox's. */
  appId: string | null;
  address: string;
  provider: string;
  flow: "browser" | "device";
  /** What the sign-in asks for; null: chosen automatically, IMAP first. */
  transport: Attempt["transport"];
  step: AttemptStep;
  secret: AttemptSecret;
  device: z.infer<typeof deviceSchema> | null;
  checks: Check[];
  finding: Finding | null;
  account: z.infer<typeof accountSchema> | null;
  requestedBy: string | null;
  requestedByName: string;
  relation: "own" | "shared";
  delegate: string | null;
  signInUntil: Date | null;
  adminConsentedAt: Date | null;
  expiresAt: Date;
  finishedAt: Date | null;
}

export function viewAttempt(row: Attempt, nowMs: number): AttemptView {
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    mailboxId: row.mailboxId,
    appId: row.appId,
    address: row.address,
    provider: row.provider,
    flow: row.flow,
    transport: row.transport,
    step: stepOf(row, nowMs),
    secret: secretSchema.parse(row.secret ?? {}),
    device: deviceSchema.nullable().parse(row.device ?? null),
    checks: z.array(checkSchema).parse(row.checks ?? []),
    finding: findingSchema.nullable().parse(row.finding ?? null),
    account: accountSchema.nullable().parse(row.account ?? null),
    requestedBy: row.requestedBy,
    requestedByName: row.requestedByName,
    relation: row.relation,
    delegate: row.delegate,
    signInUntil: row.signInUntil,
    adminConsentedAt: row.adminConsentedAt,
    expiresAt: row.expiresAt,
    finishedAt: row.finishedAt,
  };
}

/** A link that was sent lives longer than the sign-in that is begun with it: after that it can be begun again. */
function stepOf(row: Attempt, nowMs: number): AttemptStep {
  if (row.finishedAt === null && row.expiresAt.getTime() < nowMs) return "expired";
  const step = z.enum(attemptSteps).parse(row.step);
  const ranOut = row.signInUntil !== null && row.signInUntil.getTime() < nowMs;
  return step === "authorizing" && row.flow === "browser" && ranOut ? "waiting" : step;
}

/** What the user sees ticking, before anything ran. */
export const freshChecks = (): Check[] =>
  checkSchema.shape.step.options.map((step) => ({ step, state: "waiting", ms: null }));
