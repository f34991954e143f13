/** One message of a thread: folded to a line, or whole with its details, text and files. */
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { getGetRawMessageUrl } from "../api/gen/client.ts";
import type { MailAddress, Message } from "../api/gen/model/index.ts";
import { now } from "../app/clock.ts";
import { fullTime, listTime, messageTime } from "../app/format.ts";
import { useTexts, type Translate } from "../app/i18n.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { cx } from "../ui/class-names.ts";
import { Notice } from "../ui/Panel.tsx";
import { Tag } from "../ui/Tag.tsx";
import { Attachments } from "./Attachments.tsx";
import { MessageBody } from "./MessageBody.tsx";
import { OutboxLine } from "./OutboxLine.tsx";
import { personName, shortName } from "./people.ts";

interface MessageCardProps {
  message: Message;
  open: boolean;
  onToggle: () => void;
  onTakenBack: () => void;
}

export function MessageCard({ message, open, onToggle, onTakenBack }: MessageCardProps) {
  const { t, locale } = useTexts();
  const [details, setDetails] = useState(false);
  const when = message.sentAt ?? message.receivedAt;
  const recipients = [...message.to, ...message.cc];
  const name = personName(message.from);
  return (
    <article
      data-message={message.id}
      aria-label={t("inbox.thread.frame", { name })}
      className={cx(
        "@container rounded-m border",
        "border-line bg-sheet",
        message.goneAt !== null && "border-dashed",
      )}
    >
      <header
        className={cx(
          "relative flex items-center gap-2.5 rounded-t-m px-4 py-3",
          !open && "rounded-b-m",
          message.direction === "out" && "bg-paper",
        )}
      >
        <button
          type="button"
          aria-expanded={open}
          aria-label={`${name}, ${fullTime(when, locale)}`}
          onClick={onToggle}
          className="absolute inset-0 rounded-m"
        />
        <Avatar name={name} tone={message.direction === "out" ? "plain" : "accent"} />
        <div className="pointer-events-none flex min-w-0 flex-1 items-baseline gap-1.5">
          <span className={cx("shrink-0 truncate font-semibold", open ? "max-w-[70%]" : "max-w-[45%]")}>
            {name}
          </span>
          {open ? (
            <button
              type="button"
              aria-expanded={details}
              title={t("inbox.thread.details")}
              onClick={() => setDetails(!details)}
              className="pointer-events-auto relative flex min-h-6 min-w-0 items-center gap-1 text-ink-3 hover:text-ink"
            >
              <span className="truncate">
                {recipients.length === 0
                  ? message.from.address
                  : t("inbox.thread.to", { names: shortList(recipients) })}
              </span>
              <ChevronDown
                size={13}
                aria-hidden
                className={cx("shrink-0 transition-transform", details && "rotate-180")}
              />
            </button>
          ) : (
            <span dir="auto" className="min-w-0 truncate text-ink-3">
              {message.snippet}
            </span>
          )}
        </div>
        <span
          className={cx(
            "pointer-events-none flex shrink-0 gap-1.5 empty:hidden",
            open && "@max-[440px]:hidden",
          )}
        >
          <Marks message={message} />
        </span>
        <time
          dateTime={when}
          title={fullTime(when, locale)}
          className="pointer-events-none shrink-0 text-xs text-ink-3 tabular-nums"
        >
          <span className={open ? undefined : "@max-[440px]:hidden"}>{messageTime(when, now(), locale)}</span>
          {!open && <span className="@min-[440px]:hidden">{listTime(when, now(), locale)}</span>}
        </time>
      </header>
      {open && (
        <div className={cx("px-4 pb-4", message.direction === "out" && "pt-3")}>
          <div className="mb-3 flex flex-wrap gap-1.5 empty:hidden @min-[440px]:hidden">
            <Marks message={message} />
          </div>
          {details && <Details message={message} />}
          {message.parseFlags.length > 0 && (
            <Notice tone="warn" className="mb-3">
              {t("inbox.thread.damaged")}
            </Notice>
          )}
          <MessageBody message={message} />
          <Attachments messageId={message.id} attachments={message.attachments} />
          <OutboxLine message={message} onTakenBack={onTakenBack} />
        </div>
      )}
    </article>
  );
}

function Marks({ message }: { message: Message }) {
  const { t } = useTexts();
  return (
    <>
      {message.bounce && <Tag tone="bad">{t("inbox.thread.bounce")}</Tag>}
      {message.automatic && !message.bounce && <Tag>{t("inbox.thread.automatic")}</Tag>}
      {message.goneAt !== null && <Tag>{t("inbox.thread.goneMessage")}</Tag>}
    </>
  );
}

const shortList = (people: readonly MailAddress[]): string => {
  const shown = people.slice(0, 3).map(shortName).join(", ");
  return people.length > 3 ? `${shown} +${people.length - 3}` : shown;
};

const written = ({ name, address }: MailAddress): string =>
  name.trim() === "" ? address : `${name} <${address}>`;

/** IMAP calls it INBOX in every language (RFC 9051 5.1); the others have the names that their owner sees. */
const folderName = ({ path, role }: Message["folders"][number], t: Translate): string =>
  role === "inbox" && path.toUpperCase() === "INBOX" ? t("inbox.inboxFolder") : path;

function Details({ message }: { message: Message }) {
  const { t, locale } = useTexts();
  const folders = [...new Set(message.folders.map((folder) => folderName(folder, t)))].join(", ");
  const rows: [string, string][] = [
    [t("inbox.thread.fromLabel"), written(message.from)],
    [t("inbox.thread.toLabel"), message.to.map(written).join(", ")],
    [t("inbox.thread.ccLabel"), message.cc.map(written).join(", ")],
    [t("inbox.thread.bccLabel"), message.bcc.map(written).join(", ")],
    [t("inbox.thread.dateLabel"), fullTime(message.sentAt ?? message.receivedAt, locale)],
    [t("inbox.thread.folderLabel"), folders],
  ];
  return (
    <div className="mb-3 rounded-s bg-raise px-3 py-2 text-s">
      <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-0.5">
        {rows
          .filter(([, value]) => value !== "")
          .map(([label, value]) => (
            <div key={label} className="contents">
              <dt className="text-ink-3">{label}</dt>
              <dd className="min-w-0 break-words">{value}</dd>
            </div>
          ))}
      </dl>
      {message.outbox === null && (
        <a
          href={getGetRawMessageUrl(message.id)}
          download={`${message.id}.eml`}
          className="mt-1 inline-block text-ink-2 underline decoration-edge underline-offset-2 hover:text-ink"
        >
          {t("inbox.thread.raw")}
        </a>
      )}
    </div>
  );
}
