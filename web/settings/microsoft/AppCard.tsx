/** One Microsoft app: its settings without the secret, who uses it, and what the last check found. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ellipsis, ScanSearch } from "lucide-react";
import { useState, type ReactNode } from "react";
import { removeApp, updateApp } from "../../api/gen/client.ts";
import type { MicrosoftApp } from "../../api/gen/model/index.ts";
import { now } from "../../app/clock.ts";
import { errorText } from "../../app/error-text.ts";
import { relativeTime } from "../../app/format.ts";
import { useTexts } from "../../app/i18n.ts";
import { queryKeys } from "../../app/query-keys.ts";
import { FindingCard } from "../../connect/FindingCard.tsx";
import { Button, IconButton } from "../../ui/Button.tsx";
import { Menu, type MenuEntry } from "../../ui/Menu.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { toasts } from "../../ui/toast-store.ts";
import { ConfirmDialog } from "../ConfirmDialog.tsx";
import { audienceOf } from "./app-form.ts";
import { AppChanges } from "./AppChanges.tsx";
import { Checks } from "./Checks.tsx";
import type { AppCheck } from "./use-check.ts";

interface AppCardProps {
  app: MicrosoftApp;
  check: AppCheck;
  onEdit: () => void;
}

export function AppCard({ app, check, onEdit }: AppCardProps) {
  const { t, locale } = useTexts();
  const name = app.name === "" ? t("apps.environment") : app.name;
  const busy = check.busy === app.id;
  const state = app.check === null ? "apps.unchecked" : "apps.checkedAt";
  const when = app.check === null ? "" : relativeTime(app.check.checkedAt, now(), locale);
  return (
    <article aria-label={name} className="rounded-m border border-line bg-sheet">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 px-5 pt-4 phone:px-4">
        <div className="flex min-w-0 flex-1 basis-40 flex-wrap items-center gap-2">
          <h3 className="min-w-0 truncate text-l font-semibold tracking-[-0.01em]">{name}</h3>
          {app.isDefault && <Tag tone="accent">{t("apps.default")}</Tag>}
          {app.source === "environment" && <Tag>{t("apps.ofEnvironment")}</Tag>}
        </div>
        <Button
          aria-label={t("apps.checkOf", { name })}
          icon={<ScanSearch size={15} aria-hidden />}
          busy={busy}
          disabled={check.busy !== null}
          onClick={() => check.run(app.id)}
        >
          {t("apps.check")}
        </Button>
        <AppMenu app={app} name={name} onEdit={onEdit} />
      </header>
      <Facts app={app} />
      <div className="border-t border-line px-5 py-4 phone:px-4" aria-busy={busy}>
        <p aria-live="polite" className="text-s text-ink-3">
          {busy ? t("apps.checking") : t(state, { when })}
          {!busy && app.check !== null && app.findings.length === 0 && ` · ${t("apps.allWell")}`}
        </p>
        {app.check !== null && <Checks checks={app.check.checks} />}
        {app.findings.length > 0 && (
          <div className="mt-4 grid gap-3">
            {app.findings.map((finding) => (
              <FindingCard key={finding.code} finding={finding} actions={{}} />
            ))}
          </div>
        )}
        {app.source === "page" && <AppChanges id={app.id} />}
      </div>
    </article>
  );
}

function Facts({ app }: { app: MicrosoftApp }) {
  const { t } = useTexts();
  const audience = audienceOf(app.tenant);
  const used = app.mailboxes.length;
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-3 px-5 pt-3 pb-4 phone:grid-cols-1 phone:px-4">
      <Fact name={t("apps.clientId")}>
        <span className="font-mono text-s wrap-anywhere">{app.clientId}</span>
      </Fact>
      <Fact name={t("apps.secret")}>
        {t(app.hasSecret ? "apps.secretKept" : "apps.secretNone")}
        {app.hasSecret && <Expiry app={app} />}
      </Fact>
      <Fact name={t("apps.accounts")}>
        {t(`apps.tenant.${audience}`)}
        {audience === "own" && <span className="block font-mono text-s wrap-anywhere">{app.tenant}</span>}
        {app.cloud !== "default" && (
          <span className="block text-s text-ink-3">{t(`apps.cloud.${app.cloud}`)}</span>
        )}
      </Fact>
      <Fact name={t("apps.usedBy")}>
        {used === 0 ? (
          t("apps.unused")
        ) : (
          <span title={app.mailboxes.map(({ address }) => address).join("\n")}>
            {t("apps.mailboxes", { count: used })}
          </span>
        )}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-s text-ink-3">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The day it ends, in words of the reader's language; what is near stands out. */
function Expiry({ app }: { app: MicrosoftApp }) {
  const { t, locale } = useTexts();
  if (app.source === "environment") return null;
  if (app.secretExpiresOn === null || app.daysLeft === null)
    return <span className="block text-s text-ink-3">{t("apps.expiryUnknown")}</span>;
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(
    new Date(`${app.secretExpiresOn}T00:00:00Z`),
  );
  if (app.daysLeft < 0) return <span className="block text-s text-bad">{t("apps.overdue", { day })}</span>;
  return (
    <span className={app.daysLeft <= 30 ? "block text-s text-warn" : "block text-s text-ink-3"}>
      {t("apps.expires", { day })} · {t("apps.daysLeft", { count: app.daysLeft })}
    </span>
  );
}

function AppMenu({ app, name, onEdit }: { app: MicrosoftApp; name: string; onEdit: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const prefer = useMutation({
    mutationFn: () => updateApp(app.id, { isDefault: true }),
    onSuccess: () => toasts.show(t("apps.madeDefault", { name })),
    onError: (error) => toasts.show(errorText(error, t), { tone: "bad" }),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.apps }),
  });
  const remove = async () => {
    await removeApp(app.id);
    await client.invalidateQueries({ queryKey: queryKeys.apps });
    toasts.show(t("apps.removed"));
  };
  const own = app.source === "page";
  const items: MenuEntry[] = [
    ...(app.isDefault
      ? []
      : [{ id: "default", label: t("apps.makeDefault"), onSelect: () => prefer.mutate() }]),
    ...(own
      ? [
          { id: "line", kind: "line" as const },
          {
            id: "remove",
            label: t("apps.remove"),
            tone: "danger" as const,
            onSelect: () => setRemoving(true),
          },
        ]
      : []),
  ];
  const shown = items.filter((item, index) => item.kind !== "line" || index > 0);
  return (
    <>
      {own && (
        <Button aria-label={t("apps.editOf", { name })} onClick={onEdit}>
          {t("apps.edit")}
        </Button>
      )}
      {shown.length > 0 && (
        <Menu
          align="end"
          items={shown}
          trigger={
            <IconButton label={t("apps.more", { name })}>
              <Ellipsis size={16} aria-hidden />
            </IconButton>
          }
        />
      )}
      {removing && (
        <ConfirmDialog
          title={t("apps.removeTitle", { name })}
          text={t("apps.removeText")}
          doLabel={t("apps.remove")}
          onDo={remove}
          onClose={() => setRemoving(false)}
        />
      )}
    </>
  );
}
