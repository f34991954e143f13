/** The head of a mailbox's page: address, state since when, and what can be done at once. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Inbox, Pause, Play } from "lucide-react";
import { updateMailbox } from "../api/gen/client.ts";
import type { Mailbox } from "../api/gen/model/index.ts";
import { now } from "../app/clock.ts";
import { errorText } from "../app/error-text.ts";
import { fullTime, momentText, relativeTime } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { ProviderMark } from "../connect/ProviderMark.tsx";
import { isWorking, stateTones } from "../inbox/mailbox-look.ts";
import { Button, buttonClass } from "../ui/Button.tsx";
import { Dot, Tag } from "../ui/Tag.tsx";
import { toasts } from "../ui/toast-store.ts";

export function MailboxHead({ mailbox, may }: { mailbox: Mailbox; may: boolean }) {
  const { t, locale } = useTexts();
  return (
    <header className="flex flex-wrap items-start gap-x-4 gap-y-4">
      <ProviderMark id={mailbox.provider} size="l" />
      <div className="min-w-0 flex-1 basis-60">
        <h1 className="text-xl font-semibold tracking-[-0.02em] wrap-break-word">{mailbox.address}</h1>
        <p className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-ink-2">
          <Tag
            tone={stateTones[mailbox.state]}
            icon={<Dot tone={stateTones[mailbox.state]} live={isWorking(mailbox.state)} />}
          >
            {t(`inbox.sidebar.state.${mailbox.state}`)}
          </Tag>
          <span className="text-s text-ink-3" title={fullTime(mailbox.stateSince, locale)}>
            {t("mailboxes.since", { when: momentText(mailbox.stateSince, now(), locale) })}
          </span>
        </p>
      </div>
      <div className="flex flex-wrap gap-2 phone:w-full">
        <Link
          to="/inbox/$view"
          params={{ view: "open" }}
          search={{ mailbox: mailbox.id }}
          className={`${buttonClass()} phone:flex-1`}
        >
          <Inbox size={15} aria-hidden />
          {t("mailboxes.inbox")}
        </Link>
        {may && <PauseButton mailbox={mailbox} />}
      </div>
    </header>
  );
}

export const agoText = (iso: string, locale: string): string => relativeTime(iso, now(), locale);

function PauseButton({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const paused = mailbox.state === "paused";
  const change = useMutation({
    mutationFn: () => updateMailbox(mailbox.id, { paused: !paused }),
    onSuccess: (next) => {
      client.setQueryData(queryKeys.mailbox(mailbox.id), next);
      void client.invalidateQueries({ queryKey: queryKeys.mailboxes });
      toasts.show(t(paused ? "mailboxes.resumed" : "mailboxes.paused"));
    },
    onError: (error) => toasts.show(errorText(error, t), { tone: "bad" }),
  });
  return (
    <Button
      icon={paused ? <Play size={15} /> : <Pause size={15} />}
      busy={change.isPending}
      onClick={() => change.mutate()}
      className="phone:flex-1"
    >
      {t(paused ? "mailboxes.resume" : "mailboxes.pause")}
    </Button>
  );
}
