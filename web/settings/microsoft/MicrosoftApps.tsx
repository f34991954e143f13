/** Settings › Microsoft app: the apps that mailboxes are authorized with, what a check found, and how to register one. */
import { useQuery } from "@tanstack/react-query";
import { AppWindow, Plus } from "lucide-react";
import { useState } from "react";
import type { AppRegistration, MicrosoftApp } from "../../api/gen/model/index.ts";
import { ErrorState } from "../../app/ErrorState.tsx";
import { useTexts } from "../../app/i18n.ts";
import { useMember } from "../../app/session.ts";
import { Button } from "../../ui/Button.tsx";
import { EmptyState, Notice } from "../../ui/Panel.tsx";
import { RowSkeletons } from "../RowSkeletons.tsx";
import { SettingsSection } from "../SettingsSection.tsx";
import { AppCard } from "./AppCard.tsx";
import { AppDialog } from "./AppDialog.tsx";
import { appsQuery, registrationQuery } from "./queries.ts";
import { RegistrationGuide } from "./RegistrationGuide.tsx";
import { useCheck } from "./use-check.ts";

export function MicrosoftApps() {
  const { t } = useTexts();
  const may = useMember().role !== "agent";
  if (may) return <Apps />;
  return (
    <SettingsSection title={t("settings.sections.microsoft")} text={t("apps.text")}>
      <p className="text-ink-3">{t("apps.forbidden")}</p>
    </SettingsSection>
  );
}

function Apps() {
  const { t, language } = useTexts();
  const apps = useQuery(appsQuery(language));
  const registration = useQuery(registrationQuery);
  const check = useCheck();
  const [editing, setEditing] = useState<MicrosoftApp | "new" | null>(null);
  const failure = apps.error ?? registration.error;
  const items = apps.data?.items;
  const facts = registration.data;
  const ready = items !== undefined && facts !== undefined;
  const add = (
    <Button tone="primary" icon={<Plus size={15} />} onClick={() => setEditing("new")}>
      {t("apps.add")}
    </Button>
  );
  return (
    <SettingsSection
      title={t("settings.sections.microsoft")}
      text={t("apps.text")}
      action={ready && items.length > 0 && add}
    >
      {!ready && failure !== null && <ErrorState error={failure} onRetry={() => void apps.refetch()} />}
      {!ready && failure === null && <RowSkeletons rows={2} />}
      {ready && (
        <div className="grid gap-5">
          <AddressNotices facts={facts} />
          {items.length === 0 && (
            <div className="rounded-m border border-line bg-sheet">
              <EmptyState
                icon={<AppWindow size={22} strokeWidth={1.6} />}
                title={t("apps.none")}
                action={add}
              >
                {t("apps.noneText")}
              </EmptyState>
            </div>
          )}
          {items.map((app) => (
            <AppCard key={app.id} app={app} check={check} onEdit={() => setEditing(app)} />
          ))}
          <RegistrationGuide facts={facts} open={items.length === 0} onEnter={() => setEditing("new")} />
        </div>
      )}
      {editing !== null && (
        <AppDialog
          app={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
          onSaved={(app) => {
            setEditing(null);
            check.run(app.id);
          }}
        />
      )}
    </SettingsSection>
  );
}

/** What no check of Microsoft's can tell: that this address is no place to come back to, or not the one people use. */
function AddressNotices({ facts }: { facts: AppRegistration }) {
  const { t } = useTexts();
  const here = window.location.origin;
  return (
    <>
      {!facts.redirectUsable && <Notice tone="warn">{t("apps.notUsable", { url: facts.publicUrl })}</Notice>}
      {here !== facts.publicUrl && (
        <Notice tone="warn">{t("apps.otherOrigin", { here, url: facts.publicUrl })}</Notice>
      )}
    </>
  );
}
