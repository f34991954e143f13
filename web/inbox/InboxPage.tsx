/** The inbox: list, thread, contact side by side; one of them at a time where there is no room. */
import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useMemo, useRef, useState, type ReactNode } from "react";
import { isApiError } from "../api/api-error.ts";
import type { Conversation } from "../api/gen/model/index.ts";
import { now } from "../app/clock.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { Nothing } from "../app/ScreenError.tsx";
import { useTexts } from "../app/i18n.ts";
import type { ListScope } from "../app/query-keys.ts";
import { useMember } from "../app/session.ts";
import { useStoredFlag } from "../app/stored-state.ts";
import { useMedia, usePhone } from "../app/use-media.ts";
import { EmptyState } from "../ui/Panel.tsx";
import type { ComposerHandle } from "./Composer.tsx";
import { ContactSheet } from "./ContactSheet.tsx";
import { InboxListPane } from "./InboxListPane.tsx";
import { conversationQuery } from "./queries.ts";
import { viewOf } from "./scope-text.ts";
import { snoozeChoices } from "./snooze-times.ts";
import { SplitPane } from "./SplitPane.tsx";
import { Thread, ThreadSkeleton } from "./Thread.tsx";
import { undoStack } from "./undo-stack.ts";
import { useActions } from "./use-actions.ts";
import { useInboxCommands } from "./use-inbox-commands.ts";
import { useInboxList } from "./use-inbox-list.ts";
import { useInboxNavigation } from "./use-inbox-navigation.ts";
import { useMarkRead } from "./use-mark-read.ts";

export function InboxPage() {
  const params = useParams({
    strict: false,
    select: ({ view, conversationId }) => ({ view, conversationId }),
  });
  const { mailbox, q } = useSearch({ from: "/shell/inbox/$view" });
  const view = viewOf(params.view);
  const scope = useMemo((): ListScope => ({ view, mailbox, q }), [mailbox, q, view]);
  const openId = params.conversationId;
  const inbox = useInbox(scope, openId);
  const { list, layout } = inbox;
  const listPane = <InboxListPane scope={scope} openId={openId} inbox={inbox} />;
  if (layout.single)
    return openId === undefined ? listPane : <ThreadPane inbox={inbox} scope={scope} openId={openId} />;
  return (
    <SplitPanes
      list={listPane}
      contact={
        inbox.contactOpen && inbox.open !== undefined ? (
          <ContactSheet
            conversation={inbox.open}
            mailboxes={list.mailboxes ?? []}
            onClose={inbox.toggleContact}
          />
        ) : null
      }
    >
      {openId === undefined ? <NothingOpen /> : <ThreadPane inbox={inbox} scope={scope} openId={openId} />}
    </SplitPanes>
  );
}

export type InboxState = ReturnType<typeof useInbox>;

/** What the panes share: the rows, the open conversation, what the keys do. */
function useInbox(scope: ListScope, openId: string | undefined) {
  const { user } = useMember();
  const phone = usePhone();
  const roomy = useMedia("(width >= 1180px)");
  const [split, setSplit] = useStoredFlag("inbox.split", true);
  const [contactWanted, setContactWanted] = useStoredFlag("inbox.contact", true);
  const [contactOver, setContactOver] = useState(false);
  const [snoozeOpen, setSnoozeOpen] = useState(false);
  const list = useInboxList(scope);
  const actions = useActions();
  const opened = useQuery({
    ...conversationQuery(openId ?? ""),
    enabled: openId !== undefined,
    placeholderData: () => list.rows.find((row) => row.id === openId),
  });
  const gone = isApiError(opened.error, "not_found");
  const open = openId === undefined || gone ? undefined : opened.data;
  const navigation = useInboxNavigation(scope, list.rows, openId);
  const searchRef = useRef<HTMLInputElement>(null);
  const composerRef = useRef<ComposerHandle>(null);
  useMarkRead(open, actions);

  const chosen = list.rows.filter((row) => list.selected.has(row.id));
  const underCursor = open ?? list.rows.find((row) => row.id === navigation.cursorId);
  const targets = chosen.length > 0 ? chosen : underCursor === undefined ? [] : [underCursor];
  /** Does it, and goes on to what stays in the list. */
  const depart = (rows: readonly Conversation[], act: () => void) => {
    navigation.leave(new Set(rows.map((row) => row.id)));
    list.clearSelection();
    act();
  };
  const close = () => {
    const allClosed = targets.every((row) => row.status === "closed");
    if (targets.length > 0)
      depart(targets, () => (allClosed ? actions.reopen(targets) : actions.close(targets)));
  };
  const snooze = (until: Date) => depart(targets, () => actions.snooze(targets, until));
  const contactOpen = roomy ? contactWanted : contactOver;
  const toggleContact = () => (roomy ? setContactWanted(!contactWanted) : setContactOver(!contactOver));
  const snoozeTomorrow = () => {
    const tomorrow = snoozeChoices(now()).find((choice) => choice.id === "tomorrow");
    if (tomorrow !== undefined) snooze(tomorrow.at);
  };
  const toggleRead = () =>
    actions.setRead(
      targets,
      targets.some((row) => row.unread),
    );
  const take = () => actions.assign(targets, { userId: user.id, name: user.name });

  useInboxCommands(
    {
      next: () => navigation.move(1),
      previous: () => navigation.move(-1),
      open: () =>
        navigation.cursorId !== undefined && openId === undefined && navigation.openRow(navigation.cursorId),
      back: () => (list.selected.size > 0 ? list.clearSelection() : navigation.toList()),
      search: () => searchRef.current?.focus(),
      select: () => navigation.cursorId !== undefined && list.select(navigation.cursorId, false),
      close,
      reply: () => composerRef.current?.reply("sender"),
      replyAll: () => composerRef.current?.reply("everybody"),
      unread: toggleRead,
      snooze: () => (chosen.length > 0 || open === undefined ? snoozeTomorrow() : setSnoozeOpen(true)),
      assignMe: take,
      undo: () => undoStack.undoLast(),
      contact: toggleContact,
      split: () => setSplit(!split),
    },
    {
      hasTarget: targets.length > 0,
      hasThread: open !== undefined,
      canGoBack: list.selected.size > 0 || openId !== undefined,
    },
  );

  return {
    list,
    actions,
    open,
    openError: opened.error,
    retryOpen: () => void opened.refetch(),
    navigation,
    searchRef,
    composerRef,
    close,
    snooze,
    snoozeTomorrow,
    toggleRead,
    take,
    depart,
    snoozeOpen,
    setSnoozeOpen,
    contactOpen,
    toggleContact,
    layout: { single: phone || !split, roomy },
  };
}

/** The contact beside the thread where there is room, over it where there is none. */
const besideClass = "w-[272px] shrink-0 border-l border-line";
const overClass = "fixed inset-y-0 right-0 z-30 w-[min(320px,100vw)] border-l border-line shadow-float";

function SplitPanes({
  list,
  contact,
  children,
}: {
  list: ReactNode;
  contact: ReactNode;
  children: ReactNode;
}) {
  const roomy = useMedia("(width >= 1180px)");
  const { t } = useTexts();
  return (
    <div className="flex h-full">
      <SplitPane
        name="inbox.list-width"
        label={t("inbox.splitter")}
        initialPx={372}
        minPx={280}
        maxPx={620}
        first={list}
        second={children}
      />
      {contact !== null && <div className={roomy ? besideClass : overClass}>{contact}</div>}
    </div>
  );
}

function ThreadPane({ inbox, scope, openId }: { inbox: InboxState; scope: ListScope; openId: string }) {
  const { list, open, actions, navigation, layout } = inbox;
  if (open === undefined)
    return inbox.openError === null ? (
      <section className="flex h-full flex-col bg-sheet pt-20">
        <ThreadSkeleton />
      </section>
    ) : isApiError(inbox.openError, "not_found") ? (
      <Nothing />
    ) : (
      <ErrorState error={inbox.openError} onRetry={inbox.retryOpen} />
    );
  return (
    <div className="flex h-full">
      <div className="min-w-0 flex-1">
        <Thread
          conversation={open}
          mailboxes={list.mailboxes ?? []}
          scope={scope}
          actions={actions}
          composerRef={inbox.composerRef}
          alone={layout.single}
          onBack={navigation.toList}
          onClose={inbox.close}
          contactOpen={inbox.contactOpen}
          onContact={inbox.toggleContact}
          snoozeOpen={inbox.snoozeOpen}
          onSnoozeOpen={inbox.setSnoozeOpen}
          onSnooze={inbox.snooze}
          onSentAndClosed={() => navigation.leave(new Set([openId]))}
        />
      </div>
      {layout.single && inbox.contactOpen && (
        <div className={layout.roomy ? besideClass : overClass}>
          <ContactSheet conversation={open} mailboxes={list.mailboxes ?? []} onClose={inbox.toggleContact} />
        </div>
      )}
    </div>
  );
}

function NothingOpen() {
  const { t } = useTexts();
  return (
    <div className="h-full bg-sheet">
      <EmptyState title={<span className="font-normal text-ink-3">{t("inbox.thread.none")}</span>}>
        {t("inbox.thread.noneText")}
      </EmptyState>
    </div>
  );
}
