/**
 * Keeps the chosen folders in step: pushes and peeks name folders, each is looked at by `lookAtHead`. Push is a hint, a
 * periodic look is the truth. After removals every folder is proved, so that moves are told from deletions.
 *
 *   watch (push, or STATUS every few seconds)          ┐
 *   peek: every 5 min; every 30 s while nothing watches ├→ due folders → look, one at a time → transit? → prove all → sweep
 *   look: every 15 min; every 60 s where only a look    │
 *         tells everything (servers without CONDSTORE)  ┘
 *
 * So a change whose push was lost is found within 5 minutes, and a mailbox in which nothing happens costs next to nothing.
 */
import type { MailSource } from "../protocol/mail-source.ts";
import type { SyncContext } from "./context.ts";
import { syncedFolders, type SyncFolder } from "./folder-rows.ts";
import { lookAtHead, type Round } from "./head-round.ts";
import {
  backedOffMs,
  isBackedOff,
  leaveAlone,
  loadFolders,
  spread,
  type LiveOptions,
  type LiveParts,
  type State,
} from "./live-parts.ts";
import { toProveMs, proveWhenNeeded } from "./live-prove.ts";
import { pathsOf, startWatch } from "./live-watch.ts";
import { isPhantom, transitSince } from "./transit.ts";
import { createWake } from "./wake.ts";

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

export function createLive(ctx: SyncContext, source: MailSource, options: LiveOptions): Live {
  const wake = createWake(ctx.clock);
  const state: State = {
    stale: false,
    folders: [],
    due: new Set(),
    lookedAt: new Map(),
    needsLooks: new Set(),
    peeks: new Map(),
    nextPeekAt: 0,
    watched: false,
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

async function runLive(parts: LiveParts): Promise<never> {
  const { ctx, options, state, wake } = parts;
  await loadFolders(parts);
  state.inTransitSinceMs = await transitSince(ctx);
  state.nextListAt = ctx.clock.monotonic() + spread(ctx, options.tempo.relistMs);
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
      const peeked = await peek(parts);
      noteDueLooks(parts);
      if (state.due.size > 0) await lookAtDue(parts);
      else if (peeked && !state.folders.some(isBehind)) await options.inStep({ found: false });
      await proveWhenNeeded(parts);
      await wake.wait(waitMs(parts), options.signal);
    }
  } finally {
    await watcher.stop();
  }
}

async function relist(parts: LiveParts): Promise<boolean> {
  const { ctx, options, state } = parts;
  state.nextListAt = ctx.clock.monotonic() + spread(ctx, options.tempo.relistMs);
  const changed = await options.relist();
  if (changed) await loadFolders(parts);
  return changed;
}

/**
 * A cheap look at all folders at once; what differs from the last look is due.
 *
 * @returns whether it was time for one
 */
async function peek({ ctx, source, options, state }: LiveParts): Promise<boolean> {
  const now = ctx.clock.monotonic();
  if (now < state.nextPeekAt) return false;
  const { peekMs, watchedPeekMs } = options.tempo;
  state.nextPeekAt = now + (state.watched ? spread(ctx, watchedPeekMs) : peekMs);
  const folders = state.folders.filter((folder) => folder.epochKey !== null && !isBackedOff(ctx, folder));
  state.peeks = folders.length === 0 ? new Map() : await source.peek(folders.map((folder) => folder.path));
  for (const folder of state.folders) {
    const peeked = state.peeks.get(folder.path);
    if (peeked !== undefined && peeked !== folder.peeked) state.due.add(folder.id);
  }
  return true;
}

/** Milliseconds from `now` (monotonic) until the folder is to be looked at, whatever pushes and peeks say. */
function toLookMs({ ctx, options, state }: LiveParts, folder: SyncFolder, now: number): number {
  const { lookMs, restLookMs } = options.tempo;
  const everyMs = state.needsLooks.has(folder.id) ? lookMs : spread(ctx, restLookMs);
  const lookedAt = state.lookedAt.get(folder.id) ?? Number.NEGATIVE_INFINITY;
  return Math.max(0, lookedAt + everyMs - now, backedOffMs(ctx, folder));
}

function noteDueLooks(parts: LiveParts): void {
  const now = parts.ctx.clock.monotonic();
  for (const folder of parts.state.folders)
    if (toLookMs(parts, folder, now) === 0) parts.state.due.add(folder.id);
}

async function lookAtDue(parts: LiveParts): Promise<void> {
  const { ctx, options, state } = parts;
  let [failed, found] = [false, false];
  for (const folder of state.folders) {
    if (!state.due.delete(folder.id) || isBackedOff(ctx, folder)) continue;
    options.signal.throwIfAborted();
    const round = await lookAt(parts, folder);
    failed ||= round === "failed";
    found ||= round === "found";
  }
  await loadFolders(parts);
  state.inTransitSinceMs = await transitSince(ctx);
  if (!failed && !state.folders.some(isBehind)) await options.inStep({ found });
}

/** It failed when it was last tried, and holds mail of ours. */
const isBehind = (folder: SyncFolder): boolean => folder.failures > 0 && !isPhantom(folder);

async function lookAt(parts: LiveParts, folder: SyncFolder): Promise<"found" | "quiet" | "failed"> {
  const { ctx, source, options, state } = parts;
  const peeked = state.peeks.get(folder.path);
  state.lookedAt.set(folder.id, ctx.clock.monotonic());
  try {
    const look = (): Promise<Round | null> =>
      ctx.looks.run(async () => {
        // Side by side: what is new waits for it.
        const [range, folders] = await Promise.all([
          options.range(),
          syncedFolders(ctx.tenant, ctx.mailboxId),
        ]);
        const fresh = folders.find(({ id }) => id === folder.id);
        if (fresh === undefined) return null;
        return lookAtHead(ctx, source, fresh, {
          range,
          ...(peeked !== undefined && { peeked }),
        });
      });
    const round = await (ctx.said.state === "live" ? ctx.way.first(look) : look());
    if (round?.renumbered === true || folder.epochKey === null) options.needsBackfill();
    if (round?.needsLooks === true) state.needsLooks.add(folder.id);
    else state.needsLooks.delete(folder.id);
    if ((round?.added ?? 0) === 0) return "quiet";
    ctx.way.noteNews();
    return "found";
  } catch (error) {
    await leaveAlone(parts, folder, error);
    state.needsLooks.add(folder.id); // tried again as soon as it is no longer left alone
    return "failed";
  }
}

function waitMs(parts: LiveParts): number {
  const { ctx, state } = parts;
  if (state.due.size > 0) return 0;
  const now = ctx.clock.monotonic();
  const toLook = Math.min(...state.folders.map((folder) => toLookMs(parts, folder, now)));
  return Math.max(0, Math.min(state.nextPeekAt - now, state.nextListAt - now, toLook, toProveMs(parts)));
}
