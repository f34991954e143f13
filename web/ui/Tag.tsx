/** A small label on a thing, and the dot that shows a state; a state is never told by its colour alone. */
import type { ReactNode } from "react";
import { cx } from "./class-names.ts";

export type Tone = "plain" | "good" | "warn" | "bad" | "accent";

const tags: Record<Tone, string> = {
  plain: "bg-raise text-ink-2",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  accent: "bg-accent-soft text-accent",
};
const dots: Record<Tone, string> = {
  plain: "bg-ink-3",
  good: "bg-good",
  warn: "bg-warn",
  bad: "bg-bad",
  accent: "bg-accent",
};

export function Tag({
  tone = "plain",
  icon,
  children,
}: {
  tone?: Tone;
  icon?: ReactNode;
  children: ReactNode;
}) {
  return (
    <span
      className={cx(
        "inline-flex h-5 shrink-0 items-center gap-1 rounded-full px-2 text-xs font-medium whitespace-nowrap",
        tags[tone],
      )}
    >
      {icon}
      {children}
    </span>
  );
}

/** `live`: it breathes while work is under way. */
export function Dot({
  tone = "plain",
  live = false,
  label,
}: {
  tone?: Tone;
  live?: boolean;
  label?: string;
}) {
  return (
    <span className={cx("size-2 shrink-0 rounded-full", dots[tone], live && "animate-pulse-soft")}>
      {label !== undefined && <span className="sr-only">{label}</span>}
    </span>
  );
}
