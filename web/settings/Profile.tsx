/** The person: name, language, appearance, password. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { isApiError } from "../api/api-error.ts";
import { fetcher, json } from "../api/fetcher.ts";
import { updateMe } from "../api/gen/client.ts";
import { errorText } from "../app/error-text.ts";
import { languages, useTexts, type Language } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { useMember } from "../app/session.ts";
import { speak } from "../app/speak.ts";
import { setTheme, useTheme, type Theme } from "../app/theme.ts";
import { PasswordInput } from "../connect/PasswordInput.tsx";
import { NewPassword } from "../setup/NewPassword.tsx";
import { minPasswordLength } from "../setup/password-strength.ts";
import { formText } from "../ui/form-text.ts";
import { Button } from "../ui/Button.tsx";
import { Field, Input, Select } from "../ui/Field.tsx";
import { Notice } from "../ui/Panel.tsx";
import { toasts } from "../ui/toast-store.ts";
import { SettingsSection } from "./SettingsSection.tsx";

export function Profile() {
  const { t } = useTexts();
  return (
    <>
      <SettingsSection title={t("settings.sections.profile")} text={t("settings.profile.text")}>
        <NameForm />
        <Looks />
      </SettingsSection>
      <SettingsSection title={t("settings.profile.password")}>
        <PasswordForm />
      </SettingsSection>
    </>
  );
}

function NameForm() {
  const { t } = useTexts();
  const { user } = useMember();
  const client = useQueryClient();
  const [name, setName] = useState(user.name);
  const save = useMutation({
    mutationFn: () => updateMe({ name: name.trim() }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: queryKeys.session });
      void client.invalidateQueries({ queryKey: queryKeys.members });
      toasts.show(t("settings.saved"));
    },
    onError: (error) => toasts.show(errorText(error, t), { tone: "bad" }),
  });
  return (
    <form
      className="grid max-w-[420px] gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Field label={t("settings.profile.name")}>
        <Input
          value={name}
          maxLength={100}
          autoComplete="name"
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <Field label={t("settings.profile.email")}>
        <Input value={user.email} readOnly className="text-ink-2" />
      </Field>
      <Button
        type="submit"
        tone="primary"
        className="justify-self-start"
        busy={save.isPending}
        disabled={name.trim() === "" || name.trim() === user.name}
      >
        {t("settings.save")}
      </Button>
    </form>
  );
}

function Looks() {
  const { t, language } = useTexts();
  const theme = useTheme();
  return (
    <div className="mt-6 grid max-w-[420px] grid-cols-2 gap-4">
      <Field label={t("settings.profile.language")}>
        <Select
          value={language}
          onChange={(event) => {
            const next: Language = event.target.value === "zh" ? "zh" : "en";
            void speak(next);
          }}
        >
          {(["en", "zh"] as const).map((name) => (
            <option key={name} value={name} lang={name === "zh" ? "zh-CN" : "en"}>
              {languages[name]}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={t("settings.profile.theme")}>
        <Select value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
          <option value="system">{t("app.themeSystem")}</option>
          <option value="light">{t("app.themeLight")}</option>
          <option value="dark">{t("app.themeDark")}</option>
        </Select>
      </Field>
    </div>
  );
}

function PasswordForm() {
  const { t } = useTexts();
  const { user } = useMember();
  const [problems, setProblems] = useState<{ current?: string; next?: string }>({});
  /** A new key empties the fields: no password stays on the page. */
  const [round, setRound] = useState(0);
  const change = useMutation({
    mutationFn: (body: { currentPassword: string; newPassword: string }) =>
      fetcher("/api/auth/change-password", {
        method: "POST",
        ...json({ ...body, revokeOtherSessions: true }),
      }),
    gcTime: 0,
    onSuccess: () => {
      setRound((before) => before + 1);
      toasts.show(t("settings.profile.changed"));
    },
    onError: (error) => {
      if (isApiError(error) && (error.status === 400 || error.status === 401))
        setProblems({ current: t("settings.profile.wrong") });
    },
  });
  const unexpected =
    change.error !== null &&
    !(isApiError(change.error) && (change.error.status === 400 || change.error.status === 401));
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const currentPassword = formText(form, "current");
    const newPassword = formText(form, "password");
    const found: typeof problems = {};
    if (currentPassword === "") found.current = t("setup.needed");
    if (newPassword.length < minPasswordLength) found.next = t("setup.shortPassword");
    setProblems(found);
    if (Object.keys(found).length === 0) change.mutate({ currentPassword, newPassword });
  };
  return (
    <form key={round} className="grid max-w-[420px] gap-4" onSubmit={onSubmit} noValidate>
      <input type="hidden" name="username" autoComplete="username" value={user.email} readOnly />
      <Field label={t("settings.profile.current")} error={problems.current}>
        <PasswordInput name="current" autoComplete="current-password" />
      </Field>
      <NewPassword label={t("settings.profile.next")} error={problems.next} />
      {unexpected && <Notice tone="bad">{errorText(change.error, t)}</Notice>}
      <Button type="submit" className="justify-self-start" busy={change.isPending}>
        {t("settings.profile.change")}
      </Button>
    </form>
  );
}
