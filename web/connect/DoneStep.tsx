/** The end of the wizard: the import as it runs, and the first conversations as they come. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check } from "lucide-react";
import { useState } from "react";
import { listConversations } from "../api/gen/client.ts";
import type { Conversation, Mailbox } from "../api/gen/model/index.ts";
import { now } from "../app/clock.ts";
import { count, listTime } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { isWorking } from "../inbox/mailbox-look.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { buttonClass } from "../ui/Button.tsx";
import { Panel } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { FindingCard } from "./FindingCard.tsx";
import { ImportDone, ImportProgress } from "./ImportProgress.tsx";
import { mailboxQuery } from "./queries.ts";
import { useMailboxEvents } from "./use-mailbox-events.ts";
import { PageHead } from "./WizardFrame.tsx";

/** Should no event come through, in ms. */
const fallbackMs = 3_000;
const shown = 5;

export function DoneStep({ mailbox: first }: { mailbox: Mailbox }) {
  const { t } = useTexts();
  useMailboxEvents(first.id);
  const { data: mailbox = first } = useQuery({ ...mailboxQuery(first.id), refetchInterval: fallbackMs });
  const working = isWorking(mailbox.state);
  const [total, setTotal] = useState(0);
  if (mailbox.progress !== null && mailbox.progress.total > total) setTotal(mailbox.progress.total);
  const done = mailbox.state === "live" && total > 0;
  return (
    <>
      <span
        aria-hidden
        className="mb-5 grid size-10 animate-rise place-items-center rounded-full bg-good-soft text-good"
      >
        <Check size={20} strokeWidth={2} />
      </span>
      <PageHead title={t("connect.done.title", { address: mailbox.address })}>
        {stateText(mailbox, t)}
      </PageHead>
      {mailbox.finding !== null && (
        <div className="mt-6">
          <FindingCard finding={mailbox.finding} actions={{}} />
        </div>
      )}
      {(working || done) && (
        <div className="mt-6 rounded-m border border-line bg-sheet px-4 py-3.5">
          {done ? <ImportDone total={total} /> : <ImportProgress mailbox={mailbox} />}
        </div>
      )}
      <FirstConversations mailbox={mailbox} working={working} />
      <div className="mt-7 flex flex-wrap gap-2 phone:flex-col">
        <Link
          to="/inbox/$view"
          params={{ view: "open" }}
          search={{ mailbox: mailbox.id }}
          className={buttonClass("primary", "l")}
        >
          {t("connect.done.inbox")}
        </Link>
        <Link to="/mailboxes/$id" params={{ id: mailbox.id }} className={buttonClass("plain", "l")}>
          {t("connect.done.mailbox")}
        </Link>
        <Link to="/connect/new" search={{}} className={buttonClass("quiet", "l")}>
          {t("connect.done.another")}
        </Link>
      </div>
    </>
  );
}

function stateText(mailbox: Mailbox, t: ReturnType<typeof useTexts>["t"]): string {
  if (mailbox.state === "needs_attention") return t("connect.done.attention");
  if (mailbox.state === "live") return t("connect.done.live");
  if (mailbox.state === "backfilling" || mailbox.state === "listing") return t("connect.done.importing");
  return t("connect.done.waiting");
}

function FirstConversations({ mailbox, working }: { mailbox: Mailbox; working: boolean }) {
  const { t } = useTexts();
  const { data } = useQuery({
    queryKey: ["first-conversations", mailbox.id],
    queryFn: () => listConversations({ view: "all", mailbox: mailbox.id, limit: shown }),
    refetchInterval: (query) => (working || query.state.data?.items.length === 0 ? fallbackMs : false),
  });
  const items = data?.items ?? [];
  const none = mailbox.history === "none" && items.length === 0;
  return (
    <section className="mt-6" aria-label={t("connect.done.first")}>
      <h2 className="mb-2 text-s font-medium text-ink-2">{t("connect.done.first")}</h2>
      {items.length > 0 && (
        <Panel>
          {items.map((conversation) => (
            <ConversationLine key={conversation.id} conversation={conversation} mailboxId={mailbox.id} />
          ))}
        </Panel>
      )}
      {none && <p className="text-s text-ink-3">{t("connect.done.noMail")}</p>}
      {items.length === 0 && !none && (
        <>
          <Panel>
            {[0, 1, 2].map((line) => (
              <div key={line} className="flex items-center gap-3 px-4 py-3">
                <Skeleton className="size-7 rounded-full!" />
                <div className="flex-1">
                  <Skeleton className="h-3 w-1/3" />
                  <Skeleton className="mt-2 h-3 w-2/3" />
                </div>
              </div>
            ))}
          </Panel>
          <p className="mt-2 text-s text-ink-3">{t("connect.done.firstSoon")}</p>
        </>
      )}
    </section>
  );
}

function ConversationLine({ conversation, mailboxId }: { conversation: Conversation; mailboxId: string }) {
  const { t, locale } = useTexts();
  const who = conversation.participants.map((person) => person.name || person.address).join(", ");
  return (
    <Link
      to="/inbox/$view/$conversationId"
      params={{ view: "all", conversationId: conversation.id }}
      search={{ mailbox: mailboxId }}
      className="flex animate-rise items-center gap-3 px-4 py-2.5 transition-colors hover:bg-raise"
    >
      <Avatar name={who === "" ? "?" : who} />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{who}</span>
        <span dir="auto" className="block truncate text-s text-ink-2">
          {conversation.subject === "" ? t("inbox.list.noSubject") : conversation.subject}
        </span>
      </span>
      <span className="shrink-0 text-xs text-ink-3 tabular-nums">
        {listTime(conversation.lastMessageAt, now(), locale)}
        {conversation.messageCount > 1 && ` · ${count(conversation.messageCount, locale)}`}
      </span>
    </Link>
  );
}
