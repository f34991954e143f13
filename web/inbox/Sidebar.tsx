/** Workspace, views with their counts, mailboxes with their state, the person. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import {
  CheckCheck,
  CircleDashed,
  Clock,
  Inbox,
  Layers,
  Plus,
  ScanSearch,
  UserRound,
  type LucideIcon,
} from "lucide-react";
import type { Mailbox, View } from "../api/gen/model/index.ts";
import { count, percent } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { useMember } from "../app/session.ts";
import { cx } from "../ui/class-names.ts";
import { Logo } from "../ui/Logo.tsx";
import { ProgressBar } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { Dot, Tag } from "../ui/Tag.tsx";
import { Tip } from "../ui/Tooltip.tsx";
import { importShare, isWorking, stateTones } from "./mailbox-look.ts";
import { PersonMenu } from "./PersonMenu.tsx";
import { countsQuery, mailboxesQuery } from "./queries.ts";

const views: [View, LucideIcon][] = [
  ["open", Inbox],
  ["mine", UserRound],
  ["unassigned", CircleDashed],
  ["snoozed", Clock],
  ["closed", CheckCheck],
  ["all", Layers],
];

const lineClass =
  "group flex h-8 w-full items-center gap-2.5 rounded-s px-2 text-s font-medium transition-colors touch:h-11";
const line = (active: boolean) =>
  cx(lineClass, active ? "bg-press/70 text-ink" : "text-ink-2 hover:bg-raise hover:text-ink");

export function Sidebar() {
  const { t } = useTexts();
  const { workspace, sandbox } = useMember();
  return (
    <nav
      aria-label={t("app.menu")}
      className="flex h-full w-full min-w-0 flex-col bg-paper px-2.5 pt-3.5 pb-2.5"
    >
      <div className="flex items-center gap-2.5 px-2 pb-3.5">
        <Logo />
        <span className="min-w-0 flex-1">
          <span className="block truncate leading-5 font-semibold">{workspace.name}</span>
          {sandbox && (
            <Tip label={t("app.sandboxHint")}>
              <span className="text-xs leading-4 text-warn">{t("app.sandbox")}</span>
            </Tip>
          )}
        </span>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <ViewLinks />
        <MailboxLinks />
      </div>
      <Link
        to="/explain"
        className={cx(line(false), "mt-2 shrink-0")}
        activeProps={{ className: line(true) }}
      >
        <ScanSearch size={16} strokeWidth={1.7} className="shrink-0" aria-hidden />
        <span className="truncate">{t("app.explain")}</span>
      </Link>
      <PersonMenu />
    </nav>
  );
}

function ViewLinks() {
  const { t, locale } = useTexts();
  const { data } = useQuery(countsQuery);
  const active = useParams({ strict: false, select: (params) => params.view });
  const mailbox = useSearch({ strict: false, select: (search) => search.mailbox });
  return (
    <ul aria-label={t("inbox.sidebar.views")} className="flex flex-col gap-0.5">
      {views.map(([view, Icon]) => {
        const number = data?.views[view] ?? 0;
        const isActive = active === view && mailbox === undefined;
        return (
          <li key={view}>
            <Link
              to="/inbox/$view"
              params={{ view }}
              search={{}}
              aria-current={isActive ? "page" : undefined}
              className={line(isActive)}
            >
              <Icon size={16} strokeWidth={1.7} className="shrink-0" aria-hidden />
              <span className="truncate">{t(`inbox.views.${view}`)}</span>
              {number > 0 && view !== "closed" && view !== "all" && (
                <span className="ml-auto pl-1 font-normal text-ink-3 tabular-nums">
                  {count(number, locale)}
                  {data !== undefined && number >= data.cap ? "+" : ""}
                </span>
              )}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

function MailboxLinks() {
  const { t } = useTexts();
  const { role } = useMember();
  const { data, isPending } = useQuery(mailboxesQuery);
  return (
    <>
      <h2 className="px-2 pt-5 pb-1 text-2xs font-semibold text-ink-3">{t("inbox.sidebar.mailboxes")}</h2>
      <ul className="flex flex-col gap-0.5">
        {isPending && (
          <li className="px-2 py-2">
            <Skeleton className="h-4 w-4/5" />
          </li>
        )}
        {data?.map((mailbox) => (
          <MailboxLine key={mailbox.id} mailbox={mailbox} />
        ))}
        {role !== "agent" && (
          <li>
            <Link to="/connect/new" search={{}} className={line(false)}>
              <Plus size={16} strokeWidth={1.7} className="shrink-0" aria-hidden />
              <span className="truncate">{t("inbox.connect")}</span>
            </Link>
          </li>
        )}
      </ul>
    </>
  );
}

function MailboxLine({ mailbox }: { mailbox: Mailbox }) {
  const { t, locale } = useTexts();
  const selected = useSearch({ strict: false, select: (search) => search.mailbox });
  const page = useParams({ strict: false, select: (params) => params.id });
  const { data } = useQuery(countsQuery);
  const view = useParams({ strict: false, select: (params) => params.view }) ?? "open";
  const share = importShare(mailbox);
  const state =
    share === null
      ? t(`inbox.sidebar.state.${mailbox.state}`)
      : t("inbox.sidebar.importing", { percent: percent(share, locale) });
  const isActive = selected === mailbox.id || page === mailbox.id;
  const needsFix = mailbox.state === "needs_attention" || mailbox.finding?.severity === "blocking";
  const open = data?.mailboxes[mailbox.id] ?? 0;
  return (
    <li>
      <div className={cx(line(isActive), "pr-1!")}>
        <Link
          to="/inbox/$view"
          params={{ view }}
          search={{ mailbox: mailbox.id }}
          aria-current={isActive ? "page" : undefined}
          className="flex h-full min-w-0 flex-1 items-center gap-2.5"
        >
          <Tip label={`${mailbox.address} · ${state}`} side="right">
            <span className="grid w-4 shrink-0 place-items-center">
              <Dot tone={stateTones[mailbox.state]} live={isWorking(mailbox.state)} label={state} />
            </span>
          </Tip>
          <span className="truncate">
            {mailbox.displayName === "" ? mailbox.address : mailbox.displayName}
          </span>
        </Link>
        <Link
          to="/mailboxes/$id"
          params={{ id: mailbox.id }}
          className="flex h-7 min-w-7 items-center justify-end rounded-s pr-1 text-ink-3 tabular-nums hover:text-ink touch:min-w-11"
        >
          <span className="sr-only">{t("inbox.sidebar.manage", { address: mailbox.address })}</span>
          {needsFix ? (
            <Tag tone="bad">{t("inbox.sidebar.fix")}</Tag>
          ) : share !== null ? (
            percent(share, locale)
          ) : open > 0 ? (
            <span className="font-normal">
              {count(open, locale)}
              {data !== undefined && open >= data.cap ? "+" : ""}
            </span>
          ) : (
            <span
              aria-hidden
              className="px-1 opacity-0 group-hover:opacity-100 group-focus-within:opacity-100"
            >
              ···
            </span>
          )}
        </Link>
      </div>
      {share !== null && (
        <div className="px-2 pb-1 pl-[34px]">
          <ProgressBar value={share} label={state} />
        </div>
      )}
    </li>
  );
}
