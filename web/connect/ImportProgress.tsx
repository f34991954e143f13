/** How far an import is: a bar, what is here of what there is, how fast, how long still. */
import type { Mailbox } from "../api/gen/model/index.ts";
import { count } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { importShare } from "../inbox/mailbox-look.ts";
import { ProgressBar } from "../ui/Panel.tsx";
import { roughText } from "./FolderForm.tsx";

/** In the same place once it is done, so that nothing below it jumps. */
export function ImportDone({ total }: { total: number }) {
  const { t, locale } = useTexts();
  return (
    <div>
      <ProgressBar value={1} label={t("mailboxes.import")} />
      <p className="mt-2 text-s text-ink-2 tabular-nums">
        {t("connect.done.all", { count: total, formatted: count(total, locale) })}
      </p>
    </div>
  );
}

export function ImportProgress({ mailbox }: { mailbox: Mailbox }) {
  const { t, locale } = useTexts();
  const { progress } = mailbox;
  const known = progress !== null && progress.total > 0;
  // Chosen and not begun: to who looks on, the import is under way.
  const state = mailbox.state === "listing" && mailbox.foldersChosen ? "backfilling" : mailbox.state;
  return (
    <div>
      <ProgressBar value={importShare(mailbox)} label={t("mailboxes.import")} />
      <p className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-s text-ink-2 tabular-nums">
        <span>
          {known
            ? t("connect.done.imported", {
                done: count(progress.done, locale),
                total: count(progress.total, locale),
              })
            : t(`inbox.sidebar.state.${state}`)}
        </span>
        {known && progress.perSecond >= 1 && (
          <span className="text-ink-3">
            {t("connect.done.speed", { perSecond: count(Math.round(progress.perSecond), locale) })}
          </span>
        )}
        {known && progress.secondsLeft !== null && progress.secondsLeft > 0 && (
          <span className="ml-auto text-ink-3">
            {t("connect.done.left", { time: roughText(progress.secondsLeft, t) })}
          </span>
        )}
      </p>
    </div>
  );
}
