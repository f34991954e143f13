/** A finding: what is in the way, why, the ways out with the best one first, and what the servers said. */
/* oxlint-disable jsx-a11y/no-noninteractive-tabindex -- the evidence scrolls: the keyboard must reach it */
import { ChevronRight, ExternalLink } from "lucide-react";
import type { Finding } from "../api/gen/model/index.ts";
import { now } from "../app/clock.ts";
import { relativeTime } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { Button, buttonClass, type ButtonTone } from "../ui/Button.tsx";
import { cx } from "../ui/class-names.ts";
import { usableAction, type WayOut } from "./attempt-view.ts";

/** What can be done here; what is left out has no button. */
export interface FindingActions {
  signInAgain?: (() => void) | undefined;
  testAgain?: (() => void) | undefined;
  useOauth?: (() => void) | undefined;
  /** One of them is under way. */
  busy?: "sign_in_again" | "test_again" | "choose_oauth" | null | undefined;
}

const evidenceTime = (iso: string): string => {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleTimeString("en-GB");
};

export function FindingCard({ finding, actions }: { finding: Finding; actions: FindingActions }) {
  const blocking = finding.severity === "blocking";
  const able = {
    test: actions.testAgain !== undefined,
    signIn: actions.signInAgain !== undefined,
    oauth: actions.useOauth !== undefined,
  };
  const ways = finding.steps.map((way) => ({ way, action: usableAction(way, able) }));
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
              </div>
              <WayButton
                way={way}
                action={action}
                tone={way === first?.way ? "primary" : "plain"}
                actions={actions}
              />
            </li>
          ))}
        </ul>
      )}
      <Evidence finding={finding} />
    </section>
  );
}

function WayButton({
  way,
  action,
  tone,
  actions,
}: {
  way: WayOut;
  action: WayOut["action"];
  tone: ButtonTone;
  actions: FindingActions;
}) {
  const { t } = useTexts();
  const busy = actions.busy ?? null;
  const common = { tone, busy: busy === action, disabled: busy !== null };
  switch (action) {
    case "sign_in_again":
      return (
        <Button {...common} onClick={actions.signInAgain}>
          {t("connect.finding.signInAgain")}
        </Button>
      );
    case "test_again":
      return (
        <Button {...common} onClick={actions.testAgain}>
          {t("connect.finding.testAgain")}
        </Button>
      );
    case "choose_oauth":
      return (
        <Button {...common} onClick={actions.useOauth}>
          {t("connect.finding.useOauth")}
        </Button>
      );
    case "open_link":
      return (
        <a href={way.link ?? undefined} target="_blank" rel="noreferrer" className={buttonClass(tone)}>
          {t("connect.finding.openLink")}
          <ExternalLink size={14} aria-hidden />
        </a>
      );
    case "none":
      return null;
  }
}

function Evidence({ finding }: { finding: Finding }) {
  const { t } = useTexts();
  if (finding.evidence.length === 0) return null;
  return (
    <details className="group mt-3.5 text-s text-ink-2">
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
