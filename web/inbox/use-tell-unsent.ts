/** A reply that did not leave is said aloud: who wrote it may have gone on to other conversations long ago. */
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import type { ServerEvent } from "../app/events/server-event.ts";
import { useTexts } from "../app/i18n.ts";
import { useLatest } from "../app/use-latest.ts";
import { toasts } from "../ui/toast-store.ts";

/** Pure: whether the event says that a reply needs somebody. */
export const isUnsent = ({ name, data }: Pick<ServerEvent, "name" | "data">): boolean =>
  name === "outbox.updated" && (data["state"] === "failed" || data["state"] === "unknown");

/** Long enough for who comes back to the screen. */
const tellMs = 30_000;

/** Not where the conversation is on screen: the reply itself says it there. */
export function useTellUnsent(): (event: ServerEvent) => void {
  const { t } = useTexts();
  const navigate = useNavigate();
  const tell = ({ data, conversationId }: ServerEvent) => {
    if (conversationId === null || location.pathname.endsWith(conversationId)) return;
    const text = t(`inbox.thread.unsent.${data["state"] === "failed" ? "failed" : "unknown"}`);
    const id = toasts.show(text, {
      tone: "bad",
      durationMs: tellMs,
      action: {
        label: t("inbox.thread.showUnsent"),
        run: () => {
          toasts.dismiss(id);
          void navigate({ to: "/inbox/$view/$conversationId", params: { view: "open", conversationId } });
        },
      },
    });
  };
  const latest = useLatest(tell);
  return useCallback(
    (event) => {
      if (isUnsent(event)) latest.current(event);
    },
    [latest],
  );
}
