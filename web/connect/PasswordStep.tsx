/** Connecting by app password. The password lives in its field alone and is wiped as soon as it is sent. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ExternalLink } from "lucide-react";
import { useRef, useState, type FormEvent } from "react";
import { createPasswordMailbox } from "../api/gen/client.ts";
import type { Mailbox, Provider } from "../api/gen/model/index.ts";
import { isApiError } from "../api/api-error.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { errorText } from "../app/error-text.ts";
import { useTexts, type Translate } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { Button, buttonClass } from "../ui/Button.tsx";
import { Field, Input } from "../ui/Field.tsx";
import { Notice } from "../ui/Panel.tsx";
import { SkeletonText } from "../ui/Skeleton.tsx";
import {
  draftProblems,
  fieldOfProblem,
  firstDraft,
  passwordInput,
  withAddress,
  type PasswordDraft,
} from "./password-form.ts";
import { FoundNote } from "./FoundNote.tsx";
import { PasswordInput } from "./PasswordInput.tsx";
import { providersQuery } from "./queries.ts";
import { Servers } from "./ServerFields.tsx";
import { useFoundSettings } from "./use-found-settings.ts";
import { PageHead, StepBars } from "./WizardFrame.tsx";

interface PasswordStepProps {
  address: string;
  providerId: string;
  mailbox: Mailbox | null;
}

export function PasswordStep(props: PasswordStepProps) {
  const { t, language } = useTexts();
  const { data, error, refetch } = useQuery(providersQuery(props.address.toLowerCase(), language));
  const provider = data?.items.find((one) => one.id === props.providerId);
  return (
    <>
      <StepBars lit={3} />
      <PageHead
        title={t(props.mailbox === null ? "connect.password.title" : "connect.password.reconnectTitle")}
      >
        {props.mailbox === null ? provider?.name : t("connect.method.reconnectText")}
      </PageHead>
      {provider !== undefined && <PasswordForm {...props} provider={provider} />}
      {provider === undefined && data === undefined && error === null && (
        <div className="mt-8">
          <SkeletonText lines={5} />
        </div>
      )}
      {provider === undefined && (error !== null || data !== undefined) && (
        <ErrorState error={error} onRetry={() => void refetch()} />
      )}
    </>
  );
}

/** The server for sending failed, after the one for reading was right. */
const ofSending = (error: unknown): boolean => isApiError(error) && error.field === "smtp.host";
/** Its own answer says more than our words for the code, which are those of reading. */
const inItsWords: ReadonlySet<string> = new Set(["auth_failed", "basic_auth_blocked", "protocol_error"]);

/** The page's own words for what commonly fails; the server's, where the page has none. */
function failureText(error: unknown, t: Translate): string {
  if (!isApiError(error)) return errorText(error, t);
  if (ofSending(error) && inItsWords.has(error.code ?? "")) return t("connect.password.errors.sending");
  const own = t(`connect.password.errors.${error.code}` as "connect.password.errors.auth_failed", {
    defaultValue: "",
  });
  return own === "" ? errorText(error, t) : own;
}

function useSend({ provider, mailbox }: { provider: Provider; mailbox: Mailbox | null }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const send = async (draft: PasswordDraft, password: string) => {
    setBusy(true);
    setFailure(null);
    try {
      const made = await createPasswordMailbox(
        passwordInput(draft, password, { provider: provider.id, mailboxId: mailbox?.id }),
      );
      await client.invalidateQueries({ queryKey: queryKeys.mailboxes });
      await navigate({ to: "/connect/new", search: { mailbox: made.id, step: "connected" }, replace: true });
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return { busy, failure, send };
}

function PasswordForm({ address, provider, mailbox }: PasswordStepProps & { provider: Provider }) {
  const { t } = useTexts();
  const [draft, setDraft] = useState(() => firstDraft(provider, address, mailbox));
  const [problems, setProblems] = useState<ReturnType<typeof draftProblems>>({});
  const asked = useFoundSettings({ address, provider, mailbox, draft, onFound: setDraft });
  const passwordField = useRef<HTMLInputElement>(null);
  const { busy, failure, send } = useSend({ provider, mailbox });
  const refused = isApiError(failure) ? fieldOfProblem(failure.field) : null;
  const wrong = (name: string): string | null => {
    const problem = problems[name];
    if (problem !== undefined) return t(`connect.password.${problem}`);
    return refused === name ? failureText(failure, t) : null;
  };
  const change = (next: PasswordDraft) => {
    setDraft(next);
    setProblems({});
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const field = passwordField.current;
    const password = field?.value ?? "";
    const found = draftProblems(draft, password);
    setProblems(found);
    if (Object.keys(found).length > 0) return;
    if (field !== null) field.value = "";
    void send(draft, password);
  };
  return (
    <form onSubmit={onSubmit} noValidate className="mt-6 flex flex-col gap-5">
      <PasswordNote provider={provider} address={address} mailbox={mailbox} />
      <Field label={t("connect.password.address")} error={wrong("address")}>
        <Input
          type="email"
          value={draft.address}
          readOnly={mailbox !== null}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => change(withAddress(draft, event.target.value))}
        />
      </Field>
      <div className="grid grid-cols-2 gap-4 phone:grid-cols-1">
        <Field label={t("connect.password.username")} error={wrong("username")}>
          <Input
            value={draft.username}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => change({ ...draft, username: event.target.value })}
          />
        </Field>
        <Field label={t("connect.password.password")} error={wrong("password")}>
          <PasswordInput ref={passwordField} autoComplete="off" onChange={() => setProblems({})} />
        </Field>
      </div>
      <p className="-mt-3 text-s text-ink-3">{t("connect.password.passwordHint")}</p>
      <FoundNote asked={asked} />
      <Servers
        draft={draft}
        onChange={change}
        wrong={wrong}
        folded={provider.imap !== null && refused === null}
      />
      {failure !== null && (refused === null || ofSending(failure)) && (
        <Notice tone="bad">
          <p className="font-semibold">{t("connect.password.failed")}</p>
          <p>{failureText(failure, t)}</p>
          {isApiError(failure) && failure.detail !== undefined && (
            <details className="mt-1 text-ink-2">
              <summary>{t("connect.password.refusedAt")}</summary>
              <p className="mt-1 font-mono text-xs wrap-break-word">{failure.detail}</p>
            </details>
          )}
        </Notice>
      )}
      <div className="flex flex-wrap items-center justify-end gap-x-4 gap-y-2">
        <p aria-live="polite" className="min-w-0 flex-1 text-s text-ink-3">
          {busy && t("connect.password.checking")}
        </p>
        <Button type="submit" tone="primary" size="l" busy={busy} className="phone:w-full">
          {t("connect.password.submit")}
        </Button>
      </div>
    </form>
  );
}

/** Said before anything is typed: that a password will be refused, or where one is made. */
function PasswordNote({
  provider,
  address,
  mailbox,
}: {
  provider: Provider;
  address: string;
  mailbox: Mailbox | null;
}) {
  const { t } = useTexts();
  if (provider.passwordNote === null) return null;
  const oauth = provider.methods.includes("oauth") && provider.oauthReady;
  return (
    <Notice
      tone="warn"
      actions={
        oauth ? (
          <Link
            to="/connect/new"
            search={{ address, provider: provider.id, mailbox: mailbox?.id, step: "method" }}
            className={buttonClass("plain", "s")}
          >
            {t("connect.password.oauthInstead")}
          </Link>
        ) : (
          provider.passwordHelpUrl !== null && (
            <a
              href={provider.passwordHelpUrl}
              target="_blank"
              rel="noreferrer"
              className={buttonClass("plain", "s")}
            >
              {t("connect.password.make", { provider: provider.name })}
              <ExternalLink size={13} aria-hidden />
            </a>
          )
        )
      }
    >
      {provider.passwordNote}
    </Notice>
  );
}
