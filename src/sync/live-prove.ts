/** When folders are listed whole: after their import, and after removals, so that moves are told from deletions. */
import type { SyncFolder } from "./folder-rows.ts";
import { syncedFolders } from "./folder-rows.ts";
import { canProve } from "./head-round.ts";
import { isBackedOff, leaveAlone, loadFolders, type LiveParts } from "./live-parts.ts";
import { proveFolder, sweepGone, transitSince } from "./transit.ts";

/**
 * A folder is listed whole once its import is done: what was removed, or flagged, while a page was on its way is told by
 * nothing else on servers that name changes. Messages in transit: every folder is listed whole once more, then what was
 * not found is gone. Each of the two has a gap of its own, so that the one does not put off the other.
 */
export async function proveWhenNeeded(parts: LiveParts): Promise<void> {
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
  canProve(folder) && !isBackedOff(ctx, folder) && folder.provedAtMs === null;

const needsProof = (parts: LiveParts, folder: SyncFolder): boolean =>
  isUnproved(parts, folder) ||
  (canProve(folder) &&
    !isBackedOff(parts.ctx, folder) &&
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

/** Milliseconds until the next of it is due. */
export const toProveMs = (parts: LiveParts): number =>
  Math.min(waitForImportedMs(parts), waitForTransitMs(parts));
