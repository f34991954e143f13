/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a splitter that takes focus is a widget (ARIA 1.2, separator); <hr> is none */
/**
 * Two panes with a border that can be dragged, or moved by the arrow keys (WAI-ARIA window splitter). The width of the
 * first one is kept in this browser. Our own few lines: a layout library would cost a tenth of the first screen's script.
 */
import {
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
} from "react";

interface SplitPaneProps {
  /** Under this name the width is kept. */
  name: string;
  label: string;
  first: ReactNode;
  second: ReactNode;
  initialPx: number;
  minPx: number;
  maxPx: number;
}

const stepPx = 16;

export const clampWidth = (px: number, minPx: number, maxPx: number): number =>
  Math.round(Math.min(maxPx, Math.max(minPx, px)));

function storedWidth(key: string, initialPx: number): number {
  try {
    const stored = Number(localStorage.getItem(key));
    return Number.isFinite(stored) && stored > 0 ? stored : initialPx;
  } catch {
    return initialPx;
  }
}

export function SplitPane({ name, label, first, second, initialPx, minPx, maxPx }: SplitPaneProps) {
  const key = `hitchpost.${name}`;
  const [width, setWidth] = useState(() => clampWidth(storedWidth(key, initialPx), minPx, maxPx));
  const drag = useRef<{ startX: number; startPx: number } | null>(null);
  const keep = (px: number) => {
    const next = clampWidth(px, minPx, maxPx);
    setWidth(next);
    try {
      localStorage.setItem(key, String(next));
    } catch {
      // Storage is switched off: it holds until the page is left.
    }
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { startX: event.clientX, startPx: width };
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (drag.current !== null) keep(drag.current.startPx + event.clientX - drag.current.startX);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const steps: Record<string, number> = {
      ArrowLeft: width - stepPx,
      ArrowRight: width + stepPx,
      Home: minPx,
      End: maxPx,
    };
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    keep(next);
  };
  return (
    <div className="flex h-full min-w-0 flex-1" style={{ "--split": `${width}px` } as CSSProperties}>
      <div className="w-(--split) max-w-[46%] shrink-0">{first}</div>
      <div
        role="separator"
        aria-orientation="vertical"
        aria-label={label}
        aria-valuenow={width}
        aria-valuemin={minPx}
        aria-valuemax={maxPx}
        tabIndex={0}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={() => (drag.current = null)}
        onPointerCancel={() => (drag.current = null)}
        onDoubleClick={() => keep(initialPx)}
        onKeyDown={onKeyDown}
        className="relative z-10 w-px shrink-0 cursor-col-resize touch-none bg-line transition-colors before:absolute before:inset-y-0 before:-left-1 before:w-[9px] hover:bg-edge focus-visible:bg-accent active:bg-accent"
      />
      <div className="min-w-0 flex-1">{second}</div>
    </div>
  );
}
