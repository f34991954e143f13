/** Conversations as the API shows them. */
import type { Conversation } from "../../inbox/conversations.ts";

/** @param names user id → name, for the assignee */
export const presentConversation = (conversation: Conversation, names: ReadonlyMap<string, string>) => ({
  ...conversation,
  assignee:
    conversation.assignee === null
      ? null
      : { userId: conversation.assignee, name: names.get(conversation.assignee) ?? "…" },
  snoozedUntil: conversation.snoozedUntil?.toISOString() ?? null,
  lastMessageAt: conversation.lastMessageAt.toISOString(),
  createdAt: conversation.createdAt.toISOString(),
  updatedAt: conversation.updatedAt.toISOString(),
});
