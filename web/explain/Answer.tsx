/** What the pasted error means: the findings that fit, or three things to try; nothing yet, under way, failed. */
import { ScanSearch } from "lucide-react";
import type { Explanation } from "../api/gen/model/index.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { useTexts } from "../app/i18n.ts";
import { cx } from "../ui/class-names.ts";
import { EmptyState } from "../ui/Panel.tsx";
import { SkeletonText } from "../ui/Skeleton.tsx";
import { ExplainedCard, StepList } from "./ExplainedCard.tsx";

interface AnswerProps {
  isEmpty: boolean;
  /** Somebody said what was being done. */
  isNarrowed: boolean;
  explained: {
    data: Explanation | undefined;
    error: unknown;
    isPlaceholderData: boolean;
    refetch: () => unknown;
  };
}

export function Answer({ isEmpty, isNarrowed, explained }: AnswerProps) {
  const { t } = useTexts();
  const { data, error, isPlaceholderData } = explained;
  return (
    <section aria-labelledby="explain-answer" className="mt-8">
      <h2 id="explain-answer" className={cx("text-h font-semibold tracking-[-0.01em]", isEmpty && "sr-only")}>
        {t("explain.answer")}
      </h2>
      <Heard findings={isEmpty || isPlaceholderData ? undefined : data?.findings} />
      {isEmpty ? (
        <div className="rounded-m border border-dashed border-edge">
          <EmptyState icon={<ScanSearch size={22} strokeWidth={1.6} />} title={t("explain.emptyTitle")}>
            {t("explain.emptyText")}
          </EmptyState>
        </div>
      ) : error !== null ? (
        <ErrorState error={error} onRetry={() => void explained.refetch()} />
      ) : data === undefined ? (
        <SkeletonText lines={4} />
      ) : (
        <div
          className={cx("mt-3 transition-opacity", isPlaceholderData && "opacity-60")}
          aria-busy={isPlaceholderData}
        >
          <Findings findings={data.findings} isNarrowed={isNarrowed} />
        </div>
      )}
    </section>
  );
}

/** How many fit, read out: the cards appear without the focus going anywhere. */
function Heard({ findings }: { findings: Explanation["findings"] | undefined }) {
  const { t } = useTexts();
  const isUnknown = findings?.[0]?.code === "unknown";
  return (
    <p aria-live="polite" className={findings === undefined || isUnknown ? "sr-only" : "text-s text-ink-3"}>
      {findings !== undefined &&
        (isUnknown ? t("explain.heardNothing") : t("explain.heard", { count: findings.length }))}
    </p>
  );
}

function Findings({ findings, isNarrowed }: { findings: Explanation["findings"]; isNarrowed: boolean }) {
  const { t } = useTexts();
  const [first] = findings;
  if (first?.code === "unknown")
    return (
      <div className="rounded-m border border-line bg-sheet p-5 phone:p-4">
        <h3 className="text-l font-semibold tracking-[-0.01em]">{t("explain.unknownTitle")}</h3>
        <p className="mt-1 text-ink-2 text-pretty">{t("explain.unknownText")}</p>
        <StepList steps={first.steps} />
        {!isNarrowed && <p className="mt-4 text-s text-ink-3 text-pretty">{t("explain.unknownNarrow")}</p>}
      </div>
    );
  return (
    <ol className="grid gap-2.5">
      {findings.map((finding, index) => (
        <li key={finding.code}>
          <ExplainedCard finding={finding} isFirst={index === 0} />
        </li>
      ))}
    </ol>
  );
}
