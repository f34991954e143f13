/** The checks as they tick: passed, failed, under way, not yet. Each change is read out. */
import { Check as Tick, Minus, X } from "lucide-react";
import type { Check } from "../api/gen/model/index.ts";
import { useTexts } from "../app/i18n.ts";
import { Busy } from "../ui/Button.tsx";
import { cx } from "../ui/class-names.ts";
import { Panel } from "../ui/Panel.tsx";
import { checkSeconds } from "./attempt-view.ts";

/** What takes less is not worth a number, in ms. */
const noticeableMs = 50;

function StateMark({ state }: { state: Check["state"] }) {
  switch (state) {
    case "ok":
      return <Tick size={16} strokeWidth={2} className="text-good animate-rise" aria-hidden />;
    case "failed":
      return <X size={16} strokeWidth={2} className="text-bad animate-rise" aria-hidden />;
    case "running":
      return (
        <span className="flex text-accent">
          <Busy />
        </span>
      );
    case "skipped":
      return <Minus size={16} className="text-ink-3" aria-hidden />;
    case "waiting":
      return <span aria-hidden className="size-1.5 rounded-full bg-edge" />;
  }
}

export function Checklist({ checks, className }: { checks: readonly Check[]; className?: string }) {
  const { t, locale } = useTexts();
  return (
    <Panel className={className ?? ""}>
      <ul aria-label={t("connect.checks.label")} aria-live="polite" className="divide-y divide-line">
        {checks.map(({ step, state, ms }) => (
          <li key={step} className="flex min-h-[46px] items-center gap-3 px-4 py-2.5">
            <span className="grid size-4 shrink-0 place-items-center">
              <StateMark state={state} />
            </span>
            <span
              className={cx("min-w-0 flex-1", (state === "waiting" || state === "skipped") && "text-ink-3")}
            >
              {t(`connect.checks.${step}`)}
              <span className="sr-only">: {t(`connect.checks.state.${state}`)}</span>
            </span>
            <span className="text-xs text-ink-3 tabular-nums" aria-hidden>
              {state === "skipped"
                ? t("connect.checks.state.skipped")
                : ms !== null &&
                  ms >= noticeableMs &&
                  t("connect.checks.seconds", { seconds: checkSeconds(ms, locale) })}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
