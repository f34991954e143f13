/**
 * The first owner, by the one-time token. The token stands in the fragment, which browsers send to nobody; it is taken
 * out of the address bar at once and goes only into the body of POST /v1/setup.
 */
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { isApiError } from "../api/api-error.ts";
import { setup } from "../api/gen/client.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { queryClient } from "../app/query-client.ts";
import { PlainPage, PageHead } from "../connect/WizardFrame.tsx";
import { looksLikeAddress } from "../connect/password-form.ts";
import { formText, withoutField } from "../ui/form-text.ts";
import { Button, buttonClass } from "../ui/Button.tsx";
import { Field, Input } from "../ui/Field.tsx";
import { Notice } from "../ui/Panel.tsx";
import { NewPassword } from "./NewPassword.tsx";
import { minPasswordLength } from "./password-strength.ts";
import { takeToken, tokenIn } from "./token.ts";

export function SetupPage() {
  const [token, setToken] = useState(takeToken);
  const [refused, setRefused] = useState(false);
  const [late, setLate] = useState(false);
  const use = (given: string) => {
    setToken(given);
    setRefused(false);
  };
  return (
    <PlainPage className="max-w-[460px]!">
      {late && <TooLate />}
      {!late && (token === null || refused) && <TokenNeeded refused={refused} onToken={use} />}
      {!late && token !== null && !refused && (
        <OwnerForm token={token} onRefused={() => setRefused(true)} onTooLate={() => setLate(true)} />
      )}
    </PlainPage>
  );
}

type FieldName = "name" | "email" | "password" | "workspace";
type Problems = Partial<Record<FieldName, string>>;
const fields: readonly FieldName[] = ["name", "email", "password", "workspace"];

const focusAtOnce = (input: HTMLInputElement | null): void => input?.focus({ preventScroll: true });

function OwnerForm({
  token,
  onRefused,
  onTooLate,
}: {
  token: string;
  onRefused: () => void;
  onTooLate: () => void;
}) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<Problems>({});
  const [failure, setFailure] = useState<string | null>(null);

  const failed = (error: unknown) => {
    if (isApiError(error, "setup_token_invalid")) return onRefused();
    if (isApiError(error, "conflict")) return onTooLate();
    const field = isApiError(error) ? fields.find((name) => name === error.field) : undefined;
    if (field === undefined) setFailure(errorText(error, t));
    else setProblems({ [field]: errorText(error, t) });
  };
  const send = async (values: Record<FieldName, string>) => {
    setBusy(true);
    setFailure(null);
    try {
      await setup({ token, ...values });
      queryClient.clear();
      await navigate({ to: "/connect/new", search: {}, replace: true });
    } catch (error) {
      failed(error);
    } finally {
      setBusy(false);
    }
  };
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const value = (name: FieldName): string => formText(form, name);
    const values = {
      name: value("name").trim(),
      email: value("email").trim(),
      password: value("password"),
      workspace: value("workspace").trim(),
    };
    const found: Problems = {};
    if (values.name === "") found.name = t("setup.needed");
    if (values.workspace === "") found.workspace = t("setup.needed");
    if (!looksLikeAddress(values.email)) found.email = t("setup.badEmail");
    if (values.password.length < minPasswordLength) found.password = t("setup.shortPassword");
    setProblems(found);
    if (Object.keys(found).length === 0) void send(values);
  };

  return (
    <>
      <PageHead title={t("setup.title")}>{t("setup.text")}</PageHead>
      <form
        className="mt-7 flex flex-col gap-5"
        onSubmit={onSubmit}
        onInput={({ target }) => setProblems((before) => withoutField(before, target))}
        noValidate
      >
        <Field label={t("setup.name")} error={problems.name}>
          <Input ref={focusAtOnce} name="name" autoComplete="name" maxLength={100} />
        </Field>
        <Field label={t("setup.email")} hint={t("setup.emailHint")} error={problems.email}>
          <Input name="email" type="email" inputMode="email" autoComplete="username" spellCheck={false} />
        </Field>
        <NewPassword label={t("setup.password")} error={problems.password} />
        <Field label={t("setup.workspace")} hint={t("setup.workspaceHint")} error={problems.workspace}>
          <Input name="workspace" autoComplete="organization" maxLength={100} />
        </Field>
        {failure !== null && <Notice tone="bad">{failure}</Notice>}
        <Button type="submit" tone="primary" size="l" busy={busy} className="mt-1">
          {t("setup.button")}
        </Button>
      </form>
    </>
  );
}

/** No token, or a wrong one: where it is, and a place to put it in. */
function TokenNeeded({ refused, onToken }: { refused: boolean; onToken: (token: string) => void }) {
  const { t } = useTexts();
  const [wrong, setWrong] = useState(false);
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = tokenIn(formText(new FormData(event.currentTarget), "link"));
    setWrong(token === null);
    if (token !== null) onToken(token);
  };
  return (
    <>
      <PageHead key={String(refused)} title={t(refused ? "setup.token.wrong" : "setup.token.missing")}>
        {t(refused ? "setup.token.wrongText" : "setup.token.missingText")}
      </PageHead>
      <p className="mt-4 text-s text-ink-3">{t("setup.token.where")}</p>
      <pre className="mt-2 overflow-x-auto rounded-s bg-raise px-3 py-2.5 font-mono text-xs">
        cat data/setup-token
      </pre>
      <form className="mt-6 flex flex-col gap-4" onSubmit={onSubmit} noValidate>
        <Field label={t("setup.token.paste")} error={wrong ? t("setup.token.pasteWrong") : null}>
          <Input
            name="link"
            autoComplete="off"
            spellCheck={false}
            autoCapitalize="none"
            className="font-mono"
          />
        </Field>
        <Button type="submit" tone="primary" size="l">
          {t("setup.token.use")}
        </Button>
      </form>
    </>
  );
}

function TooLate() {
  const { t } = useTexts();
  return (
    <>
      <PageHead title={t("setup.done.title")}>{t("setup.done.text")}</PageHead>
      <Link to="/sign-in" search={{}} reloadDocument className={`${buttonClass("primary", "l")} mt-6`}>
        {t("setup.done.button")}
      </Link>
    </>
  );
}
