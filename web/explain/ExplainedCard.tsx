/** One finding that fits: how sure, what happened, who can mend it, the steps, and what it was recognised by. */
import { ChevronRight, ExternalLink } from "lucide-react";
import type { ReactNode } from "react";
import type { Explained } from "../api/gen/model/index.ts";
import { percent } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { cx } from "../ui/class-names.ts";
import { sureness, type Sureness } from "./pasted.ts";

/** The likeliest is open, the others are a line each until they are asked for. */
export function ExplainedCard({ finding, isFirst }: { finding: Explained; isFirst: boolean }) {
  const { t } = useTexts();
  return (
    <details open={isFirst} className="group rounded-m border border-line bg-sheet">
      <summary className="flex items-start gap-x-4 gap-y-1.5 rounded-m px-5 py-3.5 select-none hover:bg-raise/60 group-open:rounded-b-none phone:flex-wrap phone:px-4">
        <ChevronRight
          size={16}
          className="mt-1 -mr-2 shrink-0 text-ink-3 transition-transform group-open:rotate-90"
          aria-hidden
        />
        <h3
          className={cx(
            "min-w-0 flex-1 text-pretty wrap-break-word",
            isFirst ? "text-l font-semibold tracking-[-0.01em]" : "text-m/6 font-medium",
          )}
        >
          {finding.title}
        </h3>
        <Sure confidence={finding.confidence} />
      </summary>
      <div className="px-5 pb-5 pl-11 phone:px-4">
        <p className="text-ink-2 text-pretty wrap-break-word">{finding.cause}</p>
        <dl className="mt-4 grid gap-4">
          {finding.who !== null && <Part name={t("explain.who")}>{t(`explain.whoIs.${finding.who}`)}</Part>}
          <Part name={t("explain.stepsTitle")}>
            <StepList steps={finding.steps} />
          </Part>
          <Part name={t("explain.recognised")}>
            <Recognised by={finding.recognisedBy} code={finding.code} />
          </Part>
        </dl>
      </div>
    </details>
  );
}

function Part({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs font-semibold text-ink-3">{name}</dt>
      <dd className="mt-0.5">{children}</dd>
    </div>
  );
}

const bars: Record<Sureness, string> = {
  certain: "bg-accent",
  likely: "bg-accent",
  possible: "bg-ink-3",
  faint: "bg-edge",
};

function Sure({ confidence }: { confidence: number }) {
  const { t, locale } = useTexts();
  const level = sureness(confidence);
  const words = t(`explain.sure.${level}`);
  const share = percent(confidence, locale);
  return (
    <span className="flex h-6 shrink-0 items-center gap-2.5 text-s text-ink-2 phone:w-full phone:pl-6">
      <span aria-hidden>{words}</span>
      <span aria-hidden className="h-1 w-16 overflow-hidden rounded-full bg-line" title={share}>
        <span className={cx("block h-full rounded-full", bars[level])} style={{ width: share }} />
      </span>
      <span className="sr-only">{t("explain.sureLabel", { words, percent: share })}</span>
    </span>
  );
}

export function StepList({ steps }: { steps: Explained["steps"] }) {
  const { t } = useTexts();
  return (
    <ol className="mt-1.5 grid gap-2.5">
      {steps.map((step, index) => (
        <li key={step.text} className="flex gap-3">
          <span
            aria-hidden
            className="mt-px grid size-5 shrink-0 place-items-center rounded-full bg-raise text-2xs font-semibold text-ink-2"
          >
            {index + 1}
          </span>
          <div className="min-w-0 flex-1 wrap-break-word">
            <p className="font-medium text-pretty">{step.text}</p>
            {step.detail !== null && <p className="text-s text-ink-2 text-pretty">{step.detail}</p>}
            {step.link !== null && (
              <a
                href={step.link}
                target="_blank"
                rel="noreferrer"
                className="mt-0.5 inline-flex items-center gap-1 text-s font-medium text-accent underline-offset-2 hover:underline touch:min-h-10"
              >
                {t("explain.open")}
                <span className="font-normal text-ink-3">{hostOf(step.link)}</span>
                <ExternalLink size={12} aria-hidden />
              </a>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** Where a link leads: shown, since it leaves the page. */
function hostOf(link: string): string {
  return URL.canParse(link) ? new URL(link).hostname : "";
}

function Recognised({ by, code }: { by: string | null; code: string }) {
  const { t } = useTexts();
  return (
    <>
      {by === null ? (
        <p className="text-s text-ink-2">{t("explain.recognisedWhole")}</p>
      ) : (
        <blockquote className="mt-1.5 border-l-2 border-edge pl-3 font-mono text-[12px]/[1.600] whitespace-pre-wrap text-ink-2 wrap-anywhere">
          {by}
        </blockquote>
      )}
      <p className="mt-2 font-mono text-2xs text-ink-3">{code}</p>
    </>
  );
}
