/** The workspace's name, and which version runs. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { updateWorkspace } from "../api/gen/client.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { sessionQuery, useMember } from "../app/session.ts";
import { Button } from "../ui/Button.tsx";
import { Switch } from "../ui/Choice.tsx";
import { Field, Input } from "../ui/Field.tsx";
import { Panel } from "../ui/Panel.tsx";
import { toasts } from "../ui/toast-store.ts";
import { SettingsSection } from "./SettingsSection.tsx";

/** Mails about mailboxes that need somebody. */
function MailTrouble({ owner }: { owner: boolean }) {
  const { t } = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (mailTrouble: boolean) => updateWorkspace({ mailTrouble }),
    onSuccess: () => client.invalidateQueries({ queryKey: queryKeys.session }),
    onError: (error) => toasts.show(errorText(error, t), { tone: "bad" }),
  });
  return (
    <Panel className="mt-8 max-w-[560px]">
      <Switch
        className="px-4 py-3"
        checked={save.isPending ? save.variables : workspace.mailTrouble}
        disabled={!owner}
        onChange={(on) => save.mutate(on)}
        label={<span className="font-medium">{t("settings.workspace.mailTrouble")}</span>}
        hint={t("settings.workspace.mailTroubleHint")}
      />
    </Panel>
  );
}

export function WorkspaceSettings() {
  const { t } = useTexts();
  const { workspace, role } = useMember();
  const { data: session } = useQuery(sessionQuery);
  const client = useQueryClient();
  const [name, setName] = useState(workspace.name);
  const owner = role === "owner";
  const save = useMutation({
    mutationFn: () => updateWorkspace({ name: name.trim() }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: queryKeys.session });
      toasts.show(t("settings.saved"));
    },
    onError: (error) => toasts.show(errorText(error, t), { tone: "bad" }),
  });
  return (
    <SettingsSection title={t("settings.sections.workspace")} text={t("settings.workspace.text")}>
      <form
        className="grid max-w-[420px] gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Field
          label={t("settings.workspace.name")}
          hint={owner ? undefined : t("settings.workspace.onlyOwner")}
        >
          <Input
            value={name}
            maxLength={100}
            disabled={!owner}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        {owner && (
          <Button
            type="submit"
            tone="primary"
            className="justify-self-start"
            busy={save.isPending}
            disabled={name.trim() === "" || name.trim() === workspace.name}
          >
            {t("settings.save")}
          </Button>
        )}
      </form>
      <MailTrouble owner={owner} />
      {session !== undefined && (
        <p className="mt-8 text-s text-ink-3">
          {t("settings.workspace.version", { version: session.version })}
        </p>
      )}
    </SettingsSection>
  );
}
