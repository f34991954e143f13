/** The list of the inbox as state: its rows, the row under the cursor, the selected rows. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import type { Conversation, Mailbox } from "../api/gen/model/index.ts";
import type { ListScope } from "../app/query-keys.ts";
import { flatRows } from "./list-pages.ts";
import { listQuery, mailboxesQuery } from "./queries.ts";
import { toggled } from "./selection.ts";
import { useLatest } from "../app/use-latest.ts";

export interface InboxList {
  scopeKey: string;
  rows: readonly Conversation[];
  mailboxes: readonly Mailbox[] | undefined;
  /** The addresses of our own mailboxes, in lower case. */
  own: ReadonlySet<string>;
  isPending: boolean;
  error: Error | null;
  retry: () => void;
  hasMore: boolean;
  loadingMore: boolean;
  loadMore: () => void;
  selected: ReadonlySet<string>;
  select: (id: string, extend: boolean) => void;
  clearSelection: () => void;
}

interface Selection {
  scopeKey: string;
  ids: ReadonlySet<string>;
}

export function useInboxList(scope: ListScope): InboxList {
  const scopeKey = JSON.stringify(scope);
  const query = useInfiniteQuery(listQuery(scope));
  const { data: mailboxes } = useQuery(mailboxesQuery);
  const rows = useMemo(() => flatRows(query.data), [query.data]);
  const own = useMemo(
    () => new Set((mailboxes ?? []).map((mailbox) => mailbox.address.toLowerCase())),
    [mailboxes],
  );

  const [selection, setSelection] = useState<Selection>({ scopeKey, ids: new Set() });
  const selected = useMemo(
    () =>
      selection.scopeKey === scopeKey
        ? new Set(rows.filter((row) => selection.ids.has(row.id)).map((row) => row.id))
        : new Set<string>(),
    [rows, scopeKey, selection],
  );
  const anchor = useRef<string>(undefined);
  const latest = useLatest({ rows, selected });
  const select = useCallback(
    (id: string, extend: boolean) => {
      setSelection({
        scopeKey,
        ids: toggled(latest.current.selected, latest.current.rows, id, anchor.current, extend),
      });
      anchor.current = id;
    },
    [latest, scopeKey],
  );
  const clearSelection = useCallback(() => setSelection({ scopeKey, ids: new Set() }), [scopeKey]);

  const { fetchNextPage, refetch } = query;
  return {
    scopeKey,
    rows,
    mailboxes,
    own,
    isPending: query.isPending,
    error: query.data === undefined ? query.error : null,
    retry: useCallback(() => void refetch(), [refetch]),
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage || query.isFetchNextPageError,
    loadMore: useCallback(() => void fetchNextPage(), [fetchNextPage]),
    selected,
    select,
    clearSelection,
  };
}
