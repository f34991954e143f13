/**
 * Looks at live mail go before imports: while one is under way in this process, imports of all mailboxes wait between two of
 * their steps. Within a transaction nobody waits: it may hold what the look needs. So the steps are small while new mail comes.
 */
import type { Clock } from "../core/clock.ts";

export interface RightOfWay {
  /** Runs a look that imports give way to, for half a second at most. */
  first<T>(look: () => Promise<T>): Promise<T>;
  /** For an import, between two steps: waits while a look is under way, not long, and half of the time at most. */
  giveWay(): Promise<void>;
  /** A look has found new mail. */
  noteNews(): void;
  /** Whether new mail came in the last seconds: more is to be expected, and a look that begins within a step waits for its end. */
  readonly newsLately: boolean;
}

/** A look that takes longer reads a lot: an import need not wait for all of it. */
const holdMs = 500;
const longestWaitMs = 150;
/** What a look has found is on its way to those who watch for so long after it. */
const tellMs = 20;
/** Where mail comes more seldom, one look that waits is not worth a slow import. */
const latelyMs = 10_000;

export function createRightOfWay(clock: Clock): RightOfWay {
  const looks = new Set<symbol>();
  let free: PromiseWithResolvers<void> | null = null;
  let goesOnUntil = Number.NEGATIVE_INFINITY;
  let newsAt = Number.NEGATIVE_INFINITY;

  function end(look: symbol): void {
    if (!looks.delete(look) || looks.size > 0) return;
    free?.resolve();
    free = null;
  }

  return {
    async first(work) {
      const look = Symbol("look");
      const over = new AbortController();
      looks.add(look);
      void clock
        .sleep(holdMs, over.signal)
        .catch(() => clock.sleep(tellMs)) // it has ended in time
        .then(() => end(look));
      try {
        return await work();
      } finally {
        over.abort(new Error("the look has ended"));
      }
    },
    async giveWay() {
      const began = clock.monotonic();
      if (looks.size === 0 || began < goesOnUntil) return;
      free ??= Promise.withResolvers();
      const enough = new AbortController();
      await Promise.race([free.promise, clock.sleep(longestWaitMs, enough.signal)]);
      enough.abort(new Error("given way"));
      const now = clock.monotonic();
      goesOnUntil = now + (now - began);
    },
    noteNews() {
      newsAt = clock.monotonic();
    },
    get newsLately() {
      return clock.monotonic() - newsAt < latelyMs;
    },
  };
}
