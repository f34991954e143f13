/** The pause that a server asked for ("Suggested Backoff Time"): obeyed to the millisecond. */
import type { Clock } from "../../core/clock.ts";
import { HitchpostError, isHitchpostError } from "../../core/errors.ts";

/** The pause a server asked for: it holds for the whole mailbox, on every connection. */
export interface Pause {
  /** Throws `throttled` with what is left of it. */
  assertOver(): void;
  /** Notes it when this error asks for one. */
  note(error: unknown): void;
}

export function createPause(clock: Clock, where: string): Pause {
  let until = 0;
  return {
    assertOver() {
      const leftMs = Math.ceil(until - clock.monotonic());
      if (leftMs > 0)
        throw new HitchpostError("throttled", `${where} asked for a pause.`, {
          details: { retryAfterMs: leftMs },
        });
    },
    note(error) {
      if (!isHitchpostError(error, "throttled") || error.details.retryAfterMs === undefined) return;
      until = Math.max(until, clock.monotonic() + error.details.retryAfterMs);
    },
  };
}
