/** Offers to take a reply back while it has not left; then one is where it was written, the text still there. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { updateConversation } from "../api/gen/client.ts";
import type { Message } from "../api/gen/model/index.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { useMember } from "../app/session.ts";
import { toasts } from "../ui/toast-store.ts";
import { putConversation } from "./list-cache.ts";
import { offerUndo, undoMs } from "./offer-undo.ts";
import { takeBack, type SendRequest } from "./send-reply.ts";

/** How long a reply can still be taken back, by the server's two times, in ms. */
export function undoWindowMs(message: Pick<Message, "outbox" | "receivedAt">): number {
  const until = message.outbox?.cancelUntil;
  return typeof until === "string"
    ? Math.max(1_000, Date.parse(until) - Date.parse(message.receivedAt))
    : undoMs;
}

/** `onBack` is called when the text is a draft again. */
export function useUndoSend(onBack: () => void): (request: SendRequest, message: Message) => void {
  const { t } = useTexts();
  const client = useQueryClient();
  const { user } = useMember();
  const navigate = useNavigate();
  const view = useParams({ strict: false, select: (params) => params.view }) ?? "open";

  const undo = async (request: SendRequest, message: Message) => {
    const { conversationId, close } = request;
    try {
      await takeBack(client, message, request);
      if (close)
        putConversation(client, await updateConversation(conversationId, { status: "open" }), user.id);
      await navigate({
        to: "/inbox/$view/$conversationId",
        params: { view, conversationId },
        search: (before) => before,
      });
      toasts.show(t("inbox.composer.takenBack"));
      onBack();
    } catch (error) {
      toasts.show(t("inbox.composer.tooLate"), { detail: errorText(error, t), tone: "bad" });
    }
  };

  return (request, message) => {
    offerUndo({
      text: request.close ? t("inbox.composer.sentClosed") : t("inbox.composer.sent"),
      label: t("app.undo"),
      durationMs: undoWindowMs(message),
      run: () => void undo(request, message),
    });
  };
}
