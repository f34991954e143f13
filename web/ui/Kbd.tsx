/** A key or a chord as people read it on their keyboard: `mod+enter` is ⌘↵ on a Mac and Ctrl ↵ elsewhere. */
import { cx } from "./class-names.ts";

const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/u.test(navigator.userAgent);

const symbols: Record<string, string> = {
  mod: isMac ? "⌘" : "Ctrl",
  shift: "⇧",
  alt: isMac ? "⌥" : "Alt",
  enter: "↵",
  escape: "Esc",
  arrowup: "↑",
  arrowdown: "↓",
};

/** `mod+enter` → `⌘↵` or `Ctrl+↵`; `g i` → `g i`. */
export function keyText(keys: string): string {
  return keys
    .split(" ")
    .map((chord) =>
      chord
        .split("+")
        .map((key) => symbols[key] ?? key)
        .join(isMac ? "" : chord.startsWith("mod") ? " " : ""),
    )
    .join(" ");
}

interface KbdProps {
  keys: string;
  tone?: "plain" | "on-accent";
  /** On a touch screen, too: where the keys are what it is about. */
  always?: boolean;
}

export function Kbd({ keys, tone = "plain", always = false }: KbdProps) {
  return (
    <kbd
      aria-hidden
      className={cx(
        "inline-block rounded-xs border px-[5px] py-[2px] font-mono text-[11px]/[1] font-medium whitespace-nowrap",
        !always && "touch:hidden",
        tone === "plain" ? "border-line text-ink-3" : "border-current opacity-90",
      )}
    >
      {keyText(keys)}
    </kbd>
  );
}
