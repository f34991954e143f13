/**
 * The older mail of the chosen folders, newest first: several folders in turn (Inbox first), each a pipeline of fetch and
 * parse beside the commit of the page before. The tail cursor moves with the rows, so that a killed import goes on where
 * it stopped. After a renumbering the tail runs again in mode `rematch` (rematch.ts).
 */
import { HitchpostError } from "../core/errors.ts";
import type { HistoryRange, MailSource, RemoteKey } from "../protocol/mail-source.ts";
import { writeMailbox, type SyncContext } from "./context.ts";
import { fetchParsed, type FetchPlace } from "./fetch-parsed.ts";
import { patchFolder, syncedFolders, type SyncFolder, type Tail } from "./folder-rows.ts";
import { recordFolderFailure } from "./folder-failure.ts";
import { countInRange, isFolderError, lookAtHead } from "./head-round.ts";
import { isWider } from "./history.ts";
import { ingestBatch, type IngestItem } from "./ingest.ts";
import type { ProgressTeller } from "./progress.ts";
import { rematchItems } from "./rematch.ts";

export interface BackfillOptions {
  range: HistoryRange;
  signal: AbortSignal;
  progress: ProgressTeller;
  /** A folder failed and is left alone. */
  onFolderFailure?: () => void;
  /** Folders worked on at the same time. */
  lanes?: number;
  firstPage?: number;
  page?: number;
}

interface Job {
  folder: SyncFolder;
  turns: number;
  busy: boolean;
}

interface Page {
  items: IngestItem[];
  tail: Tail;
  next: Tail | null;
}

const pagesATurn = 4;
const roleOrder = ["inbox", "sent", "archive", null, "junk", "trash"];

/** Inbox gets three turns, Sent two for one of the others; the first turns go by importance. */
const weightOf = (folder: SyncFolder): number =>
  folder.role === "inbox" ? 3 : folder.role === "sent" ? 2 : 1;
const rankOf = (folder: SyncFolder): number => {
  const rank = roleOrder.indexOf(folder.role);
  return rank < 0 ? roleOrder.indexOf(null) : rank;
};

/** Pure: the folder whose turn it is; undefined when all are being worked on. */
export function nextJob<T extends { folder: SyncFolder; turns: number; busy: boolean }>(
  jobs: readonly T[],
): T | undefined {
  return jobs
    .filter((job) => !job.busy)
    .sort(
      (a, b) =>
        a.turns / weightOf(a.folder) - b.turns / weightOf(b.folder) || rankOf(a.folder) - rankOf(b.folder),
    )[0];
}

/** Folders that still have older mail to bring, or were never looked into, and are not to be left alone for now. */
export async function foldersToImport(ctx: SyncContext): Promise<SyncFolder[]> {
  const folders = await syncedFolders(ctx.tenant, ctx.mailboxId);
  return folders.filter((folder) => !folder.tailDone && (folder.backoffUntilMs ?? 0) <= ctx.clock.now());
}

/**
 * Runs until every folder's tail is done or its folder has to be left alone for a while. Folders chosen meanwhile join
 * in, those no longer chosen drop out.
 *
 * @throws what concerns the whole mailbox: connection, sign-in, throttling, `fence_lost`
 */
export async function runBackfill(
  ctx: SyncContext,
  source: MailSource,
  options: BackfillOptions,
): Promise<void> {
  const jobs = new Map<string, Job>();
  const stop = new AbortController();
  const lane = async (): Promise<void> => {
    for (;;) {
      followChoice(jobs, await foldersToImport(ctx));
      const job = stop.signal.aborted ? undefined : nextJob([...jobs.values()]);
      if (job === undefined) return;
      options.signal.throwIfAborted();
      job.busy = true;
      await takeTurn(ctx, source, job, options);
      job.busy = false;
      job.turns++;
    }
  };
  const lanes = Array.from({ length: options.lanes ?? 2 }, () =>
    lane().catch((error: unknown) => {
      stop.abort();
      throw error;
    }),
  );
  const results = await Promise.allSettled(lanes);
  for (const result of results) if (result.status === "rejected") throw result.reason;
  await options.progress.tell(true);
}

/** Brings the jobs in line with the rows; one whose turn is on is left until it ends. */
function followChoice(jobs: Map<string, Job>, wanted: readonly SyncFolder[]): void {
  const ids = new Set(wanted.map((folder) => folder.id));
  for (const [id, job] of jobs) if (!job.busy && !ids.has(id)) jobs.delete(id);
  for (const folder of wanted) {
    const job = jobs.get(folder.id);
    if (job === undefined) jobs.set(folder.id, { folder, turns: 0, busy: false });
    else if (!job.busy) job.folder = folder;
  }
}

/** One turn of a folder. What it did, or why it has to be left alone, stands in the folder's row. */
async function takeTurn(
  ctx: SyncContext,
  source: MailSource,
  { folder: known, turns }: Job,
  options: BackfillOptions,
): Promise<void> {
  try {
    const folder = known.epochKey === null ? await opened(ctx, source, known, options.range) : known;
    const tail = folder.tail ?? { mode: "import", cursor: folder.headCursor! };
    // Matching looks at what is committed: a page of a renumbered folder waits for the one before.
    const pages = turns === 0 || tail.mode === "rematch" ? 1 : pagesATurn;
    const limit = turns === 0 ? (options.firstPage ?? 50) : (options.page ?? 500);
    await importPages(ctx, source, folder, tail, { ...options, pages, limit });
  } catch (error) {
    if (!isFolderError(error)) throw error;
    await recordFolderFailure(ctx, known, error);
    options.onFolderFailure?.();
  }
}

/** Looks into the folder for the first time, unless the live part has done so meanwhile: the boundary is set once. */
async function opened(
  ctx: SyncContext,
  source: MailSource,
  folder: SyncFolder,
  range: HistoryRange,
): Promise<SyncFolder> {
  return ctx.looks.run(async () => {
    const before = await reload(ctx, folder);
    if (before.epochKey === null) await lookAtHead(ctx, source, before, { range });
    return reload(ctx, folder);
  });
}

async function reload(ctx: SyncContext, folder: SyncFolder): Promise<SyncFolder> {
  const found = (await syncedFolders(ctx.tenant, ctx.mailboxId)).find((other) => other.id === folder.id);
  if (found === undefined) throw new HitchpostError("folder_reset", "The folder is no longer synced.");
  return found;
}

interface TurnOptions extends BackfillOptions {
  pages: number;
  limit: number;
}

/** Commits up to `pages` pages, fetching the next one meanwhile. */
async function importPages(
  ctx: SyncContext,
  source: MailSource,
  folder: SyncFolder,
  tail: Tail,
  options: TurnOptions,
): Promise<void> {
  let coming: Promise<Page> | null = fetchPage(ctx, source, folder, tail, options);
  for (let count = 1; coming !== null; count++) {
    const page: Page = await coming;
    options.signal.throwIfAborted();
    coming =
      page.next !== null && count < options.pages ? fetchPage(ctx, source, folder, page.next, options) : null;
    coming?.catch(() => undefined); // awaited in the next round; the commit may fail before
    await commitPage(ctx, folder, page, options.range);
    await options.progress.tell();
  }
}

/**
 * The user has chosen a longer history: folders whose import is done begin again. What is known is only listed, not
 * fetched. Called while no backfill runs.
 */
export async function reachFurtherBack(
  ctx: SyncContext,
  source: MailSource,
  range: HistoryRange,
): Promise<void> {
  await ctx.looks.run(async () => {
    for (const folder of await syncedFolders(ctx.tenant, ctx.mailboxId)) {
      const { imported, headCursor } = folder;
      if (imported === null || headCursor === null || !isWider(range, imported)) continue;
      try {
        const backfillTotal = await countInRange(source, folder, range, ctx.clock.now());
        await writeMailbox(ctx, (tx) =>
          patchFolder(tx, folder.id, {
            tail: { mode: "import", cursor: headCursor },
            tailDoneAtMs: null,
            provedAtMs: null,
            backfillTotal,
            backfilled: -folder.backfillDone,
          }),
        );
      } catch (error) {
        if (!isFolderError(error)) throw error;
        await recordFolderFailure(ctx, folder, error);
      }
    }
  });
}

async function fetchPage(
  ctx: SyncContext,
  source: MailSource,
  folder: SyncFolder,
  tail: Tail,
  options: TurnOptions,
): Promise<Page> {
  const range = tail.mode === "rematch" ? { sinceMs: null } : options.range;
  const list = (): ReturnType<MailSource["tail"]> =>
    source.tail(folder.path, tail.cursor, range, options.limit);
  const page = await list();
  const place: FetchPlace = { ...folder, epochKey: page.epochKey };
  const stillListed = async (missing: ReadonlySet<RemoteKey>): Promise<Set<RemoteKey>> =>
    new Set((await list()).items.map((item) => item.key).filter((key) => missing.has(key)));
  const items =
    tail.mode === "rematch"
      ? await rematchItems(
          ctx,
          source,
          { ...folder, epochKey: page.epochKey },
          page.items,
          { oldestMs: options.range.sinceMs, seenUntilMs: tail.seenUntilMs ?? null },
          stillListed,
        )
      : await fetchParsed(ctx, source, place, page.items, stillListed);
  return { items, tail, next: page.cursor === null ? null : { ...tail, cursor: page.cursor } };
}

async function commitPage(
  ctx: SyncContext,
  folder: SyncFolder,
  { items, tail, next }: Page,
  { sinceMs }: HistoryRange,
): Promise<void> {
  await ingestBatch(ctx, {
    folder,
    origin: "tail",
    items,
    ...(tail.seenUntilMs !== undefined && { seenUntilMs: tail.seenUntilMs }),
    patch: {
      tail: next ?? { mode: "done", sinceMs },
      backfilled: tail.mode === "import" ? items.length : 0,
      ...(next === null && { tailDoneAtMs: ctx.clock.now() }),
    },
  });
}
