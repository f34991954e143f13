/** What became of a reply of ours: on its way, sent, or in need of somebody. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, CircleAlert, CircleHelp, Clock, LoaderCircle, Pencil, RotateCcw, Undo2 } from "lucide-react";
import type { ReactNode } from "react";
import { cancelReply, getDraft, resolveReply, retryReply } from "../api/gen/client.ts";
import type { Message } from "../api/gen/model/index.ts";
import { now } from "../app/clock.ts";
import { errorText } from "../app/error-text.ts";
import { messageTime } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { Button } from "../ui/Button.tsx";
import { Notice } from "../ui/Panel.tsx";
import { toasts } from "../ui/toast-store.ts";
import { outboxProblemKey } from "./outbox-text.ts";
import { mailboxesQuery } from "./queries.ts";

interface OutboxLineProps {
  message: Message;
  /** It is a draft again. */
  onTakenBack: () => void;
}

export function OutboxLine({ message, onTakenBack }: OutboxLineProps) {
  const { t } = useTexts();
  const { outbox } = message;
  const { act, busy, takeBack } = useOutboxActions(message, onTakenBack);
  if (outbox === null) return null;
  const { id, state, problem } = outbox;
  const button = (label: string, icon: ReactNode, run: () => Promise<unknown>) => (
    <Button size="s" icon={icon} busy={busy} onClick={() => act(run)}>
      {label}
    </Button>
  );
  switch (state) {
    case "queued":
      if (problem === null) return <Leaving message={message} busy={busy} onTakeBack={() => act(takeBack)} />;
      return (
        <Trouble message={message}>
          {button(t("inbox.thread.tryNow"), <RotateCcw size={14} />, () => retryReply(id))}
          {button(t("inbox.thread.takeBack"), <Undo2 size={14} />, takeBack)}
        </Trouble>
      );
    case "sending":
      return problem === null ? (
        <Line icon={spinner} text={t("inbox.thread.outbox.sending")} />
      ) : (
        <Trouble message={message} />
      );
    case "sent":
    case "done":
      return (
        <Line
          icon={<Check size={14} aria-hidden className="text-good" />}
          text={t("inbox.thread.outbox.sent")}
        />
      );
    case "failed":
      return (
        <Trouble message={message}>
          {button(t("app.retry"), <RotateCcw size={14} />, () => retryReply(id))}
          {button(t("inbox.thread.editAgain"), <Pencil size={14} />, takeBack)}
        </Trouble>
      );
    case "unknown":
      return (
        <Trouble message={message}>
          {button(t("inbox.thread.itWasSent"), <Check size={14} />, () => resolveReply(id, { as: "sent" }))}
          {button(t("inbox.thread.sendAgain"), <RotateCcw size={14} />, () =>
            resolveReply(id, { as: "resend" }),
          )}
        </Trouble>
      );
    case "cancelled":
      return <p className="mt-3 text-s text-ink-3">{t("inbox.thread.outbox.cancelled")}</p>;
    default:
      return state satisfies never;
  }
}

function useOutboxActions({ outbox, conversationId }: Message, onTakenBack: () => void) {
  const { t } = useTexts();
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: (run: () => Promise<unknown>) => run(),
    onError: (error) => toasts.show(errorText(error, t), { tone: "bad" }),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.messages(conversationId) }),
  });
  const takeBack = async () => {
    if (outbox === null) return;
    await cancelReply(outbox.id);
    client.setQueryData(queryKeys.draft(conversationId), await getDraft(conversationId));
    toasts.show(t("inbox.composer.takenBack"));
    onTakenBack();
  };
  return { act: mutation.mutate, busy: mutation.isPending, takeBack };
}

const spinner = <LoaderCircle size={14} aria-hidden className="animate-spin" />;

function Line({ icon, text, children }: { icon: ReactNode; text: string; children?: ReactNode }) {
  return (
    <output className="mt-3 flex items-center gap-2 text-s text-ink-3">
      {icon}
      {text}
      {children}
    </output>
  );
}

/** On its way; while its mailbox is not looked after, it says what it waits for. */
function Leaving({ message, busy, onTakeBack }: { message: Message; busy: boolean; onTakeBack: () => void }) {
  const { t } = useTexts();
  const { data: mailboxes } = useQuery(mailboxesQuery);
  const state = mailboxes?.find(({ id }) => id === message.mailboxId)?.state;
  const waits = state === "paused" || state === "needs_attention" || state === "backing_off";
  return (
    <Line
      icon={waits ? <Clock size={14} aria-hidden /> : spinner}
      text={t(waits ? "inbox.thread.outbox.waiting" : "inbox.thread.outbox.queued")}
    >
      <Button size="s" tone="quiet" icon={<Undo2 size={14} />} busy={busy} onClick={onTakeBack}>
        {t("inbox.thread.takeBack")}
      </Button>
    </Line>
  );
}

/** What is in the way, the server's own words, and what can be done. */
function Trouble({ message, children }: { message: Message; children?: ReactNode }) {
  const { t, locale } = useTexts();
  const { outbox } = message;
  if (outbox === null) return null;
  const { state, response, nextTryAt } = outbox;
  const key = outboxProblemKey(outbox);
  const title =
    state === "queued" && nextTryAt !== null
      ? t("inbox.thread.outbox.again", { when: messageTime(nextTryAt, now(), locale) })
      : t(`inbox.thread.outbox.${state}`);
  const failed = state === "failed";
  return (
    <Notice
      tone={failed ? "bad" : "warn"}
      className="mt-3"
      icon={failed ? <CircleAlert size={16} aria-hidden /> : <CircleHelp size={16} aria-hidden />}
      actions={<span className="flex flex-wrap gap-2">{children}</span>}
    >
      <b className="font-semibold">{title}</b>
      {key !== null && <span className="block">{t(key, { address: message.from.address })}</span>}
      {response !== null && (
        <span className="block break-words text-xs">
          {t("inbox.thread.outbox.serverSaid", { line: response })}
        </span>
      )}
    </Notice>
  );
}
