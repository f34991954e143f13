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
  selected: boolean;
  onSelect: (id: string, extend: boolean) => void;
}

export const ConversationRow = memo(function ConversationRow({
  row,
  scope,
  own,
  open,
  cursor,
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
        tabIndex={cursor ? 0 : -1}
        aria-current={open ? "true" : undefined}
        className="grid h-full grid-cols-[12px_minmax(0,1fr)_auto] content-center gap-x-2 pr-4 pl-3.5 -outline-offset-2!"
      >
        <span className="grid place-items-center">
          {row.unread && (
            <span className="size-[7px] rounded-full bg-accent group-hover:opacity-0 touch:group-hover:opacity-100">
              <span className="sr-only">{t("inbox.list.unread")}</span>
            </span>
          )}
        </span>
        <span className={cx("truncate", row.unread ? "font-semibold" : "font-medium")}>
          {whoLine(row.participants, own)}
          {row.messageCount > 1 && (
            <span className="pl-1.5 text-xs font-normal text-ink-3 tabular-nums">{row.messageCount}</span>
          )}
        </span>
        <time
          dateTime={row.lastMessageAt}
          title={fullTime(row.lastMessageAt, locale)}
          className="self-center text-xs text-ink-3 tabular-nums"
        >
          {listTime(row.lastMessageAt, now(), locale)}
        </time>
        <span className="col-start-2 truncate text-s">
          {row.subject === "" ? t("inbox.list.noSubject") : row.subject}
        </span>
        <span className="flex items-center justify-end gap-1.5 text-ink-3">
          {row.attachmentCount > 0 && (
            <span>
              <Paperclip size={13} aria-hidden />
              <span className="sr-only">{t("inbox.list.attachments", { count: row.attachmentCount })}</span>
            </span>
          )}
        </span>
        <span className="col-start-2 flex min-w-0 items-center gap-1.5 text-s text-ink-3">
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
          <span className="truncate">{row.snippet}</span>
        </span>
        <span className="flex items-center justify-end gap-1.5">
          {row.gone && <Tag>{t("inbox.list.gone")}</Tag>}
          {row.status === "closed" && scope.view !== "closed" && <Tag>{t("inbox.views.closed")}</Tag>}
          {row.assignee !== null && scope.view !== "mine" && (
            <span title={row.assignee.name}>
              <Avatar name={row.assignee.name} size="s" tone="plain" />
              <span className="sr-only">{row.assignee.name}</span>
            </span>
          )}
        </span>
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
