/** The shape of what is coming, while it comes. */
import { cx } from "./class-names.ts";

export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cx("block animate-pulse-soft rounded-xs bg-raise", className)} />;
}

/** A paragraph's worth of lines. */
export function SkeletonText({ lines = 3 }: { lines?: number }) {
  return (
    <span aria-hidden className="flex flex-col gap-2.5">
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} className={cx("h-3.5", line === lines - 1 ? "w-2/5" : "w-full")} />
      ))}
    </span>
  );
}
