/** Rows of the outbox and their changes of state, each with its event. A change names the state it expects. */
import { sql, type Selectable } from "kysely";
import type { OutgoingTrace } from "../../protocol/mail-source.ts";
import type { MailAddress } from "../../protocol/mime/types.ts";
import { appendEvents } from "../../store/events.ts";
import { withFence } from "../../store/fence.ts";
import type { OutboxTable } from "../../store/tables-outgoing.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import type { NewEvent } from "../../store/new-event.ts";
import { lockConversation } from "../conversation-locks.ts";
import { readRecipients } from "../recipients.ts";
import { recomputeConversations } from "../recompute.ts";
import { conversationEvent } from "../settle.ts";
import { filingProblem, type OutboxContext } from "./outbox-context.ts";
import { outboxEvent, type OutboxState } from "./outbox-event.ts";

export interface OutboxRow {
  id: string;
  mailboxId: string;
  conversationId: string;
  state: OutboxState;
  messageId: string;
  from: MailAddress;
  to: MailAddress[];
  cc: MailAddress[];
  bcc: MailAddress[];
  subject: string;
  text: string;
  html: string | null;
  inReplyTo: string | null;
  references: string[];
  uploads: string[];
  /** The message that is answered. */
  answers: string | null;
  fence: number | null;
  attempts: number;
  problem: string | null;
  sendingAtMs: number | null;
  sentAtMs: number | null;
  /** Its copy has come: it is shown in its place. */
  hasCopy: boolean;
}

type StoredRow = Selectable<OutboxTable> & { address: string };

const toRow = (row: StoredRow): OutboxRow => {
  const { to, cc, bcc } = readRecipients(row.recipients);
  return {
    id: row.id,
    mailboxId: row.mailbox_id,
    conversationId: row.conversation_id,
    state: row.state,
    messageId: row.message_id,
    from: { name: row.from_name, address: row.address },
    to,
    cc,
    bcc,
    subject: row.subject,
    text: row.text,
    html: row.html,
    inReplyTo: row.in_reply_to,
    references: row.refs,
    uploads: row.uploads,
    answers: row.answers,
    fence: row.fence,
    attempts: row.attempts,
    problem: row.problem,
    sendingAtMs: row.sending_at?.getTime() ?? null,
    sentAtMs: row.sent_at?.getTime() ?? null,
    hasCopy: row.sent_row !== null,
  };
};

/** Rows of the mailbox in one state whose time has come, oldest first. */
export async function dueRows(
  ctx: OutboxContext,
  state: "queued" | "sending" | "sent",
): Promise<OutboxRow[]> {
  const { rows } = await sql<StoredRow>`
    SELECT o.*, b.address FROM outbox o JOIN mailboxes b ON b.workspace_id = o.workspace_id AND b.id = o.mailbox_id
    WHERE o.workspace_id = ${ctx.tenant.workspaceId} AND o.mailbox_id = ${ctx.mailboxId}::uuid AND o.state = ${state}
      AND o.next_try_at <= ${new Date(ctx.clock.now())} AND (o.state <> 'sent' OR o.problem = ${filingProblem})
    ORDER BY o.next_try_at, o.id LIMIT 50`.execute(ctx.tenant.db);
  return rows.map(toRow);
}

/** When the next row falls due, epoch milliseconds; null when none waits. */
export async function nextDueMs(ctx: OutboxContext): Promise<number | null> {
  const { rows } = await sql<{ at: Date | null }>`
    SELECT min(next_try_at) AS at FROM outbox
    WHERE workspace_id = ${ctx.tenant.workspaceId} AND mailbox_id = ${ctx.mailboxId}::uuid
      AND state IN ('queued', 'sending', 'sent') AND (state <> 'sent' OR problem = ${filingProblem})`.execute(
    ctx.tenant.db,
  );
  return rows[0]?.at?.getTime() ?? null;
}

/**
 * queued → sending, committed under the fence before any byte leaves. False when somebody else took or cancelled it.
 *
 * @throws HitchpostError fence_lost
 */
export async function claimRow(ctx: OutboxContext, row: OutboxRow, nowMs: number): Promise<boolean> {
  const claim = async (tx: TenantDb): Promise<boolean> => {
    const claimed = await tx.db
      .updateTable("outbox")
      .set((set) => ({
        state: "sending",
        fence: ctx.fence,
        sending_at: new Date(nowMs),
        // Looked at again when its sender must be dead or done.
        next_try_at: new Date(nowMs),
        attempts: set("attempts", "+", 1),
        problem: null,
        response: null,
      }))
      .where("workspace_id", "=", tx.workspaceId)
      .where("id", "=", row.id)
      .where("state", "=", "queued")
      .returning("id")
      .executeTakeFirst();
    if (claimed) await appendEvents(tx, [outboxEvent({ ...row, state: "sending" })]);
    return claimed !== undefined;
  };
  return withFence(ctx.tenant, ctx, claim, { log: ctx.log });
}

/** The server did not let one reply in: the others wait too, and say why, instead of knocking one after the other. */
export async function holdQueue(
  { tenant, mailboxId }: OutboxContext,
  { holdUntilMs, problem }: { holdUntilMs: number; problem: string },
): Promise<void> {
  await tenant.transaction(async (tx) => {
    const held = await tx.db
      .updateTable("outbox")
      .set((set) => ({
        next_try_at: new Date(holdUntilMs),
        problem: set.fn.coalesce("problem", set.val(problem)),
      }))
      .where("workspace_id", "=", tx.workspaceId)
      .where("mailbox_id", "=", mailboxId)
      .where("state", "=", "queued")
      .where("next_try_at", "<", new Date(holdUntilMs))
      .returning(["id", "conversation_id", "problem"])
      .execute();
    await appendEvents(
      tx,
      held.map((row) =>
        outboxEvent(
          { id: row.id, mailboxId, conversationId: row.conversation_id, state: "queued" },
          { problem: row.problem },
        ),
      ),
    );
  });
}

export interface RowChange {
  state: OutboxState;
  problem: string | null;
  response?: string;
  nextTryAtMs?: number;
  sentAtMs?: number;
  sentMessageId?: string;
}

/**
 * Changes a row that is still as it was read (state, and the fence it was claimed under). Deliberately without
 * `withFence`: that a reply left is the truth whoever owns the mailbox now; the row's own fence keeps us from
 * overwriting what a later owner decided. One that now needs a person opens its conversation.
 *
 * @returns false when it has changed meanwhile: recognised in Sent, or judged by another owner
 */
export async function changeRow(
  { tenant, clock }: Pick<OutboxContext, "tenant" | "clock">,
  row: OutboxRow,
  change: RowChange,
  more: (tx: TenantDb) => Promise<void> = async () => undefined,
): Promise<boolean> {
  const needsPerson = change.state === "failed" || change.state === "unknown";
  return tenant.transaction(async (tx) => {
    // Conversations are locked before replies, here as in `recogniseSent`.
    const living = needsPerson ? await lockConversation(tx, row.conversationId) : undefined;
    const changed = await tx.db
      .updateTable("outbox")
      .set({
        state: change.state,
        problem: change.problem,
        ...(change.response === undefined ? {} : { response: change.response.slice(0, 500) }),
        ...(change.nextTryAtMs === undefined ? {} : { next_try_at: new Date(change.nextTryAtMs) }),
        ...(change.sentAtMs === undefined ? {} : { sent_at: new Date(change.sentAtMs) }),
        ...(change.sentMessageId === undefined ? {} : { sent_message_id: change.sentMessageId }),
      })
      .where("workspace_id", "=", tx.workspaceId)
      .where("id", "=", row.id)
      .where("state", "=", row.state)
      .where(sql<boolean>`fence IS NOT DISTINCT FROM ${row.fence}::bigint`)
      .where(
        sql<boolean>`sending_at IS NOT DISTINCT FROM ${row.sendingAtMs === null ? null : new Date(row.sendingAtMs)}::timestamptz`,
      )
      .returning("id")
      .executeTakeFirst();
    if (!changed) return false;
    await more(tx);
    const problem = change.problem === filingProblem ? null : change.problem;
    const reopened = living === undefined ? [] : await reopen(tx, living, new Date(clock.now()));
    await appendEvents(tx, [outboxEvent({ ...row, state: change.state }, { problem }), ...reopened]);
    return true;
  });
}

/** A reply that did not leave must not rest in a conversation that nobody looks at. */
async function reopen(tx: TenantDb, id: string, now: Date): Promise<NewEvent[]> {
  const { numUpdatedRows } = await tx.db
    .updateTable("conversations")
    .set({ status: "open", snoozed_until: null })
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", id)
    .where("status", "<>", "open")
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return [];
  const changed = await recomputeConversations(tx, [id], [], now);
  return changed.map((conversation) => conversationEvent(conversation));
}

/** @param otherIds Message-IDs of other replies that stand, or may stand, in the same Sent folder */
export const traceOf = (row: OutboxRow, otherIds: readonly string[]): OutgoingTrace => ({
  messageId: row.messageId,
  otherIds,
  from: row.from.address,
  to: row.to.map(({ address }) => address),
  subject: row.subject,
  dateMs: row.sendingAtMs ?? 0,
});
