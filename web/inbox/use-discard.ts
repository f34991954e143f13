/** Throws a reply away. For a while it can be had back, until another one is begun in its place. */
import { useEffect } from "react";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { toasts } from "../ui/toast-store.ts";
import { offerUndo } from "./offer-undo.ts";
import { isBlank, toDraft, type ReplyState } from "./reply-state.ts";
import { useKeptDrafts } from "./use-draft-saver.ts";

/** By conversation: what withdraws the offer to have its reply back. */
const offers = new Map<string, () => void>();

interface DiscardParts {
  conversationId: string;
  /** Here and on the server. */
  forget: () => Promise<void>;
  /** The text is a draft again. */
  onBack: () => void;
}

/** The function answers when it is gone; of a reply in which nothing stands it says nothing. */
export function useDiscard({ conversationId, forget, onBack }: DiscardParts) {
  const { t } = useTexts();
  const kept = useKeptDrafts();
  useEffect(() => {
    offers.get(conversationId)?.();
    offers.delete(conversationId);
  }, [conversationId]);

  return async (state: ReplyState): Promise<void> => {
    try {
      await forget();
    } catch (error) {
      toasts.show(errorText(error, t), { tone: "bad" });
      return;
    }
    if (isBlank(state)) return;
    const run = () => {
      kept.keep(conversationId, toDraft(state));
      onBack();
    };
    offers.set(conversationId, offerUndo({ text: t("inbox.composer.discarded"), label: t("app.undo"), run }));
  };
}
