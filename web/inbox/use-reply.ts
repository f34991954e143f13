/** A reply being written as state: its parts, the draft that is kept, sending it and taking it back. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import type { ReplyTargets } from "../api/gen/model/index.ts";
import { isApiError } from "../api/api-error.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts, type Translate } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { isBlank, namedAddress, replyProblem, toDraft, type ReplyState } from "./reply-state.ts";
import { sendReply, type SendRequest } from "./send-reply.ts";
import { useDraftSaver } from "./use-draft-saver.ts";
import { useUndoSend } from "./use-undo-send.ts";

export interface ReplyOptions {
  conversationId: string;
  targets: ReplyTargets;
  initial: ReplyState;
  /** The server does not know what it begins with. */
  unsaved: boolean;
  onDone: (closed: boolean) => void;
  onTakenBack: () => void;
}

/** One key for all tries of one reply. Plain http has no randomUUID. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** An earlier try arrived after all, and the text was changed since. */
const wasTaken = (error: unknown): boolean =>
  isApiError(error, "conflict") && error.field === "idempotency-key";

/** In the page's own words where the person can mend it here. */
function refusalText(error: unknown, state: ReplyState, t: Translate): string {
  if (wasTaken(error)) return t("inbox.composer.alreadyTaken");
  if (isApiError(error, "cannot_send")) return t("inbox.composer.cannotSend");
  if (isApiError(error, "read_only")) return t("inbox.composer.readOnly");
  const bad = isApiError(error) ? namedAddress(state, error.field) : undefined;
  return bad === undefined ? errorText(error, t) : t("inbox.composer.badAddress", { text: bad });
}

export function useReply({ conversationId, targets, initial, unsaved, onDone, onTakenBack }: ReplyOptions) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [state, setState] = useState(initial);
  const [problem, setProblem] = useState<string | null>(null);
  const [sending, setSending] = useState(false);
  const [idempotencyKey, setIdempotencyKey] = useState(newKey);
  const { keeper, saving } = useDraftSaver(conversationId);
  const note = useCallback((next: ReplyState) => keeper.note(isBlank(next) ? null : toDraft(next)), [keeper]);
  const offerUndo = useUndoSend(onTakenBack);
  const [unsavedStart] = useState(unsaved ? initial : null);
  useEffect(() => {
    if (unsavedStart !== null) note(unsavedStart);
  }, [note, unsavedStart]);

  const update = useCallback(
    (next: (before: ReplyState) => ReplyState) =>
      setState((before) => {
        const after = next(before);
        note(after);
        return after;
      }),
    [note],
  );

  const send = async (close: boolean, uploading: boolean) => {
    if (sending) return;
    const wrong = replyProblem(state);
    if (uploading) return setProblem(t("inbox.composer.stillUploading"));
    if (wrong !== null) return setProblem(t(`inbox.composer.${wrong}`));
    setProblem(null);
    setSending(true);
    try {
      await keeper.forget();
      const request: SendRequest = { conversationId, state, targets, close, idempotencyKey };
      const message = await sendReply(client, request);
      keeper.sent();
      offerUndo(request, message);
      onDone(close);
    } catch (error) {
      note(state);
      setProblem(refusalText(error, state, t));
      setSending(false);
      if (!wasTaken(error)) return;
      setIdempotencyKey(newKey());
      void client.invalidateQueries({ queryKey: queryKeys.messages(conversationId) });
    }
  };
  return { state, update, problem, sending, send, draftSaving: saving, discardDraft: keeper.discard };
}
