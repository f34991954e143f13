/**
 * One look at a folder's newer end: what was added is stored, flags and removals follow, the head cursor moves with the
 * last batch. Also the first look, which sets the boundary, and the look that finds the folder renumbered.
 */
import { HitchpostError, type ErrorCode } from "../core/errors.ts";
import type { HeadChanges, HistoryRange, MailSource, RemoteKey } from "../protocol/mail-source.ts";
import { writeMailbox, type SyncContext } from "./context.ts";
import { fetchParsed } from "./fetch-parsed.ts";
import { isPartial, patchFolder, type FolderPatch, type SyncFolder } from "./folder-rows.ts";
import { mendHoles } from "./holes.ts";
import { ingestBatch } from "./ingest.ts";
import { reconcile, removeLocations } from "./reconcile.ts";

/** The newest so many are compared at every look on servers that do not tell changes; of the rest the source takes slices. */
const windowSize = 1_000;
const batchSize = 200;
const dayMs = 86_400_000;

export interface Round {
  added: number;
  removed: number;
  flagged: number;
  /** The folder was renumbered: its tail has to run again. */
  renumbered: boolean;
  /** As HeadChanges says. */
  needsLooks: boolean;
}

export interface LookOptions {
  /** What `peek` said before this look; kept, so that the next peek shows only later changes. */
  peeked?: string;
  /** The stretch of the past that is wanted. */
  range: HistoryRange;
}

const nothing = { added: 0, removed: 0, flagged: 0, renumbered: false, needsLooks: true };

/**
 * Looks and stores. The caller holds `ctx.looks`.
 *
 * @throws catalogue errors of the source; `folder_reset` when the numbering changed in the middle: look again
 */
export async function lookAtHead(
  ctx: SyncContext,
  source: MailSource,
  folder: SyncFolder,
  options: LookOptions,
): Promise<Round> {
  if (folder.epochKey === null) {
    await firstLook(ctx, source, folder, options);
    return nothing;
  }
  const lookedAtMs = ctx.clock.now();
  const changes = await source.head(folder.path, folder.headCursor, { window: windowSize });
  if (changes.epochKey !== folder.epochKey || changes.restarted === true) {
    await renumber(ctx, source, folder);
    return { ...nothing, renumbered: true };
  }
  const { removed, flagged, holes } = await reconcile(ctx, folder, changes);
  const patch: FolderPatch = {
    headCursor: changes.cursor,
    remoteMessages: changes.exists,
    checkedAtMs: lookedAtMs,
    keepsBackoff: !folder.tailDone,
    ...(provesFolder(folder, changes) && { provedAtMs: lookedAtMs }),
    ...(options.peeked !== undefined && { peeked: options.peeked }),
  };
  await storeAdded(ctx, source, folder, changes, patch);
  await mendHoles(ctx, source, folder, holes, options.range);
  const { needsLooks } = changes;
  return { added: changes.added.length, removed, flagged, renumbered: false, needsLooks };
}

/** Listed whole, and what came meanwhile is in `added`: with the last batch all that stood in it is stored. */
const provesFolder = (folder: SyncFolder, changes: HeadChanges): boolean =>
  canProve(folder) && changes.windows.some((window) => window.from === null && window.to === null);

/**
 * Only what is stored can be compared: while the tail runs, mail that stands in the folder is not here yet, and a page
 * on its way may bring what was removed, or flags that were changed, since it was fetched.
 */
export const canProve = (folder: SyncFolder): boolean => folder.epochKey !== null && folder.tailDone;

async function storeAdded(
  ctx: SyncContext,
  source: MailSource,
  folder: SyncFolder,
  { added, epochKey }: HeadChanges,
  patch: FolderPatch,
): Promise<void> {
  const stillListed = async (missing: ReadonlySet<RemoteKey>): Promise<Set<RemoteKey>> => {
    const again = await source.head(folder.path, folder.headCursor);
    return new Set(again.added.map((item) => item.key).filter((key) => missing.has(key)));
  };
  for (let from = 0; from < added.length || from === 0; from += batchSize) {
    const slice = added.slice(from, from + batchSize);
    const last = from + batchSize >= added.length;
    const items = await fetchParsed(ctx, source, { ...folder, epochKey, urgent: true }, slice, stillListed);
    await ingestBatch(ctx, { folder, origin: "head", items, ...(last && { patch }) });
  }
}

/** Sets the boundary between new and old, and where the tail begins. */
async function firstLook(
  ctx: SyncContext,
  source: MailSource,
  folder: SyncFolder,
  options: LookOptions,
): Promise<void> {
  const boundaryAtMs = ctx.clock.now();
  const changes = await source.head(folder.path, null);
  // One that came over from another transport keeps its boundary: what is known of it is matched again.
  const imported =
    folder.tail?.mode === "rematch"
      ? { tail: { ...folder.tail, cursor: changes.cursor } }
      : {
          tail: { mode: "import" as const, cursor: changes.cursor },
          boundaryAtMs,
          backfillTotal: await countInRange(source, folder, options.range, boundaryAtMs),
        };
  await writeMailbox(ctx, (tx) =>
    patchFolder(tx, folder.id, {
      epochKey: changes.epochKey,
      headCursor: changes.cursor,
      boundaryUid: boundaryUid(changes),
      remoteMessages: changes.exists,
      checkedAtMs: boundaryAtMs,
      ...imported,
      tailDoneAtMs: null,
      ...(options.peeked !== undefined && { peeked: options.peeked }),
    }),
  );
}

/** How much there is to import. Of hours the server's count of whole days says nothing: it is next to none. */
export const countInRange = async (
  source: MailSource,
  folder: SyncFolder,
  range: HistoryRange,
  nowMs: number,
): Promise<number> =>
  range.sinceMs !== null && nowMs - range.sinceMs < dayMs ? 0 : source.estimate(folder.path, range);

/** For people who look into the table; IMAP's cursor says it, others have no numbers. */
const boundaryUid = ({ cursor }: HeadChanges): number | null =>
  typeof cursor["uidnext"] === "number" ? cursor["uidnext"] - 1 : null;

/**
 * The server renumbered the folder: a new epoch. Its locations name nothing any more; the messages are in transit until
 * the tail, in mode `rematch`, has found them again by identity. The boundary's time stays. What came since the last look is
 * among what the tail brings, and new all the same.
 */
async function renumber(ctx: SyncContext, source: MailSource, folder: SyncFolder): Promise<void> {
  const changes = await source.head(folder.path, null);
  ctx.log.warn(
    { folder: folder.path, from: folder.epochKey, to: changes.epochKey },
    "the server renumbered a folder",
  );
  // Renumbered once more before all was found again: it was seen whole only before the first time.
  const seenUntilMs = folder.tail?.seenUntilMs ?? folder.checkedAtMs;
  await writeMailbox(ctx, async (tx, events) => {
    const place = { mailboxId: ctx.mailboxId, folderId: folder.id, epoch: folder.epoch };
    const settled = await removeLocations(tx, place, "all", ctx.clock.now());
    if (settled.length > 0) events.push(...(await ctx.inbox.settle(tx, settled)));
    await patchFolder(tx, folder.id, {
      epoch: folder.epoch + 1,
      epochKey: changes.epochKey,
      headCursor: changes.cursor,
      boundaryUid: boundaryUid(changes),
      remoteMessages: changes.exists,
      tail: {
        mode: "rematch",
        cursor: changes.cursor,
        ...(seenUntilMs !== null && { seenUntilMs }),
        ...(isPartial(folder.tail, folder.tailDone) && { partial: true }),
      },
      tailDoneAtMs: null,
      provedAtMs: null,
    });
  });
}

const folderErrors = new Set<ErrorCode>(["folder_unavailable", "folder_reset", "protocol_error"]);

/**
 * Errors that concern one folder and not the mailbox. What the server answers wrongly within a folder (an incomplete
 * listing, a refused command) is that folder's: the others go on.
 */
export const isFolderError = (error: unknown): boolean =>
  error instanceof HitchpostError && folderErrors.has(error.code);
