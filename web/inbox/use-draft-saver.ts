/** Keeps what is being written on the server: a moment after the last key, and when the thread is left. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { discardDraft, saveDraft } from "../api/gen/client.ts";
import { queryKeys } from "../app/query-keys.ts";
import { isBlank, toDraft, type ReplyState } from "./reply-state.ts";

export type DraftSaving = "idle" | "saving" | "saved" | "failed";

/** A pause in writing after which the draft is kept, in ms. */
const pauseMs = 800;

export interface DraftSaver {
  saving: DraftSaving;
  /** Notes a change; it is saved after a pause. */
  note: (state: ReplyState) => void;
  /** Forgets what was noted and not yet saved, and waits for a save under way: it is being sent. */
  forget: () => Promise<void>;
  /** Forgets what was noted, and the draft on the server. */
  discard: () => Promise<void>;
}

export function useDraftSaver(conversationId: string): DraftSaver {
  const client = useQueryClient();
  const [saving, setSaving] = useState<DraftSaving>("idle");
  const noted = useRef<ReplyState | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  /** A save that reached the server after the reply, or after the discard, would bring the draft back. */
  const underWay = useRef<Promise<void>>(Promise.resolve());

  const store = useCallback(
    async (state: ReplyState) => {
      setSaving("saving");
      try {
        const saved = isBlank(state)
          ? { draft: null, updatedAt: null }
          : await saveDraft(conversationId, toDraft(state));
        if (saved.draft === null) await discardDraft(conversationId);
        client.setQueryData(queryKeys.draft(conversationId), saved);
        setSaving(saved.draft === null ? "idle" : "saved");
      } catch {
        // Said beside the text; the next change tries again.
        setSaving("failed");
      }
    },
    [client, conversationId],
  );

  const save = useCallback(() => {
    clearTimeout(timer.current);
    const state = noted.current;
    noted.current = null;
    if (state !== null) underWay.current = underWay.current.then(() => store(state));
  }, [store]);

  const note = useCallback(
    (state: ReplyState) => {
      noted.current = state;
      clearTimeout(timer.current);
      timer.current = setTimeout(save, pauseMs);
    },
    [save],
  );

  const forget = useCallback(async () => {
    clearTimeout(timer.current);
    noted.current = null;
    await underWay.current;
    setSaving("idle");
  }, []);

  const discard = useCallback(async () => {
    await forget();
    client.setQueryData(queryKeys.draft(conversationId), { draft: null, updatedAt: null });
    await discardDraft(conversationId);
  }, [client, conversationId, forget]);

  useEffect(() => {
    window.addEventListener("pagehide", save);
    return () => {
      window.removeEventListener("pagehide", save);
      save();
    };
  }, [save]);

  return { saving, note, forget, discard };
}
