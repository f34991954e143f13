/**
 * One mailbox's life in this process.
 *
 *   connecting ──► listing ──(folders chosen)──► backfilling ──► live
 *       ▲                                            ▲             │ renumbered or new folders
 *       │                                            └─────────────┘
 *       │ retry time
 *   backing_off ◄──── any failure that passes by itself (network, throttling: to the millisecond)
 *   needs_attention ◄ a failure with a finding that somebody has to act on; tried again when told, or at its time
 *   paused / removed ◄ by the user; fence lost: stops without a word
 */
import type { Clock } from "../core/clock.ts";
import { withDeadline } from "../core/deadline.ts";
import { errorCatalogue, HitchpostError, isHitchpostError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { backoffMs } from "../core/retry.ts";
import type { MailSource } from "../protocol/mail-source.ts";
import type { InboxPort } from "../store/inbox-port.ts";
import { findMailbox, type Mailbox } from "../store/mailboxes.ts";
import { databaseUnavailable, isDatabaseOutage } from "../store/pool.ts";
import type { PlannerStatistics } from "../store/planner-statistics.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import type { Parser, SyncContext } from "./context.ts";
import type { Gate } from "./gate.ts";
import { defaultTempo, type Tempo } from "./live-parts.ts";
import { createLeftKeys } from "./moved.ts";
import { createMutex } from "./mutex.ts";
import type { OriginalBlobs } from "./originals.ts";
import { changeState } from "./runner-state.ts";
import type { SearchIndexer } from "./search-index.ts";
import type { RightOfWay } from "./right-of-way.ts";
import { closeSource, createSessionHints, runSession, type RunOutbox, type SessionHints } from "./session.ts";
import { createWake } from "./wake.ts";

/** What the doctor makes of a failure. */
export interface FailureVerdict {
  state: "needs_attention" | "backing_off";
  /** Epoch milliseconds; left out: needs_attention waits to be told, backing_off goes by backoff. */
  retryAtMs?: number;
}

export interface RunnerDeps {
  tenant: TenantDb;
  clock: Clock;
  log: Log;
  openSource(mailbox: Mailbox): Promise<MailSource>;
  inbox: InboxPort;
  parser: Parser;
  indexer: SearchIndexer;
  statistics: PlannerStatistics;
  /** Left out: originals are never kept. */
  blobs?: OriginalBlobs;
  /** Opening the mailbox waits for its turn here. */
  opening: Gate;
  way: RightOfWay;
  runOutbox: RunOutbox;
  owner: string;
  fence: number;
  leaseValid(): boolean;
  onFailure(mailbox: Mailbox, error: unknown): Promise<FailureVerdict>;
  /** The mailbox connected: findings of before are over. */
  onConnected?(mailbox: Mailbox): Promise<void>;
  tempo?: Partial<Tempo>;
  random?: () => number;
}

export interface MailboxRunner {
  readonly mailboxId: string;
  readonly fence: number;
  /** Resolves when the runner has stopped for good; never rejects. */
  readonly done: Promise<void>;
  /** Something was changed: chosen folders, intents, outbox, settings; `restart`: servers or permission. */
  wake(what: "chosen" | "intents" | "outbox" | "reconnect" | "restart"): void;
  /** Look soon at the folder with this role (Sent, right after a reply). */
  nudge(role: string): void;
  /** Closes the connection and resolves when all work has ended. */
  stop(): Promise<void>;
}

const connectMs = 60_000;
const backoff = { baseMs: 2_000, capMs: 300_000 };
const steadyMs = 60_000;

/** Starts at once. */
export function startMailboxRunner(mailboxId: string, deps: RunnerDeps): MailboxRunner {
  const stopping = new AbortController();
  const hints = createSessionHints(deps.clock);
  const retryNow = createWake(deps.clock);
  const run: Run = {
    mailboxId,
    deps,
    hints,
    retryNow,
    signal: stopping.signal,
    failures: 0,
    waiting: false,
    anew: new AbortController(),
  };
  const done = keepRunning(run).catch((error: unknown) => {
    if (!stopping.signal.aborted) deps.log.error({ err: error, mailboxId }, "the runner of a mailbox ended");
  });
  return {
    mailboxId,
    fence: deps.fence,
    done,
    wake(what) {
      if ((what === "reconnect" || what === "restart") && run.waiting) retryNow.notify();
      if (what === "reconnect") hints.backfill.notify(); // a session that runs says its state again
      if (what === "restart") run.anew.abort(new Error("begun anew"));
      if (what === "chosen") {
        hints.backfill.notify();
        hints.live?.reload();
      }
      for (const part of ["chosen", "intents", "outbox"] as const) if (what === part) hints[part].notify();
    },
    nudge: (role) => hints.live?.nudge({ role }),
    async stop() {
      stopping.abort(new Error("stopped"));
      await done;
    },
  };
}

interface Run {
  mailboxId: string;
  deps: RunnerDeps;
  hints: SessionHints;
  retryNow: ReturnType<typeof createWake>;
  signal: AbortSignal;
  failures: number;
  /** Between a failure and the next try. */
  waiting: boolean;
  /** Ends this turn: the mailbox was read before its servers or its permission changed. */
  anew: AbortController;
}

async function keepRunning(run: Run): Promise<void> {
  while (!run.signal.aborted) {
    run.anew = new AbortController();
    const mailbox = await findMailbox(run.deps.tenant, run.mailboxId);
    if (mailbox === null || mailbox.state === "paused") return;
    await keepPause(run, mailbox);
    const ctx = contextOf(run, mailbox);
    const startedAt = run.deps.clock.monotonic();
    try {
      await connectAndRun(run, ctx, mailbox);
    } catch (error) {
      if (run.signal.aborted || isHitchpostError(error, "fence_lost")) return;
      if (run.anew.signal.aborted) continue;
      if (run.deps.clock.monotonic() - startedAt > steadyMs) run.failures = 0;
      if (await shouldReconnectUnseen(run, ctx, error)) continue;
      await waitAfterFailure(run, ctx, mailbox, error);
    }
  }
}

/** A pause that the server asked for outlives this process. */
async function keepPause({ deps, signal }: Run, { throttledUntil }: Mailbox): Promise<void> {
  const leftMs = (throttledUntil?.getTime() ?? 0) - deps.clock.now();
  if (leftMs > 0) await deps.clock.sleep(Math.min(leftMs, dayMs), signal);
}

function contextOf({ deps, mailboxId }: Run, mailbox: Mailbox): SyncContext {
  const { tenant, owner, fence, clock, inbox, parser, statistics, way } = deps;
  return {
    tenant,
    mailboxId,
    address: mailbox.address,
    transport: mailbox.transport,
    said: { state: mailbox.state },
    owner,
    fence,
    clock,
    log: deps.log.child({ mailboxId }),
    inbox,
    parser,
    statistics,
    blobs: deps.blobs ?? null,
    way,
    writes: createMutex(),
    looks: createMutex(),
    left: createLeftKeys(),
  };
}

async function connectAndRun(run: Run, ctx: SyncContext, mailbox: Mailbox): Promise<never> {
  const { deps, hints } = run;
  const signal = AbortSignal.any([run.signal, run.anew.signal]);
  if (mailbox.state !== "live" && mailbox.state !== "backfilling") await changeState(ctx, "connecting");
  const source = await deps.opening.run(() => openAndConnect(ctx, deps, mailbox, signal), signal);
  try {
    await deps.onConnected?.(mailbox);
    const tempo = { ...defaultTempo, ...deps.tempo };
    return await runSession(ctx, source, { ...deps, signal, tempo, hints });
  } finally {
    await closeSource(ctx, source);
  }
}

async function openAndConnect(
  ctx: SyncContext,
  { openSource }: RunnerDeps,
  mailbox: Mailbox,
  signal: AbortSignal,
): Promise<MailSource> {
  const source = await withDeadline(connectMs, "Opening the mailbox", () => openSource(mailbox), signal);
  try {
    await withDeadline(connectMs, "Connecting to the mailbox", (inner) => source.connect(inner), signal);
    return source;
  } catch (error) {
    await closeSource(ctx, source);
    throw error;
  }
}

/** A token that expired, or one broken connection, after a steady session is mended without a change of state. */
async function shouldReconnectUnseen(run: Run, ctx: SyncContext, error: unknown): Promise<boolean> {
  const passing = isHitchpostError(error, "connection_lost") || isHitchpostError(error, "auth_failed");
  if (!passing || run.failures > 0) return false;
  run.failures = 1;
  ctx.log.info({ err: error }, "reconnecting");
  await run.deps.clock.sleep(200, run.signal);
  return true;
}

async function waitAfterFailure(run: Run, ctx: SyncContext, mailbox: Mailbox, error: unknown): Promise<void> {
  const { clock } = run.deps;
  const known = asCatalogueError(error);
  ctx.log.warn({ err: error, failures: run.failures }, "a mailbox failed");
  const pauseMs = known.code === "throttled" ? known.details.retryAfterMs : undefined;
  if (pauseMs !== undefined) {
    const untilMs = clock.now() + pauseMs;
    await tellState(
      ctx,
      "backing_off",
      { code: "throttled", retryAt: new Date(untilMs).toISOString() },
      untilMs,
    );
    await clock.sleep(pauseMs, run.signal); // to the letter: nothing wakes it
    return;
  }
  const verdict = await judge(run, mailbox, known);
  const ownWaitMs = backoffMs(run.failures, {
    ...backoff,
    ...(run.deps.random && { random: run.deps.random }),
  });
  const waitMs = waitFor(verdict, ownWaitMs, clock.now());
  const retryAt = waitMs === null ? null : new Date(clock.now() + waitMs).toISOString();
  await tellState(ctx, verdict.state, { code: known.code, retryAt });
  if (run.anew.signal.aborted) return; // by somebody who saw the failure come
  run.waiting = true;
  const asked = await run.retryNow.wait(waitMs ?? dayMs, run.signal).finally(() => (run.waiting = false));
  // Who tries again by hand while the server is away must not make the mailbox stay away for longer.
  if (!asked) run.failures += 1;
}

const dayMs = 86_400_000;

/** Pure: how long to wait; null: until somebody acts. */
export function waitFor(verdict: FailureVerdict, ownWaitMs: number, nowMs: number): number | null {
  if (verdict.retryAtMs !== undefined) return Math.max(1_000, verdict.retryAtMs - nowMs);
  return verdict.state === "backing_off" ? ownWaitMs : null;
}

/** Without the doctor's word (it failed itself) the catalogue decides. */
async function judge(run: Run, mailbox: Mailbox, error: HitchpostError): Promise<FailureVerdict> {
  try {
    return await withDeadline(
      connectMs,
      "The diagnosis",
      () => run.deps.onFailure(mailbox, error),
      run.signal,
    );
  } catch (failure) {
    run.signal.throwIfAborted();
    run.deps.log.warn({ err: failure, mailboxId: run.mailboxId }, "the diagnosis failed");
    const hopeless = errorCatalogue[error.code].retry === "reauth";
    return { state: hopeless ? "needs_attention" : "backing_off" };
  }
}

/** A database that went away in the middle of a transaction is not the mailbox's fault. */
export function asCatalogueError(error: unknown): HitchpostError {
  if (error instanceof HitchpostError) return error;
  if (isDatabaseOutage(error)) return databaseUnavailable(error);
  return new HitchpostError("internal", "An unexpected failure.", { cause: error });
}

/** The database may be what failed: then there is nowhere to write it, and the wait goes on all the same. */
async function tellState(
  ctx: SyncContext,
  ...change: Parameters<typeof changeState> extends [unknown, ...infer R] ? R : never
): Promise<void> {
  try {
    await changeState(ctx, ...change);
  } catch (error) {
    if (isHitchpostError(error, "fence_lost")) throw error;
    ctx.log.warn({ err: error }, "the state could not be written");
  }
}
