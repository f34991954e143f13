/** What stands where a list is empty: why it is so, and the way on. */
import { Link } from "@tanstack/react-router";
import { CheckCheck, CircleDashed, Clock, Inbox, MailPlus, SearchX, UserRound } from "lucide-react";
import type { Mailbox } from "../api/gen/model/index.ts";
import { useTexts } from "../app/i18n.ts";
import type { ListScope } from "../app/query-keys.ts";
import { useMember } from "../app/session.ts";
import { buttonClass } from "../ui/Button.tsx";
import { EmptyState, ProgressBar } from "../ui/Panel.tsx";
import { importShare, isWorking } from "./mailbox-look.ts";
import { viewOf } from "./scope-text.ts";

const icons = {
  mine: UserRound,
  unassigned: CircleDashed,
  open: CheckCheck,
  snoozed: Clock,
  closed: CheckCheck,
  all: Inbox,
};
const look = { size: 22, strokeWidth: 1.6, "aria-hidden": true } as const;

export function EmptyList({
  scope,
  mailboxes,
}: {
  scope: ListScope;
  mailboxes: readonly Mailbox[] | undefined;
}) {
  const { t } = useTexts();
  const { role } = useMember();
  if (scope.q !== undefined) return <NothingFound scope={scope} q={scope.q} />;
  if (mailboxes !== undefined && mailboxes.length === 0) {
    const connect = (
      <Link to="/connect/new" search={{}} className={buttonClass("primary")}>
        {t("inbox.connect")}
      </Link>
    );
    return (
      <EmptyState
        icon={<MailPlus {...look} />}
        title={t("inbox.list.empty.first")}
        {...(role === "agent" ? {} : { action: connect })}
      >
        {t("inbox.list.empty.firstText")}
      </EmptyState>
    );
  }
  const working = mailboxes?.find(
    (mailbox) => isWorking(mailbox.state) && (scope.mailbox === undefined || scope.mailbox === mailbox.id),
  );
  if (working !== undefined) {
    return (
      <EmptyState
        icon={<Inbox {...look} />}
        title={t("inbox.list.empty.importing")}
        action={
          <span className="block w-44">
            <ProgressBar value={importShare(working)} label={t("inbox.sidebar.state.backfilling")} />
          </span>
        }
      >
        {t("inbox.list.empty.importingText")}
      </EmptyState>
    );
  }
  const view = viewOf(scope.view);
  const Icon = icons[view];
  return (
    <EmptyState icon={<Icon {...look} />} title={t(`inbox.list.empty.${view}`)}>
      {t(`inbox.list.empty.${view}Text`)}
    </EmptyState>
  );
}

function NothingFound({ scope, q }: { scope: ListScope; q: string }) {
  const { t } = useTexts();
  const everywhere = (
    <Link to="/inbox/$view" params={{ view: "all" }} search={{ q }} className={buttonClass()}>
      {t("inbox.list.empty.searchAll")}
    </Link>
  );
  return (
    <EmptyState
      icon={<SearchX {...look} />}
      title={t("inbox.list.empty.search", { q })}
      {...(scope.view === "all" && scope.mailbox === undefined ? {} : { action: everywhere })}
    >
      {t("inbox.list.empty.searchText")}
    </EmptyState>
  );
}
