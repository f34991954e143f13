/** Entering or editing a Microsoft app. The secret goes one way: it is never read back. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { createApp, updateApp } from "../../api/gen/client.ts";
import type { MicrosoftApp } from "../../api/gen/model/index.ts";
import { errorText } from "../../app/error-text.ts";
import { useTexts } from "../../app/i18n.ts";
import { queryKeys } from "../../app/query-keys.ts";
import { PasswordInput } from "../../connect/PasswordInput.tsx";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Field, Input, Select } from "../../ui/Field.tsx";
import { Notice } from "../../ui/Panel.tsx";
import {
  audiences,
  changedApp,
  draftProblems,
  firstDraft,
  looksLikeId,
  newApp,
  type AppDraft,
  type Audience,
  type Cloud,
} from "./app-form.ts";

interface AppDialogProps {
  /** null: a new one. */
  app: MicrosoftApp | null;
  onClose: () => void;
  onSaved: (app: MicrosoftApp) => void;
}

export function AppDialog({ app, onClose, onSaved }: AppDialogProps) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [draft, setDraft] = useState(() => firstDraft(app, t("apps.form.defaultName")));
  const [problems, setProblems] = useState<ReturnType<typeof draftProblems>>({});
  const save = useMutation({
    mutationFn: () => (app === null ? createApp(newApp(draft)) : updateApp(app.id, changedApp(draft, app))),
    gcTime: 0, // the secret must not stay in the page's memory
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: queryKeys.apps });
      await client.invalidateQueries({ queryKey: ["providers"] });
      onSaved(saved);
    },
  });
  const submit = () => {
    const found = draftProblems(draft);
    setProblems(found);
    if (Object.keys(found).length === 0) save.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={app === null ? t("apps.form.title") : t("apps.form.editTitle", { name: app.name })}
      actions={
        <>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button tone="primary" busy={save.isPending} onClick={submit}>
            {t("apps.form.save")}
          </Button>
        </>
      }
    >
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <AppFields draft={draft} problems={problems} kept={app?.hasSecret === true} onChange={setDraft} />
        {save.error !== null && <Notice tone="bad">{errorText(save.error, t)}</Notice>}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}

interface AppFieldsProps {
  draft: AppDraft;
  problems: ReturnType<typeof draftProblems>;
  /** A secret is kept already. */
  kept: boolean;
  onChange: (draft: AppDraft) => void;
}

function AppFields({ draft, problems, kept, onChange }: AppFieldsProps) {
  const { t } = useTexts();
  const set = (change: Partial<AppDraft>) => onChange({ ...draft, ...change });
  const wrong = (name: keyof AppDraft): string | null => {
    const problem = problems[name];
    return problem === undefined ? null : t(`apps.form.${problem}`);
  };
  return (
    <>
      <Field label={t("apps.form.clientId")} hint={t("apps.form.clientIdHint")} error={wrong("clientId")}>
        <Input
          value={draft.clientId}
          maxLength={200}
          autoComplete="off"
          spellCheck={false}
          className="font-mono text-s!"
          placeholder="00000000-0000-0000-0000-000000000000"
          onChange={(event) => set({ clientId: event.target.value })}
        />
      </Field>
      <Field
        label={t("apps.form.secret")}
        hint={t(kept ? "apps.form.secretStays" : "apps.form.secretHint")}
        error={looksLikeId(draft.secret) ? t("apps.form.looksLikeId") : null}
      >
        <PasswordInput
          value={draft.secret}
          maxLength={1000}
          autoComplete="off"
          onChange={(event) => set({ secret: event.target.value })}
        />
      </Field>
      <Field label={t("apps.form.expires")} hint={t("apps.form.expiresHint")}>
        <Input type="date" value={draft.expires} onChange={(event) => set({ expires: event.target.value })} />
      </Field>
      <Field label={t("apps.form.accounts")}>
        <Select
          value={draft.audience}
          onChange={(event) => set({ audience: event.target.value as Audience })}
        >
          {audiences.map((audience) => (
            <option key={audience} value={audience}>
              {t(`apps.tenant.${audience}`)}
            </option>
          ))}
        </Select>
      </Field>
      {draft.audience === "own" && (
        <Field label={t("apps.form.tenantId")} error={wrong("tenantId")}>
          <Input
            value={draft.tenantId}
            autoComplete="off"
            spellCheck={false}
            className="font-mono text-s!"
            onChange={(event) => set({ tenantId: event.target.value })}
          />
        </Field>
      )}
      <div className="grid grid-cols-2 gap-4 phone:grid-cols-1">
        <Field label={t("apps.form.name")} hint={t("apps.form.nameHint")} error={wrong("name")}>
          <Input value={draft.name} maxLength={100} onChange={(event) => set({ name: event.target.value })} />
        </Field>
        <Field label={t("apps.form.cloud")}>
          <Select value={draft.cloud} onChange={(event) => set({ cloud: event.target.value as Cloud })}>
            {(["default", "usgov", "china"] as const).map((cloud) => (
              <option key={cloud} value={cloud}>
                {t(`apps.cloud.${cloud}`)}
              </option>
            ))}
          </Select>
        </Field>
      </div>
    </>
  );
}
