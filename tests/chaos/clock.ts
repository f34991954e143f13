/**
 * Compressed time. Work on the wire, in the database and in the processor takes its real time; when nothing of the kind
 * is under way, the clock jumps to whatever is slept for next. So an hour of waiting costs milliseconds, and no lease is
 * lost for a busy machine. What libraries time by themselves (imapflow, pg) stays real.
 */
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../../src/core/clock.ts";

export interface ChaosClock extends Clock {
  /** Marks that something happens now: bytes came, a statement was sent. */
  stir(): void;
  /** From here until the returned function is called something is under way: no jump. */
  enter(): () => void;
  /** The same for a promise. */
  during<T>(work: Promise<T>): Promise<T>;
  /** Time of the run so far, virtual milliseconds. */
  elapsed(): number;
  /** Ends the jumping; sleepers of before sleep for ever. */
  stop(): void;
}

/** Turns of the event loop without a sign of life before the clock jumps: bytes on the loopback take one each way. */
const quietTurns = 6;

interface Sleeper {
  at: number;
  wake: () => void;
}

export const createChaosClock = (): ChaosClock => {
  const time = new CompressedTime();
  void time.drive();
  return time;
};

class CompressedTime implements ChaosClock {
  readonly #sleepers = new Set<Sleeper>();
  readonly #startedAt = performance.now();
  #offset = 0;
  #busy = 0;
  #stirred = 0;
  #stopped = false;

  readonly now = (): number => Math.floor(Date.now() + this.#offset);
  readonly monotonic = (): number => performance.now() + this.#offset;
  readonly elapsed = (): number => this.monotonic() - this.#startedAt;
  readonly stir = (): void => void (this.#stirred += 1);
  readonly stop = (): void => void (this.#stopped = true);

  readonly enter = (): (() => void) => {
    this.#busy += 1;
    this.stir();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#busy -= 1;
      this.stir();
    };
  };

  readonly during = async <T>(work: Promise<T>): Promise<T> => {
    const leave = this.enter();
    try {
      return await work;
    } finally {
      leave();
    }
  };

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason as Error);
      };
      const sleeper: Sleeper = {
        at: this.monotonic() + Math.max(0, ms),
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener("abort", onAbort);
          this.stir();
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", onAbort, { once: true });
    });

  /** Runs until `stop`. */
  async drive(): Promise<void> {
    while (!this.#stopped) {
      this.#wakeDue();
      if (!(await this.#isQuiet())) continue;
      const next = Math.min(...[...this.#sleepers].map((sleeper) => sleeper.at));
      if (Number.isFinite(next)) this.#offset += Math.max(0, next - this.monotonic());
      else await wait(2);
    }
  }

  #wakeDue(): void {
    const now = this.monotonic();
    for (const sleeper of [...this.#sleepers].sort((a, b) => a.at - b.at)) {
      if (sleeper.at > now) return;
      sleeper.wake();
    }
  }

  async #isQuiet(): Promise<boolean> {
    const before = this.#stirred;
    for (let n = 0; n < quietTurns; n++) {
      await (this.#busy > 0 ? wait(1) : turn());
      if (this.#busy > 0 || this.#stirred !== before || this.#stopped) return false;
    }
    return true;
  }
}
