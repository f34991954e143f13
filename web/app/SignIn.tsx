/** Sign-in by address and password. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { isApiError } from "../api/api-error.ts";
import { formText } from "../ui/form-text.ts";
import { Button } from "../ui/Button.tsx";
import { Field, Input } from "../ui/Field.tsx";
import { Logo } from "../ui/Logo.tsx";
import { errorText } from "./error-text.ts";
import { useTexts, type Translate } from "./i18n.ts";
import { LanguageButton } from "./LanguageButton.tsx";
import { safeReturn } from "./safe-return.ts";
import { isMember, sessionQuery, signIn } from "./session.ts";
import { queryClient } from "./query-client.ts";

function failureText(error: unknown, t: Translate): string {
  if (!isApiError(error)) return errorText(error, t);
  if (error.status === 429) return t("app.signIn.many");
  return error.status === 400 || error.status === 401 || error.status === 403
    ? t("app.signIn.wrong")
    : errorText(error, t);
}

/** The page has this one purpose: the first field is where one begins. */
const focusAtOnce = (input: HTMLInputElement | null): void => input?.focus();

export function SignIn() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const { to, ended } = useSearch({ from: "/sign-in" });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (form: FormData) => {
    const email = formText(form, "email").trim();
    const password = formText(form, "password");
    if (email === "" || password === "") return setProblem(t("app.signIn.needed"));
    setBusy(true);
    setProblem(null);
    try {
      await signIn(email, password);
      const session = await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
      if (!isMember(session)) return setProblem(t("app.signIn.noWorkspace"));
      await navigate({ href: safeReturn(to), replace: true });
    } catch (error) {
      setProblem(failureText(error, t));
    } finally {
      setBusy(false);
    }
  };
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void submit(new FormData(event.currentTarget));
  };

  return (
    <main className="flex min-h-full flex-col items-center justify-center px-5 py-10">
      <div className="w-full max-w-[340px]">
        <Logo size={40} />
        <h1 className="mt-5 text-xl font-semibold tracking-[-0.02em]">{t("app.signIn.title")}</h1>
        <p className="text-ink-2">{t(ended === 1 ? "app.error.signedOut" : "app.signIn.subtitle")}</p>
        <form className="mt-7 flex flex-col gap-4" onSubmit={onSubmit} noValidate>
          <Field label={t("app.signIn.email")}>
            <Input
              name="email"
              type="email"
              autoComplete="username"
              ref={focusAtOnce}
              inputMode="email"
              spellCheck={false}
            />
          </Field>
          <Field label={t("app.signIn.password")}>
            <Input name="password" type="password" autoComplete="current-password" />
          </Field>
          {problem !== null && (
            <p role="alert" className="text-s text-bad">
              {problem}
            </p>
          )}
          <Button type="submit" tone="primary" size="l" busy={busy} className="mt-1">
            {t("app.signIn.button")}
          </Button>
        </form>
      </div>
      <div className="fixed right-4 bottom-4">
        <LanguageButton />
      </div>
    </main>
  );
}
