/** What the parts of the live engine share: how often it looks, what it is told, what it knows of the folders. */
import type { HistoryRange, MailSource } from "../protocol/mail-source.ts";
import type { SyncContext } from "./context.ts";
import { recordFolderFailure } from "./folder-failure.ts";
import { syncedFolders, type SyncFolder } from "./folder-rows.ts";
import { isFolderError } from "./head-round.ts";
import type { Wake } from "./wake.ts";

export interface Tempo {
  /** A look at all folders' STATUS while nothing watches them. */
  peekMs: number;
  /** The same while `watch` tells of changes: for pushes that are lost. */
  watchedPeekMs: number;
  /** Every folder is looked at at least so often where `peek` and `watch` do not tell everything … */
  lookMs: number;
  /** … and where they do. */
  restLookMs: number;
  relistMs: number;
  /** From a removal to the proof: lets the copy of a move show up by itself. */
  proveDelayMs: number;
  proveGapMs: number;
  /** Between two looks for messages that the server did not give out. */
  rereadMs: number;
}

export const defaultTempo: Tempo = {
  peekMs: 30_000,
  watchedPeekMs: 5 * 60_000,
  lookMs: 60_000,
  restLookMs: 15 * 60_000,
  relistMs: 10 * 60_000,
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
  /** A round ended, and no folder is behind; `found`: it brought messages. */
  inStep: (round: { found: boolean }) => Promise<void>;
}

export interface State {
  /** The choice of folders changed. */
  stale: boolean;
  folders: SyncFolder[];
  due: Set<string>;
  lookedAt: Map<string, number>;
  /** Folders of which not everything is told without a look. */
  needsLooks: Set<string>;
  peeks: Map<string, string>;
  nextPeekAt: number;
  /** `watch` tells of changes. */
  watched: boolean;
  nextListAt: number;
  /** Watching that ended is not begun again before. */
  rewatchAt: number;
  /** When folders were last proved for messages in transit, and after their import. */
  provedAt: number;
  importProvedAt: number;
  inTransitSinceMs: number | null;
}

export interface LiveParts {
  ctx: SyncContext;
  source: MailSource;
  options: LiveOptions;
  state: State;
  wake: Wake;
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

/** Reads the folders anew. */
export async function loadFolders({ ctx, state, options }: LiveParts): Promise<void> {
  state.stale = false;
  state.folders = (await syncedFolders(ctx.tenant, ctx.mailboxId)).sort(byImportance);
  const alive = new Set(state.folders.map((folder) => folder.id));
  for (const id of state.due) if (!alive.has(id)) state.due.delete(id);
  if (state.folders.some((folder) => !folder.tailDone)) options.needsBackfill();
}

/** Milliseconds until the folder is no longer left alone. Where the import is what fails, new mail is looked for all the same. */
export const backedOffMs = (ctx: SyncContext, folder: SyncFolder): number =>
  folder.epochKey === null || folder.tailDone
    ? Math.max(0, (folder.backoffUntilMs ?? 0) - ctx.clock.now())
    : 0;

export const isBackedOff = (ctx: SyncContext, folder: SyncFolder): boolean => backedOffMs(ctx, folder) > 0;

/** A share of the time that is this mailbox's own: thousands of them do not do the same at the same moment. */
export const spread = ({ mailboxId }: Pick<SyncContext, "mailboxId">, ms: number): number =>
  ms * (0.8 + (0.2 * Number.parseInt(mailboxId.slice(-4), 16)) / 0xffff);

/** Notes that the folder failed and lists the folders soon: it may have another name by now, or be gone. */
export async function leaveAlone(
  { ctx, state }: LiveParts,
  folder: SyncFolder,
  error: unknown,
): Promise<void> {
  if (!isFolderError(error)) throw error;
  await recordFolderFailure(ctx, folder, error);
  state.nextListAt = Math.min(state.nextListAt, ctx.clock.monotonic());
}
