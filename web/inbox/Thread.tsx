/* oxlint-disable jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by the keyboard */
/** One conversation: its messages, oldest first, the latest in sight; below them the reply. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useLayoutEffect, useMemo, useRef, useState, type Ref } from "react";
import type { Conversation, Mailbox, Message } from "../api/gen/model/index.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { useTexts } from "../app/i18n.ts";
import type { ListScope } from "../app/query-keys.ts";
import { Notice } from "../ui/Panel.tsx";
import { Skeleton, SkeletonText } from "../ui/Skeleton.tsx";
import { Composer, type ComposerHandle } from "./Composer.tsx";
import { foldThread } from "./fold-thread.ts";
import { MessageCard } from "./MessageCard.tsx";
import { messagesQuery } from "./queries.ts";
import { ThreadHeader, type ThreadHeaderProps } from "./ThreadHeader.tsx";

interface ThreadProps extends Omit<ThreadHeaderProps, "conversation" | "mailboxes"> {
  conversation: Conversation;
  mailboxes: readonly Mailbox[];
  scope: ListScope;
  composerRef: Ref<ComposerHandle>;
  onSentAndClosed: () => void;
}

export function Thread({
  conversation,
  mailboxes,
  scope,
  composerRef,
  onSentAndClosed,
  ...header
}: ThreadProps) {
  const { t } = useTexts();
  const { data, error, isPending, refetch } = useQuery(messagesQuery(conversation.id));
  /** A reply that was taken back is a draft again: the composer begins anew with it. */
  const [takenBack, setTakenBack] = useState(0);
  return (
    <section aria-label={conversation.subject} className="flex h-full min-w-0 flex-col bg-sheet">
      <ThreadHeader conversation={conversation} mailboxes={mailboxes} {...header} />
      {conversation.mergedInto !== null && (
        <Notice
          className="mx-7 mt-4 phone:mx-4"
          actions={
            <Link
              to="/inbox/$view/$conversationId"
              params={{ view: scope.view, conversationId: conversation.mergedInto }}
              search={{ mailbox: scope.mailbox }}
              className="font-medium text-accent underline underline-offset-2"
            >
              {t("inbox.thread.goThere")}
            </Link>
          }
        >
          {t("inbox.thread.joined")}
        </Notice>
      )}
      {isPending ? (
        <ThreadSkeleton />
      ) : data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <MessageStack
          key={conversation.id}
          messages={data}
          gone={conversation.gone}
          onTakenBack={() => setTakenBack((times) => times + 1)}
        />
      )}
      {conversation.mergedInto === null && (isPending || data !== undefined) && (
        <Composer
          key={`reply-${conversation.id}-${takenBack}`}
          ref={composerRef}
          conversation={conversation}
          mailboxes={mailboxes}
          messages={data}
          onSentAndClosed={onSentAndClosed}
        />
      )}
    </section>
  );
}

interface MessageStackProps {
  messages: readonly Message[];
  gone: boolean;
  onTakenBack: () => void;
}

function MessageStack({ messages, gone, onTakenBack }: MessageStackProps) {
  const { t } = useTexts();
  const scroller = useRef<HTMLDivElement>(null);
  // Decided once, when the thread is opened: what arrives later opens by itself and moves nothing above it.
  const [first] = useState(() => ({
    fold: foldThread(messages),
    known: new Set(messages.map((message) => message.id)),
  }));
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [unfolded, setUnfolded] = useState(false);
  const [hiddenFrom, hiddenTo] = unfolded ? [0, 0] : first.fold.hidden;
  const isOpen = (id: string) => (first.fold.open.has(id) || !first.known.has(id)) !== toggled.has(id);
  const toggle = (id: string) =>
    setToggled((before) =>
      before.has(id) ? new Set([...before].filter((other) => other !== id)) : new Set([...before, id]),
    );
  const lastId = useMemo(
    () => messages.findLast((message) => first.known.has(message.id))?.id,
    [first.known, messages],
  );

  useLayoutEffect(() => {
    const target = scroller.current?.querySelector(`[data-message="${CSS.escape(lastId ?? "")}"]`);
    if (scroller.current !== null && target instanceof HTMLElement)
      scroller.current.scrollTop = Math.max(0, target.offsetTop - 18);
  }, [lastId]);

  return (
    <div
      ref={scroller}
      tabIndex={0}
      className="relative min-h-0 flex-1 overflow-y-auto px-7 py-[18px] -outline-offset-2! phone:px-3"
    >
      <div className="mx-auto flex max-w-[820px] flex-col gap-2.5">
        {gone && <p className="px-1 text-s text-ink-3">{t("inbox.thread.remote")}</p>}
        {messages.map((message, index) => {
          if (index === hiddenFrom && hiddenTo > hiddenFrom) {
            return (
              <button
                key="older"
                type="button"
                onClick={() => setUnfolded(true)}
                className="flex items-center gap-3 text-xs text-ink-3 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line hover:text-ink"
              >
                {t("inbox.thread.older", { count: hiddenTo - hiddenFrom })}
              </button>
            );
          }
          if (index > hiddenFrom && index < hiddenTo) return null;
          return (
            <MessageCard
              key={message.id}
              message={message}
              open={isOpen(message.id)}
              onToggle={() => toggle(message.id)}
              onTakenBack={onTakenBack}
            />
          );
        })}
      </div>
    </div>
  );
}

export function ThreadSkeleton() {
  return (
    <div aria-hidden className="flex-1 px-7 py-[18px] phone:px-3">
      <div className="mx-auto flex max-w-[820px] flex-col gap-4 rounded-m border border-line p-4">
        <div className="flex items-center gap-2.5">
          <Skeleton className="size-7 rounded-full" />
          <Skeleton className="h-3.5 w-40" />
        </div>
        <SkeletonText lines={4} />
      </div>
    </div>
  );
}
