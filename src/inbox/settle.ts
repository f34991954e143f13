/**
 * After the rows of messages were written: recognises our own replies among them and recomputes the conversations.
 *
 * Status (sync.md 10, Backfill):
 *
 *   new, inbound (machine mail too) → open: closed and snoozed ones come back
 *   imported                        → closed, unless unread and younger than 30 days
 *   written in Outlook, flags, removal → as it was
 */
import type { Clock } from "../core/clock.ts";
import type { SettledMessage } from "../store/inbox-port.ts";
import type { NewEvent } from "../store/new-event.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { ConversationLocks } from "./conversation-locks.ts";
import { recogniseSent } from "./outbox/recognise.ts";
import { recomputeConversations, type RecomputedConversation } from "./recompute.ts";
import { describeNewMessages, mergedThisTransaction } from "./settle-reading.ts";

/**
 * @returns the events to append, `message.created` for new messages only
 */
export async function settle(
  tx: TenantDb,
  messages: SettledMessage[],
  { clock }: { clock: Clock },
): Promise<NewEvent[]> {
  if (messages.length === 0) return [];
  const locks = ConversationLocks.of(tx);
  await locks.lock(messages.map((message) => message.conversationId));
  const recognised = await recogniseSent(
    tx,
    messages.filter(({ inbound }) => inbound !== true).map((message) => message.messageId),
  );
  await locks.lock(recognised.conversationIds);
  const settled = messages.flatMap((message) => {
    const root = locks.root(message.conversationId);
    return root === undefined ? [] : [{ ...message, conversationId: recognised.movedTo.get(root) ?? root }];
  });
  const ids = [
    ...new Set([...settled.map((message) => message.conversationId), ...recognised.conversationIds]),
  ];
  const conversations = await recomputeConversations(tx, ids, settled, new Date(clock.now()));
  return [
    ...(await describeNewMessages(tx, settled)),
    ...recognised.events,
    ...(locks.joined ? await mergedThisTransaction(tx, ids) : []),
    ...conversations.map((conversation) => conversationEvent(conversation, conversation.created)),
  ];
}

/** The event of a conversation's change: what a list needs to decide whether to read it again. */
export function conversationEvent(
  conversation: Omit<RecomputedConversation, "created">,
  created = false,
): NewEvent {
  return {
    type: created ? "conversation.created" : "conversation.updated",
    mailboxId: conversation.mailboxId,
    conversationId: conversation.id,
    payload: {
      id: conversation.id,
      status: conversation.status,
      assignee: conversation.assignee,
      lastMessageAt: conversation.lastMessageAt.toISOString(),
      mergedInto: null,
    },
  };
}
