/** What the inbox reads from the server, each under its name. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { allPages } from "../api/all-pages.ts";
import {
  countConversations,
  getConversation,
  getMessageDisplay,
  listConversations,
  listMailboxes,
  listMembers,
  listMessages,
} from "../api/gen/client.ts";
import type { Message } from "../api/gen/model/index.ts";
import { queryKeys, type ListScope } from "../app/query-keys.ts";
import { listParams } from "./list-cache.ts";

export const mailboxesQuery = queryOptions({
  queryKey: queryKeys.mailboxes,
  queryFn: () => allPages(listMailboxes),
  select: (list) => list.items,
});
export const countsQuery = queryOptions({ queryKey: queryKeys.counts, queryFn: () => countConversations() });
export const membersQuery = queryOptions({
  queryKey: queryKeys.members,
  queryFn: () => allPages(listMembers),
  select: (list) => list.items,
  staleTime: 5 * 60_000,
});

/** Never read anew as a whole: events and `refreshHeads` keep it fresh. */
export const listQuery = (scope: ListScope) =>
  infiniteQueryOptions({
    queryKey: queryKeys.list(scope),
    queryFn: ({ pageParam, signal }) => listConversations(listParams(scope, pageParam), { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: Infinity,
  });

export const conversationQuery = (id: string) =>
  queryOptions({ queryKey: queryKeys.conversation(id), queryFn: () => getConversation(id) });

/** All messages of a thread, oldest first; very long ones in several requests. */
async function allMessages(id: string, signal: AbortSignal): Promise<Message[]> {
  const messages: Message[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await listMessages(
      id,
      { limit: 200, ...(typeof cursor === "string" ? { cursor } : {}) },
      { signal },
    );
    messages.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return messages;
}

export const messagesQuery = (id: string) =>
  queryOptions({ queryKey: queryKeys.messages(id), queryFn: ({ signal }) => allMessages(id, signal) });

export const displayQuery = (messageId: string) =>
  queryOptions({
    queryKey: queryKeys.display(messageId),
    queryFn: ({ signal }) => getMessageDisplay(messageId, { signal }),
    staleTime: Infinity,
  });
