/** The workspace's name, and which version runs. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { updateWorkspace } from "../api/gen/client.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { sessionQuery, useMember } from "../app/session.ts";
import { Button } from "../ui/Button.tsx";
import { Field, Input } from "../ui/Field.tsx";
import { toasts } from "../ui/toast-store.ts";
import { SettingsSection } from "./SettingsSection.tsx";

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
      {session !== undefined && (
        <p className="mt-8 text-s text-ink-3">
          {t("settings.workspace.version", { version: session.version })}
        </p>
      )}
    </SettingsSection>
  );
}
