/** Inviting: address and role, then the link, which is shown this once. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { createInvitation } from "../api/gen/client.ts";
import type { Role } from "../api/gen/model/index.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { useMember } from "../app/session.ts";
import { looksLikeAddress } from "../connect/password-form.ts";
import { Button } from "../ui/Button.tsx";
import { CopyField } from "../ui/CopyField.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Field, Input, Select } from "../ui/Field.tsx";
import { invitationsKey } from "./OpenInvitations.tsx";
import { roles } from "./roles.ts";

export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const { role: mine } = useMember();
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("agent");
  const [wrong, setWrong] = useState(false);
  const invite = useMutation({
    mutationFn: () => createInvitation({ email: email.trim(), role }),
    onSuccess: () => client.invalidateQueries({ queryKey: invitationsKey }),
  });
  const submit = () => {
    setWrong(!looksLikeAddress(email));
    if (looksLikeAddress(email)) invite.mutate();
  };
  const made = invite.data;
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t(made === undefined ? "settings.team.inviteTitle" : "settings.team.linkTitle")}
      description={
        made === undefined ? undefined : t("settings.team.linkText", { email: made.invitation.email })
      }
      actions={
        made === undefined ? (
          <>
            <Button onClick={onClose}>{t("app.cancel")}</Button>
            <Button tone="primary" busy={invite.isPending} onClick={submit}>
              {t("settings.team.make")}
            </Button>
          </>
        ) : (
          <Button tone="primary" onClick={onClose}>
            {t("settings.team.done")}
          </Button>
        )
      }
    >
      {made === undefined ? (
        <form
          className="flex flex-col gap-4"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <Field
            label={t("settings.team.email")}
            error={wrong ? t("setup.badEmail") : invite.error === null ? null : errorText(invite.error, t)}
          >
            <Input
              type="email"
              inputMode="email"
              autoComplete="off"
              spellCheck={false}
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          </Field>
          <Field label={t("settings.team.roleLabel")}>
            <Select value={role} onChange={(event) => setRole(event.target.value as Role)}>
              {roles
                .filter((name) => name !== "owner" || mine === "owner")
                .map((name) => (
                  <option key={name} value={name}>
                    {t(`settings.team.roles.${name}`)}
                  </option>
                ))}
            </Select>
          </Field>
        </form>
      ) : (
        <CopyField
          label={t("settings.team.link")}
          value={made.url}
          copyLabel={t("connect.copy")}
          copiedLabel={t("connect.copied")}
        />
      )}
    </Dialog>
  );
}
