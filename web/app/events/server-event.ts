/** The events of `GET /v1/events` as the page uses them. Names are `thing.verb`; unknown ones are never subscribed to. */
export const eventNames = [
  "message.created",
  "message.updated",
  "conversation.created",
  "conversation.updated",
  "mailbox.state",
  "mailbox.progress",
  "mailbox.removed",
  "outbox.updated",
  "finding.opened",
  "finding.closed",
] as const;

export type EventName = (typeof eventNames)[number];

export interface ServerEvent {
  name: EventName;
  mailboxId: string | null;
  conversationId: string | null;
  /** The rest of the data, as the server sent it. */
  data: Record<string, unknown>;
}

const idOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Reads the data of one event; null when it is not what the contract says, which costs one update and nothing more. */
export function parseEvent(name: EventName, text: string): ServerEvent | null {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof data !== "object" || data === null) return null;
  const fields = data as Record<string, unknown>;
  const payload = fields["payload"];
  const flat =
    typeof payload === "object" && payload !== null
      ? { ...fields, ...(payload as Record<string, unknown>) }
      : fields;
  return {
    name,
    mailboxId: idOf(flat["mailboxId"]),
    conversationId: idOf(flat["conversationId"]),
    data: flat,
  };
}
