/** API keys: made (and shown this once), listed without their secret, revoked. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ExternalLink, KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { createApiKey, listApiKeys, revokeApiKey } from "../api/gen/client.ts";
import type { ApiKey, Role } from "../api/gen/model/index.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { now } from "../app/clock.ts";
import { errorText } from "../app/error-text.ts";
import { relativeTime } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { useMember } from "../app/session.ts";
import { Button, buttonClass } from "../ui/Button.tsx";
import { CopyField } from "../ui/CopyField.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Field, Input, Select } from "../ui/Field.tsx";
import { EmptyState, Panel, PanelRow } from "../ui/Panel.tsx";
import { Tag } from "../ui/Tag.tsx";
import { toasts } from "../ui/toast-store.ts";
import { ConfirmDialog } from "./ConfirmDialog.tsx";
import { RowSkeletons } from "./RowSkeletons.tsx";
import { SettingsSection } from "./SettingsSection.tsx";
import { roles } from "./roles.ts";

const keysKey = ["api-keys"] as const;

export function ApiKeys() {
  const { t } = useTexts();
  const { role } = useMember();
  const [making, setMaking] = useState(false);
  const may = role !== "agent";
  const { data, error, refetch } = useQuery({
    queryKey: keysKey,
    queryFn: () => listApiKeys(),
    enabled: may,
  });
  const make = (
    <Button tone="primary" icon={<Plus size={15} />} onClick={() => setMaking(true)}>
      {t("settings.api.make")}
    </Button>
  );
  return (
    <SettingsSection
      title={t("settings.sections.api")}
      text={t("settings.api.text")}
      action={
        <div className="flex flex-wrap gap-2">
          <a href="/docs" target="_blank" rel="noreferrer" className={buttonClass()}>
            {t("settings.api.reference")}
            <ExternalLink size={14} aria-hidden />
          </a>
          {may && data !== undefined && data.items.length > 0 && make}
        </div>
      }
    >
      {!may && <p className="text-ink-3">{t("settings.api.forbidden")}</p>}
      {may && data === undefined && error !== null && (
        <ErrorState error={error} onRetry={() => void refetch()} />
      )}
      {may && data === undefined && error === null && <RowSkeletons rows={2} />}
      {data !== undefined && data.items.length === 0 && (
        <div className="rounded-m border border-line bg-sheet">
          <EmptyState
            icon={<KeyRound size={22} strokeWidth={1.6} />}
            title={t("settings.api.none")}
            action={make}
          >
            {t("settings.api.noneText")}
          </EmptyState>
        </div>
      )}
      {data !== undefined && data.items.length > 0 && (
        <Panel>
          {data.items.map((key) => (
            <KeyLine key={key.id} apiKey={key} />
          ))}
        </Panel>
      )}
      {making && <MakeDialog onClose={() => setMaking(false)} />}
    </SettingsSection>
  );
}

function KeyLine({ apiKey }: { apiKey: ApiKey }) {
  const { t, locale } = useTexts();
  const client = useQueryClient();
  const [revoking, setRevoking] = useState(false);
  const revoke = async () => {
    await revokeApiKey(apiKey.id);
    await client.invalidateQueries({ queryKey: keysKey });
    toasts.show(t("settings.api.revoked"));
  };
  return (
    <PanelRow>
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{apiKey.name}</p>
        <p className="truncate text-s text-ink-3">
          <span className="font-mono">{apiKey.prefix}…</span>
          {" · "}
          {apiKey.lastUsedAt === null
            ? t("settings.api.unused")
            : t("settings.api.used", { when: relativeTime(apiKey.lastUsedAt, now(), locale) })}
        </p>
      </div>
      <Tag>{t(`settings.team.roles.${apiKey.role}`)}</Tag>
      <Button
        size="s"
        tone="quiet"
        aria-label={t("settings.api.revokeOf", { name: apiKey.name })}
        onClick={() => setRevoking(true)}
      >
        {t("settings.api.revoke")}
      </Button>
      {revoking && (
        <ConfirmDialog
          title={t("settings.api.revokeTitle", { name: apiKey.name })}
          text={t("settings.api.revokeText")}
          doLabel={t("settings.api.revoke")}
          onDo={revoke}
          onClose={() => setRevoking(false)}
        />
      )}
    </PanelRow>
  );
}

function MakeDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const { role: mine } = useMember();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("agent");
  const make = useMutation({
    mutationFn: () => createApiKey({ name: name.trim(), role }),
    // The key is shown once and then gone from the page, too.
    gcTime: 0,
    onSuccess: () => client.invalidateQueries({ queryKey: keysKey }),
  });
  const made = make.data;
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t(made === undefined ? "settings.api.makeTitle" : "settings.api.shownTitle")}
      description={made === undefined ? undefined : t("settings.api.shownText")}
      actions={
        made === undefined ? (
          <>
            <Button onClick={onClose}>{t("app.cancel")}</Button>
            <Button
              tone="primary"
              busy={make.isPending}
              disabled={name.trim() === ""}
              onClick={() => make.mutate()}
            >
              {t("settings.api.create")}
            </Button>
          </>
        ) : (
          <Button tone="primary" onClick={onClose}>
            {t("settings.api.done")}
          </Button>
        )
      }
    >
      {made === undefined ? (
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() !== "") make.mutate();
          }}
        >
          <Field label={t("settings.api.name")} error={make.error === null ? null : errorText(make.error, t)}>
            <Input
              value={name}
              maxLength={100}
              placeholder={t("settings.api.namePlaceholder")}
              onChange={(event) => setName(event.target.value)}
            />
          </Field>
          <Field label={t("settings.team.roleLabel")}>
            <Select value={role} onChange={(event) => setRole(event.target.value as Role)}>
              {roles
                .filter((one) => one !== "owner" || mine === "owner")
                .map((one) => (
                  <option key={one} value={one}>
                    {t(`settings.team.roles.${one}`)}
                  </option>
                ))}
            </Select>
          </Field>
        </form>
      ) : (
        <CopyField
          label={t("settings.api.key")}
          value={made.key}
          copyLabel={t("connect.copy")}
          copiedLabel={t("connect.copied")}
        />
      )}
    </Dialog>
  );
}
