/**
 * One connection's worth of work on a mailbox: list the folders, wait for the choice, then import, live, intents and
 * outbox side by side until something fails or the signal ends it.
 */
import { withDeadline } from "../core/deadline.ts";
import { isHitchpostError } from "../core/errors.ts";
import { chooseFolders, listFolders } from "../store/folders.ts";
import { findMailbox, getMailbox, updateMailbox } from "../store/mailboxes.ts";
import type { HistoryRange, MailSource } from "../protocol/mail-source.ts";
import { foldersToImport, reachFurtherBack, runBackfill } from "./backfill.ts";
import { writeMailbox, type SyncContext } from "./context.ts";
import { syncFolderList } from "./folder-listing.ts";
import { historyRange } from "./history.ts";
import { runIntents } from "./intents.ts";
import { syncedFolders } from "./folder-rows.ts";
import { createLive, type Live } from "./live.ts";
import { spread, type Tempo } from "./live-parts.ts";
import { fetchMissingOriginals, type OriginalsWalk } from "./missing-originals.ts";
import { createProgressTeller } from "./progress.ts";
import { rereadUnreadable, type Asked } from "./reread.ts";
import { changeState, noteInStep } from "./runner-state.ts";
import type { SearchIndexer } from "./search-index.ts";
import { createWake, type Wake } from "./wake.ts";

/** What the outbox gets to work with; `inbox/outbox` implements the function, `app/` passes it. */
export interface OutboxContext {
  tenant: SyncContext["tenant"];
  mailboxId: string;
  owner: string;
  fence: number;
  source: MailSource;
  /** False when this process may no longer believe that the mailbox is its own. */
  leaseValid(): boolean;
  /** The session ends: nothing more is begun, and what is under way comes to its end. */
  signal: AbortSignal;
}

export interface OutboxRun {
  /** Something was handed over or filed: Sent is to be read soon. */
  sent: boolean;
  /** When something is due next, epoch milliseconds; null: nothing waits. */
  nextDueAtMs: number | null;
}

export type RunOutbox = (context: OutboxContext) => Promise<OutboxRun>;

export interface SessionOptions {
  signal: AbortSignal;
  tempo: Tempo;
  indexer: SearchIndexer;
  runOutbox: RunOutbox;
  leaseValid(): boolean;
  /** Told from outside: folders chosen, intents, outbox, settings. */
  hints: SessionHints;
}

/** What wakes the parts of a session. */
export interface SessionHints {
  chosen: Wake;
  intents: Wake;
  outbox: Wake;
  backfill: Wake;
  live: Live | null;
}

export function createSessionHints(clock: SyncContext["clock"]): SessionHints {
  const wake = (): Wake => createWake(clock);
  return { chosen: wake(), intents: wake(), outbox: wake(), backfill: wake(), live: null };
}

// What has to be done is told by the supervisor, which looks for all mailboxes of a workspace at once every few seconds. These
// are for what it was not told of, and rare: each mailbox that asks by itself makes thousands ask.
const choicePollMs = 60_000;
const intentsPollMs = 10 * 60_000;
const outboxPollMs = 10 * 60_000;
const importPollMs = 10 * 60_000;

const minOutboxMs = 50;
const minImportPauseMs = 1_000;
/** After an outbox that failed as a whole. */
const outboxRetryMs = 5_000;
/** A proof of being in step is written down at most so often while there are looks all the time. */
const inStepEveryMs = 60_000;
const closeMs = 10_000;
const endMs = 20_000;

/** Says goodbye, for a while; then the connection is dropped. */
export async function closeSource(ctx: SyncContext, source: MailSource): Promise<void> {
  await withDeadline(closeMs, "Closing the connection", () => source.close()).catch((error: unknown) =>
    ctx.log.debug({ err: error }, "closing failed; the connection is dropped"),
  );
}

/** Runs until the signal ends it or something fails; never returns otherwise. */
export async function runSession(
  ctx: SyncContext,
  source: MailSource,
  options: SessionOptions,
): Promise<never> {
  await awaitChoice(ctx, source, options);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const inner = { ...options, signal };
  const live = createLive(ctx, source, {
    range: () => chosenRange(ctx),
    signal,
    tempo: options.tempo,
    relist: async () => {
      const { newFolders } = await getMailbox(ctx.tenant, ctx.mailboxId);
      return (await syncFolderList(ctx, source, { chosen: true, newFolders })).changed;
    },
    needsBackfill: () => options.hints.backfill.notify(),
    inStep: inStepTeller(ctx, options.indexer),
  });
  options.hints.live = live;
  const parts = [
    keepImporting(ctx, source, inner),
    live.run(),
    keepIntents(ctx, source, inner),
    keepOutbox(ctx, source, inner),
    keepRereading(ctx, source, inner),
  ];
  try {
    return await Promise.race(parts);
  } finally {
    options.hints.live = null;
    stop.abort(new Error("the session has ended"));
    await closeSource(ctx, source); // first: what hangs in a command ends with its connection
    await withDeadline(endMs, "The end of the session", () => Promise.allSettled(parts)).catch(
      (error: unknown) =>
        ctx.log.warn({ err: error }, "a part of the session does not end; its fence is all that holds it"),
    );
  }
}

/** The choice can be changed while the session runs. */
async function chosenRange({ tenant, mailboxId }: SyncContext): Promise<HistoryRange> {
  const { history, foldersChosenAt, createdAt } = await getMailbox(tenant, mailboxId);
  return historyRange(history, (foldersChosenAt ?? createdAt).getTime());
}

function inStepTeller(
  ctx: SyncContext,
  indexer: SearchIndexer,
): (round: { found: boolean }) => Promise<void> {
  let toldAt = Number.NEGATIVE_INFINITY;
  return async ({ found }) => {
    if (found || toldAt === Number.NEGATIVE_INFINITY) indexer.poke();
    if (ctx.clock.monotonic() - toldAt < inStepEveryMs) return;
    toldAt = ctx.clock.monotonic();
    await noteInStep(ctx);
  };
}

/** Lists the folders; the import begins when the user has chosen. */
async function awaitChoice(ctx: SyncContext, source: MailSource, options: SessionOptions): Promise<void> {
  let mailbox = await findMailbox(ctx.tenant, ctx.mailboxId);
  if (mailbox !== null && mailbox.foldersChosenAt === null) await changeState(ctx, "listing", {}, null);
  const chosen = mailbox?.foldersChosenAt != null;
  await syncFolderList(ctx, source, { chosen, newFolders: mailbox?.newFolders ?? false, counts: !chosen });
  if (!chosen) await changeState(ctx, "listing", { code: "folders_listed" });
  if (!chosen && mailbox?.usualFolders === true) await chooseUsual(ctx);
  for (;;) {
    mailbox = await findMailbox(ctx.tenant, ctx.mailboxId);
    if (mailbox === null) throw new Error("the mailbox was removed");
    if (mailbox.foldersChosenAt !== null) return;
    await options.hints.chosen.wait(choicePollMs, options.signal);
  }
}

/** The mailbox was kept until it was ready: nobody waits to be asked, so Inbox and Sent are taken; it can be changed. */
async function chooseUsual(ctx: SyncContext): Promise<void> {
  await writeMailbox(
    ctx,
    async (tx) => {
      const usual = (await listFolders(tx, ctx.mailboxId)).filter(
        ({ role }) => role === "inbox" || role === "sent",
      );
      await chooseFolders(
        tx,
        ctx.mailboxId,
        usual.map(({ id }) => id),
      );
      await updateMailbox(tx, ctx.mailboxId, { usualFolders: false });
    },
    { exclusive: true },
  );
}

/** Imports what is left, says so by the state, and waits for more (new folders, renumbered ones, folders left alone). */
async function keepImporting(ctx: SyncContext, source: MailSource, options: SessionOptions): Promise<never> {
  const progress = createProgressTeller(ctx);
  // `force`: the import's end
  const teller = {
    tell: (force?: boolean) => (options.indexer.poke(force !== true), progress.tell(force)),
  };
  const originals: OriginalsWalk = { below: null };
  for (;;) {
    const range = await chosenRange(ctx);
    await reachFurtherBack(ctx, source, range);
    const folders = await foldersToImport(ctx);
    if (folders.length > 0) {
      // A folder that never opened is tried again in silence: its mailbox is live all the same.
      if (folders.some((folder) => folder.failures === 0 || folder.tail !== null))
        await changeState(ctx, "backfilling", {}, null);
      await runBackfill(ctx, source, {
        range,
        signal: options.signal,
        progress: teller,
        onFolderFailure: () => options.hints.live?.relist(),
      });
      options.hints.live?.reload(); // whose import is done is proved once
    }
    await changeState(ctx, "live", {}, null);
    await fetchMissingOriginals(ctx, source, originals, options.signal);
    await waitForImport(ctx, options);
  }
}

/** Until there may be something to import, or something to say: told, or by a look at what was chosen. */
async function waitForImport(ctx: SyncContext, { hints, signal }: SessionOptions): Promise<void> {
  const until = ctx.clock.monotonic() + ((await nextImportMs(ctx)) ?? spread(ctx, importPollMs));
  const chosen = await choiceOf(ctx);
  for (;;) {
    const leftMs = until - ctx.clock.monotonic();
    if (leftMs <= 0 || (await hints.backfill.wait(Math.min(leftMs, choicePollMs), signal))) return;
    if ((await choiceOf(ctx)) !== chosen) return;
  }
}

/** What the import goes by, as one text. */
async function choiceOf({ tenant, mailboxId }: SyncContext): Promise<string> {
  const { history, foldersChosenAt, keepRaw } = await getMailbox(tenant, mailboxId);
  return JSON.stringify([history, foldersChosenAt, keepRaw]);
}

/** Milliseconds until a folder whose import failed is no longer left alone; null: none waits. */
async function nextImportMs(ctx: SyncContext): Promise<number | null> {
  const waiting = (await syncedFolders(ctx.tenant, ctx.mailboxId)).filter((folder) => !folder.tailDone);
  if (waiting.length === 0) return null;
  const dueAt = Math.min(...waiting.map((folder) => folder.backoffUntilMs ?? 0));
  return Math.min(Math.max(minImportPauseMs, dueAt - ctx.clock.now()), importPollMs);
}

async function keepIntents(
  ctx: SyncContext,
  source: MailSource,
  { hints, signal }: SessionOptions,
): Promise<never> {
  for (;;) {
    for (const path of await runIntents(ctx, source)) hints.live?.nudge({ path });
    await hints.intents.wait(spread(ctx, intentsPollMs), signal);
  }
}

async function keepRereading(
  ctx: SyncContext,
  source: MailSource,
  { tempo, indexer, signal }: SessionOptions,
): Promise<never> {
  const asked: Asked = new Map();
  for (;;) {
    await ctx.clock.sleep(tempo.rereadMs, signal);
    if ((await rereadUnreadable(ctx, source, asked)) > 0) indexer.poke();
  }
}

/** The copy in Sent shows up a moment after the hand-over, at some servers a few seconds. */
const sentLooksMs = [0, 1_000, 2_000, 4_000];

async function keepOutbox(ctx: SyncContext, source: MailSource, options: SessionOptions): Promise<never> {
  const { hints, signal } = options;
  for (;;) {
    const { sent, nextDueAtMs } = await runOutboxOnce(ctx, source, options);
    if (sent) void lookForCopy(ctx, options); // never rejects; ends with the session
    const dueInMs =
      nextDueAtMs === null ? spread(ctx, outboxPollMs) : Math.max(minOutboxMs, nextDueAtMs - ctx.clock.now());
    await hints.outbox.wait(Math.min(outboxPollMs, dueInMs), signal);
  }
}

/** What goes wrong with sending is no reason to end reading; only a lost fence is. */
async function runOutboxOnce(
  ctx: SyncContext,
  source: MailSource,
  { runOutbox, leaseValid, signal }: SessionOptions,
): Promise<OutboxRun> {
  const { tenant, mailboxId, owner, fence } = ctx;
  try {
    return await runOutbox({ tenant, mailboxId, owner, fence, source, leaseValid, signal });
  } catch (error) {
    if (signal.aborted || isHitchpostError(error, "fence_lost")) throw error;
    ctx.log.warn({ err: error }, "the outbox failed; it is run again in a few seconds");
    return { sent: false, nextDueAtMs: ctx.clock.now() + outboxRetryMs };
  }
}

async function lookForCopy(ctx: SyncContext, { hints, signal }: SessionOptions): Promise<void> {
  for (const waitMs of sentLooksMs) {
    await ctx.clock.sleep(waitMs, signal).catch(() => undefined); // the session ends: no more looks
    if (signal.aborted) return;
    hints.live?.nudge({ role: "sent" });
  }
}
