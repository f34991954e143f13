/** Loads something when the browser has nothing else to do, so that it is at hand when it is asked for. */
import { useEffect } from "react";

/** `load` must be one and the same function at every render. */
export function useIdle(load: () => Promise<unknown>): void {
  useEffect(() => {
    if (typeof requestIdleCallback !== "function") return; // it is loaded when it is needed
    const idle = requestIdleCallback(() => void load().catch(() => undefined));
    return () => cancelIdleCallback(idle);
  }, [load]);
}
