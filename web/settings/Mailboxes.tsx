/** The connected mailboxes with their state, and the way to connect another. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronRight, Inbox, Plus } from "lucide-react";
import type { Mailbox } from "../api/gen/model/index.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { percent } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { useMember } from "../app/session.ts";
import { ProviderMark } from "../connect/ProviderMark.tsx";
import { importShare, isWorking, stateTones } from "../inbox/mailbox-look.ts";
import { mailboxesQuery } from "../inbox/queries.ts";
import { buttonClass } from "../ui/Button.tsx";
import { EmptyState, Panel } from "../ui/Panel.tsx";
import { Dot, Tag } from "../ui/Tag.tsx";
import { RowSkeletons } from "./RowSkeletons.tsx";
import { SettingsSection } from "./SettingsSection.tsx";

export function Mailboxes() {
  const { t } = useTexts();
  const { role } = useMember();
  const { data, error, refetch } = useQuery(mailboxesQuery);
  const connect = role !== "agent" && (
    <Link to="/connect/new" search={{}} className={buttonClass("primary")}>
      <Plus size={15} aria-hidden />
      {t("settings.mailboxes.connect")}
    </Link>
  );
  return (
    <SettingsSection
      title={t("settings.sections.mailboxes")}
      text={t("settings.mailboxes.text")}
      action={data !== undefined && data.length > 0 && connect}
    >
      {data === undefined && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <RowSkeletons rows={2} />}
      {data !== undefined && data.length === 0 && (
        <div className="rounded-m border border-line bg-sheet">
          <EmptyState
            icon={<Inbox size={22} strokeWidth={1.6} />}
            title={t("settings.mailboxes.empty")}
            action={connect}
          >
            {t("settings.mailboxes.emptyText")}
          </EmptyState>
        </div>
      )}
      {data !== undefined && data.length > 0 && (
        <Panel>
          {data.map((mailbox) => (
            <MailboxLine key={mailbox.id} mailbox={mailbox} />
          ))}
        </Panel>
      )}
    </SettingsSection>
  );
}

function MailboxLine({ mailbox }: { mailbox: Mailbox }) {
  const { t, locale } = useTexts();
  const share = importShare(mailbox);
  const tone = mailbox.foldersChosen ? stateTones[mailbox.state] : "warn";
  const state = mailbox.foldersChosen
    ? t(`inbox.sidebar.state.${mailbox.state}`)
    : t("settings.mailboxes.foldersMissing");
  const tag = (
    <Tag tone={tone} icon={<Dot tone={tone} live={isWorking(mailbox.state) && mailbox.foldersChosen} />}>
      {state}
      {share !== null && ` · ${percent(share, locale)}`}
    </Tag>
  );
  return (
    <Link
      to="/mailboxes/$id"
      params={{ id: mailbox.id }}
      className="flex items-center gap-3.5 px-4 py-3 transition-colors hover:bg-raise"
    >
      <ProviderMark id={mailbox.provider} />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{mailbox.address}</span>
        <span className="mt-1 hidden phone:flex">{tag}</span>
        {mailbox.finding !== null && (
          <span className="block truncate text-s text-bad">{mailbox.finding.title}</span>
        )}
      </span>
      <span className="flex phone:hidden">{tag}</span>
      <ChevronRight size={16} className="shrink-0 text-ink-3" aria-hidden />
    </Link>
  );
}
