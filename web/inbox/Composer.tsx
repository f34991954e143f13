/** Below a thread: the way to answer, folded to one line until it is wanted; on a phone a sheet over the thread. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Reply, ReplyAll } from "lucide-react";
import { lazy, Suspense, useImperativeHandle, useRef, useState, type ReactNode, type Ref } from "react";
import { isApiError } from "../api/api-error.ts";
import { getDraft, getReplyTargets } from "../api/gen/client.ts";
import type { Conversation, Mailbox, Message, ReplyTargets, SavedDraft } from "../api/gen/model/index.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { Button } from "../ui/Button.tsx";
import { Notice } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import type { FormHandle } from "./ReplyForm.tsx";
import { freshReply, fromDraft, hasOthers, type ReplyMode } from "./reply-state.ts";

const loadForm = () => import("./ReplyForm.tsx");
const ReplyForm = lazy(async () => ({ default: (await loadForm()).ReplyForm }));

export interface ComposerHandle {
  reply: (mode: ReplyMode) => void;
}

interface ComposerProps {
  conversation: Conversation;
  mailboxes: readonly Mailbox[];
  messages: readonly Message[];
  onSentAndClosed: () => void;
  ref: Ref<ComposerHandle>;
}

/** `mode`: how it was opened; `key` makes a new form of it. */
interface Opened {
  mode: ReplyMode;
  key: number;
}

export function Composer({ conversation, mailboxes, messages, onSentAndClosed, ref }: ComposerProps) {
  const { id } = conversation;
  const client = useQueryClient();
  const [opened, setOpened] = useState<Opened | null>(null);
  const [folded, setFolded] = useState(false);
  const form = useRef<FormHandle>(null);
  const targets = useQuery({
    queryKey: queryKeys.replyTargets(id),
    queryFn: () => getReplyTargets(id),
    enabled: messages.length > 0,
  });
  const draft = useQuery({ queryKey: queryKeys.draft(id), queryFn: () => getDraft(id), staleTime: Infinity });

  const reply = (mode: ReplyMode) => {
    setFolded(false);
    if (opened === null && !hasDraft(draft.data)) return setOpened({ mode, key: 0 });
    if (opened === null) setOpened({ mode, key: 0 });
    form.current?.answer(mode);
  };
  useImperativeHandle(ref, () => ({ reply }));

  const mailbox = mailboxes.find(
    (item) => item.id === (targets.data?.mailboxId ?? conversation.mailboxIds[0]),
  );
  if (mailbox?.readOnly === true) return <ReadOnlyNotice mailbox={mailbox} />;
  if (targets.isError) return <CannotAnswer error={targets.error} mailbox={mailbox} />;
  const shown = !folded && (opened !== null || hasDraft(draft.data));
  if (!shown || targets.data === undefined) {
    return <FoldedComposer targets={targets.data} waiting={shown} onReply={reply} />;
  }
  const start = hasDraft(draft.data)
    ? fromDraft(draft.data.draft)
    : freshReply(targets.data, opened?.mode ?? "sender");
  return (
    <Suspense fallback={<ComposerSkeleton />}>
      <ReplyForm
        key={opened?.key ?? "draft"}
        ref={form}
        conversationId={id}
        targets={targets.data}
        initial={start}
        focusAtStart={opened !== null}
        onFold={() => {
          setFolded(true);
          setOpened(null);
        }}
        onDone={(closed) => {
          setOpened(null);
          setFolded(false);
          if (closed) onSentAndClosed();
        }}
        onTakenBack={() => {
          void client.invalidateQueries({ queryKey: queryKeys.conversation(id) });
          setOpened((before) => ({ mode: "sender", key: (before?.key ?? 0) + 1 }));
        }}
      />
    </Suspense>
  );
}

const hasDraft = (
  saved: SavedDraft | undefined,
): saved is SavedDraft & { draft: NonNullable<SavedDraft["draft"]> } =>
  saved !== undefined && saved.draft !== null;

const dock = "mx-7 mb-5 shrink-0 phone:mx-3 phone:mb-[calc(12px+env(safe-area-inset-bottom))]";

function FoldedComposer({
  targets,
  waiting,
  onReply,
}: {
  targets: ReplyTargets | undefined;
  waiting: boolean;
  onReply: (mode: ReplyMode) => void;
}) {
  const { t } = useTexts();
  if (waiting) return <ComposerSkeleton />;
  return (
    <div className={dock}>
      <div className="mx-auto flex max-w-[820px] gap-2" onPointerEnter={() => void loadForm()}>
        <Button
          size="l"
          keys="r"
          icon={<Reply size={16} />}
          onClick={() => onReply("sender")}
          className="h-10! flex-1 justify-start! font-normal! text-ink-2!"
        >
          <span className="mr-auto">{t("inbox.composer.write")}</span>
        </Button>
        {targets !== undefined && hasOthers(targets) && (
          <Button
            size="l"
            keys="a"
            icon={<ReplyAll size={16} />}
            onClick={() => onReply("everybody")}
            className="h-10! px-4! text-ink-2!"
          >
            {t("inbox.thread.replyAll")}
          </Button>
        )}
      </div>
    </div>
  );
}

function ComposerSkeleton() {
  return (
    <div aria-hidden className={dock}>
      <div className="mx-auto flex max-w-[820px] flex-col gap-3 rounded-m border border-line p-4">
        <Skeleton className="h-3.5 w-48" />
        <Skeleton className="h-16 w-full" />
      </div>
    </div>
  );
}

function ReadOnlyNotice({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTexts();
  const change = <MailboxLink mailbox={mailbox}>{t("inbox.composer.readOnlyFix")}</MailboxLink>;
  return (
    <div className={dock}>
      <Notice actions={change} className="mx-auto max-w-[820px]">
        {t("inbox.composer.readOnly")}
      </Notice>
    </div>
  );
}

/** Why there is nothing to write in. */
function CannotAnswer({ error, mailbox }: { error: unknown; mailbox: Mailbox | undefined }) {
  const { t } = useTexts();
  const cannotSend = isApiError(error, "cannot_send");
  const fix =
    cannotSend && mailbox !== undefined ? (
      <MailboxLink mailbox={mailbox}>{t("inbox.composer.cannotSendFix")}</MailboxLink>
    ) : undefined;
  return (
    <div className={dock}>
      <Notice actions={fix} className="mx-auto max-w-[820px]">
        {cannotSend ? t("inbox.composer.cannotSend") : errorText(error, t)}
      </Notice>
    </div>
  );
}

function MailboxLink({ mailbox, children }: { mailbox: Mailbox; children: ReactNode }) {
  return (
    <Link
      to="/mailboxes/$id"
      params={{ id: mailbox.id }}
      className="font-medium underline underline-offset-2"
    >
      {children}
    </Link>
  );
}
