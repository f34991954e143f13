/** A reply being written as state: its parts, the draft that is kept, sending it and taking it back. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import type { Message, ReplyTargets } from "../api/gen/model/index.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { toasts } from "../ui/toast-store.ts";
import { replyProblem, type ReplyState } from "./reply-state.ts";
import { sendReply, takeBack, type SendRequest } from "./send-reply.ts";
import { undoStack, type Undoable } from "./undo-stack.ts";
import { useDraftSaver } from "./use-draft-saver.ts";

export interface ReplyOptions {
  conversationId: string;
  targets: ReplyTargets;
  initial: ReplyState;
  onDone: (closed: boolean) => void;
  onTakenBack: () => void;
}

/** How long "undo" is offered when the server names no end, in ms. */
const undoMs = 8_000;

/** How long a reply can still be taken back, by the server's two times, in ms. */
export function undoWindowMs(message: Pick<Message, "outbox" | "receivedAt">): number {
  const until = message.outbox?.cancelUntil;
  return typeof until === "string"
    ? Math.max(1_000, Date.parse(until) - Date.parse(message.receivedAt))
    : undoMs;
}

/** One key for all tries of one reply. Plain http has no randomUUID. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export function useReply({ conversationId, targets, initial, onDone, onTakenBack }: ReplyOptions) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [state, setState] = useState(initial);
  const [problem, setProblem] = useState<string | null>(null);
  const [sending, setSending] = useState(false);
  const [idempotencyKey] = useState(newKey);
  const draft = useDraftSaver(conversationId);
  const { note } = draft;

  const update = useCallback(
    (next: (before: ReplyState) => ReplyState) =>
      setState((before) => {
        const after = next(before);
        note(after);
        return after;
      }),
    [note],
  );

  const undo = async (request: SendRequest, message: Message) => {
    try {
      await takeBack(client, message, request);
      toasts.show(t("inbox.composer.takenBack"));
      onTakenBack();
    } catch (error) {
      toasts.show(t("inbox.composer.tooLate"), { detail: errorText(error, t), tone: "bad" });
    }
  };
  const offerUndo = (request: SendRequest, message: Message) => {
    const entry: Undoable = { run: () => void undo(request, message) };
    const durationMs = undoWindowMs(message);
    undoStack.push(entry);
    setTimeout(() => undoStack.forget(entry), durationMs);
    const text = request.close ? t("inbox.composer.sentClosed") : t("inbox.composer.sent");
    toasts.show(text, { durationMs, action: { label: t("app.undo"), run: () => undoStack.undo(entry) } });
  };

  const send = async (close: boolean, uploading: boolean) => {
    if (sending) return;
    const wrong = replyProblem(state);
    if (uploading) return setProblem(t("inbox.composer.stillUploading"));
    if (wrong !== null) return setProblem(t(`inbox.composer.${wrong}`));
    setProblem(null);
    setSending(true);
    try {
      draft.forget();
      const request: SendRequest = { conversationId, state, targets, close, idempotencyKey };
      const message = await sendReply(client, request);
      offerUndo(request, message);
      onDone(close);
    } catch (error) {
      note(state);
      setProblem(errorText(error, t));
      setSending(false);
    }
  };
  return { state, update, problem, sending, send, draft };
}
