/**
 * One round over a mailbox's replies, by its owner (sync.md, "A reply leaves once"). What is unclear is looked at
 * first, then what is queued is sent, then copies are filed. Nothing that may have left is sent again without proof.
 */
import { backoffMs } from "../../core/retry.ts";
import { HitchpostError, isHitchpostError } from "../../core/errors.ts";
import type { MailSender } from "../../protocol/mail-sender.ts";
import type { RemoteKey } from "../../protocol/mail-source.ts";
import {
  filingProblem,
  unclearProblem,
  sendDeadlineMs,
  sentProofMs,
  unclearLimitMs,
  type OutboxContext,
} from "./outbox-context.ts";
import { changeRow, dueRows, holdQueue, nextDueMs, type OutboxRow } from "./outbox-rows.ts";
import { markAnswered } from "./mark-answered.ts";
import { sendRow } from "./send-row.ts";
import { fileCopy, learnFilesSent, lookInSent, readSentFolder, sawServerFile } from "./sent-folder.ts";

/**
 * Call it when a reply was queued, when one falls due, and about once a minute; one call a mailbox at a time.
 *
 * @returns when the next row falls due, epoch milliseconds; null when none waits
 * @throws HitchpostError fence_lost when another process owns the mailbox
 */
export async function runOutbox(ctx: OutboxContext): Promise<number | null> {
  if (!ctx.leaseValid())
    throw new HitchpostError("fence_lost", "Another process may own this mailbox by now.");
  const { filesSent, readOnly } = await readMailbox(ctx);
  for (const row of await dueRows(ctx, "sending")) await judge(ctx, row, filesSent);
  if (readOnly) await refuseQueued(ctx);
  else await sendQueued(ctx, filesSent);
  // A read-only mailbox is not written to: there, a copy counts as filed.
  const filed = new Set<RemoteKey>();
  for (const row of await dueRows(ctx, "sent")) await file(ctx, row, readOnly ? true : filesSent, filed);
  return nextDueMs(ctx);
}

async function readMailbox(ctx: OutboxContext): Promise<{ filesSent: boolean | null; readOnly: boolean }> {
  const row = await ctx.tenant.db
    .selectFrom("mailboxes")
    .select(["files_sent", "read_only"])
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .where("id", "=", ctx.mailboxId)
    .executeTakeFirst();
  const readOnly = row?.read_only ?? false;
  if (row === undefined || row.files_sent !== null) return { filesSent: row?.files_sent ?? null, readOnly };
  if (!(await sawServerFile(ctx))) return { filesSent: null, readOnly };
  await learnFilesSent(ctx, true);
  return { filesSent: true, readOnly };
}

/** Set to read only after they were written. */
async function refuseQueued(ctx: OutboxContext): Promise<void> {
  for (const row of await dueRows(ctx, "queued"))
    await changeRow(ctx, row, { state: "failed", problem: "read_only" });
}

async function sendQueued(ctx: OutboxContext, filesSent: boolean | null): Promise<void> {
  const rows = await dueRows(ctx, "queued");
  let connection: Promise<MailSender> | undefined;
  const sender = (): Promise<MailSender> => (connection ??= ctx.openSender());
  try {
    for (const row of rows) {
      if (ctx.signal.aborted) break;
      const after = await sendRow(ctx, row, sender, filesSent);
      if (typeof after === "object") await holdQueue(ctx, after);
      if (after !== "go_on") break;
    }
  } finally {
    await connection?.then(
      (open) =>
        open
          .close()
          .catch((error: unknown) => ctx.log.debug({ err: error }, "the sender did not close well")),
      () => undefined, // each row that needed it has told why it did not open
    );
  }
}

/**
 * A hand-over that its own process still answers for. Not one of another fence: its process died, or lost the mailbox;
 * not one past its deadline.
 */
const isUnderWay = (ctx: OutboxContext, row: OutboxRow, nowMs: number): boolean =>
  row.fence === ctx.fence && nowMs - (row.sendingAtMs ?? 0) <= 2 * sendDeadlineMs;

/**
 * A row in `sending`. How long its hand-over went on is not known when its process died: the time until Sent can prove
 * anything counts from when that was noticed, not from when it began.
 */
async function judge(ctx: OutboxContext, row: OutboxRow, filesSent: boolean | null): Promise<void> {
  const nowMs = ctx.clock.now();
  const begunMs = row.sendingAtMs ?? 0;
  if (row.problem !== unclearProblem) {
    if (isUnderWay(ctx, row, nowMs)) return defer(ctx, row, begunMs + 2 * sendDeadlineMs + 1_000);
    const nextTryAtMs = nowMs + sentProofMs;
    await changeRow(ctx, row, { state: "sending", problem: unclearProblem, nextTryAtMs });
    return;
  }
  const folder = await readSentFolder(ctx);
  if (folder === null || nowMs - begunMs > unclearLimitMs) return leaveToPerson(ctx, row);
  try {
    const verdict = await ctx.withSource((source) => lookInSent(ctx, source, folder, row));
    if (verdict === "unsure") await defer(ctx, row, nowMs + 30_000);
    else if (verdict === "present") await foundInSent(ctx, row, filesSent);
    // Where the server files no copies, absence proves nothing.
    else if (filesSent !== true) await leaveToPerson(ctx, row);
    else await changeRow(ctx, row, { state: "queued", problem: null, nextTryAtMs: nowMs });
  } catch (error) {
    if (isHitchpostError(error, "fence_lost")) throw error;
    ctx.log.warn({ err: error, outboxId: row.id }, "Sent could not be searched for a reply");
    await defer(ctx, row, nowMs + backoffMs(3, { baseMs: 15_000 }));
  }
}

async function leaveToPerson(ctx: OutboxContext, row: OutboxRow): Promise<void> {
  await changeRow(ctx, row, { state: "unknown", problem: unclearProblem });
}

async function foundInSent(ctx: OutboxContext, row: OutboxRow, filesSent: boolean | null): Promise<void> {
  if (filesSent === null) await learnFilesSent(ctx, true);
  const sentAtMs = row.sendingAtMs ?? ctx.clock.now();
  await changeRow(ctx, row, { state: "sent", problem: null, sentAtMs }, (tx) =>
    markAnswered(tx, [row.answers]),
  );
}

/** Looks again later; nothing that people see changes. */
async function defer(ctx: OutboxContext, row: OutboxRow, untilMs: number): Promise<void> {
  await ctx.tenant.db
    .updateTable("outbox")
    .set({ next_try_at: new Date(Math.max(untilMs, ctx.clock.now() + 1_000)) })
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .where("id", "=", row.id)
    .where("state", "=", row.state)
    .execute();
}

/** A copy that cannot be filed now is tried for a day; the reply itself has left. */
async function file(
  ctx: OutboxContext,
  row: OutboxRow,
  filesSent: boolean | null,
  filed: Set<RemoteKey>,
): Promise<void> {
  try {
    await fileCopy(ctx, row, filesSent, filed);
  } catch (error) {
    if (isHitchpostError(error, "fence_lost")) throw error;
    ctx.log.warn({ err: error, outboxId: row.id }, "the copy of a reply could not be filed in Sent");
    const nowMs = ctx.clock.now();
    const givenUp = nowMs - (row.sentAtMs ?? nowMs) > unclearLimitMs;
    await changeRow(ctx, row, {
      state: givenUp && row.hasCopy ? "done" : "sent",
      problem: givenUp ? null : filingProblem,
      nextTryAtMs: nowMs + 5 * 60_000,
    });
  }
}
