/** What was begun and not finished: an attempt of this browser, mailboxes whose folders are still to be chosen. */
import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import { useState } from "react";
import { isApiError } from "../api/api-error.ts";
import { useTexts } from "../app/i18n.ts";
import { mailboxesQuery } from "../inbox/queries.ts";
import { buttonClass } from "../ui/Button.tsx";
import { Panel, PanelRow } from "../ui/Panel.tsx";
import { attemptQuery } from "./queries.ts";
import { rememberAttempt, rememberedAttempt } from "./remembered.ts";

export function Unfinished() {
  const { t, language } = useTexts();
  const [remembered] = useState(rememberedAttempt);
  const attempt = useQuery({
    ...attemptQuery(remembered ?? "", language),
    enabled: remembered !== null,
    refetchInterval: false,
    retry: (failures, error) => {
      if (isApiError(error, "not_found")) rememberAttempt(null);
      return failures < 1 && !isApiError(error);
    },
  });
  const mailboxes = useQuery(mailboxesQuery);
  const step = attempt.data?.step;
  const open = step !== undefined && step !== "connected" && step !== "expired" ? attempt.data : undefined;
  const unchosen = (mailboxes.data ?? []).filter((mailbox) => !mailbox.foldersChosen);
  if (open === undefined && unchosen.length === 0) return null;
  return (
    <section aria-label={t("connect.provider.unfinished")} className="mt-6">
      <h2 className="mb-2 text-s font-medium text-ink-2">{t("connect.provider.unfinished")}</h2>
      <Panel>
        {open !== undefined && (
          <Line
            address={open.address}
            text={t("connect.provider.unfinishedSignIn")}
            link={{ to: "/connect/new", search: { attempt: open.id } }}
          />
        )}
        {unchosen.map((mailbox) => (
          <Line
            key={mailbox.id}
            address={mailbox.address}
            text={t("connect.provider.unfinishedFolders")}
            link={{ to: "/connect/new", search: { mailbox: mailbox.id, step: "folders" } }}
          />
        ))}
      </Panel>
    </section>
  );
}

function Line({ address, text, link }: { address: string; text: string; link: LinkProps }) {
  const { t } = useTexts();
  return (
    <PanelRow>
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{address}</p>
        <p className="text-s text-ink-3">{text}</p>
      </div>
      <Link {...link} className={buttonClass("plain", "s")}>
        {t("connect.provider.resume")}
      </Link>
    </PanelRow>
  );
}
