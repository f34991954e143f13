/** Going from one conversation to another: by key, by click, and on to the next when one is done. */
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import type { ListScope } from "../app/query-keys.ts";
import { rowAfter, rowBeside } from "./selection.ts";

export interface InboxNavigation {
  /** The row that keys act on: the open one, else the one moved to. */
  cursorId: string | undefined;
  openRow: (id: string) => void;
  toList: () => void;
  move: (by: 1 | -1) => void;
  /** These rows leave the list: goes on from them, or back to the list when none is left. */
  leave: (ids: ReadonlySet<string>) => void;
}

export function useInboxNavigation(
  scope: ListScope,
  rows: readonly { id: string }[],
  openId: string | undefined,
): InboxNavigation {
  const navigate = useNavigate();
  const [moved, setMoved] = useState<string>();
  const { view, mailbox, q } = scope;
  const search = useMemo(() => ({ mailbox, q }), [mailbox, q]);
  const cursorId = openId ?? (rows.some((row) => row.id === moved) ? moved : undefined);

  const openRow = useCallback(
    (id: string) => {
      setMoved(id);
      void navigate({
        to: "/inbox/$view/$conversationId",
        params: { view, conversationId: id },
        search,
        replace: openId !== undefined,
      });
    },
    [navigate, openId, search, view],
  );
  const toList = useCallback(() => {
    setMoved(openId);
    void navigate({ to: "/inbox/$view", params: { view }, search });
  }, [navigate, openId, search, view]);

  return {
    cursorId,
    openRow,
    toList,
    move: (by) => {
      const next = rowBeside(rows, cursorId, by);
      if (next === undefined) return;
      if (openId === undefined) setMoved(next);
      else if (next !== openId) openRow(next);
    },
    leave: (ids) => {
      if (cursorId === undefined || !ids.has(cursorId)) return;
      const next = rowAfter(rows, ids, cursorId);
      if (openId === undefined) setMoved(next);
      else if (next === undefined) toList();
      else openRow(next);
    },
  };
}
