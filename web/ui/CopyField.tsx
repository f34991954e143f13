/** A value that is to be carried elsewhere (a link, a key): shown whole, selected by a click, copied by a button. */
import { Check, Copy } from "lucide-react";
import { useEffect, useId, useState } from "react";
import { Button, type ButtonTone } from "./Button.tsx";
import { controlClass } from "./Field.tsx";
import { cx } from "./class-names.ts";

interface CopyFieldProps {
  label: string;
  value: string;
  copyLabel: string;
  copiedLabel: string;
  tone?: ButtonTone;
  className?: string;
}

/** How long "Copied" stands, in ms. */
const shownMs = 2_000;

/** Copies by the clipboard where the page may (https, localhost), else by the old way over a selection. */
export async function copyText(text: string, field: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No secure context, or the user said no: the field is selected, so that the keyboard's own copy works.
    field?.select();
    return document.execCommand("copy");
  }
}

export function CopyField({
  label,
  value,
  copyLabel,
  copiedLabel,
  tone = "plain",
  className,
}: CopyFieldProps) {
  const id = useId();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), shownMs);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    const field = document.getElementById(id);
    setCopied(await copyText(value, field instanceof HTMLInputElement ? field : null));
  };
  return (
    <div className={cx("flex flex-col gap-1.5", className)}>
      <label htmlFor={id} className="text-s font-medium text-ink-2">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          readOnly
          value={value}
          onFocus={(event) => event.currentTarget.select()}
          className={cx(controlClass, "h-10 min-w-0 flex-1 font-mono text-s! text-ellipsis")}
        />
        <Button
          tone={tone}
          className="h-10!"
          icon={copied ? <Check size={15} /> : <Copy size={15} />}
          onClick={() => void copy()}
        >
          <span aria-live="polite">{copied ? copiedLabel : copyLabel}</span>
        </Button>
      </div>
    </div>
  );
}
