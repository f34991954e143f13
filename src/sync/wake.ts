/** Something to do came up: waiters go on at once, and nothing told while nobody waited is lost. */
import type { Clock } from "../core/clock.ts";

export interface Wake {
  notify(): void;
  /** Resolves at the next `notify` (or at once after one nobody waited for), or after `ms`; rejects when aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
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
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting = resolve;
        await Promise.race([promise, clock.sleep(ms, AbortSignal.any([signal, timer.signal]))]).finally(
          () => {
            waiting = null;
            timer.abort(new Error("woken"));
          },
        );
      }
      told = false;
    },
  };
}
