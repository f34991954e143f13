/** Joining a workspace by invitation: with a new account, or with the password of one's own. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { isApiError } from "../api/api-error.ts";
import { acceptInvitation, getInvitation } from "../api/gen/client.ts";
import type { InvitationLook } from "../api/gen/model/index.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { queryClient } from "../app/query-client.ts";
import { PasswordInput } from "../connect/PasswordInput.tsx";
import { PageHead, PlainPage } from "../connect/WizardFrame.tsx";
import { formText, withoutField } from "../ui/form-text.ts";
import { Button, buttonClass } from "../ui/Button.tsx";
import { Field, Input } from "../ui/Field.tsx";
import { Notice } from "../ui/Panel.tsx";
import { SkeletonText } from "../ui/Skeleton.tsx";
import { NewPassword } from "./NewPassword.tsx";
import { minPasswordLength } from "./password-strength.ts";
import { takeToken } from "./token.ts";

export function JoinPage() {
  const { t } = useTexts();
  const [token] = useState(takeToken);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => getInvitation({ token: token ?? "" }),
    enabled: token !== null,
    staleTime: Infinity,
  });
  const refused = token === null || (isApiError(error) && error.status >= 400 && error.status < 500);
  return (
    <PlainPage className="max-w-[460px]!" name={data?.workspace}>
      {refused && <Invalid />}
      {!refused && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!refused && error === null && isPending && (
        <>
          <span className="sr-only">{t("app.loading")}</span>
          <SkeletonText lines={5} />
        </>
      )}
      {token !== null && data !== undefined && <JoinForm token={token} look={data} />}
    </PlainPage>
  );
}

function Invalid() {
  const { t } = useTexts();
  return (
    <>
      <PageHead title={t("setup.join.invalid")}>{t("setup.join.invalidText")}</PageHead>
      <Link to="/sign-in" search={{}} className={`${buttonClass("primary", "l")} mt-6`}>
        {t("setup.join.signIn")}
      </Link>
    </>
  );
}

function JoinForm({ token, look }: { token: string; look: InvitationLook }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<{ name?: string; password?: string }>({});
  const [failure, setFailure] = useState<string | null>(null);
  const send = async (name: string, password: string) => {
    setBusy(true);
    setFailure(null);
    try {
      await acceptInvitation({ token, password, ...(name === "" ? {} : { name }) });
      queryClient.clear();
      await navigate({ to: "/", replace: true });
    } catch (error) {
      if (isApiError(error, "unauthenticated")) setProblems({ password: t("setup.join.wrong") });
      else if (isApiError(error) && error.field === "password")
        setProblems({ password: errorText(error, t) });
      else setFailure(errorText(error, t));
    } finally {
      setBusy(false);
    }
  };
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = formText(form, "name").trim();
    const password = formText(form, "password");
    const found: typeof problems = {};
    if (!look.hasAccount && name === "") found.name = t("setup.needed");
    if (look.hasAccount && password === "") found.password = t("setup.needed");
    if (!look.hasAccount && password.length < minPasswordLength) found.password = t("setup.shortPassword");
    setProblems(found);
    if (Object.keys(found).length === 0) void send(name, password);
  };
  return (
    <>
      <PageHead title={t("setup.join.title", { workspace: look.workspace })}>
        {t("setup.join.text", { role: t(`setup.role.${look.role}`), email: look.email })}
      </PageHead>
      {look.hasAccount && (
        <Notice tone="accent" className="mt-4">
          {t("setup.join.hasAccount")}
        </Notice>
      )}
      <form
        className="mt-7 flex flex-col gap-5"
        onSubmit={onSubmit}
        onInput={({ target }) => setProblems((before) => withoutField(before, target))}
        noValidate
      >
        {!look.hasAccount && (
          <Field label={t("setup.name")} error={problems.name}>
            <Input name="name" autoComplete="name" maxLength={100} />
          </Field>
        )}
        <input type="hidden" name="username" autoComplete="username" value={look.email} readOnly />
        {look.hasAccount ? (
          <Field label={t("setup.join.own")} error={problems.password}>
            <PasswordInput name="password" autoComplete="current-password" />
          </Field>
        ) : (
          <NewPassword label={t("setup.password")} error={problems.password} />
        )}
        {failure !== null && <Notice tone="bad">{failure}</Notice>}
        <Button type="submit" tone="primary" size="l" busy={busy} className="mt-1">
          {t("setup.join.button")}
        </Button>
      </form>
    </>
  );
}
