/** Whether an element is narrower than it need be to show all: measured, since panes can be dragged. */
import { useLayoutEffect, useState, type RefObject } from "react";

export function useNarrow(element: RefObject<HTMLElement | null>, wantedPx: number): boolean {
  const [narrow, setNarrow] = useState(false);
  useLayoutEffect(() => {
    const target = element.current;
    if (target === null) return;
    const measure = () => setNarrow(target.clientWidth < wantedPx);
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    measure();
    return () => observer.disconnect();
  }, [element, wantedPx]);
  return narrow;
}
