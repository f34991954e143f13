/**
 * Keeps the chosen folders in step: pushes and peeks name folders, each is looked at by `lookAtHead`. Push is a hint, a
 * periodic look is the truth. After removals every folder is proved, so that moves are told from deletions.
 *
 *   watch (push) ┐
 *   peek 30 s    ├→ due folders → look, one at a time → transit? → prove all → sweep
 *   look 60 s    ┘
 */
import type { HistoryRange, MailSource } from "../protocol/mail-source.ts";
import type { SyncContext } from "./context.ts";
import { recordFolderFailure } from "./folder-failure.ts";
import { syncedFolders, type SyncFolder } from "./folder-rows.ts";
import { canProve, isFolderError, lookAtHead } from "./head-round.ts";
import { isPhantom, proveFolder, sweepGone, transitSince } from "./transit.ts";
import { createWake } from "./wake.ts";

export interface Tempo {
  /** A look at all folders' STATUS, beside what `watch` tells by itself. */
  peekMs: number;
  /** The first one after watching began: for what came in between the last look and the push. */
  firstPeekMs: number;
  /** Every folder is looked at at least so often. */
  lookMs: number;
  relistMs: number;
  /** From a removal to the proof: lets the copy of a move show up by itself. */
  proveDelayMs: number;
  proveGapMs: number;
  /** Between two looks for messages that the server did not give out. */
  rereadMs: number;
}

export const defaultTempo: Tempo = {
  peekMs: 30_000,
  firstPeekMs: 2_000,
  lookMs: 60_000,
  relistMs: 5 * 60_000,
  proveDelayMs: 3_000,
  proveGapMs: 30_000,
  rereadMs: 5 * 60_000,
};

export interface LiveOptions {
  /** As it is chosen now. */
  range: () => Promise<HistoryRange>;
  signal: AbortSignal;
  tempo: Tempo;
  /** Lists the folders anew; true when the synced ones changed. */
  relist: () => Promise<boolean>;
  /** A folder was renumbered or is new: older mail is to be brought. */
  needsBackfill: () => void;
  /** A round ended, and no folder is behind. */
  inStep: () => Promise<void>;
}

export interface Live {
  /** Runs until the signal ends it (rejects with its reason) or something fails. */
  run(): Promise<never>;
  /** Looks soon at the folder with this role, or of this path. */
  nudge(what: { role?: string; path?: string }): void;
  /** Other folders were chosen. */
  reload(): void;
  /** A folder failed: it may have another name by now. */
  relist(): void;
}

interface State {
  /** The choice of folders changed. */
  stale: boolean;
  folders: SyncFolder[];
  due: Set<string>;
  lookedAt: Map<string, number>;
  peeks: Map<string, string>;
  nextPeekAt: number;
  peeksSinceWatch: number;
  nextListAt: number;
  /** Watching that ended is not begun again before. */
  rewatchAt: number;
  /** When folders were last proved for messages in transit, and after their import. */
  provedAt: number;
  importProvedAt: number;
  inTransitSinceMs: number | null;
}

export function createLive(ctx: SyncContext, source: MailSource, options: LiveOptions): Live {
  const wake = createWake(ctx.clock);
  const state: State = {
    stale: false,
    folders: [],
    due: new Set(),
    lookedAt: new Map(),
    peeks: new Map(),
    nextPeekAt: 0,
    peeksSinceWatch: 0,
    nextListAt: 0,
    rewatchAt: 0,
    provedAt: Number.NEGATIVE_INFINITY,
    importProvedAt: Number.NEGATIVE_INFINITY,
    inTransitSinceMs: null,
  };
  return {
    run: () => runLive({ ctx, source, options, state, wake }),
    nudge({ role, path }) {
      for (const folder of state.folders)
        if (folder.role === role || folder.path === path) state.due.add(folder.id);
      wake.notify();
    },
    reload() {
      state.stale = true;
      wake.notify();
    },
    relist() {
      state.nextListAt = Math.min(state.nextListAt, ctx.clock.monotonic());
      wake.notify();
    },
  };
}

interface LiveParts {
  ctx: SyncContext;
  source: MailSource;
  options: LiveOptions;
  state: State;
  wake: ReturnType<typeof createWake>;
}

async function runLive(parts: LiveParts): Promise<never> {
  const { ctx, options, state, wake } = parts;
  await loadFolders(parts);
  state.inTransitSinceMs = await transitSince(ctx);
  state.nextListAt = ctx.clock.monotonic() + options.tempo.relistMs;
  let watcher = startWatch(parts);
  try {
    for (;;) {
      options.signal.throwIfAborted();
      if (state.stale) await loadFolders(parts);
      const ended = watcher.ended() && ctx.clock.monotonic() >= state.rewatchAt;
      const relisted = ctx.clock.monotonic() >= state.nextListAt && (await relist(parts));
      if (relisted || ended || watcher.watches !== pathsOf(state)) {
        await watcher.stop();
        watcher = startWatch(parts);
      }
      await peek(parts);
      await lookAtDue(parts);
      await proveWhenNeeded(parts);
      await wake.wait(waitMs(parts), options.signal);
    }
  } finally {
    await watcher.stop();
  }
}

/**
 * Inbox first: it is the one that `watch` gets by push, and the first to be looked at. One that fails comes last: it would
 * take the push from all of them.
 */
export const byImportance = (a: SyncFolder, b: SyncFolder): number =>
  Number(a.failures > 0) - Number(b.failures > 0) ||
  Number(b.role === "inbox") - Number(a.role === "inbox") ||
  Number(b.role === "sent") - Number(a.role === "sent") ||
  a.path.localeCompare(b.path);

async function loadFolders({ ctx, state, options }: LiveParts): Promise<void> {
  state.stale = false;
  state.folders = (await syncedFolders(ctx.tenant, ctx.mailboxId)).sort(byImportance);
  const alive = new Set(state.folders.map((folder) => folder.id));
  for (const id of state.due) if (!alive.has(id)) state.due.delete(id);
  if (state.folders.some((folder) => !folder.tailDone)) options.needsBackfill();
}

async function relist(parts: LiveParts): Promise<boolean> {
  const { ctx, options, state } = parts;
  state.nextListAt = ctx.clock.monotonic() + options.tempo.relistMs;
  const changed = await options.relist();
  if (changed) await loadFolders(parts);
  return changed;
}

const pathsOf = (state: State): string => JSON.stringify(state.folders.map((folder) => folder.path));

interface Watcher {
  /** The folders' paths, as one text. */
  watches: string;
  /** True when watching ended by itself; throws what ended it when that concerns more than a folder. */
  ended(): boolean;
  stop(): Promise<void>;
}

function startWatch({ ctx, source, options, state, wake }: LiveParts): Watcher {
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const ids = new Map(state.folders.map((folder) => [folder.path, folder.id]));
  let failure: { error: unknown } | null = null;
  let over = false;
  state.peeksSinceWatch = 0;
  state.rewatchAt = ctx.clock.monotonic() + options.tempo.peekMs;
  state.nextPeekAt = 0;
  const watching = (async () => {
    try {
      for await (const event of source.watch([...ids.keys()], signal)) {
        const id = ids.get(event.folderPath);
        if (id !== undefined) state.due.add(id);
        wake.notify();
      }
    } catch (error) {
      if (signal.aborted) return;
      failure = { error };
      ctx.log.warn({ err: error }, "watching ended; peeks go on");
    }
    over = true;
    wake.notify();
  })();
  return {
    watches: pathsOf(state),
    ended() {
      if (failure !== null && !isFolderError(failure.error)) throw failure.error;
      return over;
    },
    async stop() {
      stopping.abort(new Error("watching another set of folders"));
      await watching;
    },
  };
}

/** A folder left alone for a while. Where the import is what fails, new mail is looked for all the same. */
const backedOff = (ctx: SyncContext, folder: SyncFolder): boolean =>
  (folder.backoffUntilMs ?? 0) > ctx.clock.now() && (folder.epochKey === null || folder.tailDone);

/** A cheap look at all folders at once; what differs from the last look is due. */
async function peek({ ctx, source, options, state }: LiveParts): Promise<void> {
  const now = ctx.clock.monotonic();
  if (now < state.nextPeekAt) return;
  state.nextPeekAt = now + (state.peeksSinceWatch++ === 0 ? options.tempo.firstPeekMs : options.tempo.peekMs);
  const folders = state.folders.filter((folder) => folder.epochKey !== null && !backedOff(ctx, folder));
  state.peeks = folders.length === 0 ? new Map() : await source.peek(folders.map((folder) => folder.path));
  for (const folder of state.folders) {
    const peeked = state.peeks.get(folder.path);
    if (peeked !== undefined && peeked !== folder.peeked) state.due.add(folder.id);
    const lookedAt = state.lookedAt.get(folder.id);
    if (lookedAt === undefined || now - lookedAt >= options.tempo.lookMs) state.due.add(folder.id);
  }
}

async function lookAtDue(parts: LiveParts): Promise<void> {
  const { ctx, options, state } = parts;
  if (state.due.size === 0) return;
  await loadFolders(parts);
  let failed = false;
  for (const folder of state.folders) {
    if (!state.due.delete(folder.id) || backedOff(ctx, folder)) continue;
    options.signal.throwIfAborted();
    failed = !(await lookAt(parts, folder)) || failed;
  }
  await loadFolders(parts);
  state.inTransitSinceMs = await transitSince(ctx);
  if (!failed && !state.folders.some(isBehind)) await options.inStep();
}

/** It failed when it was last tried, and holds mail of ours. */
const isBehind = (folder: SyncFolder): boolean => folder.failures > 0 && !isPhantom(folder);

async function lookAt(parts: LiveParts, folder: SyncFolder): Promise<boolean> {
  const { ctx, source, options, state } = parts;
  const peeked = state.peeks.get(folder.path);
  state.lookedAt.set(folder.id, ctx.clock.monotonic());
  try {
    const range = await options.range();
    const round = await ctx.looks.run(async () => {
      const fresh = (await syncedFolders(ctx.tenant, ctx.mailboxId)).find(({ id }) => id === folder.id);
      if (fresh === undefined) return null;
      return lookAtHead(ctx, source, fresh, {
        range,
        ...(peeked !== undefined && { peeked }),
      });
    });
    if (round?.renumbered === true || folder.epochKey === null) options.needsBackfill();
    return true;
  } catch (error) {
    await leaveAlone(parts, folder, error);
    return false;
  }
}

/** Notes that the folder failed and lists the folders soon: it may have another name by now, or be gone. */
async function leaveAlone({ ctx, state }: LiveParts, folder: SyncFolder, error: unknown): Promise<void> {
  if (!isFolderError(error)) throw error;
  await recordFolderFailure(ctx, folder, error);
  state.nextListAt = Math.min(state.nextListAt, ctx.clock.monotonic());
}

/**
 * A folder is listed whole once its import is done: what was removed, or flagged, while a page was on its way is told by
 * nothing else on servers that name changes. Messages in transit: every folder is listed whole once more, then what was
 * not found is gone. Each of the two has a gap of its own, so that the one does not put off the other.
 */
async function proveWhenNeeded(parts: LiveParts): Promise<void> {
  const { ctx, options, state } = parts;
  if (state.due.size > 0) return;
  const [afterImport, forTransit] = [waitForImportedMs(parts) <= 0, waitForTransitMs(parts) <= 0];
  if (!afterImport && !forTransit) return;
  const now = ctx.clock.monotonic();
  if (afterImport) state.importProvedAt = now;
  if (forTransit) state.provedAt = now;
  for (const folder of state.folders) {
    if (!(forTransit ? needsProof(parts, folder) : isUnproved(parts, folder))) continue;
    options.signal.throwIfAborted();
    await prove(parts, folder);
  }
  await sweepGone(ctx);
  state.inTransitSinceMs = await transitSince(ctx);
  await loadFolders(parts);
}

async function prove(parts: LiveParts, folder: SyncFolder): Promise<void> {
  const { ctx, source, options } = parts;
  try {
    const range = await options.range();
    await ctx.looks.run(async () => {
      const fresh = (await syncedFolders(ctx.tenant, ctx.mailboxId)).find(({ id }) => id === folder.id);
      if (fresh !== undefined) await proveFolder(ctx, source, fresh, range);
    });
  } catch (error) {
    await leaveAlone(parts, folder, error);
  }
}

/** Its import is done, and it was not listed whole since. */
const isUnproved = ({ ctx }: LiveParts, folder: SyncFolder): boolean =>
  canProve(folder) && !backedOff(ctx, folder) && folder.provedAtMs === null;

const needsProof = (parts: LiveParts, folder: SyncFolder): boolean =>
  isUnproved(parts, folder) ||
  (canProve(folder) &&
    !backedOff(parts.ctx, folder) &&
    (folder.provedAtMs ?? 0) <= (parts.state.inTransitSinceMs ?? Number.NEGATIVE_INFINITY));

function waitForImportedMs(parts: LiveParts): number {
  const { ctx, options, state } = parts;
  if (!state.folders.some((folder) => isUnproved(parts, folder))) return Number.POSITIVE_INFINITY;
  return Math.max(0, state.importProvedAt + options.tempo.proveGapMs - ctx.clock.monotonic());
}

function waitForTransitMs({ ctx, options, state }: LiveParts): number {
  if (state.inTransitSinceMs === null) return Number.POSITIVE_INFINITY;
  const sinceRemoval = state.inTransitSinceMs + options.tempo.proveDelayMs - ctx.clock.now();
  const sinceProof = state.provedAt + options.tempo.proveGapMs - ctx.clock.monotonic();
  return Math.max(0, sinceRemoval, sinceProof);
}

function waitMs(parts: LiveParts): number {
  const { ctx, state } = parts;
  if (state.due.size > 0) return 0;
  const now = ctx.clock.monotonic();
  const toProveMs = Math.min(waitForImportedMs(parts), waitForTransitMs(parts));
  return Math.max(0, Math.min(state.nextPeekAt - now, state.nextListAt - now, toProveMs));
}
