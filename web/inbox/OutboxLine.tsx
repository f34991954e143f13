/** What became of a reply of ours: on its way, sent, or in need of a decision. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, CircleAlert, CircleHelp, LoaderCircle, RotateCcw, Undo2 } from "lucide-react";
import { cancelReply, resolveReply, retryReply } from "../api/gen/client.ts";
import type { Message } from "../api/gen/model/index.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { Button } from "../ui/Button.tsx";
import { Notice } from "../ui/Panel.tsx";
import { toasts } from "../ui/toast-store.ts";

export function OutboxLine({ message }: { message: Message }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const { outbox } = message;
  const act = useMutation({
    mutationFn: (run: () => Promise<unknown>) => run(),
    onError: (error) => toasts.show(errorText(error, t), { tone: "bad" }),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.messages(message.conversationId) }),
  });
  if (outbox === null) return null;
  const { id, state, problem } = outbox;
  const retry = (label: string) => (
    <Button
      size="s"
      icon={<RotateCcw size={14} />}
      busy={act.isPending}
      onClick={() => act.mutate(() => retryReply(id))}
    >
      {label}
    </Button>
  );
  switch (state) {
    case "queued":
    case "sending":
      return (
        <output className="mt-3 flex items-center gap-2 text-s text-ink-3">
          <LoaderCircle size={14} aria-hidden className="animate-spin" />
          {problem ?? t(`inbox.thread.outbox.${state}`)}
          {state === "queued" && (
            <Button
              size="s"
              tone="quiet"
              icon={<Undo2 size={14} />}
              busy={act.isPending}
              onClick={() => act.mutate(() => cancelReply(id))}
            >
              {t("inbox.thread.takeBack")}
            </Button>
          )}
        </output>
      );
    case "sent":
    case "done":
      return (
        <output className="mt-3 flex items-center gap-1.5 text-s text-ink-3">
          <Check size={14} aria-hidden className="text-good" />
          {t("inbox.thread.outbox.sent")}
        </output>
      );
    case "failed":
      return (
        <Notice
          tone="bad"
          className="mt-3"
          icon={<CircleAlert size={16} aria-hidden />}
          actions={retry(t("app.retry"))}
        >
          <b className="font-semibold">{t("inbox.thread.outbox.failed")}</b>
          {problem !== null && <span className="block">{problem}</span>}
        </Notice>
      );
    case "unknown":
      return (
        <Notice
          tone="warn"
          className="mt-3"
          icon={<CircleHelp size={16} aria-hidden />}
          actions={
            <span className="flex flex-wrap gap-2">
              <Button
                size="s"
                busy={act.isPending}
                onClick={() => act.mutate(() => resolveReply(id, { as: "sent" }))}
              >
                {t("inbox.thread.itWasSent")}
              </Button>
              <Button
                size="s"
                busy={act.isPending}
                onClick={() => act.mutate(() => resolveReply(id, { as: "resend" }))}
              >
                {t("inbox.thread.sendAgain")}
              </Button>
            </span>
          }
        >
          <b className="font-semibold">{t("inbox.thread.outbox.unknown")}</b>
          <span className="block">{t("inbox.thread.unknownText")}</span>
        </Notice>
      );
    case "cancelled":
      return <p className="mt-3 text-s text-ink-3">{t("inbox.thread.outbox.cancelled")}</p>;
    default:
      return state satisfies never;
  }
}
