/** Buttons and links that look like buttons: primary (one a screen), plain, quiet, danger; and the square icon button. */
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { cx } from "./class-names.ts";
import { Kbd } from "./Kbd.tsx";
import { Tip } from "./Tooltip.tsx";

export type ButtonTone = "primary" | "plain" | "quiet" | "danger";
export type ButtonSize = "s" | "m" | "l";

const tones: Record<ButtonTone, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong border-transparent",
  plain: "bg-sheet border-line hover:bg-raise hover:border-edge text-ink",
  quiet: "border-transparent text-ink-2 hover:bg-raise hover:text-ink",
  danger: "bg-sheet border-line text-bad hover:bg-bad-soft hover:border-transparent",
};
const sizes: Record<ButtonSize, string> = {
  s: "h-7 px-2.5 text-s gap-1.5",
  m: "h-[34px] px-3.5 text-m gap-2",
  l: "h-11 px-5 text-m gap-2",
};

/** The classes of a button, for links that must look like one. */
export const buttonClass = (tone: ButtonTone = "plain", size: ButtonSize = "m"): string =>
  cx(
    "inline-flex shrink-0 select-none items-center justify-center rounded-s border font-medium whitespace-nowrap transition-colors",
    "disabled:opacity-50 disabled:pointer-events-none aria-disabled:opacity-50 touch:min-h-10",
    tones[tone],
    sizes[size],
  );

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  tone?: ButtonTone;
  size?: ButtonSize;
  /** Shows that work is under way and takes no second click; the label stays. */
  busy?: boolean;
  /** The key that does the same, shown behind the label. */
  keys?: string;
  icon?: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({
  tone = "plain",
  size = "m",
  busy = false,
  keys,
  icon,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      disabled={rest.disabled === true || busy}
      className={cx(buttonClass(tone, size), className)}
    >
      {busy ? <Busy /> : icon}
      {children}
      {keys !== undefined && <Kbd keys={keys} tone={tone === "primary" ? "on-accent" : "plain"} />}
    </button>
  );
}

/** A small ring that turns: only inside buttons and beside words, never in place of content. */
export function Busy() {
  return (
    <span
      aria-hidden
      className="size-3.5 shrink-0 animate-spin rounded-full border-2 border-current border-r-transparent"
    />
  );
}

export interface IconButtonProps extends Omit<ButtonProps, "children" | "icon" | "size"> {
  label: string;
  children: ReactNode;
  size?: "s" | "m";
}

/** A square button of an icon alone; its label is read out and shown as a tooltip with its key. */
export function IconButton({
  label,
  keys,
  size = "m",
  tone = "quiet",
  className,
  children,
  ...rest
}: IconButtonProps) {
  return (
    <Tip label={label} keys={keys}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={cx(
          buttonClass(tone, size),
          "px-0!",
          size === "s" ? "w-7 touch:w-10" : "w-[34px] touch:w-10",
          className,
        )}
      >
        {children}
      </button>
    </Tip>
  );
}
