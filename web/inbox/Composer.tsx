/** Below a thread: the way to answer, folded to one line until it is wanted; on a phone a sheet over the thread. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Reply, ReplyAll } from "lucide-react";
import {
  lazy,
  Suspense,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
  type ReactNode,
  type Ref,
} from "react";
import { isApiError } from "../api/api-error.ts";
import { getDraft, getReplyTargets } from "../api/gen/client.ts";
import type { Conversation, Mailbox, Message, ReplyTargets } from "../api/gen/model/index.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { useIdle } from "../app/use-idle.ts";
import { Button } from "../ui/Button.tsx";
import { Notice } from "../ui/Panel.tsx";
import type { FormHandle } from "./ReplyForm.tsx";
import { freshReply, fromDraft, hasOthers, withEarlyText, type ReplyMode } from "./reply-state.ts";
import { useKeptDrafts } from "./use-draft-saver.ts";

const loadForm = () => import("./ReplyForm.tsx");
const ReplyForm = lazy(async () => ({ default: (await loadForm()).ReplyForm }));

export interface ComposerHandle {
  reply: (mode: ReplyMode) => void;
}

interface ComposerProps {
  conversation: Conversation;
  mailboxes: readonly Mailbox[];
  /** Undefined while they are read: one may begin to write all the same. */
  messages: readonly Message[] | undefined;
  onSentAndClosed: () => void;
  ref: Ref<ComposerHandle>;
}

/** `mode`: how it was opened; `key` makes a new form of it. */
interface Opened {
  mode: ReplyMode;
  key: number;
}

/** What the form begins with, read from the server and from this browser. */
function useReplyStart({ id }: Conversation, messages: readonly Message[] | undefined) {
  const kept = useKeptDrafts().read(id);
  const targets = useQuery({
    queryKey: queryKeys.replyTargets(id),
    queryFn: () => getReplyTargets(id),
    enabled: messages !== undefined && messages.length > 0,
  });
  const saved = useQuery({ queryKey: queryKeys.draft(id), queryFn: () => getDraft(id), staleTime: Infinity });
  const draft = kept ?? saved.data?.draft ?? null;
  // To begin without knowing the draft would be to write over it.
  const ready = targets.data !== undefined && (kept !== null || saved.data !== undefined);
  return {
    targets: targets.data,
    draft,
    unsaved: kept !== null,
    ready,
    error: ready ? null : (targets.error ?? saved.error),
    retry: () => {
      void targets.refetch();
      void saved.refetch();
    },
  };
}

export function Composer({ conversation, mailboxes, messages, onSentAndClosed, ref }: ComposerProps) {
  const { id } = conversation;
  const client = useQueryClient();
  const [opened, setOpened] = useState<Opened | null>(null);
  const [folded, setFolded] = useState(false);
  const form = useRef<FormHandle>(null);
  /** Typed before the editor was there. */
  const [early, setEarly] = useState("");
  const start = useReplyStart(conversation, messages);
  useIdle(loadForm);

  const reply = (mode: ReplyMode) => {
    setFolded(false);
    setOpened((before) => before ?? { mode, key: 0 });
    if (opened !== null || start.draft !== null) form.current?.answer(mode);
  };
  useImperativeHandle(ref, () => ({ reply }));

  const mailbox = mailboxes.find(
    (item) => item.id === (start.targets?.mailboxId ?? conversation.mailboxIds[0]),
  );
  if (mailbox?.readOnly === true) return <ReadOnlyNotice mailbox={mailbox} />;
  if (start.error !== null)
    return <CannotAnswer error={start.error} mailbox={mailbox} onRetry={start.retry} />;
  if (folded || (opened === null && start.draft === null))
    return <FoldedComposer targets={start.targets} begun={start.draft !== null} onReply={reply} />;
  if (start.targets === undefined || !start.ready)
    return <EarlyText text={early} onChange={setEarly} focus={opened !== null} />;
  const initial =
    start.draft === null ? freshReply(start.targets, opened?.mode ?? "sender") : fromDraft(start.draft);
  return (
    <Suspense fallback={<EarlyText text={early} onChange={setEarly} focus={opened !== null} />}>
      <ReplyForm
        key={opened?.key ?? 0}
        ref={form}
        conversationId={id}
        targets={start.targets}
        initial={withEarlyText(initial, early)}
        unsaved={start.unsaved || early !== ""}
        messages={messages ?? []}
        focusAtStart={opened !== null}
        onFold={() => {
          setEarly("");
          setFolded(true);
          setOpened(null);
        }}
        onDone={(closed) => {
          setEarly("");
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

const dock = "mx-7 mb-5 shrink-0 phone:mx-3 phone:mb-[calc(12px+env(safe-area-inset-bottom))]";

function FoldedComposer({
  targets,
  begun,
  onReply,
}: {
  targets: ReplyTargets | undefined;
  /** There is a draft: whichever way it is opened, one goes on with that. */
  begun: boolean;
  onReply: (mode: ReplyMode) => void;
}) {
  const { t } = useTexts();
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
          <span className="mr-auto">{t(begun ? "inbox.composer.goOn" : "inbox.composer.write")}</span>
        </Button>
        {targets !== undefined && hasOthers(targets) && !begun && (
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

/**
 * A plain field until the editor is there: what is typed goes into the reply, not to the shortcuts of the page
 * (`e` closes a conversation).
 */
function EarlyText({
  text,
  onChange,
  focus,
}: {
  text: string;
  onChange: (text: string) => void;
  focus: boolean;
}) {
  const { t } = useTexts();
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (focus) field.current?.focus();
  }, [focus]);
  return (
    <div className={dock}>
      <div className="mx-auto max-w-[820px] rounded-m border border-edge bg-sheet px-3.5 pt-3 pb-12 shadow-lift">
        <textarea
          ref={field}
          aria-label={t("inbox.composer.title")}
          placeholder={t("inbox.composer.write")}
          value={text}
          onChange={(event) => onChange(event.target.value)}
          className="block min-h-24 w-full resize-none bg-transparent outline-none phone:text-l"
        />
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
function CannotAnswer({
  error,
  mailbox,
  onRetry,
}: {
  error: unknown;
  mailbox: Mailbox | undefined;
  onRetry: () => void;
}) {
  const { t } = useTexts();
  const cannotSend = isApiError(error, "cannot_send");
  const again = (
    <Button size="s" onClick={onRetry}>
      {t("app.retry")}
    </Button>
  );
  const fix =
    mailbox !== undefined ? (
      <MailboxLink mailbox={mailbox}>{t("inbox.composer.cannotSendFix")}</MailboxLink>
    ) : undefined;
  return (
    <div className={dock}>
      <Notice actions={cannotSend ? fix : again} className="mx-auto max-w-[820px]">
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
