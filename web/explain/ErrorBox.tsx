/** The box for the error: paste, drop or choose a file, or try an example. A file is read in the page. */
import { Field as Base } from "@base-ui/react/field";
import { FileText, Sparkles, X } from "lucide-react";
import { useCallback, useEffect, useRef, useState, type DragEvent } from "react";
import { useTexts } from "../app/i18n.ts";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/class-names.ts";
import { mostFileBytes, textOfFile, type FileProblem } from "./pasted.ts";

interface ErrorBoxProps {
  text: string;
  /** Its middle is not asked about. */
  isCut: boolean;
  onText: (text: string) => void;
  onExample: () => void;
  onClear: () => void;
}

type Problem = FileProblem | "several" | null;

export function ErrorBox({ text, isCut, onText, onExample, onClear }: ErrorBoxProps) {
  const { t } = useTexts();
  const [problem, setProblem] = useState<Problem>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  const focus = useCallback(() => box.current?.focus({ preventScroll: true }), []);
  useEffect(focus, [focus]);
  const take = async (files: readonly File[]) => {
    const read = await readFile(files[0]);
    if ("text" in read) onText(read.text);
    setProblem("problem" in read ? read.problem : files.length > 1 ? "several" : null);
    focus();
  };
  const drop = useDrop((files) => void take(files));
  const note = problem ?? (isCut ? "long" : null);
  return (
    <Base.Root className="mt-6">
      <Base.Label className="sr-only">{t("explain.label")}</Base.Label>
      <div
        {...drop.handlers}
        className={cx(
          "relative overflow-hidden rounded-m border bg-sheet transition-colors focus-within:border-accent",
          drop.isOver ? "border-accent" : "border-field hover:border-ink-3",
        )}
      >
        <Base.Control
          render={
            <textarea
              ref={box}
              rows={5}
              spellCheck={false}
              autoCapitalize="off"
              autoCorrect="off"
              value={text}
              placeholder={t("explain.placeholder")}
              onChange={({ target }) => {
                setProblem(null);
                onText(target.value);
              }}
              className="block field-sizing-content max-h-[50vh] min-h-36 w-full resize-y bg-transparent px-4 py-3.5 font-mono text-s/[1.600] outline-none wrap-anywhere placeholder:font-sans placeholder:text-ink-3 phone:text-l"
            />
          }
        />
        <div className="flex flex-wrap items-center gap-1 border-t border-line px-2 py-1.5">
          <FileButton onFiles={(files) => void take(files)} />
          <Button
            tone="quiet"
            size="s"
            icon={<Sparkles size={14} aria-hidden />}
            onClick={() => {
              setProblem(null);
              onExample();
            }}
          >
            {t("explain.example")}
          </Button>
          {text !== "" && (
            <Button
              tone="quiet"
              size="s"
              icon={<X size={14} aria-hidden />}
              aria-label={t("explain.clear")}
              className="ml-auto"
              onClick={() => {
                setProblem(null);
                onClear();
                focus();
              }}
            >
              <span className="phone:hidden">{t("explain.clear")}</span>
            </Button>
          )}
        </div>
        {drop.isOver && (
          <div className="pointer-events-none absolute inset-0 grid place-items-center bg-accent-soft px-6 text-center font-medium text-accent">
            {t("explain.drop")}
          </div>
        )}
      </div>
      <p
        role="alert"
        className={cx(
          "mt-2 text-s",
          isHarmless(note) ? "text-ink-3" : "text-bad",
          note === null && "sr-only",
        )}
      >
        {note !== null && t(`explain.problems.${note}`)}
      </p>
    </Base.Root>
  );
}

const isHarmless = (note: Problem | "long"): boolean => note === "several" || note === "long";

async function readFile(file: File | undefined): Promise<ReturnType<typeof textOfFile>> {
  if (file === undefined) return { problem: "unreadable" };
  if (file.size > mostFileBytes) return { problem: "big" };
  try {
    return textOfFile(new Uint8Array(await file.arrayBuffer()));
  } catch {
    return { problem: "unreadable" }; // a folder, or taken away meanwhile
  }
}

function FileButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const { t } = useTexts();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button
        tone="quiet"
        size="s"
        icon={<FileText size={14} aria-hidden />}
        onClick={() => input.current?.click()}
      >
        {t("explain.file")}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t("explain.file")}
        onChange={({ target }) => {
          if (target.files !== null && target.files.length > 0) onFiles([...target.files]);
          target.value = ""; // the same file once more is a change, too
        }}
      />
    </>
  );
}

const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes("Files");

/** A file that is dropped on the box; text that is dragged into it stays the browser's own matter. */
function useDrop(onFiles: (files: File[]) => void) {
  const [isOver, setOver] = useState(false);
  const handlers = {
    onDragOver: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: (event: DragEvent) => {
      if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget)))
        setOver(false);
    },
    onDrop: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      onFiles([...event.dataTransfer.files]);
    },
  };
  return { isOver, handlers };
}
