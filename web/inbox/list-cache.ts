/** Brings changed conversations into every list that is kept, and into the open one. */
import type { QueryClient } from "@tanstack/react-query";
import { getConversation, listConversations } from "../api/gen/client.ts";
import type { Conversation, ListConversationsParams, View } from "../api/gen/model/index.ts";
import { isApiError } from "../api/api-error.ts";
import { queryKeys, type ListScope } from "../app/query-keys.ts";
import { belongsTo, withHead, withoutRow, withRow, type ListPages } from "./list-pages.ts";

export const pageSize = 60;

/** The query of one page of a list. */
export const listParams = (scope: ListScope, cursor: string | undefined): ListConversationsParams => ({
  view: scope.view as View,
  limit: pageSize,
  ...(scope.mailbox === undefined ? {} : { mailbox: scope.mailbox }),
  ...(scope.q === undefined ? {} : { q: scope.q }),
  ...(cursor === undefined ? {} : { cursor }),
});

type Scoped = [key: readonly unknown[], scope: ListScope];

function keptLists(client: QueryClient): Scoped[] {
  return client
    .getQueryCache()
    .findAll({ queryKey: queryKeys.lists })
    .map((query) => [query.queryKey, query.queryKey[1] as ListScope]);
}

/** Puts a conversation as it is now everywhere it belongs. */
export function putConversation(client: QueryClient, row: Conversation, userId: string): void {
  client.setQueryData(queryKeys.conversation(row.id), row);
  for (const [key, scope] of keptLists(client)) {
    client.setQueryData<ListPages>(key, (pages) =>
      pages === undefined ? undefined : withRow(pages, row, belongsTo(row, scope, userId)),
    );
  }
}

export function dropConversation(client: QueryClient, id: string): void {
  for (const [key] of keptLists(client)) {
    client.setQueryData<ListPages>(key, (pages) => (pages === undefined ? undefined : withoutRow(pages, id)));
  }
}

/** Reads conversations anew and puts them in place; one that is gone is taken out. */
export async function refreshConversations(
  client: QueryClient,
  ids: readonly string[],
  userId: string,
): Promise<void> {
  await Promise.all(
    ids.map(async (id) => {
      try {
        putConversation(client, await getConversation(id), userId);
      } catch (error) {
        if (isApiError(error, "not_found")) dropConversation(client, id);
        // Anything else is a break in the connection: the gap that follows it reads the heads anew.
      }
    }),
  );
}

/** Reads the first page of every list on screen anew and joins it with what is loaded; the others are read when shown. */
export async function refreshHeads(client: QueryClient): Promise<void> {
  await Promise.all(
    keptLists(client).map(async ([key, scope]) => {
      const query = client.getQueryCache().find({ queryKey: key, exact: true });
      if (query === undefined || query.state.data === undefined) return;
      if (!query.isActive()) return client.removeQueries({ queryKey: key, exact: true });
      const head = await listConversations(listParams(scope, undefined)).catch(() => undefined);
      if (head !== undefined)
        client.setQueryData<ListPages>(key, (pages) =>
          pages === undefined ? undefined : withHead(pages, head),
        );
    }),
  );
}
