/** The event of a reply's change of state. */
import type { NewEvent } from "../../store/new-event.ts";
import type { OutboxTable } from "../../store/tables-outgoing.ts";

export type OutboxState = OutboxTable["state"];

interface Subject {
  id: string;
  mailboxId: string;
  conversationId: string;
  state: OutboxState;
}

export const outboxEvent = (
  { id, mailboxId, conversationId, state }: Subject,
  more: { messageId?: string; problem?: string | null } = {},
): NewEvent => ({
  type: "outbox.updated",
  mailboxId,
  conversationId,
  payload: { id, conversationId, mailboxId, state, ...more },
});
