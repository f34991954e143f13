/**
 * The older mail of the chosen folders, newest first: several folders in turn (Inbox first), each a pipeline of fetch and
 * parse beside the commit of the page before. The tail cursor moves with the rows, so that a killed import goes on where
 * it stopped. After a renumbering the tail runs again in mode `rematch` (rematch.ts).
 */
import { HitchpostError } from "../core/errors.ts";
import type { HistoryRange, MailSource, RemoteKey, TailPage } from "../protocol/mail-source.ts";
import { ahead } from "./ahead.ts";
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
  /** While new mail comes: a page is committed in one step, which a look at live mail has to wait for. */
  smallPage?: number;
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

/** A turn goes on beyond these while no other folder waits. */
const pagesATurn = 4;
/** Pages of a folder that are fetched and parsed while one is committed. */
const pagesAhead = 2;
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
      await takeTurn(ctx, source, job, options, () => isAlone(ctx, jobs, job));
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

/** Whether nobody waits for this folder's turn to end, and it is still wanted. */
async function isAlone(ctx: SyncContext, jobs: Map<string, Job>, { folder }: Job): Promise<boolean> {
  const wanted = await foldersToImport(ctx);
  followChoice(jobs, wanted);
  return wanted.some(({ id }) => id === folder.id) && [...jobs.values()].every((job) => job.busy);
}

/** One turn of a folder. What it did, or why it has to be left alone, stands in the folder's row. */
async function takeTurn(
  ctx: SyncContext,
  source: MailSource,
  { folder: known, turns }: Job,
  options: BackfillOptions,
  goesOn: () => Promise<boolean>,
): Promise<void> {
  try {
    const folder = known.epochKey === null ? await opened(ctx, source, known, options.range) : known;
    const tail = folder.tail ?? { mode: "import", cursor: folder.headCursor! };
    const { firstPage = 50, page = 500, smallPage = 12 } = options;
    const usual = (): number => (ctx.way.newsLately ? Math.min(page, smallPage) : page);
    // Matching looks at what is committed: a page of a renumbered folder waits for the one before.
    const oneByOne = tail.mode === "rematch";
    const quota = turns === 0 || oneByOne ? 1 : pagesATurn;
    await importPages(ctx, source, folder, tail, {
      ...options,
      limit: (n) => (turns === 0 && n === 0 ? firstPage : usual()),
      goesOn: async (begun) => !oneByOne && (begun % quota > 0 || goesOn()),
      depth: pagesAhead,
      firstAlone: turns === 0,
    });
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
  /** Messages of its n-th page, from 0. */
  limit(page: number): number;
  goesOn(begun: number): Promise<boolean>;
  /** Pages under way while one is committed. */
  depth: number;
  /** The first page is waited for: nothing is done beside it. */
  firstAlone: boolean;
}

/** A page as it was listed. */
interface Listing {
  page: TailPage;
  tail: Tail;
  list(): Promise<TailPage>;
  n: number;
  /** The first there is to be seen of the folder. */
  urgent: boolean;
}

/** Commits the pages of a turn one after the other; those behind are listed, fetched and parsed meanwhile. */
async function importPages(
  ctx: SyncContext,
  source: MailSource,
  folder: SyncFolder,
  tail: Tail,
  options: TurnOptions,
): Promise<void> {
  const list = async (from: Tail, n: number): Promise<Listing> => {
    const range = from.mode === "rematch" ? { sinceMs: null } : options.range;
    const asked = (): Promise<TailPage> => source.tail(folder.path, from.cursor, range, options.limit(n));
    return { page: await asked(), tail: from, list: asked, n, urgent: options.firstAlone && n === 0 };
  };
  const pages = ahead<Listing, Page>({
    first: () => list(tail, 0),
    after: ({ page, n }) => (page.cursor === null ? null : list({ ...tail, cursor: page.cursor }, n + 1)),
    bring: (listing) => fetchPage(ctx, source, folder, listing, options.range),
    goesOn: options.goesOn,
    depth: options.depth,
    firstAlone: options.firstAlone,
  });
  for await (const page of pages) {
    options.signal.throwIfAborted();
    await ctx.way.giveWay();
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
  { page, tail, list, urgent }: Listing,
  { sinceMs }: HistoryRange,
): Promise<Page> {
  if (!urgent) await ctx.way.giveWay();
  const place: FetchPlace = { ...folder, epochKey: page.epochKey, urgent };
  const stillListed = async (missing: ReadonlySet<RemoteKey>): Promise<Set<RemoteKey>> =>
    new Set((await list()).items.map((item) => item.key).filter((key) => missing.has(key)));
  const items =
    tail.mode === "rematch"
      ? await rematchItems(
          ctx,
          source,
          { ...folder, epochKey: page.epochKey },
          page.items,
          {
            oldestMs: sinceMs,
            seenUntilMs: tail.seenUntilMs ?? null,
            across: tail.across === true,
            partial: tail.partial === true,
          },
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
