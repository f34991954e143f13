/** What people do with a reply that is on its way: take it back, try again, decide what became of it. */
import { sql } from "kysely";
import type { Clock } from "../../core/clock.ts";
import { HitchpostError } from "../../core/errors.ts";
import { appendEvents } from "../../store/events.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import { findMailbox } from "../../store/mailboxes.ts";
import { findUploads } from "../../store/uploads.ts";
import { getReplyDraft, saveReplyDraft } from "../drafts.ts";
import { readRecipients } from "../recipients.ts";
import { markAnswered } from "./mark-answered.ts";
import { outboxEvent, type OutboxState } from "./outbox-event.ts";
import { filingProblem } from "./outbox-context.ts";
import { writtenHtml } from "./reply-content.ts";
import { readSendingMailbox } from "./reply-source.ts";

interface Step {
  from: OutboxState[];
  to: OutboxState;
  /** Said when the reply is past it. */
  refusal: string;
}

/**
 * Takes a reply back while it is queued, or gives up one that failed. What was written becomes the person's draft.
 *
 * @param userId null for an API key, which has no drafts
 * @throws HitchpostError not_found; conflict when it is leaving or has left
 */
export async function cancelReply(
  tenant: TenantDb,
  id: string,
  { clock, userId }: { clock: Clock; userId: string | null },
): Promise<void> {
  const change: Step = {
    from: ["queued", "failed"],
    to: "cancelled",
    refusal: "It is too late: the reply is leaving or has left.",
  };
  await tenant.transaction(async (tx) => {
    const row = await step(tx, id, clock, change);
    if (userId !== null) await redraft(tx, userId, row);
  });
}

/**
 * @throws HitchpostError not_found; conflict unless it failed or waits for its next try; read_only and cannot_send when
 *   nothing leaves through its mailbox
 */
export const retryReply = (tenant: TenantDb, id: string, clock: Clock): Promise<void> =>
  tenant.transaction(async (tx) => {
    const change: Step = {
      from: ["failed", "queued"],
      to: "queued",
      refusal: "Only a reply that failed can be tried again.",
    };
    await step(tx, id, clock, change);
  });

/**
 * A person's word on a reply whose fate is unknown: it went out, or it is to be sent (again).
 *
 * @throws HitchpostError not_found; conflict unless its fate is unknown; read_only and cannot_send as above
 */
export const resolveReply = (
  tenant: TenantDb,
  id: string,
  as: "sent" | "resend",
  clock: Clock,
): Promise<void> =>
  tenant.transaction(async (tx) => {
    const change: Step = {
      from: ["unknown"],
      to: as === "sent" ? "sent" : "queued",
      refusal: "The fate of this reply is not in question.",
    };
    const row = await step(tx, id, clock, change);
    if (as === "sent") await markAnswered(tx, [row.answers]);
  });

async function step(tx: TenantDb, id: string, clock: Clock, { from, to, refusal }: Step) {
  const row = await tx.db
    .updateTable("outbox")
    .set({
      state: to,
      next_try_at: new Date(clock.now()),
      // Where the server files no copies itself, ours is missing from Sent.
      problem: to === "sent" ? filingProblem : null,
      ...(to === "queued" ? { fence: null, attempts: 0 } : {}),
      ...(to === "sent" ? { sent_at: sql<Date>`coalesce(sent_at, sending_at)` } : {}),
    })
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", id)
    .where("state", "in", from)
    .returning(["mailbox_id", "conversation_id", "answers", "recipients", "text", "html", "uploads"])
    .executeTakeFirst();
  if (!row) throw await refused(tx, id, refusal);
  if (to === "queued") await readSendingMailbox(tx, row.mailbox_id);
  await appendEvents(tx, [
    outboxEvent({ id, mailboxId: row.mailbox_id, conversationId: row.conversation_id, state: to }),
  ]);
  return row;
}

interface Written {
  mailbox_id: string;
  conversation_id: string;
  recipients: unknown;
  text: string;
  html: string | null;
  uploads: string[];
}

/** Before what the person may be writing there already: nothing of either is lost. */
async function redraft(tx: TenantDb, userId: string, row: Written): Promise<void> {
  const { to, cc, bcc } = readRecipients(row.recipients);
  const { draft } = await getReplyDraft(tx, row.conversation_id, userId);
  const files = await findUploads(tx, row.uploads);
  const { signatureHtml = "" } = (await findMailbox(tx, row.mailbox_id)) ?? {};
  await saveReplyDraft(tx, row.conversation_id, userId, {
    html: writtenHtml(row, signatureHtml) + (draft?.html ?? ""),
    to,
    cc,
    bcc,
    uploads: [
      ...files.map(({ id, filename, sizeBytes }) => ({ id, filename, sizeBytes })),
      ...(draft?.uploads ?? []),
    ],
    all: cc.length > 0 || to.length > 1,
  });
}

async function refused(tx: TenantDb, id: string, refusal: string): Promise<HitchpostError> {
  const row = await tx.db
    .selectFrom("outbox")
    .select("id")
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
  return row
    ? new HitchpostError("conflict", refusal)
    : new HitchpostError("not_found", "There is no such reply.");
}
