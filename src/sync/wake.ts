/** Something to do came up: waiters go on at once, and nothing told while nobody waited is lost. */
import type { Clock } from "../core/clock.ts";

export interface Wake {
  notify(): void;
  /**
   * Resolves at the next `notify` (or at once after one nobody waited for), or after `ms`; rejects when aborted.
   *
   * @returns whether it was notified
   */
  wait(ms: number, signal: AbortSignal): Promise<boolean>;
}

export function createWake(clock: Clock): Wake {
  let told = false;
  let waiting: (() => void) | null = null;
  return {
    notify() {
      told = true;
      waiting?.();
    },
    async wait(ms, signal) {
      signal.throwIfAborted();
      if (!told && ms > 0) {
        const timer = new AbortController();
        const onAbort = (): void => timer.abort(signal.reason);
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting = resolve;
        // Not AbortSignal.any: thousands of mailboxes wait all the time, and each composite is held by its source for a while.
        signal.addEventListener("abort", onAbort, { once: true });
        await Promise.race([promise, clock.sleep(ms, timer.signal)]).finally(() => {
          waiting = null;
          signal.removeEventListener("abort", onAbort);
          timer.abort(new Error("woken"));
        });
      }
      const wasTold = told;
      told = false;
      return wasTold;
    },
  };
}
