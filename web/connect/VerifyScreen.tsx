/** Step 4: the checks as they tick, and what they found. The same for a member and for the mailbox's owner. */
import { useEffect, useState, type ReactNode } from "react";
import type { Check, Finding } from "../api/gen/model/index.ts";
import { useTexts } from "../app/i18n.ts";
import { freshChecks } from "./attempt-view.ts";
import { Checklist } from "./Checklist.tsx";
import { FindingCard, FindingFoot, type FindingActions } from "./FindingCard.tsx";
import { PageHead } from "./WizardFrame.tsx";

interface VerifyScreenProps {
  state: {
    address: string;
    account: { address: string } | null;
    checks: readonly Check[];
    finding: Finding | null;
    step: string;
    awaitsMail: boolean;
  };
  actions: FindingActions;
  foot?: ReactNode;
}

/** The server answers within 15 s; later than this we say that it takes long, in ms. */
const slowMs = 20_000;

export function VerifyScreen({ state, actions, foot }: VerifyScreenProps) {
  const { t } = useTexts();
  const { finding } = state;
  const proving = state.step === "proving";
  const ticking = state.step === "verifying" || proving;
  const slow = useLate(ticking && !proving) || proving;
  const ran = state.checks.some((check) => check.state === "ok" || check.state === "failed");
  const account = state.account?.address ?? state.address;
  const signedIn =
    account.toLowerCase() === state.address.toLowerCase()
      ? state.address
      : t("connect.checks.signedIn", { address: state.address, account });
  return (
    <>
      <PageHead
        key={ticking ? "checks" : "finding"}
        title={t(
          proving ? "connect.proving.title" : ticking ? "connect.checks.title" : "connect.finding.heading",
        )}
      >
        {signedIn}
      </PageHead>
      {(ticking || ran) && (
        <Checklist checks={state.checks.length > 0 ? state.checks : freshChecks} className="mt-6" />
      )}
      {ticking && (
        <p className="mt-4 text-s text-ink-3" aria-live="polite">
          {t(tickingText(state, slow), { address: state.address, account })}
        </p>
      )}
      {finding !== null && !ticking && (
        <div className={ran ? "mt-[18px]" : "mt-6"}>
          <FindingCard finding={finding} actions={actions} />
          <FindingFoot finding={finding} className="mt-4" />
        </div>
      )}
      {foot !== undefined && (!ticking || slow) && <div className="mt-4">{foot}</div>}
    </>
  );
}

function tickingText({ step, awaitsMail }: VerifyScreenProps["state"], slow: boolean) {
  if (step === "proving") return awaitsMail ? "connect.proving.waiting" : "connect.proving.looking";
  return slow ? "connect.checks.stuck" : "connect.checks.text";
}

function useLate(running: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(running), running ? slowMs : 0);
    return () => clearTimeout(timer);
  }, [running]);
  return late && running;
}
