/** One mailbox: its state, what is in its way, what happened, and its settings. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { isApiError } from "../api/api-error.ts";
import type { Mailbox } from "../api/gen/model/index.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { useTexts } from "../app/i18n.ts";
import { MenuButton } from "../app/MenuButton.tsx";
import { useMember } from "../app/session.ts";
import { FolderForm } from "../connect/FolderForm.tsx";
import { mailboxQuery } from "../connect/queries.ts";
import { buttonClass } from "../ui/Button.tsx";
import { EmptyState } from "../ui/Panel.tsx";
import { Skeleton, SkeletonText } from "../ui/Skeleton.tsx";
import { toasts } from "../ui/toast-store.ts";
import { MailboxHead } from "./MailboxHead.tsx";
import { MailboxSettings } from "./MailboxSettings.tsx";
import { MailboxState } from "./MailboxState.tsx";
import { Tabs } from "./Tabs.tsx";

export function MailboxPage() {
  const { id } = useParams({ from: "/shell/mailboxes/$id" });
  const { data, error, refetch } = useQuery(mailboxQuery(id));
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto w-full max-w-[760px] px-6 pt-8 pb-16 phone:px-4 phone:pt-3">
        <MenuButton className="-ml-2 mb-2" />
        {data !== undefined && <Loaded key={id} mailbox={data} />}
        {data === undefined && isApiError(error) && (error.status === 404 || error.status === 400) && (
          <Gone />
        )}
        {data === undefined &&
          error !== null &&
          !(isApiError(error) && (error.status === 404 || error.status === 400)) && (
            <ErrorState error={error} onRetry={() => void refetch()} />
          )}
        {data === undefined && error === null && <Loading />}
      </div>
    </div>
  );
}

type Part = "state" | "folders" | "settings";
const parts: readonly Part[] = ["state", "folders", "settings"];

function Loaded({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTexts();
  const { role } = useMember();
  const [part, setPart] = useState<Part>("state");
  const may = role !== "agent";
  return (
    <>
      <title>{`${mailbox.address} · Hitchpost`}</title>
      <MailboxHead mailbox={mailbox} may={may} />
      <Tabs
        label={t("mailboxes.tabs.label")}
        tabs={parts.map((id) => ({ id, label: t(`mailboxes.tabs.${id}`) }))}
        active={part}
        onChange={setPart}
      >
        {part === "state" && <MailboxState mailbox={mailbox} may={may} />}
        {part === "folders" && (
          <FolderForm
            mailbox={mailbox}
            disabled={!may}
            submitLabel={t(mailbox.foldersChosen ? "connect.folders.save" : "connect.folders.start")}
            onDone={() => {
              toasts.show(t("connect.folders.saved"));
              setPart("state");
            }}
          />
        )}
        {part === "settings" && <MailboxSettings mailbox={mailbox} may={may} />}
      </Tabs>
    </>
  );
}

function Gone() {
  const { t } = useTexts();
  return (
    <EmptyState
      title={t("mailboxes.gone.title")}
      action={
        <Link to="/settings/{-$section}" params={{ section: "mailboxes" }} className={buttonClass()}>
          {t("mailboxes.gone.button")}
        </Link>
      }
    >
      {t("mailboxes.gone.text")}
    </EmptyState>
  );
}

function Loading() {
  const { t } = useTexts();
  return (
    <div>
      <span className="sr-only">{t("app.loading")}</span>
      <Skeleton className="h-8 w-64" />
      <Skeleton className="mt-3 h-4 w-40" />
      <div className="mt-10">
        <SkeletonText lines={5} />
      </div>
    </div>
  );
}
