/**
 * Connecting a mailbox, step by step. The place is in the address, the state on the server:
 *
 *   ?                          provider            ?attempt=…                      sign-in, checks, finding
 *   ?step=method|password      how to sign in      ?mailbox=…                      sign in again (reconnect)
 *                                                  ?mailbox=…&step=folders|signature|done
 */
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import type { Mailbox } from "../api/gen/model/index.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { useTexts } from "../app/i18n.ts";
import type { WizardSearch } from "../app/router.tsx";
import { useMember } from "../app/session.ts";
import { buttonClass } from "../ui/Button.tsx";
import { SkeletonText } from "../ui/Skeleton.tsx";
import { AttemptStep } from "./AttemptStep.tsx";
import { DoneStep } from "./DoneStep.tsx";
import { ConnectedStep, FoldersStep, SignatureStep } from "./MailboxSteps.tsx";
import { MethodStep } from "./MethodStep.tsx";
import { PasswordStep } from "./PasswordStep.tsx";
import { ProviderStep } from "./ProviderStep.tsx";
import { mailboxQuery } from "./queries.ts";
import { LeaveLink, PageHead, PlainPage } from "./WizardFrame.tsx";

export function WizardPage() {
  const { role, workspace } = useMember();
  const search = useSearch({ from: "/connect/new" });
  return (
    <PlainPage name={workspace.name} corner={<LeaveLink />}>
      {role === "agent" ? <NoRight /> : <Step search={search} />}
    </PlainPage>
  );
}

function Step({ search }: { search: WizardSearch }) {
  const { attempt, mailbox, step, address, provider } = search;
  if (attempt !== undefined) return <AttemptStep key={attempt} id={attempt} />;
  if (mailbox !== undefined) return <OfMailbox id={mailbox} step={step} />;
  if (address !== undefined && provider !== undefined) {
    if (step === "method") return <MethodStep address={address} providerId={provider} mailbox={null} />;
    if (step === "password") return <PasswordStep address={address} providerId={provider} mailbox={null} />;
  }
  return <ProviderStep />;
}

function OfMailbox({ id, step }: { id: string; step: string | undefined }) {
  const { t } = useTexts();
  const { data, error, refetch } = useQuery(mailboxQuery(id));
  if (data === undefined && error !== null)
    return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined)
    return (
      <>
        <span className="sr-only">{t("app.loading")}</span>
        <SkeletonText lines={6} />
      </>
    );
  return <MailboxStep mailbox={data} step={step} />;
}

function MailboxStep({ mailbox, step }: { mailbox: Mailbox; step: string | undefined }) {
  const props = { address: mailbox.address, providerId: mailbox.provider, mailbox };
  switch (step) {
    case "connected":
      return <ConnectedStep mailbox={mailbox} />;
    case "folders":
      return <FoldersStep key={mailbox.id} mailbox={mailbox} />;
    case "signature":
      return <SignatureStep key={mailbox.id} mailbox={mailbox} />;
    case "done":
      return <DoneStep mailbox={mailbox} />;
    case "password":
      return <PasswordStep {...props} />;
    case "method":
      return <MethodStep {...props} />;
    default:
      return mailbox.method === "password" ? <PasswordStep {...props} /> : <MethodStep {...props} />;
  }
}

function NoRight() {
  const { t } = useTexts();
  return (
    <>
      <PageHead title={t("connect.noRight.title")}>{t("connect.noRight.text")}</PageHead>
      <Link to="/" className={`${buttonClass("primary", "l")} mt-6`}>
        {t("connect.noRight.button")}
      </Link>
    </>
  );
}
