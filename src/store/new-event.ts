/** An event before it has its number, and the statement that gives it one. */
import { escapeLiteral } from "pg";

/** Appended by `appendEvents`. */
export interface NewEvent {
  type:
    | "message.created"
    | "message.updated"
    | "conversation.created"
    | "conversation.updated"
    | "mailbox.state"
    | "mailbox.progress"
    | "outbox.updated"
    | "finding.opened"
    | "finding.closed"
    | "mailbox.removed";
  mailboxId: string | null;
  conversationId: string | null;
  /** Plain JSON, camelCase. */
  payload: Record<string, unknown>;
}

/**
 * SQL text without parameters, so that it can be sent in one message with the COMMIT. Fails where there is no such
 * workspace: an event's number may not be null.
 */
export function numberingStatement(workspaceId: string, events: readonly NewEvent[]): string {
  const items = JSON.stringify(
    events.map(({ type, mailboxId, conversationId, payload }) => ({
      type,
      mailbox_id: mailboxId,
      conversation_id: conversationId,
      payload,
    })),
  );
  const workspace = `${escapeLiteral(workspaceId)}::uuid`;
  return `WITH numbered AS (
      UPDATE workspaces SET event_seq = event_seq + ${events.length} WHERE workspace_id = ${workspace} RETURNING event_seq
    )
    INSERT INTO events (workspace_id, seq, type, mailbox_id, conversation_id, payload, created_at)
    SELECT ${workspace}, n.event_seq - ${events.length} + e.place, e.item->>'type', (e.item->>'mailbox_id')::uuid,
           (e.item->>'conversation_id')::uuid, e.item->'payload', clock_timestamp()
    FROM jsonb_array_elements(${escapeLiteral(items)}::jsonb) WITH ORDINALITY AS e (item, place) LEFT JOIN numbered n ON true`;
}
