/**
 * So many at a time, in the order of asking. Two hundred mailboxes that are opened at the same moment, at a start or after
 * their server's, run into each other's deadlines, and the server counts them as an attack.
 */
import type { Clock } from "../core/clock.ts";

export interface Gate {
  /**
   * Runs `work` when its turn has come, and gives back what it gives.
   *
   * @param signal ends the wait for the turn: rejects with its reason
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface GateOptions {
  /** How many go on side by side. */
  places: number;
  /** Work that takes longer, milliseconds, goes on without its place: a dead server must not keep the others waiting. */
  holdMs: number;
}

export function createGate(clock: Clock, { places, holdMs }: GateOptions): Gate {
  let free = places;
  const waiting = new Set<() => void>();

  async function enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return;
    }
    const turn = Promise.withResolvers<void>();
    const leave = (): void => {
      waiting.delete(turn.resolve);
      turn.reject(signal.reason as Error);
    };
    waiting.add(turn.resolve);
    signal.addEventListener("abort", leave, { once: true });
    await turn.promise.finally(() => signal.removeEventListener("abort", leave));
  }

  function passOn(): void {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
      return;
    }
    waiting.delete(next);
    next();
  }

  return {
    async run(work, signal) {
      await enter(signal);
      const over = new AbortController();
      const held = clock.sleep(holdMs, over.signal).catch(() => undefined); // ended in time
      void held.then(passOn);
      try {
        return await work();
      } finally {
        over.abort(new Error("done"));
      }
    },
  };
}
