/** Hands one reply over: claimed first, watched by the lease, its outcome told as it was. */
import { backoffMs } from "../../core/retry.ts";
import { errorCatalogue, HitchpostError, isHitchpostError } from "../../core/errors.ts";
import type { MailSender, SendGate, SendReceipt } from "../../protocol/mail-sender.ts";
import { canonicalAddress } from "../../protocol/mime/address.ts";
import { composeMessage } from "../../protocol/mime/compose.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import { getUploads } from "../../store/uploads.ts";
import { learnRefs } from "../thread-refs.ts";
import { markAnswered } from "./mark-answered.ts";
import {
  filingProblem,
  unclearProblem,
  holdCapMs,
  lastAnswerMs,
  maxAttempts,
  retryBaseMs,
  retryCapMs,
  sendDeadlineMs,
  sentProofMs,
  type OutboxContext,
} from "./outbox-context.ts";
import { changeRow, claimRow, type OutboxRow, type RowChange } from "./outbox-rows.ts";

/** What a file may say it is. A multipart or a message would become a part of our own mail's structure. */
const safeType = /^(?!multipart\/|message\/)[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/i;

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

/** What becomes of the replies behind it: they follow, or nothing more is sent now, or before that time. */
export type AfterRow = "go_on" | "stop" | { holdUntilMs: number; problem: string };

/**
 * Sends a queued row.
 *
 * @throws HitchpostError fence_lost from the claim
 */
export async function sendRow(
  ctx: OutboxContext,
  queued: OutboxRow,
  sender: () => Promise<MailSender>,
  filesSent: boolean | null,
): Promise<AfterRow> {
  const nowMs = ctx.clock.now();
  const row: OutboxRow = {
    ...queued,
    state: "sending",
    fence: ctx.fence,
    sendingAtMs: nowMs,
    attempts: queued.attempts + 1,
  };
  if (!(await claim(ctx, queued, row, nowMs))) return "go_on";
  const sent = await handOver(ctx, row, sender);
  if ("error" in sent) return recordFailure(ctx, row, sent);
  await recordSent(ctx, row, sent, filesSent);
  return "go_on";
}

/**
 * A claim whose answer was lost may stand. Nothing was handed over under it, which nobody but us can know: it is taken back.
 *
 * @throws fence_lost, and what the database failed with
 */
async function claim(ctx: OutboxContext, queued: OutboxRow, row: OutboxRow, nowMs: number): Promise<boolean> {
  try {
    return await claimRow(ctx, queued, nowMs);
  } catch (error) {
    if (!isHitchpostError(error, "fence_lost"))
      await changeRowSurely(ctx, row, { state: "queued", problem: null, nextTryAtMs: nowMs });
    throw error;
  }
}

interface Failure {
  error: unknown;
  /** From here on it may have left. */
  handedOver: boolean;
}

async function handOver(
  ctx: OutboxContext,
  row: OutboxRow,
  sender: () => Promise<MailSender>,
): Promise<SendReceipt | Failure> {
  let handedOver = false;
  const end = new EndOfSending(ctx);
  try {
    const raw = await composeRow(ctx, row);
    const connection = await sender();
    handedOver = true;
    const envelope = { from: row.from.address, to: envelopeOf(row) };
    return await connection.send(raw, envelope, end.gate, end.signal);
  } catch (error) {
    return { error, handedOver };
  } finally {
    end.close();
  }
}

/**
 * When a hand-over ends from our side. Before DATA and before the dot the lease must hold, and the time that others give
 * us must not be over; when we have to stop, what has not come to the dot is cut off and certainly did not leave.
 */
class EndOfSending {
  readonly #ctx: OutboxContext;
  readonly #begunMs: number;
  readonly #stop = new AbortController();
  readonly #closed = new AbortController();
  #pastDot = false;
  readonly signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(sendDeadlineMs)]);

  constructor(ctx: OutboxContext) {
    this.#ctx = ctx;
    this.#begunMs = ctx.clock.monotonic();
    ctx.signal.addEventListener("abort", this.#onStop);
  }

  readonly gate: SendGate = (stage) => {
    const { leaseValid, clock, signal } = this.#ctx;
    if (signal.aborted) throw stopped();
    if (!leaseValid() || clock.monotonic() - this.#begunMs >= sendDeadlineMs)
      throw new HitchpostError(
        "fence_lost",
        `Not sent (before ${stage}): another process may own this mailbox by now.`,
      );
    this.#pastDot = stage === "dot";
  };

  readonly #onStop = (): void => {
    if (!this.#pastDot) return this.#stop.abort(stopped());
    this.#ctx.clock.sleep(lastAnswerMs, this.#closed.signal).then(
      () => this.#stop.abort(stopped()),
      () => undefined, // the answer came in time
    );
  };

  close(): void {
    this.#closed.abort(new Error("closed"));
    this.#ctx.signal.removeEventListener("abort", this.#onStop);
  }
}

const stopped = (): HitchpostError =>
  new HitchpostError("fence_lost", "Not sent: sending for this mailbox stops here.");

const envelopeOf = (row: OutboxRow): string[] => [
  ...new Set([...row.to, ...row.cc, ...row.bcc].map(({ address }) => address)),
];

/** That it left: what is not written down counts as unclear. */
async function recordSent(
  ctx: OutboxContext,
  row: OutboxRow,
  { response }: SendReceipt,
  filesSent: boolean | null,
): Promise<void> {
  const nowMs = ctx.clock.now();
  const renamed = newIdIn(response, row);
  const change: RowChange = {
    state: "sent",
    problem: filesSent === true ? null : filingProblem,
    response,
    sentAtMs: nowMs,
    nextTryAtMs: filesSent === false ? nowMs : nowMs + sentProofMs,
    ...(renamed === null ? {} : { sentMessageId: renamed }),
  };
  const learn = async (tx: TenantDb): Promise<void> => {
    if (renamed !== null) await learnRefs(tx, [renamed], row.conversationId);
    await markAnswered(tx, [row.answers]);
  };
  await changeRowSurely(ctx, row, change, learn);
}

/** What became of a reply must not be lost to a moment without database. @throws what it failed with last */
async function changeRowSurely(
  ctx: OutboxContext,
  row: OutboxRow,
  change: RowChange,
  more?: (tx: TenantDb) => Promise<void>,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return void (await changeRow(ctx, row, change, more));
    } catch (error) {
      if (tries >= recordTries) throw error;
      ctx.log.warn({ err: error, outboxId: row.id }, "what became of a reply could not be written down yet");
      await ctx.clock.sleep(backoffMs(tries, { baseMs: 250, capMs: 4_000 }));
    }
  }
}

const recordTries = 8;

/** The Message-ID that the server gave it, by its last line; null when it names none but people or ours. */
function newIdIn(response: string, row: OutboxRow): string | null {
  const known = new Set([row.from.address, ...envelopeOf(row)].map((one) => `<${canonicalAddress(one)}>`));
  const named = [...response.matchAll(/<[^<>\s\p{Cc}]+@[^<>\s\p{Cc}]+>/gu)].map(([id]) => id);
  return named.find((id) => id !== row.messageId && !known.has(id.toLowerCase())) ?? null;
}

async function recordFailure(
  ctx: OutboxContext,
  row: OutboxRow,
  { error, handedOver }: Failure,
): Promise<AfterRow> {
  const nowMs = ctx.clock.now();
  const known = isHitchpostError(error) ? error : null;
  const response = known === null ? "" : (known.details.response ?? known.message);
  if (handedOver && (known === null || known.code === "send_unclear")) {
    // What the code does not know may have happened after the dot: never sent again on a guess.
    ctx.log.warn({ err: error, outboxId: row.id }, "a reply may or may not have left");
    await changeRowSurely(ctx, row, {
      state: "sending",
      problem: unclearProblem,
      response,
      nextTryAtMs: nowMs + sentProofMs,
    });
    return "go_on";
  }
  if (known?.code === "fence_lost") {
    await changeRowSurely(ctx, row, { state: "queued", problem: null, nextTryAtMs: nowMs });
    return "stop";
  }
  ctx.log.warn({ err: error, outboxId: row.id }, "a reply was not sent");
  const problem = known?.code ?? "internal";
  const { retry } = errorCatalogue[problem];
  const forGood = retry === "never" || row.attempts >= maxAttempts;
  const waitMs =
    known?.details.retryAfterMs ?? backoffMs(row.attempts - 1, { baseMs: retryBaseMs, capMs: retryCapMs });
  const state = forGood ? "failed" : "queued";
  await changeRowSurely(ctx, row, { state, problem, response, nextTryAtMs: nowMs + waitMs });
  // A recipient's server or one message says nothing of the others.
  if (retry === "never" || known?.details["rejected"] !== undefined) return "go_on";
  return { holdUntilMs: nowMs + (retry === "reauth" ? waitMs : Math.min(waitMs, holdCapMs)), problem };
}
