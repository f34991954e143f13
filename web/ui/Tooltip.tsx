/**
 * A word on a thing that shows an icon only; with its key, when it has one (WCAG 2.2, 1.4.13: Escape hides it, it stays
 * while hovered or focused). Our own few lines: the first screen must not wait for a positioning library.
 */
import {
  cloneElement,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type ReactElement,
  type ReactNode,
} from "react";
import { createPortal } from "react-dom";
import { keyText } from "./Kbd.tsx";

export type TipSide = "top" | "bottom" | "right";

interface Handlers {
  onPointerEnter?: (event: React.PointerEvent) => void;
  onPointerLeave?: (event: React.PointerEvent) => void;
  onPointerDown?: (event: React.PointerEvent) => void;
  onFocus?: (event: React.FocusEvent) => void;
  onBlur?: (event: React.FocusEvent) => void;
}

interface TipProps {
  label: ReactNode;
  keys?: string | undefined;
  side?: TipSide;
  /** One element that takes pointer and focus events. */
  children: ReactElement<Handlers & { "aria-describedby"?: string }>;
}

const delayMs = 400;
const gap = 6;
const margin = 8;

/** Where a tooltip of a size goes beside its anchor, kept inside the window; on the other side when there is no room. */
export function placeTip(
  anchor: DOMRect,
  size: { width: number; height: number },
  side: TipSide,
  view: { width: number; height: number },
): { left: number; top: number } {
  if (side === "right" && anchor.right + gap + size.width + margin <= view.width) {
    return { left: anchor.right + gap, top: anchor.top + (anchor.height - size.height) / 2 };
  }
  const below = anchor.bottom + gap;
  const above = anchor.top - gap - size.height;
  const fitsBelow = below + size.height + margin <= view.height;
  const top = side === "top" ? (above >= margin ? above : below) : fitsBelow ? below : above;
  const centred = anchor.left + (anchor.width - size.width) / 2;
  return { left: Math.max(margin, Math.min(centred, view.width - size.width - margin)), top };
}

export function Tip({ label, keys, side = "bottom", children }: TipProps) {
  const id = useId();
  const [asked, setAsked] = useState<{ element: Element; waitMs: number } | null>(null);
  const [anchor, setAnchor] = useState<Element | null>(null);
  useEffect(() => {
    if (asked === null) return;
    const timer = setTimeout(() => setAnchor(asked.element), asked.waitMs);
    return () => clearTimeout(timer);
  }, [asked]);
  const hide = useCallback(() => {
    setAsked(null);
    setAnchor(null);
  }, []);
  const show = (element: Element, waitMs: number) => setAsked({ element, waitMs });
  const { onPointerEnter, onPointerLeave, onPointerDown, onFocus, onBlur } = children.props;
  const trigger = cloneElement(children, {
    onPointerEnter: (event) => {
      onPointerEnter?.(event);
      if (event.pointerType === "mouse") show(event.currentTarget, delayMs);
    },
    onPointerLeave: (event) => {
      onPointerLeave?.(event);
      hide();
    },
    onPointerDown: (event) => {
      onPointerDown?.(event);
      hide();
    },
    onFocus: (event) => {
      onFocus?.(event);
      if (event.currentTarget.matches(":focus-visible")) show(event.currentTarget, 0);
    },
    onBlur: (event) => {
      onBlur?.(event);
      hide();
    },
    ...(anchor === null ? {} : { "aria-describedby": id }),
  });
  return (
    <>
      {trigger}
      {anchor !== null && (
        <TipBubble id={id} anchor={anchor} side={side} onHide={hide}>
          <span className="min-w-0">{label}</span>
          {keys !== undefined && <span className="font-mono opacity-70">{keyText(keys)}</span>}
        </TipBubble>
      )}
    </>
  );
}

function TipBubble({
  id,
  anchor,
  side,
  onHide,
  children,
}: {
  id: string;
  anchor: Element;
  side: TipSide;
  onHide: () => void;
  children: ReactNode;
}) {
  const bubble = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = bubble.current;
    if (element === null) return;
    const view = {
      width: document.documentElement.clientWidth,
      height: document.documentElement.clientHeight,
    };
    const { left, top } = placeTip(
      anchor.getBoundingClientRect(),
      element.getBoundingClientRect(),
      side,
      view,
    );
    element.style.left = `${left}px`;
    element.style.top = `${top}px`;
  }, [anchor, side]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && onHide();
    document.addEventListener("keydown", onKey);
    window.addEventListener("scroll", onHide, { capture: true, passive: true });
    return () => {
      document.removeEventListener("keydown", onKey);
      window.removeEventListener("scroll", onHide, { capture: true });
    };
  }, [onHide]);
  return createPortal(
    <div
      ref={bubble}
      id={id}
      role="tooltip"
      className="pointer-events-none fixed z-50 flex max-w-80 items-center gap-2 rounded-s bg-ink px-2 py-1 text-xs break-words text-paper shadow-lift"
    >
      {children}
    </div>,
    document.body,
  );
}
