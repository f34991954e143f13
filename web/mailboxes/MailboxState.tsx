/* oxlint-disable jsx-a11y/no-noninteractive-tabindex -- the log scrolls: the keyboard must reach it */
/** How a mailbox is doing: import, pause asked for, findings, the test, the log, the plain facts. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Check, FolderX, Hourglass, RefreshCw, Stethoscope } from "lucide-react";
import type { ReactNode } from "react";
import { listFindings, listMailboxLog, testMailbox } from "../api/gen/client.ts";
import type { Finding, Mailbox, TestResult } from "../api/gen/model/index.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { now } from "../app/clock.ts";
import { errorText } from "../app/error-text.ts";
import { fullTime, messageTime } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { freshChecks } from "../connect/attempt-view.ts";
import { Checklist } from "../connect/Checklist.tsx";
import { FindingCard, FindingFoot, type FindingActions } from "../connect/FindingCard.tsx";
import { ImportProgress } from "../connect/ImportProgress.tsx";
import { troubled } from "../connect/folder-tree.ts";
import { foldersQuery } from "../connect/queries.ts";
import { isWorking } from "../inbox/mailbox-look.ts";
import { Button, buttonClass } from "../ui/Button.tsx";
import { Notice, Panel } from "../ui/Panel.tsx";
import { Skeleton, SkeletonText } from "../ui/Skeleton.tsx";
import { agoText } from "./MailboxHead.tsx";
import { TransportOutcome, useChangeTransport } from "./TransportPanel.tsx";

export function MailboxState({ mailbox, may }: { mailbox: Mailbox; may: boolean }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const test = useMutation({
    mutationFn: () => testMailbox(mailbox.id),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.mailbox(mailbox.id) }),
  });
  const change = useChangeTransport(mailbox);
  const actions: FindingActions = {
    testAgain: () => test.mutate(),
    explain: "here",
    busy: test.isPending
      ? "test_again"
      : change.isPending
        ? change.variables === "pop3"
          ? "use_pop3"
          : "use_graph"
        : null,
    ...(may
      ? {
          signInAgain: () => void navigate({ to: "/connect/new", search: { mailbox: mailbox.id } }),
          ...(mailbox.transport !== "graph" &&
            mailbox.transports.includes("graph") && { useGraph: () => change.mutate("graph") }),
          ...(mailbox.transport !== "pop3" &&
            mailbox.transports.includes("pop3") && { usePop3: () => change.mutate("pop3") }),
          useOauth: () =>
            void navigate({ to: "/connect/new", search: { mailbox: mailbox.id, step: "method" } }),
        }
      : {}),
  };
  return (
    <div className="flex flex-col gap-8">
      <Now mailbox={mailbox} />
      <Findings mailbox={mailbox} actions={actions} hidden={test.data?.finding?.code} />
      <TransportOutcome mailbox={mailbox} result={change.data} wanted={change.variables} />
      <TestPart mailbox={mailbox} may={may} test={test} actions={actions} />
      <Log mailboxId={mailbox.id} />
      <Facts mailbox={mailbox} />
    </div>
  );
}

function Part({ title, children, corner }: { title: string; children: ReactNode; corner?: ReactNode }) {
  return (
    <section>
      <div className="mb-2.5 flex items-center gap-3">
        <h2 className="flex-1 text-s font-medium text-ink-2">{title}</h2>
        {corner}
      </div>
      {children}
    </section>
  );
}

function Now({ mailbox }: { mailbox: Mailbox }) {
  const { t, locale } = useTexts();
  const throttled = mailbox.throttledUntil !== null && new Date(mailbox.throttledUntil) > now();
  if (!mailbox.foldersChosen)
    return (
      <Notice
        tone="accent"
        actions={
          <Link
            to="/connect/new"
            search={{ mailbox: mailbox.id, step: "folders" }}
            className={buttonClass("primary", "s")}
          >
            {t("mailboxes.choose")}
          </Link>
        }
      >
        {t("mailboxes.chooseFirst")}
      </Notice>
    );
  return (
    <div className="flex flex-col gap-3">
      {isWorking(mailbox.state) && (
        <div className="rounded-m border border-line bg-sheet px-4 py-3.5">
          <p className="mb-2.5 font-medium">{t(`inbox.sidebar.state.${mailbox.state}`)}</p>
          <ImportProgress mailbox={mailbox} />
        </div>
      )}
      {throttled && mailbox.throttledUntil !== null && (
        <Notice tone="warn" icon={<Hourglass size={15} className="shrink-0" aria-hidden />}>
          {t("mailboxes.throttled", { time: messageTime(mailbox.throttledUntil, now(), locale) })}
        </Notice>
      )}
      <TroubledFolders mailboxId={mailbox.id} />
      <p className="flex items-center gap-2 text-ink-2">
        {mailbox.inStepAt !== null && <Check size={15} className="text-good" aria-hidden />}
        {mailbox.inStepAt === null ? (
          t("mailboxes.neverInStep")
        ) : (
          <span title={fullTime(mailbox.inStepAt, locale)}>
            {t("mailboxes.inStep", { when: agoText(mailbox.inStepAt, locale) })}
          </span>
        )}
      </p>
      <Behind mailbox={mailbox} />
    </div>
  );
}

/** A mailbox at rest is proved to be in step about every five minutes: a lag up to here is none. */
const usualLagSeconds = 360;

/** What is still to be done before both sides are the same, and who does it; nothing while all is well. */
function Behind({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTexts();
  const { lagSeconds, backlog, intentsPending, owner, state } = mailbox;
  const lines = [
    lagSeconds !== null && lagSeconds > usualLagSeconds
      ? t("mailboxes.behind.lag", { count: Math.round(lagSeconds / 60) })
      : null,
    backlog > 0 && !isWorking(state) ? t("mailboxes.behind.backlog", { count: backlog }) : null,
    intentsPending > 0 ? t("mailboxes.behind.intents", { count: intentsPending }) : null,
    owner === null && state !== "paused" ? t("mailboxes.behind.nobody") : null,
  ].filter((line) => line !== null);
  if (lines.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 text-ink-2">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

/** Folders that the server does not let be read, while it does the others. */
function TroubledFolders({ mailboxId }: { mailboxId: string }) {
  const { t, locale } = useTexts();
  const { data } = useQuery(foldersQuery(mailboxId));
  const names = (data?.items ?? []).filter(troubled).map((folder) => folder.path);
  if (names.length === 0) return null;
  return (
    <Notice tone="warn" icon={<FolderX size={15} className="shrink-0" aria-hidden />}>
      {t("mailboxes.troubled", { count: names.length, names: new Intl.ListFormat(locale).format(names) })}
    </Notice>
  );
}

/** Findings that are open in full, those that were fixed folded away. `hidden`: the test shows this one already. */
function Findings({
  mailbox,
  actions,
  hidden,
}: {
  mailbox: Mailbox;
  actions: FindingActions;
  hidden: string | undefined;
}) {
  const { t, language } = useTexts();
  const { data } = useQuery({
    queryKey: [...queryKeys.mailboxPart(mailbox.id, "findings"), language],
    queryFn: () => listFindings(mailbox.id),
  });
  const all = data?.items ?? (mailbox.finding === null ? [] : [mailbox.finding]);
  const open = all.filter((finding) => finding.closedAt === null && finding.code !== hidden);
  const closed = all.filter((finding) => finding.closedAt !== null);
  if (open.length === 0 && closed.length === 0) return null;
  return (
    <Part title={t("mailboxes.findings.title")}>
      <div className="flex flex-col gap-3">
        {open.map((finding) => (
          <div key={finding.id}>
            <FindingCard finding={finding} actions={actions} />
            <FindingFoot finding={finding} className="mt-2.5" />
          </div>
        ))}
        {closed.length > 0 && <Closed findings={closed} />}
      </div>
    </Part>
  );
}

function Closed({ findings }: { findings: readonly Finding[] }) {
  const { t, locale } = useTexts();
  return (
    <details>
      <summary className="w-fit rounded-xs text-s text-ink-3 select-none touch:min-h-10">
        {t("mailboxes.findings.earlier", { count: findings.length })}
      </summary>
      <Panel className="mt-2">
        {findings.map((finding) => (
          <div key={finding.id} className="flex flex-wrap items-baseline gap-x-4 px-4 py-2.5">
            <span className="min-w-0 flex-1 basis-52">{finding.title}</span>
            <span className="text-s text-ink-3">
              {finding.closedAt !== null &&
                t("connect.finding.closed", { when: agoText(finding.closedAt, locale) })}
            </span>
          </div>
        ))}
      </Panel>
    </details>
  );
}

interface Test {
  data: TestResult | undefined;
  error: unknown;
  isPending: boolean;
  mutate: () => void;
}

function TestPart({
  mailbox,
  may,
  test,
  actions,
}: {
  mailbox: Mailbox;
  may: boolean;
  test: Test;
  actions: FindingActions;
}) {
  const { t } = useTexts();
  const running = freshChecks.map((check) => ({ ...check, state: "running" as const }));
  return (
    <Part title={t("mailboxes.test.title")}>
      {(test.isPending || test.data !== undefined) && (
        <Checklist checks={test.isPending ? running : (test.data?.checks ?? [])} className="mb-3" />
      )}
      <p
        aria-live="polite"
        className={test.isPending || test.data?.ok === true ? "mb-3 text-s text-ink-2" : "sr-only"}
      >
        {test.isPending && t("mailboxes.test.running")}
        {!test.isPending && test.data?.ok === true && t("mailboxes.test.ok")}
      </p>
      {!test.isPending && test.data?.finding != null && (
        <div className="mb-3">
          <FindingCard finding={test.data.finding} actions={actions} />
          <FindingFoot finding={test.data.finding} className="mt-2.5" />
        </div>
      )}
      {!test.isPending && test.error !== null && (
        <Notice tone="bad" className="mb-3">
          {errorText(test.error, t)}
        </Notice>
      )}
      <div className="flex flex-wrap gap-2">
        <Button icon={<Stethoscope size={15} />} busy={test.isPending} onClick={test.mutate}>
          {t("mailboxes.test.button")}
        </Button>
        {may && (
          <Link to="/connect/new" search={{ mailbox: mailbox.id }} className={buttonClass()}>
            <RefreshCw size={15} aria-hidden />
            {t("mailboxes.reconnect")}
          </Link>
        )}
      </div>
    </Part>
  );
}

function Log({ mailboxId }: { mailboxId: string }) {
  const { t, locale, language } = useTexts();
  const { data, error, refetch } = useQuery({
    queryKey: [...queryKeys.mailboxPart(mailboxId, "log"), language],
    queryFn: () => listMailboxLog(mailboxId),
  });
  return (
    <Part title={t("mailboxes.log.title")}>
      {data === undefined && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <SkeletonText lines={4} />}
      {data !== undefined && data.items.length === 0 && (
        <p className="text-s text-ink-3">{t("mailboxes.log.empty")}</p>
      )}
      {data !== undefined && data.items.length > 0 && (
        <ol
          tabIndex={0}
          aria-label={t("mailboxes.log.title")}
          className="max-h-[320px] overflow-y-auto rounded-m border border-line bg-sheet py-1.5"
        >
          {data.items.map((entry) => (
            <li key={entry.id} className="flex items-baseline gap-4 px-4 py-1.5">
              <span className="min-w-0 flex-1 wrap-break-word">{entry.text}</span>
              <time
                dateTime={entry.createdAt}
                title={fullTime(entry.createdAt, locale)}
                className="shrink-0 text-s text-ink-3 tabular-nums"
              >
                {messageTime(entry.createdAt, now(), locale)}
              </time>
            </li>
          ))}
        </ol>
      )}
    </Part>
  );
}

function Facts({ mailbox }: { mailbox: Mailbox }) {
  const { t, locale } = useTexts();
  const { imap, smtp } = mailbox.servers;
  const { owner } = mailbox;
  const place = (server: typeof imap) => (server === null ? null : `${server.host}:${server.port}`);
  const unread = imap === null && smtp === null;
  const facts: [string, ReactNode][] = [
    [t("mailboxes.facts.method"), t(`mailboxes.facts.${mailbox.method}`)],
    [t("mailboxes.facts.imap"), unread ? <Skeleton className="h-4 w-40" /> : place(imap)],
    [t("mailboxes.facts.smtp"), unread ? null : (place(smtp) ?? t("mailboxes.facts.noSending"))],
    [t("mailboxes.facts.history"), t(`connect.folders.range.${mailbox.history}`)],
    [t("mailboxes.facts.connected"), fullTime(mailbox.createdAt, locale)],
    [t("mailboxes.facts.owner"), owner && t("mailboxes.facts.process", { ...owner })],
  ];
  return (
    <Part title={t("mailboxes.facts.label")}>
      <dl className="divide-y divide-line rounded-m border border-line bg-sheet">
        {facts
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <div key={name} className="flex flex-wrap gap-x-4 px-4 py-2.5">
              <dt className="w-36 shrink-0 text-ink-3">{name}</dt>
              <dd className="min-w-0 flex-1 wrap-break-word">{value}</dd>
            </div>
          ))}
      </dl>
    </Part>
  );
}
