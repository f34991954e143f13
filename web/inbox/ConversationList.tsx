/**
 * The list, virtualised: rows of one height, pages by keyset as one scrolls. Rows that arrive above do not move what one
 * is reading: the list scrolls along with them and says how many there are.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowUp } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import type { Conversation } from "../api/gen/model/index.ts";
import { useTexts } from "../app/i18n.ts";
import { useLatest } from "../app/use-latest.ts";
import { Skeleton } from "../ui/Skeleton.tsx";
import { isOwnMove } from "./own-moves.ts";
import { anchorShift, newAbove } from "./scroll-anchor.ts";

/** Height of a row: padding, three lines, hairline. ConversationRow keeps to it. */
export const rowPx = 85;

interface ConversationListProps {
  rows: readonly Conversation[];
  /** Changes when another list is shown: it begins at its top. */
  scopeKey: string;
  cursorId: string | undefined;
  /** The thread takes its place and gives it back: the focus comes back, too. */
  alone: boolean;
  hasMore: boolean;
  loadingMore: boolean;
  onMore: () => void;
  renderRow: (row: Conversation, index: number) => ReactNode;
}

export function ConversationList({
  rows,
  scopeKey,
  cursorId,
  alone,
  hasMore,
  loadingMore,
  onMore,
  renderRow,
}: ConversationListProps) {
  const { t } = useTexts();
  const scroller = useRef<HTMLDivElement>(null);
  // oxlint-disable-next-line react/incompatible-library -- the virtualizer is mutable by design; no compiler runs here
  const virtual = useVirtualizer({
    count: rows.length + (hasMore ? 1 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 8,
    getItemKey: (index) => rows[index]?.id ?? "more",
  });
  const items = virtual.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !loadingMore && lastIndex >= rows.length - 15) onMore();
  }, [hasMore, lastIndex, loadingMore, onMore, rows.length]);

  const { arrived, toTop } = useStillList(scroller, rows, scopeKey);
  const cursorIndex = cursorId === undefined ? -1 : rows.findIndex((row) => row.id === cursorId);
  const latestIndex = useLatest(cursorIndex);
  const firstLook = useRef(true);
  useEffect(() => {
    // Only when the cursor goes to another row: rows that come above must not scroll back to it.
    if (cursorId === undefined || latestIndex.current < 0) return;
    keepInSight(scroller.current, latestIndex.current);
    // A page that opens with a thread has not been touched: nothing need be marked.
    return firstLook.current && !alone ? undefined : followWithFocus(scroller.current, cursorId);
  }, [alone, cursorId, latestIndex]);
  useEffect(() => {
    firstLook.current = false;
  }, []);

  return (
    <div className="relative min-h-0 flex-1">
      {arrived > 0 && (
        <button
          type="button"
          onClick={toTop}
          className="absolute top-2 left-1/2 z-10 flex -translate-x-1/2 animate-rise items-center gap-1.5 rounded-full bg-accent px-3 py-1 text-xs font-medium text-on-accent shadow-lift touch:py-2"
        >
          <ArrowUp size={13} aria-hidden />
          {t("inbox.list.newMail", { count: arrived })}
        </button>
      )}
      <div
        ref={scroller}
        data-testid="conversation-scroller"
        className="h-full overflow-y-auto overscroll-contain [overflow-anchor:none]"
      >
        <ul
          aria-label={t("inbox.list.label")}
          className="relative"
          style={{ height: virtual.getTotalSize() }}
        >
          {items.map(({ index, key, start }) => {
            const row = rows[index];
            return (
              <li
                key={key}
                className="absolute inset-x-0 top-0"
                style={{ height: rowPx, transform: `translateY(${start}px)` }}
                aria-setsize={hasMore ? -1 : rows.length}
                aria-posinset={index + 1}
              >
                {row === undefined ? <RowSkeleton /> : renderRow(row, index)}
              </li>
            );
          })}
        </ul>
        {!hasMore && rows.length > 12 && (
          <p className="py-6 text-center text-xs text-ink-3">{t("inbox.list.end")}</p>
        )}
      </div>
    </div>
  );
}

/** Scrolls by the least that shows the row. */
function keepInSight(scroller: HTMLDivElement | null, index: number): void {
  if (scroller === null) return;
  const top = index * rowPx;
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  else if (top + rowPx > scroller.scrollTop + scroller.clientHeight)
    scroller.scrollTop = top + rowPx - scroller.clientHeight;
}

/**
 * The focus goes along with the cursor, where it is in the list or nowhere: Enter must act on the row that is marked.
 * A frame later, since a row that was out of sight is drawn only then. Returns what calls it off.
 */
function followWithFocus(scroller: HTMLDivElement | null, id: string): () => void {
  const frame = requestAnimationFrame(() => {
    const { activeElement } = document;
    if (scroller === null || (activeElement !== document.body && !scroller.contains(activeElement))) return;
    const link = scroller.querySelector(`[data-conversation="${CSS.escape(id)}"] a`);
    if (link instanceof HTMLElement && link !== activeElement) link.focus({ preventScroll: true });
  });
  return () => cancelAnimationFrame(frame);
}

/** Keeps the rows in sight where they are; counts those that came above and have not been looked at. */
function useStillList(
  scroller: React.RefObject<HTMLDivElement | null>,
  rows: readonly Conversation[],
  scopeKey: string,
): { arrived: number; toTop: () => void } {
  const shown = useRef({ rows, scopeKey });
  const [arrived, setArrived] = useState(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    const before = shown.current;
    shown.current = { rows, scopeKey };
    if (element === null || before.rows === rows) return;
    if (before.scopeKey !== scopeKey) {
      element.scrollTo({ top: 0 });
      setArrived(0);
      return;
    }
    const held = element.scrollTop > 0 || element.matches(":hover, :focus-within");
    const first = before.rows[Math.floor(element.scrollTop / rowPx)];
    if (!held || first === undefined) return;
    const shift = anchorShift(before.rows, rows, first.id, rowPx);
    const above = newAbove(before.rows, rows, isOwnMove);
    // At the top, what one has brought back oneself is looked for there.
    if (shift === 0 || (above === 0 && shift > 0 && element.scrollTop === 0)) return;
    element.scrollTo({ top: element.scrollTop + shift });
    if (above > 0) setArrived((known) => known + above);
  }, [rows, scopeKey, scroller]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const onScroll = () => element.scrollTop < rowPx / 2 && setArrived(0);
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => element.removeEventListener("scroll", onScroll);
  }, [scroller]);
  const toTop = () => {
    scroller.current?.scrollTo({ top: 0, behavior: "smooth" });
    setArrived(0);
  };
  return { arrived, toTop };
}

export function RowSkeleton() {
  return (
    <div
      aria-hidden
      className="flex flex-col gap-2.5 border-b border-line py-3.5 pr-4 pl-8"
      style={{ height: rowPx }}
    >
      <Skeleton className="h-3.5 w-2/5" />
      <Skeleton className="h-3 w-4/5" />
      <Skeleton className="h-3 w-3/5" />
    </div>
  );
}
