/** Subject and state of a conversation, and what one can do with it. */
import { useQuery } from "@tanstack/react-query";
import {
  ChevronLeft,
  Clock,
  Mail,
  MailOpen,
  MoreHorizontal,
  PanelRight,
  RotateCcw,
  UserRound,
} from "lucide-react";
import { useEffect, useRef } from "react";
import type { Conversation, Mailbox } from "../api/gen/model/index.ts";
import { now } from "../app/clock.ts";
import { messageTime } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { useMember } from "../app/session.ts";
import { useNarrow } from "../app/use-narrow.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { Button, IconButton } from "../ui/Button.tsx";
import { Menu, type MenuEntry } from "../ui/Menu.tsx";
import { Tag } from "../ui/Tag.tsx";
import { membersQuery } from "./queries.ts";
import { snoozeChoices } from "./snooze-times.ts";
import type { Actions } from "./use-actions.ts";

export interface ThreadHeaderProps {
  conversation: Conversation;
  mailboxes: readonly Mailbox[];
  actions: Actions;
  /** Closes or reopens, and goes on to the next. */
  onClose: () => void;
  onBack: () => void;
  /** True: the list is not beside it, so there must be a way back. */
  alone: boolean;
  contactOpen: boolean;
  onContact: () => void;
  snoozeOpen: boolean;
  onSnoozeOpen: (open: boolean) => void;
  onSnooze: (until: Date) => void;
}

/** Below this, a subject beside all the buttons would be a word wide, in px. */
const roomyPx = 500;

export function ThreadHeader(props: ThreadHeaderProps) {
  const { conversation, mailboxes, alone, onBack } = props;
  const { t, locale } = useTexts();
  const header = useRef<HTMLElement>(null);
  const narrow = useNarrow(header, roomyPx);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // In place of the list: the focus, which was on its row, is nowhere.
    if (alone && document.activeElement === document.body) title.current?.focus();
  }, [alone]);
  const from = mailboxes
    .filter((mailbox) => conversation.mailboxIds.includes(mailbox.id))
    .map((mailbox) => mailbox.address);
  return (
    <header
      ref={header}
      className="@container flex shrink-0 items-start gap-x-3 border-b border-line px-7 pt-3.5 pb-3 phone:px-2 phone:py-2"
    >
      {alone && (
        <IconButton label={t("app.back")} keys="escape" onClick={onBack} className="-ml-2 phone:ml-0">
          <ChevronLeft size={19} />
        </IconButton>
      )}
      <div className="min-w-0 flex-1">
        <h1
          ref={title}
          dir="auto"
          tabIndex={-1}
          className="outline-none line-clamp-2 wrap-anywhere text-h font-semibold tracking-[-0.015em] text-balance phone:text-l"
          title={conversation.subject}
        >
          {conversation.subject === "" ? t("inbox.list.noSubject") : conversation.subject}
        </h1>
        <p className="mt-0.5 flex items-center gap-2 truncate text-s text-ink-3">
          {conversation.status === "closed" && <Tag>{t("inbox.views.closed")}</Tag>}
          {conversation.status === "snoozed" && conversation.snoozedUntil !== null && (
            <Tag tone="warn" icon={<Clock size={12} aria-hidden />}>
              {messageTime(conversation.snoozedUntil, now(), locale)}
            </Tag>
          )}
          <span className="truncate">
            {[t("inbox.thread.messages", { count: conversation.messageCount }), ...from].join(" · ")}
          </span>
        </p>
      </div>
      <Buttons {...props} narrow={narrow} />
    </header>
  );
}

/** `narrow`: what has no button of its own stands in the menu. */
type ButtonsProps = ThreadHeaderProps & { narrow: boolean };

function Buttons(props: ButtonsProps) {
  const { conversation, onClose, contactOpen, onContact, narrow } = props;
  const { t } = useTexts();
  const closed = conversation.status === "closed";
  return (
    <div className="flex shrink-0 items-center gap-1">
      {!narrow && <AssignMenu {...props} />}
      {!narrow && <SnoozeMenu {...props} />}
      <MoreMenu {...props} />
      {!contactOpen && !narrow && (
        <IconButton label={t("inbox.thread.showContact")} keys="p" onClick={onContact}>
          <PanelRight size={17} />
        </IconButton>
      )}
      <Button
        keys="e"
        onClick={onClose}
        icon={closed ? <RotateCcw size={15} /> : undefined}
        className="ml-1 phone:px-3!"
      >
        {closed ? t("inbox.thread.reopen") : t("inbox.thread.closeIt")}
      </Button>
    </div>
  );
}

/** Who may have the conversation, as menu entries. */
function useAssignEntries({ conversation, actions }: ThreadHeaderProps): MenuEntry[] {
  const { t } = useTexts();
  const { user } = useMember();
  const { data: members } = useQuery(membersQuery);
  const { assignee } = conversation;
  const rest = (members ?? []).filter((member) => member.userId !== user.id);
  return [
    {
      id: "me",
      keys: "i",
      checked: assignee?.userId === user.id,
      label: t("inbox.thread.assignToMe"),
      onSelect: () => actions.assign([conversation], { userId: user.id, name: user.name }),
    },
    ...rest.map((member): MenuEntry => ({
      id: member.userId,
      icon: <Avatar name={member.name} size="s" tone="plain" />,
      checked: assignee?.userId === member.userId,
      label: member.name,
      onSelect: () => actions.assign([conversation], { userId: member.userId, name: member.name }),
    })),
    {
      id: "nobody",
      checked: assignee === null,
      label: t("inbox.thread.unassign"),
      onSelect: () => actions.assign([conversation], null),
    },
  ];
}

function AssignMenu(props: ThreadHeaderProps) {
  const { t } = useTexts();
  const { user } = useMember();
  const { assignee } = props.conversation;
  const items = useAssignEntries(props);
  const label =
    assignee === null ? t("inbox.thread.assign") : assignee.userId === user.id ? t("app.you") : assignee.name;
  return (
    <Menu
      align="end"
      items={items}
      trigger={
        <Button
          tone="quiet"
          title={label}
          className="max-w-40 px-2.5!"
          icon={assignee === null ? <UserRound size={16} /> : <Avatar name={assignee.name} size="s" />}
        >
          <span className="truncate @max-[620px]:sr-only">{label}</span>
        </Button>
      }
    />
  );
}

/** The times a conversation may be snoozed to, as menu entries. */
function useSnoozeEntries({ conversation, actions, onSnooze }: ThreadHeaderProps): MenuEntry[] {
  const { t, locale } = useTexts();
  const entries = snoozeChoices(now()).map(({ id, at }): MenuEntry => ({
    id,
    label: t(`inbox.thread.snoozeMenu.${id}`),
    hint: messageTime(at.toISOString(), now(), locale),
    onSelect: () => onSnooze(at),
  }));
  if (conversation.status !== "snoozed") return entries;
  return [
    { id: "wake", label: t("inbox.thread.snoozeMenu.wake"), onSelect: () => actions.wake([conversation]) },
    { kind: "line", id: "line" },
    ...entries,
  ];
}

function SnoozeMenu(props: ThreadHeaderProps) {
  const { t } = useTexts();
  const items = useSnoozeEntries(props);
  return (
    <Menu
      align="end"
      items={items}
      open={props.snoozeOpen}
      onOpenChange={props.onSnoozeOpen}
      trigger={
        <Button tone="quiet" title={t("inbox.thread.snooze")} className="px-2.5!" icon={<Clock size={16} />}>
          <span className="@max-[620px]:sr-only">{t("inbox.thread.snooze")}</span>
        </Button>
      }
    />
  );
}

function MoreMenu(props: ButtonsProps) {
  const { conversation, actions, onContact, narrow } = props;
  const { t } = useTexts();
  const snooze = useSnoozeEntries(props);
  const assign = useAssignEntries(props);
  const items: MenuEntry[] = [
    {
      id: "read",
      keys: "u",
      icon: conversation.unread ? <MailOpen size={15} /> : <Mail size={15} />,
      label: conversation.unread ? t("inbox.thread.markRead") : t("inbox.thread.markUnread"),
      onSelect: () => actions.setRead([conversation], conversation.unread),
    },
    {
      id: "contact",
      keys: "p",
      icon: <PanelRight size={15} />,
      label: t("inbox.thread.contact"),
      onSelect: onContact,
    },
    ...(narrow
      ? ([
          { kind: "label", id: "assign-label", label: t("inbox.thread.assign") },
          ...assign,
          { kind: "label", id: "snooze-label", label: t("inbox.thread.snooze") },
          ...snooze,
        ] satisfies MenuEntry[])
      : []),
  ];
  return (
    <Menu
      align="end"
      items={items}
      {...(narrow ? { open: props.snoozeOpen, onOpenChange: props.onSnoozeOpen } : {})}
      trigger={
        <IconButton label={t("inbox.thread.more")}>
          <MoreHorizontal size={18} />
        </IconButton>
      }
    />
  );
}
