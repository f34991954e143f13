/** The editor (Tiptap), loaded when a reply is begun. Knows only HTML in and out. */
import { Placeholder } from "@tiptap/extension-placeholder";
import { EditorContent, useEditor, useEditorState, type Editor } from "@tiptap/react";
import { StarterKit } from "@tiptap/starter-kit";
import { Bold, Italic, List, ListOrdered, TextQuote, type LucideIcon } from "lucide-react";
import { useCallback, useEffect, useImperativeHandle, type ReactNode, type Ref } from "react";
import { useTexts } from "../app/i18n.ts";
import { IconButton } from "../ui/Button.tsx";
import { cx } from "../ui/class-names.ts";

export interface EditorHandle {
  focus: () => void;
}

interface RichEditorProps {
  initialHtml: string;
  label: string;
  placeholder: string;
  focusAtStart: boolean;
  onChange: (html: string) => void;
  onFiles: (files: Iterable<File>) => void;
  /** Between the text and the line of buttons. */
  below: ReactNode;
  /** Beside the formatting buttons. */
  before: ReactNode;
  after: ReactNode;
  ref?: Ref<EditorHandle>;
}

export function RichEditor({
  initialHtml,
  label,
  placeholder,
  focusAtStart,
  onChange,
  onFiles,
  below,
  before,
  after,
  ref,
}: RichEditorProps) {
  const editor = useEditor({
    extensions: [
      StarterKit.configure({
        heading: false,
        horizontalRule: false,
        link: { openOnClick: false, defaultProtocol: "https" },
      }),
      Placeholder.configure({ placeholder }),
    ],
    content: initialHtml,
    editorProps: {
      attributes: {
        "aria-label": label,
        "aria-multiline": "true",
        role: "textbox",
        class: "rich-text min-h-16 outline-none",
      },
      handlePaste: (_view, event) => takeFiles(event.clipboardData, onFiles),
      handleDrop: (_view, event) => takeFiles(event.dataTransfer, onFiles),
    },
    onUpdate: ({ editor: current }) => onChange(current.getHTML()),
  });
  // Tiptap destroys an editor that took long to be shown and makes another: the destroyed one is left alone.
  const focus = useCallback(() => {
    if (!editor.isDestroyed) editor.commands.focus("end");
  }, [editor]);
  useImperativeHandle(ref, () => ({ focus }), [focus]);
  useEffect(() => {
    if (focusAtStart) focus();
  }, [focus, focusAtStart]);
  return (
    <>
      <EditorContent
        editor={editor}
        className="min-h-0 flex-1 overflow-y-auto px-3.5 py-3 text-m phone:text-l"
      />
      {below}
      <div className="@container px-2 pt-1 pb-2">
        <div className="flex flex-wrap items-center gap-x-0.5 gap-y-1 @max-[640px]:[&_kbd]:hidden">
          {before}
          <FormatButtons editor={editor} />
          {after}
        </div>
      </div>
    </>
  );
}

/** Files go to the attachments; a copied table or text of an office program brings a picture along, which stays out. */
function takeFiles(data: DataTransfer | null, onFiles: (files: Iterable<File>) => void): boolean {
  if (data === null || data.files.length === 0 || data.types.includes("text/html")) return false;
  onFiles([...data.files]);
  return true;
}

function FormatButtons({ editor }: { editor: Editor }) {
  const { t } = useTexts();
  const active = useEditorState({
    editor,
    selector: ({ editor: current }) => ({
      bold: current.isActive("bold"),
      italic: current.isActive("italic"),
      list: current.isActive("bulletList"),
      numbered: current.isActive("orderedList"),
      quote: current.isActive("blockquote"),
    }),
  });
  const buttons: { id: keyof typeof active; icon: LucideIcon; keys?: string; run: () => void }[] = [
    { id: "bold", icon: Bold, keys: "mod+b", run: () => editor.chain().focus().toggleBold().run() },
    { id: "italic", icon: Italic, keys: "mod+i", run: () => editor.chain().focus().toggleItalic().run() },
    { id: "list", icon: List, run: () => editor.chain().focus().toggleBulletList().run() },
    { id: "numbered", icon: ListOrdered, run: () => editor.chain().focus().toggleOrderedList().run() },
    { id: "quote", icon: TextQuote, run: () => editor.chain().focus().toggleBlockquote().run() },
  ];
  return (
    <fieldset aria-label={t("inbox.composer.format")} className="flex">
      {buttons.map(({ id, icon: Icon, keys, run }) => (
        <IconButton
          key={id}
          size="s"
          label={t(`inbox.composer.${id}`)}
          {...(keys === undefined ? {} : { keys })}
          aria-pressed={active[id]}
          onMouseDown={(event) => event.preventDefault()}
          onClick={run}
          className={cx("touch:w-9", active[id] && "bg-press! text-ink!")}
        >
          <Icon size={15} />
        </IconButton>
      ))}
    </fieldset>
  );
}
