/** A finding: what is in the way, why, the ways out with the best one first, and what the servers said. */
/* oxlint-disable jsx-a11y/no-noninteractive-tabindex -- the evidence scrolls: the keyboard must reach it */
import { Link } from "@tanstack/react-router";
import { ChevronRight, ExternalLink, ScanSearch } from "lucide-react";
import type { Finding } from "../api/gen/model/index.ts";
import { now } from "../app/clock.ts";
import { relativeTime } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { Button, buttonClass, type ButtonTone } from "../ui/Button.tsx";
import { cx } from "../ui/class-names.ts";
import { CopyField } from "../ui/CopyField.tsx";
import { openWays, usableAction, type WayOut } from "./attempt-view.ts";

/** What can be done here; what is left out has no button. */
export interface FindingActions {
  signInAgain?: (() => void) | undefined;
  testAgain?: (() => void) | undefined;
  useOauth?: (() => void) | undefined;
  proveAlias?: (() => void) | undefined;
  openShared?: (() => void) | undefined;
  useGraph?: (() => void) | undefined;
  usePop3?: (() => void) | undefined;
  /** The address to send to the administrator. */
  adminLink?: string | null | undefined;
  /** Offers the page that explains an error of another program; `beside`: in a tab of its own, for a form is under way here. */
  explain?: "here" | "beside" | undefined;
  /** One of them is under way. */
  busy?: WayOut["action"] | null | undefined;
}

/** The buttons that do something here, by their action. */
const doersOf = (actions: FindingActions): Map<WayOut["action"], () => void> => {
  const all: [WayOut["action"], (() => void) | undefined][] = [
    ["sign_in_again", actions.signInAgain],
    ["test_again", actions.testAgain],
    ["choose_oauth", actions.useOauth],
    ["prove_alias", actions.proveAlias],
    ["open_shared", actions.openShared],
    ["use_graph", actions.useGraph],
    ["use_pop3", actions.usePop3],
  ];
  return new Map(all.flatMap(([action, run]) => (run === undefined ? [] : [[action, run]])));
};

const evidenceTime = (iso: string): string => {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleTimeString("en-GB");
};

export function FindingCard({ finding, actions }: { finding: Finding; actions: FindingActions }) {
  const blocking = finding.severity === "blocking";
  const doers = doersOf(actions);
  const able = new Set([...doers.keys(), ...(actions.adminLink == null ? [] : ["copy_admin_link" as const])]);
  const ways = openWays(finding.steps, able).map((way) => ({ way, action: usableAction(way, able) }));
  const first = ways.find(({ action }) => action !== "none");
  return (
    <section
      role="alert"
      className={cx("rounded-m p-5 phone:p-4", blocking ? "bg-bad-soft" : "bg-warn-soft")}
    >
      <h2 className="text-l font-semibold tracking-[-0.01em]">{finding.title}</h2>
      <p className="mt-1.5 text-pretty wrap-break-word">{finding.cause}</p>
      {ways.length > 0 && (
        <ul className="mt-3.5 grid gap-2.5">
          {ways.map(({ way, action }) => (
            <li
              key={way.text}
              className="flex items-center gap-3.5 rounded-s border border-line bg-sheet px-3.5 py-3 phone:flex-col phone:items-stretch"
            >
              <div className="min-w-0 flex-1 wrap-break-word">
                <p className="font-semibold">{way.text}</p>
                {way.detail !== null && <p className="text-s text-ink-2 text-pretty">{way.detail}</p>}
                {action === "copy_admin_link" && <AdminLink link={actions.adminLink ?? ""} />}
              </div>
              <WayButton
                way={way}
                action={action}
                tone={way === first?.way ? "primary" : "plain"}
                run={doers.get(action)}
                busy={actions.busy ?? null}
              />
            </li>
          ))}
        </ul>
      )}
      <div className="mt-3.5 flex flex-wrap items-start justify-between gap-x-4 gap-y-1.5 text-s text-ink-2 empty:hidden">
        <Evidence finding={finding} />
        {actions.explain !== undefined && <ExplainLink where={actions.explain} />}
      </div>
    </section>
  );
}

/** To send to the administrator: the whole line can be seen, and copied by one click. */
function AdminLink({ link }: { link: string }) {
  const { t } = useTexts();
  return (
    <div className="mt-2.5">
      <CopyField
        label={t("connect.finding.adminLink")}
        value={link}
        copyLabel={t("connect.copy")}
        copiedLabel={t("connect.copied")}
        tone="primary"
      />
    </div>
  );
}

interface WayButtonProps {
  way: WayOut;
  action: WayOut["action"];
  tone: ButtonTone;
  run: (() => void) | undefined;
  busy: WayOut["action"] | null;
}

const labels = {
  sign_in_again: "connect.finding.signInAgain",
  test_again: "connect.finding.testAgain",
  choose_oauth: "connect.finding.useOauth",
  prove_alias: "connect.finding.proveAlias",
  open_shared: "connect.finding.openShared",
  use_graph: "connect.finding.useGraph",
  use_pop3: "connect.finding.usePop3",
} as const satisfies Partial<Record<WayOut["action"], string>>;

const hasLabel = (action: WayOut["action"]): action is keyof typeof labels => action in labels;

function WayButton({ way, action, tone, run, busy }: WayButtonProps) {
  const { t } = useTexts();
  if (action === "open_link")
    return (
      <a href={way.link ?? undefined} target="_blank" rel="noreferrer" className={buttonClass(tone)}>
        {t("connect.finding.openLink")}
        <ExternalLink size={14} aria-hidden />
      </a>
    );
  if (run === undefined || !hasLabel(action)) return null;
  return (
    <Button tone={tone} busy={busy === action} disabled={busy !== null} onClick={run}>
      {t(labels[action])}
    </Button>
  );
}

/** For those who hold another program's words for the same trouble. */
function ExplainLink({ where }: { where: "here" | "beside" }) {
  const { t } = useTexts();
  return (
    <Link
      to="/explain"
      {...(where === "beside" && { target: "_blank", rel: "noreferrer" })}
      className="inline-flex items-center gap-1.5 rounded-xs underline-offset-2 hover:text-ink hover:underline touch:min-h-10"
    >
      <ScanSearch size={14} aria-hidden />
      {t("connect.finding.explain")}
    </Link>
  );
}

function Evidence({ finding }: { finding: Finding }) {
  const { t } = useTexts();
  if (finding.evidence.length === 0) return null;
  return (
    <details className="group min-w-0 open:w-full">
      <summary className="flex w-fit items-center gap-1 rounded-xs select-none touch:min-h-10">
        <ChevronRight size={15} className="transition-transform group-open:rotate-90" aria-hidden />
        {t("connect.finding.saw")}
      </summary>
      <pre
        tabIndex={0}
        className="mt-2 max-h-72 overflow-auto rounded-s bg-sheet/70 whitespace-pre-wrap wrap-anywhere px-3 py-2.5 font-mono text-[11.500px]/[1.600]"
      >
        {finding.evidence
          .map((line) => `${evidenceTime(line.at)}  ${line.step.padEnd(9)}  ${line.line}`)
          .join("\n")}
      </pre>
    </details>
  );
}

/** Who can mend it, what is done meanwhile, and when we look again. */
export function FindingFoot({ finding, className }: { finding: Finding; className?: string }) {
  const { t, locale } = useTexts();
  const parts = [
    t(`connect.finding.who.${finding.who}`),
    finding.meanwhile,
    finding.nextCheckAt === null
      ? ""
      : t("connect.finding.recheck", { when: relativeTime(finding.nextCheckAt, now(), locale) }),
  ];
  return (
    <p className={cx("text-s text-ink-3 text-pretty wrap-break-word", className)}>
      {parts.filter((part) => part !== "").join(locale === "zh-CN" ? "" : " ")}
    </p>
  );
}
