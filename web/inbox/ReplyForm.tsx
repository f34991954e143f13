/** The reply itself: recipients, text, files, and the ways to send. Loaded with the editor when a reply is begun. */
import { Paperclip, Quote, Trash2 } from "lucide-react";
import { useCallback, useImperativeHandle, useMemo, useRef, useState, type Ref, type RefObject } from "react";
import type { Message } from "../api/gen/model/index.ts";
import { useTexts } from "../app/i18n.ts";
import type { Command } from "../app/shortcuts.ts";
import { useCommands } from "../app/use-commands.ts";
import { useLatest } from "../app/use-latest.ts";
import { IconButton } from "../ui/Button.tsx";
import { cx } from "../ui/class-names.ts";
import { Notice } from "../ui/Panel.tsx";
import { DraftFiles } from "./DraftFiles.tsx";
import { personName } from "./people.ts";
import { DraftNote, ReplyHead, SendButtons } from "./ReplyParts.tsx";
import { isBlank, newestBeside, withMode, type ReplyMode, type ReplyState } from "./reply-state.ts";
import { RichEditor, type EditorHandle } from "./RichEditor.tsx";
import { useDiscard } from "./use-discard.ts";
import { useFileDrop } from "./use-file-drop.ts";
import { useReply, type ReplyOptions } from "./use-reply.ts";
import { useUploads } from "./use-uploads.ts";

export interface FormHandle {
  /** Changes whom it goes to and puts the cursor into the text. */
  answer: (mode: ReplyMode) => void;
}

interface ReplyFormProps extends ReplyOptions {
  /** Of the conversation, as they are now. */
  messages: readonly Message[];
  focusAtStart: boolean;
  onFold: () => void;
  ref: Ref<FormHandle>;
}

export function ReplyForm({ messages, focusAtStart, onFold, ref, ...options }: ReplyFormProps) {
  const { targets, onDone } = options;
  const { t } = useTexts();
  const { state, update, problem, sending, send, draftSaving, discardDraft } = useReply(options);
  const change = useCallback(
    (part: Partial<ReplyState>) => update((before) => ({ ...before, ...part })),
    [update],
  );
  const editor = useRef<EditorHandle>(null);
  const [initialHtml] = useState(state.html);
  const uploads = useUploads(
    useCallback((file) => update((before) => ({ ...before, files: [...before.files, file] })), [update]),
  );
  const dropZone = useFileDrop(uploads.add);
  const uploading = uploads.pending.length > 0;

  useImperativeHandle(ref, () => ({
    answer: (mode) => {
      update((before) => (before.mode === mode ? before : withMode(before, targets, mode)));
      editor.current?.focus();
    },
  }));
  const discardReply = useDiscard({
    conversationId: options.conversationId,
    forget: discardDraft,
    onBack: options.onTakenBack,
  });
  const fold = () => {
    onFold();
    if (isBlank(state)) void discardReply(state);
  };
  const discard = () => {
    void discardReply(state);
    onDone(false);
  };
  useSendCommands(
    useLatest({ send: () => void send(false, uploading), sendClose: () => void send(true, uploading), fold }),
  );

  return (
    <section
      ref={dropZone}
      aria-label={t("inbox.composer.title")}
      className="mx-7 mb-5 flex max-h-[62%] shrink-0 flex-col phone:fixed phone:inset-0 phone:z-30 phone:m-0 phone:max-h-none phone:bg-sheet phone:pt-[env(safe-area-inset-top)] phone:pb-[env(safe-area-inset-bottom)]"
    >
      <div className="mx-auto flex min-h-0 w-full max-w-[820px] flex-1 flex-col rounded-m border border-line bg-sheet shadow-lift focus-within:border-edge phone:rounded-none phone:border-0 phone:shadow-none">
        <ReplyHead key={state.mode} state={state} targets={targets} onChange={change} onFold={fold} />
        <RichEditor
          ref={editor}
          initialHtml={initialHtml}
          label={t("inbox.composer.title")}
          placeholder={t("inbox.composer.write")}
          focusAtStart={focusAtStart}
          onChange={(html) => change({ html })}
          onFiles={uploads.add}
          below={
            <>
              <DraftFiles
                files={state.files}
                pending={uploads.pending}
                onRemove={(file) => change({ files: state.files.filter((other) => other !== file) })}
              />
              <Meanwhile messages={messages} />
              {problem !== null && (
                <Notice tone="bad" className="mx-2.5 mb-1">
                  {problem}
                </Notice>
              )}
            </>
          }
          before={<AttachButton onFiles={uploads.add} />}
          after={
            <>
              <IconButton
                size="s"
                label={t("inbox.composer.quoteIncluded")}
                aria-pressed={state.quote}
                onClick={() => change({ quote: !state.quote })}
                className={cx("phone:hidden", state.quote && "bg-press! text-ink!")}
              >
                <Quote size={14} />
              </IconButton>
              <IconButton size="s" label={t("inbox.composer.discard")} onClick={discard}>
                <Trash2 size={15} />
              </IconButton>
              <DraftNote saving={draftSaving} />
              <SendButtons sending={sending} onSend={(close) => void send(close, uploading)} />
            </>
          }
        />
      </div>
    </section>
  );
}

/** A colleague answered, or the customer wrote again, while this reply was being written. */
function Meanwhile({ messages }: { messages: readonly Message[] }) {
  const { t } = useTexts();
  const [known] = useState(() => new Set(messages.map((message) => message.id)));
  const newest = newestBeside(messages, known);
  if (newest === undefined) return null;
  const name = personName(newest.from);
  return (
    <Notice tone="warn" className="mx-2.5 mb-1">
      {t(newest.direction === "out" ? "inbox.composer.answeredMeanwhile" : "inbox.composer.wroteMeanwhile", {
        name,
      })}
    </Notice>
  );
}

function AttachButton({ onFiles }: { onFiles: (files: Iterable<File>) => void }) {
  const { t } = useTexts();
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton size="s" label={t("inbox.composer.attach")} onClick={() => picker.current?.click()}>
        <Paperclip size={15} />
      </IconButton>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
    </>
  );
}

interface SendKeys {
  send: () => void;
  sendClose: () => void;
  fold: () => void;
}

function useSendCommands(keys: RefObject<SendKeys>): void {
  const commands = useMemo(
    (): Command[] => [
      {
        id: "send-close",
        label: "inbox.commands.sendClose",
        group: "writing",
        keys: ["mod+enter"],
        whileTyping: true,
        run: () => keys.current.sendClose(),
      },
      {
        id: "send",
        label: "inbox.commands.send",
        group: "writing",
        keys: ["mod+shift+enter"],
        whileTyping: true,
        run: () => keys.current.send(),
      },
      {
        id: "fold-reply",
        label: "inbox.composer.minimise",
        group: "writing",
        keys: ["escape"],
        whileTyping: true,
        run: () => keys.current.fold(),
      },
    ],
    [keys],
  );
  useCommands(commands);
}
