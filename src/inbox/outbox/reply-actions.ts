/** What people do with a reply that is on its way: take it back, try again, decide what became of it. */
import type { Clock } from "../../core/clock.ts";
import { HitchpostError } from "../../core/errors.ts";
import { appendEvents } from "../../store/events.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import { outboxEvent, type OutboxState } from "./outbox-event.ts";

interface Step {
  from: OutboxState[];
  to: OutboxState;
  /** Said when the reply is past it. */
  refusal: string;
}

/**
 * Takes a reply back while it is queued, or gives up one that failed.
 *
 * @throws HitchpostError not_found; conflict when it is leaving or has left
 */
export const cancelReply = (tenant: TenantDb, id: string, clock: Clock): Promise<void> =>
  step(tenant, id, clock, {
    from: ["queued", "failed"],
    to: "cancelled",
    refusal: "It is too late: the reply is leaving or has left.",
  });

/** @throws HitchpostError not_found; conflict unless it failed or waits for its next try */
export const retryReply = (tenant: TenantDb, id: string, clock: Clock): Promise<void> =>
  step(tenant, id, clock, {
    from: ["failed", "queued"],
    to: "queued",
    refusal: "Only a reply that failed can be tried again.",
  });

/**
 * A person's word on a reply whose fate is unknown: it went out, or it is to be sent (again).
 *
 * @throws HitchpostError not_found; conflict unless its fate is unknown
 */
export const resolveReply = (
  tenant: TenantDb,
  id: string,
  as: "sent" | "resend",
  clock: Clock,
): Promise<void> =>
  step(tenant, id, clock, {
    from: ["unknown"],
    to: as === "sent" ? "sent" : "queued",
    refusal: "The fate of this reply is not in question.",
  });

async function step(tenant: TenantDb, id: string, clock: Clock, { from, to, refusal }: Step): Promise<void> {
  await tenant.transaction(async (tx) => {
    const row = await tx.db
      .updateTable("outbox")
      .set({
        state: to,
        problem: null,
        next_try_at: new Date(clock.now()),
        ...(to === "queued" ? { fence: null, attempts: 0 } : {}),
      })
      .where("workspace_id", "=", tx.workspaceId)
      .where("id", "=", id)
      .where("state", "in", from)
      .returning(["mailbox_id", "conversation_id"])
      .executeTakeFirst();
    if (!row) throw await refused(tx, id, refusal);
    await appendEvents(tx, [
      outboxEvent({ id, mailboxId: row.mailbox_id, conversationId: row.conversation_id, state: to }),
    ]);
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
