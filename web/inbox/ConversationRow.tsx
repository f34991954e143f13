/** One line of the list: who, when, subject, the last words; unread, attachments, who has it. */
import { Link } from "@tanstack/react-router";
import { Clock, CornerUpLeft, Paperclip } from "lucide-react";
import { memo } from "react";
import type { Conversation } from "../api/gen/model/index.ts";
import { now } from "../app/clock.ts";
import { fullTime, listTime, messageTime } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import type { ListScope } from "../app/query-keys.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { cx } from "../ui/class-names.ts";
import { Tag } from "../ui/Tag.tsx";
import { whoLine } from "./people.ts";

interface ConversationRowProps {
  row: Conversation;
  scope: ListScope;
  own: ReadonlySet<string>;
  open: boolean;
  cursor: boolean;
  /** The one row of the list that the Tab key reaches. */
  tabStop: boolean;
  selected: boolean;
  onSelect: (id: string, extend: boolean) => void;
}

export const ConversationRow = memo(function ConversationRow({
  row,
  scope,
  own,
  open,
  cursor,
  tabStop,
  selected,
  onSelect,
}: ConversationRowProps) {
  const { t, locale } = useTexts();
  return (
    <div
      data-conversation={row.id}
      className={cx(
        "group relative h-full border-b border-line transition-colors",
        selected ? "bg-accent-soft" : open ? "bg-sheet" : "hover:bg-raise/60",
        open && "shadow-[inset_3px_0_var(--color-accent)]",
        cursor && !open && "shadow-[inset_3px_0_var(--color-edge)]",
      )}
    >
      <Link
        to="/inbox/$view/$conversationId"
        params={{ view: scope.view, conversationId: row.id }}
        search={{ mailbox: scope.mailbox, q: scope.q }}
        tabIndex={tabStop ? 0 : -1}
        aria-current={open ? "true" : undefined}
        className="flex h-full flex-col justify-center pr-4 pl-[34px] -outline-offset-2!"
      >
        {row.unread && (
          <span className="absolute top-[21px] left-[15px] size-[7px] rounded-full bg-accent group-hover:opacity-0 touch:group-hover:opacity-100">
            <span className="sr-only">{t("inbox.list.unread")}</span>
          </span>
        )}
        <span className="flex items-baseline gap-1.5">
          <span dir="auto" className={cx("truncate", row.unread ? "font-semibold" : "font-medium")}>
            {whoLine(row.participants, own)}
          </span>
          {row.messageCount > 1 && (
            <span className="text-xs text-ink-3 tabular-nums">{row.messageCount}</span>
          )}
          <time
            dateTime={row.lastMessageAt}
            title={fullTime(row.lastMessageAt, locale)}
            className="ml-auto shrink-0 pl-2 text-xs text-ink-3 tabular-nums"
          >
            {listTime(row.lastMessageAt, now(), locale)}
          </time>
        </span>
        <span className="flex items-center gap-2 text-s">
          <span dir="auto" className="min-w-0 flex-1 truncate">
            {row.subject === "" ? t("inbox.list.noSubject") : row.subject}
          </span>
          {row.attachmentCount > 0 && (
            <span className="shrink-0 text-ink-3">
              <Paperclip size={13} aria-hidden />
              <span className="sr-only">{t("inbox.list.attachments", { count: row.attachmentCount })}</span>
            </span>
          )}
        </span>
        <LastLine row={row} scope={scope} />
      </Link>
      <input
        type="checkbox"
        checked={selected}
        aria-label={t("inbox.list.select")}
        tabIndex={-1}
        onChange={() => undefined}
        onClick={(event) => onSelect(row.id, event.shiftKey)}
        className={cx(
          "absolute top-[19px] left-[11px] size-4 accent-[var(--color-accent)] touch:hidden",
          selected ? "opacity-100" : "opacity-0 group-hover:opacity-100 focus-visible:opacity-100",
        )}
      />
    </div>
  );
});

function LastLine({ row, scope }: { row: Conversation; scope: ListScope }) {
  const { t, locale } = useTexts();
  return (
    <span className="flex h-[22px] items-center gap-1.5 text-s text-ink-3">
      {row.status === "snoozed" && row.snoozedUntil !== null ? (
        <span className="flex shrink-0 items-center gap-1 text-warn">
          <Clock size={12} aria-hidden />
          {t("inbox.list.snoozedUntil", { when: messageTime(row.snoozedUntil, now(), locale) })}
        </span>
      ) : (
        row.lastDirection === "out" && (
          <span className="shrink-0">
            <CornerUpLeft size={12} aria-hidden />
            <span className="sr-only">{t("inbox.list.answered")}</span>
          </span>
        )
      )}
      <span dir="auto" className="min-w-0 flex-1 truncate">
        {row.snippet}
      </span>
      {row.gone && <Tag>{t("inbox.list.gone")}</Tag>}
      {row.status === "closed" && scope.view !== "closed" && <Tag>{t("inbox.views.closed")}</Tag>}
      {row.assignee !== null && scope.view !== "mine" && (
        <span title={row.assignee.name}>
          <Avatar name={row.assignee.name} size="s" tone="plain" />
          <span className="sr-only">{row.assignee.name}</span>
        </span>
      )}
    </span>
  );
}
