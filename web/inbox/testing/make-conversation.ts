/** Conversations for tests: whole rows, of which a test names only what it is about. */
import type { Conversation } from "../../api/gen/model/index.ts";

const epochMs = Date.UTC(2026, 2, 20);

/** `at`: minutes; a larger one is newer. */
export function makeConversation(id: string, at: number, more: Partial<Conversation> = {}): Conversation {
  const time = new Date(epochMs + at * 60_000).toISOString();
  return {
    id,
    subject: `Subject of ${id}`,
    status: "open",
    assignee: null,
    snoozedUntil: null,
    participants: [],
    snippet: "",
    unread: false,
    messageCount: 1,
    attachmentCount: 0,
    lastMessageAt: time,
    lastDirection: "in",
    mailboxIds: ["m1"],
    gone: false,
    mergedInto: null,
    createdAt: time,
    updatedAt: time,
    ...more,
  };
}
