/** Ways to set out a page: a reading column, a list with hairlines, a notice, an empty place, a bar of progress. */
/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a <progress> cannot be drawn alike in all browsers */
import type { ReactNode } from "react";
import { cx } from "./class-names.ts";
import type { Tone } from "./Tag.tsx";

/** One border around lines divided by hairlines. Never put one inside another. */
export function Panel({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <div
      className={cx("divide-y divide-line overflow-hidden rounded-m border border-line bg-sheet", className)}
    >
      {children}
    </div>
  );
}

export function PanelRow({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cx("flex items-center gap-3 px-4 py-3", className)}>{children}</div>;
}

const notices: Record<Tone, string> = {
  plain: "bg-raise text-ink-2",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  accent: "bg-accent-soft text-accent",
};

/** A line or two that must be seen, with what to do about it. */
export function Notice({
  tone = "plain",
  icon,
  actions,
  children,
  className,
}: {
  tone?: Tone;
  icon?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <div
      role={tone === "bad" ? "alert" : "status"}
      className={cx(
        "flex flex-wrap items-center gap-x-3 gap-y-2 rounded-s px-3 py-2 text-s",
        notices[tone],
        className,
      )}
    >
      {icon}
      <div className="min-w-0 flex-1 basis-28 phone:basis-52">{children}</div>
      {actions}
    </div>
  );
}

/** What stands where nothing is: one line that says so, one that says why or what now, at most one action. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode;
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex h-full min-h-60 flex-col items-center justify-center gap-1 px-8 py-10 text-center">
      {icon !== undefined && <span className="mb-3 text-ink-3">{icon}</span>}
      <p className="font-medium text-balance">{title}</p>
      {children !== undefined && <p className="max-w-[46ch] text-s text-pretty text-ink-3">{children}</p>}
      {action !== undefined && <div className="mt-4">{action}</div>}
    </div>
  );
}

/** `value` from 0 to 1; null: under way, no end known. */
export function ProgressBar({ value, label }: { value: number | null; label: string }) {
  const percent = value === null ? undefined : Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      className="h-1 w-full overflow-hidden rounded-full bg-line"
    >
      <div
        className={cx(
          "h-full rounded-full bg-accent transition-[width] duration-500",
          // No end known: a bar that runs through; where motion is unwelcome, a full and faint one, never "a third done".
          percent === undefined && "w-2/5 animate-run motion-reduce:w-full motion-reduce:opacity-40",
        )}
        style={percent === undefined ? undefined : { width: `${percent}%` }}
      />
    </div>
  );
}
