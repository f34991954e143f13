/** Hands one reply over: claimed first, watched by the lease, its outcome told as it was. */
import { backoffMs } from "../../core/retry.ts";
import { errorCatalogue, HitchpostError, isHitchpostError } from "../../core/errors.ts";
import type { MailSender, SendGate, SendReceipt } from "../../protocol/mail-sender.ts";
import { composeMessage } from "../../protocol/mime/compose.ts";
import { insertIntents } from "../../store/intents.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import { getUploads } from "../../store/uploads.ts";
import { learnRefs } from "../thread-refs.ts";
import {
  maxAttempts,
  retryBaseMs,
  retryCapMs,
  sendDeadlineMs,
  sentProofMs,
  type OutboxContext,
} from "./outbox-context.ts";
import {
  changeRow,
  claimRow,
  filingProblem,
  unclearProblem,
  type OutboxRow,
  type RowChange,
} from "./outbox-rows.ts";

const safeType = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/;

/** The reply's bytes; the same row gives the same message (Message-ID, Date), so that a copy filed later is that mail. */
export async function composeRow(ctx: OutboxContext, row: OutboxRow): Promise<Uint8Array> {
  const uploads = await getUploads(ctx.tenant, row.uploads);
  const attachments = await Promise.all(
    uploads.map(async (upload) => ({
      filename: upload.filename,
      contentType: safeType.test(upload.contentType) ? upload.contentType : "application/octet-stream",
      content: await ctx.blobs.readBytes(ctx.tenant, upload.hash),
    })),
  );
  return composeMessage({ ...row, dateMs: row.sendingAtMs ?? ctx.clock.now(), attachments });
}

/**
 * Sends a queued row.
 *
 * @returns false when this process should send no more: the fence is lost, or the server does not let us in
 * @throws HitchpostError fence_lost from the claim
 */
export async function sendRow(
  ctx: OutboxContext,
  queued: OutboxRow,
  sender: () => Promise<MailSender>,
  filesSent: boolean | null,
): Promise<boolean> {
  const nowMs = ctx.clock.now();
  if (!(await claimRow(ctx, queued, nowMs))) return true;
  const row: OutboxRow = {
    ...queued,
    state: "sending",
    fence: ctx.fence,
    sendingAtMs: nowMs,
    attempts: queued.attempts + 1,
  };
  let handedOver = false;
  try {
    const raw = await composeRow(ctx, row);
    const connection = await sender();
    handedOver = true;
    const to = [...new Set([...row.to, ...row.cc, ...row.bcc].map(({ address }) => address))];
    const signal = AbortSignal.timeout(sendDeadlineMs);
    const receipt = await connection.send(raw, { from: row.from.address, to }, gateOf(ctx), signal);
    await recordSent(ctx, row, receipt, filesSent);
    return true;
  } catch (error) {
    return recordFailure(ctx, row, error, handedOver);
  }
}

/** Before DATA and before the dot: the lease must hold, and the time that others give us must not be over. */
function gateOf(ctx: OutboxContext): SendGate {
  const begun = ctx.clock.monotonic();
  return (stage) => {
    if (ctx.leaseValid() && ctx.clock.monotonic() - begun < sendDeadlineMs) return;
    throw new HitchpostError(
      "fence_lost",
      `Not sent (before ${stage}): another process may own this mailbox by now.`,
    );
  };
}

async function recordSent(
  ctx: OutboxContext,
  row: OutboxRow,
  receipt: SendReceipt,
  filesSent: boolean | null,
): Promise<void> {
  const nowMs = ctx.clock.now();
  const renamed = /<[^<>\s\p{Cc}]+@[^<>\s\p{Cc}]+>/u.exec(receipt.response)?.[0];
  const refused = receipt.rejected.map(({ address, response }) => `${address}: ${response}`).join("; ");
  const change: RowChange = {
    state: "sent",
    problem: filesSent === true ? null : filingProblem,
    response: refused === "" ? receipt.response : `Not taken: ${refused}`,
    sentAtMs: nowMs,
    nextTryAtMs: filesSent === false ? nowMs : nowMs + sentProofMs,
    ...(renamed === undefined || renamed === row.messageId ? {} : { sentMessageId: renamed }),
  };
  await changeRow(ctx.tenant, row, change, async (tx) => {
    if (change.sentMessageId !== undefined) await learnRefs(tx, [change.sentMessageId], row.conversationId);
    await markAnswered(tx, row);
  });
}

async function markAnswered(tx: TenantDb, row: OutboxRow): Promise<void> {
  if (row.answers === null) return;
  const answered = await tx.db
    .selectFrom("messages as m")
    .innerJoin("mailboxes as b", (join) =>
      join.onRef("b.workspace_id", "=", "m.workspace_id").onRef("b.id", "=", "m.mailbox_id"),
    )
    .select("m.mailbox_id")
    .where("m.workspace_id", "=", tx.workspaceId)
    .where("m.id", "=", row.answers)
    .where("m.answered", "=", false)
    .where("b.read_only", "=", false)
    .where("b.removed_at", "is", null)
    .executeTakeFirst();
  if (!answered) return;
  await insertIntents(tx, {
    mailboxId: answered.mailbox_id,
    kind: "flags",
    messageIds: [row.answers],
    params: { add: ["\\Answered"] },
    createdBy: null,
  });
}

/** False when there is no point in sending more now. */
async function recordFailure(
  ctx: OutboxContext,
  row: OutboxRow,
  error: unknown,
  handedOver: boolean,
): Promise<boolean> {
  const nowMs = ctx.clock.now();
  const known = isHitchpostError(error) ? error : null;
  const response = known === null ? "" : (known.details.response ?? known.message);
  if (handedOver && (known === null || known.code === "send_unclear")) {
    // What the code does not know may have happened after the dot: never sent again on a guess.
    ctx.log.warn({ err: error, outboxId: row.id }, "a reply may or may not have left");
    await changeRow(ctx.tenant, row, {
      state: "sending",
      problem: unclearProblem,
      response,
      nextTryAtMs: nowMs + sentProofMs,
    });
    return true;
  }
  if (known?.code === "fence_lost") {
    await changeRow(ctx.tenant, row, { state: "queued", problem: null, nextTryAtMs: nowMs });
    return false;
  }
  ctx.log.warn({ err: error, outboxId: row.id }, "a reply was not sent");
  const code = known?.code ?? "internal";
  const forGood = errorCatalogue[code].retry === "never" || row.attempts >= maxAttempts;
  const waitMs =
    known?.details.retryAfterMs ?? backoffMs(row.attempts - 1, { baseMs: retryBaseMs, capMs: retryCapMs });
  await changeRow(ctx.tenant, row, {
    state: forGood ? "failed" : "queued",
    problem: code,
    response,
    nextTryAtMs: nowMs + waitMs,
  });
  return forGood;
}
