/** What was begun and not finished, wherever: attempts as the server keeps them, mailboxes whose folders are still to be chosen. */
import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import type { Attempt } from "../api/gen/model/index.ts";
import { useTexts } from "../app/i18n.ts";
import { mailboxesQuery } from "../inbox/queries.ts";
import { buttonClass } from "../ui/Button.tsx";
import { Panel, PanelRow } from "../ui/Panel.tsx";
import { attemptsQuery } from "./queries.ts";

export function Unfinished() {
  const { t, language } = useTexts();
  const attempts = useQuery(attemptsQuery(language));
  const mailboxes = useQuery(mailboxesQuery);
  const open = attempts.data?.items ?? [];
  const unchosen = (mailboxes.data ?? []).filter(
    (mailbox) => !mailbox.foldersChosen && mailbox.state !== "needs_attention",
  );
  if (open.length === 0 && unchosen.length === 0) return null;
  return (
    <section aria-label={t("connect.provider.unfinished")} className="mt-6">
      <h2 className="mb-2 text-s font-medium text-ink-2">{t("connect.provider.unfinished")}</h2>
      <Panel>
        {open.map((attempt) => (
          <Line
            key={attempt.id}
            address={attempt.address}
            text={attempt.finding?.title ?? t(stepTexts[attempt.step])}
            link={{ to: "/connect/new", search: { attempt: attempt.id } }}
          />
        ))}
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

const stepTexts = {
  waiting: "connect.provider.unfinishedLink",
  authorizing: "connect.provider.unfinishedSignIn",
  verifying: "connect.provider.unfinishedChecks",
  proving: "connect.provider.unfinishedChecks",
  finding: "connect.provider.unfinishedSignIn",
  connected: "connect.provider.unfinishedFolders",
  kept: "connect.provider.unfinishedFolders",
  expired: "connect.provider.unfinishedSignIn",
} as const satisfies Record<Attempt["step"], string>;

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
