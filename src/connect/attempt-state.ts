/**
 * The life of an attempt to connect by Official Authorization, and what its row keeps.
 *
 *   waiting ──start──▶ authorizing ──callback──▶ verifying ──all well──▶ connected
 *      │                   │  ▲                      │
 *      │                   │  └──── sign in again ── finding ◀── a check failed, consent declined, another account
 *      └───────────────────┴── 15 minutes ──▶ expired
 *
 * A finding keeps the permission when it belongs to the right account, so that *Test again* needs no second sign-in.
 */
import { z } from "zod";
import type { Attempt } from "../store/attempts.ts";
import type { Finding } from "./findings/types.ts";

export const attemptSteps = [
  "waiting",
  "authorizing",
  "verifying",
  "finding",
  "connected",
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
  expiresAt: Date;
  finishedAt: Date | null;
}

export function viewAttempt(row: Attempt, nowMs: number): AttemptView {
  const over = row.finishedAt === null && row.expiresAt.getTime() < nowMs;
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    mailboxId: row.mailboxId,
    appId: row.appId,
    address: row.address,
    provider: row.provider,
    flow: row.flow,
    transport: row.transport,
    step: over ? "expired" : z.enum(attemptSteps).parse(row.step),
    secret: secretSchema.parse(row.secret ?? {}),
    device: deviceSchema.nullable().parse(row.device ?? null),
    checks: z.array(checkSchema).parse(row.checks ?? []),
    finding: findingSchema.nullable().parse(row.finding ?? null),
    account: accountSchema.nullable().parse(row.account ?? null),
    requestedBy: row.requestedBy,
    requestedByName: row.requestedByName,
    expiresAt: row.expiresAt,
    finishedAt: row.finishedAt,
  };
}

/** What the user sees ticking, before anything ran. */
export const freshChecks = (): Check[] =>
  checkSchema.shape.step.options.map((step) => ({ step, state: "waiting", ms: null }));
