/** The keeper of a reply's draft for a component: it lives as long as the reply is on screen. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { discardDraft, saveDraft } from "../api/gen/client.ts";
import { queryKeys } from "../app/query-keys.ts";
import { useMember } from "../app/session.ts";
import { DraftKeeper, type DraftSaving } from "./draft-keeper.ts";
import { browserStorage, KeptDrafts } from "./kept-drafts.ts";

/** The conversations in which somebody is writing in this tab. */
const beingWritten = new Set<string>();

export function useKeptDrafts(): KeptDrafts {
  const { user } = useMember();
  return useMemo(() => new KeptDrafts(browserStorage(), user.id), [user.id]);
}

export function useDraftSaver(conversationId: string): { keeper: DraftKeeper; saving: DraftSaving } {
  const client = useQueryClient();
  const kept = useKeptDrafts();
  const [saving, setSaving] = useState<DraftSaving>("idle");
  const keeper = useMemo(
    () =>
      new DraftKeeper({
        conversationId,
        kept,
        save: (draft) => saveDraft(conversationId, draft),
        discard: () => discardDraft(conversationId),
        onSaved: (saved) => client.setQueryData(queryKeys.draft(conversationId), saved),
        onState: setSaving,
      }),
    [client, conversationId, kept],
  );
  useEffect(() => {
    keeper.enter();
    beingWritten.add(conversationId);
    window.addEventListener("pagehide", keeper.flush);
    return () => {
      window.removeEventListener("pagehide", keeper.flush);
      beingWritten.delete(conversationId);
      keeper.leave();
    };
  }, [conversationId, keeper]);
  return { keeper, saving };
}

/** Brings to the server what it did not get while it was out of reach. */
export async function saveKeptDrafts(client: QueryClient, userId: string): Promise<void> {
  const kept = new KeptDrafts(browserStorage(), userId);
  for (const id of kept.conversations().filter((one) => !beingWritten.has(one))) {
    const draft = kept.read(id);
    if (draft === null) continue;
    try {
      client.setQueryData(queryKeys.draft(id), await saveDraft(id, draft));
      kept.drop(id, draft);
    } catch {
      // It stays here: shown when the conversation is opened, and tried again at the next connection.
    }
  }
}
