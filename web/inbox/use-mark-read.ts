/** A conversation that stays open for a moment has been read; one merely passed by has not. */
import { useEffect, useRef } from "react";
import type { Conversation } from "../api/gen/model/index.ts";
import type { Actions } from "./use-actions.ts";
import { useLatest } from "../app/use-latest.ts";

const dwellMs = 700;

export function useMarkRead(conversation: Conversation | undefined, actions: Actions): void {
  const latest = useLatest(conversation);
  /** Marked unread by hand while open: it stays so until it is opened again. */
  const done = useRef<string>(undefined);
  const id = conversation?.id;
  const newest = conversation?.lastMessageAt;
  useEffect(() => {
    const visit = `${id ?? ""} ${newest ?? ""}`;
    if (id === undefined || done.current === visit) return;
    const timer = setTimeout(() => {
      done.current = visit;
      const row = latest.current;
      if (row?.id === id && row.unread && document.visibilityState === "visible")
        actions.setRead([row], true);
    }, dwellMs);
    return () => clearTimeout(timer);
  }, [actions, id, latest, newest]);
}
