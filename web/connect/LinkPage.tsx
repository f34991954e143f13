/** A connection link, for whoever was sent it: who asks for what, the way to the provider, and how it ended. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Check, ShieldCheck } from "lucide-react";
import { useEffect, useState } from "react";
import { isApiError } from "../api/api-error.ts";
import { decideConnectLink, startConnectLink, verifyAttempt } from "../api/gen/client.ts";
import type { ConnectLink } from "../api/gen/model/index.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { Button, buttonClass } from "../ui/Button.tsx";
import { Notice } from "../ui/Panel.tsx";
import { SkeletonText } from "../ui/Skeleton.tsx";
import { Tag } from "../ui/Tag.tsx";
import type { FindingActions } from "./FindingCard.tsx";
import { KeptScreen } from "./KeptScreen.tsx";
import { PermissionList } from "./MethodStep.tsx";
import { linkQuery } from "./queries.ts";
import { VerifyScreen } from "./VerifyScreen.tsx";
import { LeaveLink, PageHead, PlainPage, StepBars } from "./WizardFrame.tsx";

export function LinkPage() {
  const { language } = useTexts();
  const { link } = useParams({ from: "/connect/$link" });
  const { data, error, refetch } = useQuery(linkQuery(link, language));
  return (
    <PlainPage name={data?.workspaceName} corner={data?.member === true ? <LeaveLink /> : undefined}>
      {data === undefined ? (
        <Unread error={error} onRetry={() => void refetch()} />
      ) : (
        <LinkScreens link={link} state={data} />
      )}
    </PlainPage>
  );
}

function Unread({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTexts();
  if (isApiError(error) && (error.status === 404 || error.status === 400))
    return (
      <>
        <PageHead title={t("connect.link.unknownTitle")}>{t("connect.link.unknownText")}</PageHead>
        <Link to="/" className={`${buttonClass("primary", "l")} mt-6`}>
          {t("connect.link.toHitchpost")}
        </Link>
      </>
    );
  if (error !== null) return <ErrorState error={error} onRetry={onRetry} />;
  return (
    <>
      <span className="sr-only">{t("app.loading")}</span>
      <SkeletonText lines={6} />
    </>
  );
}

function useLinkActions(link: string, state: ConnectLink) {
  const { language } = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState<FindingActions["busy"]>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const readAnew = () => client.invalidateQueries({ queryKey: linkQuery(link, language).queryKey });
  const signIn = async (transport?: "graph" | "pop3") => {
    setBusy(transport === undefined ? "sign_in_again" : `use_${transport}`);
    setFailure(null);
    try {
      const { redirectTo } = await startConnectLink(link, transport === undefined ? null : { transport });
      // The permission that is kept serves Graph too: the checks go on here.
      if (redirectTo === window.location.href) {
        setBusy(null);
        await readAnew();
        return;
      }
      // Busy until the page is left: a second click would make the first one's state void.
      window.location.assign(redirectTo);
    } catch (error) {
      setBusy(null);
      setFailure(error);
      await readAnew();
    }
  };
  const test = async (attemptId: string) => {
    setBusy("test_again");
    setFailure(null);
    try {
      await verifyAttempt(attemptId);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(null);
      await readAnew();
    }
  };
  const decide = async (what: "alias" | "shared", action: FindingActions["busy"]) => {
    setBusy(action);
    setFailure(null);
    try {
      await decideConnectLink(link, { what });
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(null);
      await readAnew();
    }
  };
  const { attemptId } = state;
  const actions: FindingActions = {
    signInAgain: () => void signIn(),
    useGraph: () => void signIn("graph"),
    usePop3: () => void signIn("pop3"),
    busy,
    adminLink: state.adminLink,
    ...(state.mayDecide
      ? {
          proveAlias: () => void decide("alias", "prove_alias"),
          openShared: () => void decide("shared", "open_shared"),
        }
      : {}),
    ...(attemptId === null
      ? {}
      : {
          testAgain: () => void test(attemptId),
          useOauth: () => void navigate({ to: "/connect/new", search: { address: state.address } }),
        }),
  };
  return { signIn: () => void signIn(), busy, failure, actions };
}

function LinkScreens({ link, state }: { link: string; state: ConnectLink }) {
  const { t } = useTexts();
  const { signIn, busy, failure, actions } = useLinkActions(link, state);
  const problem =
    failure === null ? null : (
      <Notice tone="bad" className="mt-4">
        {errorText(failure, t)}
      </Notice>
    );
  switch (state.step) {
    case "waiting":
    case "authorizing":
      return (
        <>
          {state.member && <StepBars lit={3} />}
          <Invitation state={state} busy={busy !== null} onGo={signIn} />
          {problem}
        </>
      );
    case "verifying":
    case "proving":
    case "finding":
      return (
        <>
          {state.member && <StepBars lit={4} />}
          <VerifyScreen
            state={state}
            actions={actions}
            foot={
              state.member && (
                <Link to="/connect/new" search={{}} className={`${buttonClass("quiet", "s")} -ml-2.5`}>
                  {t("connect.finding.otherAddress")}
                </Link>
              )
            }
          />
          {problem}
        </>
      );
    case "connected":
      return <Connected state={state} />;
    case "kept":
      return (
        <>
          <KeptScreen
            state={state}
            ways={{ useGraph: actions.useGraph, signInAgain: actions.signInAgain, busy }}
          />
          {problem}
        </>
      );
    case "expired":
      return <Expired state={state} />;
  }
}

function Invitation({ state, busy, onGo }: { state: ConnectLink; busy: boolean; onGo: () => void }) {
  const { t } = useTexts();
  const provider = state.sandbox ? state.providerName : t("connect.link.microsoft");
  const asks = { name: state.requestedByName, workspace: state.workspaceName };
  return (
    <>
      <PageHead title={t("connect.link.title", { address: state.address })}>
        {state.requestedByName === "" ? t("connect.link.asksNobody", asks) : t("connect.link.asks", asks)}
      </PageHead>
      {state.adminConsented && (
        <Notice tone="good" className="mt-5">
          {t("connect.link.adminConsented")}
        </Notice>
      )}
      <section className="mt-6 rounded-m border border-line bg-sheet p-5 phone:p-4">
        <h2 className="flex flex-wrap items-center gap-2 font-semibold">
          {t("connect.link.permissions")}
          {state.sandbox && <Tag tone="warn">{t("app.sandbox")}</Tag>}
        </h2>
        <PermissionList permissions={state.permissions} />
        <p className="mt-4 flex gap-2.5 border-t border-line pt-4 text-s text-ink-2">
          <ShieldCheck size={16} strokeWidth={1.7} className="mt-0.5 shrink-0 text-ink-3" aria-hidden />
          {t("connect.link.password", { provider })}
        </p>
      </section>
      <p className="mt-5 text-s text-ink-2">
        {t(state.relation === "shared" ? "connect.link.signInShared" : "connect.link.signInAs", {
          address: state.address,
        })}
      </p>
      <Button tone="primary" size="l" busy={busy} onClick={onGo} className="mt-3 phone:w-full">
        {state.sandbox ? t("connect.link.goSandbox") : t("connect.link.go", { provider })}
      </Button>
      {!state.member && (
        <p className="mt-6 text-s text-ink-3">
          {t("connect.link.stranger", { workspace: state.workspaceName })}
        </p>
      )}
    </>
  );
}

function Connected({ state }: { state: ConnectLink }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const onward = state.member ? state.mailboxId : null;
  useEffect(() => {
    if (onward === null) return;
    // In place of this page: its link is used up, "back" must not lead to it.
    void navigate({ to: "/connect/new", search: { mailbox: onward, step: "connected" }, replace: true });
  }, [onward, navigate]);
  return (
    <>
      <span aria-hidden className="mb-5 grid size-10 place-items-center rounded-full bg-good-soft text-good">
        <Check size={20} strokeWidth={2} />
      </span>
      <PageHead title={t("connect.link.connectedTitle", { address: state.address })}>
        {onward === null
          ? t("connect.link.connectedText", { workspace: state.workspaceName })
          : t("connect.link.onward")}
      </PageHead>
      {onward === null && !state.sandbox && (
        <p className="mt-6 text-s text-ink-3">{t("connect.link.withdraw")}</p>
      )}
    </>
  );
}

function Expired({ state }: { state: ConnectLink }) {
  const { t } = useTexts();
  return (
    <>
      <PageHead title={t("connect.link.expiredTitle")}>
        {state.member || state.requestedByName === ""
          ? t("connect.link.expiredMember")
          : t("connect.link.expiredText", { name: state.requestedByName })}
      </PageHead>
      {state.member ? (
        <Link
          to="/connect/new"
          search={{ address: state.address }}
          className={`${buttonClass("primary", "l")} mt-6`}
        >
          {t("connect.link.newOne")}
        </Link>
      ) : (
        <Button tone="primary" size="l" className="mt-6" onClick={() => window.location.reload()}>
          {t("connect.link.again")}
        </Button>
      )}
    </>
  );
}
