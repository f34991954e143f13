/** Steps 3 and 4, as the attempt on the server stands: waiting, code, checks, finding, run out. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { isApiError } from "../api/api-error.ts";
import { authorizeMailbox, decideAttempt, dismissAttempt, verifyAttempt } from "../api/gen/client.ts";
import type { Attempt } from "../api/gen/model/index.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { Button, buttonClass } from "../ui/Button.tsx";
import { SkeletonText } from "../ui/Skeleton.tsx";
import { toasts } from "../ui/toast-store.ts";
import { attemptScreen, litSteps, type WayOut } from "./attempt-view.ts";
import { KeptScreen } from "./KeptScreen.tsx";
import { DeviceScreen, ShareScreen } from "./WaitingScreens.tsx";
import { attemptQuery } from "./queries.ts";
import { goToSignIn } from "./sign-in.ts";
import { VerifyScreen } from "./VerifyScreen.tsx";
import { PageHead, StepBars } from "./WizardFrame.tsx";

export function AttemptStep({ id }: { id: string }) {
  const { t, language } = useTexts();
  const { data, error, refetch } = useQuery(attemptQuery(id, language));
  if (data === undefined) {
    if (isApiError(error, "not_found")) return <Gone />;
    if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
    return (
      <>
        <StepBars lit={3} />
        <SkeletonText lines={6} />
        <span className="sr-only">{t("app.loading")}</span>
      </>
    );
  }
  return (
    <>
      <StepBars lit={litSteps(attemptScreen(data))} />
      <AttemptScreens attempt={data} />
    </>
  );
}

/** Where "start again" leads: the method of the same address, for a reconnect of the same mailbox. */
const beginSearch = (attempt: Attempt) => ({
  step: "method",
  address: attempt.address,
  provider: attempt.provider,
  mailbox: attempt.mailboxId ?? undefined,
});

function useAttemptActions(attempt: Attempt) {
  const { t, language } = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState<WayOut["action"] | "dismiss" | null>(null);
  const run = async (what: NonNullable<typeof busy>, work: () => Promise<unknown>) => {
    setBusy(what);
    try {
      await work();
    } catch (error) {
      toasts.show(errorText(error, t), { tone: "bad" });
      await client.invalidateQueries({ queryKey: ["attempts", attempt.id] });
    } finally {
      setBusy(null);
    }
  };
  const codeAnew = async () => {
    const next = await authorizeMailbox({
      address: attempt.address,
      provider: attempt.provider,
      flow: "device",
      ...(attempt.relation === "shared" ? { shared: true } : {}),
      ...(attempt.mailboxId === null ? {} : { mailboxId: attempt.mailboxId }),
      ...(attempt.transport === null ? {} : { transport: attempt.transport }),
    });
    await navigate({ to: "/connect/new", search: { attempt: next.id }, replace: true });
  };
  return {
    busy,
    signIn: () =>
      void run("sign_in_again", () =>
        attempt.flow === "device" ? codeAnew() : goToSignIn(attempt.connectUrl),
      ),
    useGraph: () => void run("use_graph", () => goToSignIn(attempt.connectUrl, "graph")),
    usePop3: () => void run("use_pop3", () => goToSignIn(attempt.connectUrl, "pop3")),
    test: () =>
      void run("test_again", async () => {
        const next = await verifyAttempt(attempt.id);
        client.setQueryData(attemptQuery(attempt.id, language).queryKey, next);
      }),
    decide: (what: "alias" | "shared") =>
      void run(what === "alias" ? "prove_alias" : "open_shared", async () => {
        const next = await decideAttempt(attempt.id, { what });
        client.setQueryData(attemptQuery(attempt.id, language).queryKey, next);
      }),
    giveUp: () =>
      void run("dismiss", async () => {
        await dismissAttempt(attempt.id);
        await navigate({ to: "/connect/new", search: { address: attempt.address }, replace: true });
      }),
    chooseMethod: () => void navigate({ to: "/connect/new", search: beginSearch(attempt) }),
  };
}

const waysBusy = (busy: WayOut["action"] | "dismiss" | null): WayOut["action"] | null =>
  busy === "dismiss" ? null : busy;

function AttemptScreens({ attempt }: { attempt: Attempt }) {
  const { t } = useTexts();
  const actions = useAttemptActions(attempt);
  switch (attemptScreen(attempt)) {
    case "share":
      return (
        <ShareScreen
          attempt={attempt}
          busy={actions.busy}
          onSignIn={actions.signIn}
          onGiveUp={actions.giveUp}
        />
      );
    case "device":
      return <DeviceScreen attempt={attempt} busy={actions.busy} onGiveUp={actions.giveUp} />;
    case "verify":
    case "finding":
      return (
        <VerifyScreen
          state={attempt}
          actions={{
            signInAgain: actions.signIn,
            testAgain: actions.test,
            ...(attempt.flow === "browser" && { useGraph: actions.useGraph, usePop3: actions.usePop3 }),
            useOauth: actions.chooseMethod,
            adminLink: attempt.adminLink,
            explain: "beside",
            ...(attempt.mayDecide
              ? { proveAlias: () => actions.decide("alias"), openShared: () => actions.decide("shared") }
              : {}),
            busy: waysBusy(actions.busy),
          }}
          foot={
            <Button
              tone="quiet"
              size="s"
              className="-ml-2.5"
              busy={actions.busy === "dismiss"}
              onClick={actions.giveUp}
            >
              {t("connect.finding.otherAddress")}
            </Button>
          }
        />
      );
    case "kept":
      return (
        <KeptScreen
          state={attempt}
          ways={
            attempt.flow === "browser" && attempt.connectUrl !== ""
              ? { useGraph: actions.useGraph, signInAgain: actions.signIn, busy: waysBusy(actions.busy) }
              : {}
          }
        />
      );
    case "connected":
      return <GoOn mailboxId={attempt.mailboxId} />;
    case "expired":
      return (
        <>
          <PageHead title={t("connect.expired.title")}>{t("connect.expired.text")}</PageHead>
          <Link
            to="/connect/new"
            search={beginSearch(attempt)}
            className={`${buttonClass("primary", "l")} mt-6`}
          >
            {t("connect.expired.button")}
          </Link>
        </>
      );
  }
}

/** All checks passed: on to the folders, in place of this page, so that "back" does not lead into it again. */
function GoOn({ mailboxId }: { mailboxId: string | null }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  useEffect(() => {
    if (mailboxId !== null)
      void navigate({ to: "/connect/new", search: { mailbox: mailboxId, step: "connected" }, replace: true });
  }, [mailboxId, navigate]);
  return <PageHead title={t("connect.link.onward")} />;
}

function Gone() {
  const { t } = useTexts();
  return (
    <>
      <PageHead title={t("connect.gone.title")}>{t("connect.gone.text")}</PageHead>
      <Link to="/connect/new" search={{}} className={`${buttonClass("primary", "l")} mt-6`}>
        {t("connect.gone.button")}
      </Link>
    </>
  );
}
