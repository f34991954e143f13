/**
 * One gate for all requests to one mailbox, whoever makes them: watching, import, our changes, lent sources, the sender.
 * Microsoft's limits for an app and a mailbox are four requests at once and 10,000 in ten minutes, each request within a
 * `$batch` counted for itself (Graph, "Outlook service limits"); what it has not to refuse costs nobody a pause.
 *
 *   urgent (a look, a change of ours, a reply)  →  goes first, may use the last of the ten minutes' budget
 *   bulk (import, listings)                     →  waits for the urgent ones and leaves them a part of the budget
 */
import type { Clock } from "../../core/clock.ts";
import { HitchpostError } from "../../core/errors.ts";

export type Urgency = "urgent" | "bulk";

export interface GraphLimiter {
  /**
   * Waits for free places, room in the budget and the end of a short pause, then works.
   *
   * @param requests how many the server will count: those within a batch, else 1
   * @throws throttled with `retryAfterMs` while a longer pause that the server asked for lasts; what `work` throws
   */
  run<T>(urgency: Urgency, requests: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** The server asked for a pause; it holds for all of the mailbox's requests. */
  pause(ms: number): void;
}

export interface LimiterOptions {
  clock: Clock;
  /** Requests at once; default 4. */
  places?: number;
  /** Requests within `windowMs`; default 9,800 … */
  budget?: number;
  /** … of which so many are left to urgent ones; default 800. */
  reserve?: number;
  /** Default ten minutes. */
  windowMs?: number;
}

interface Waiting {
  urgency: Urgency;
  places: number;
  requests: number;
  start: () => void;
}

/** Shorter pauses are waited for where they are met; longer ones are told, so that people see them. */
export const shortPauseMs = 15_000;

/** Entries of what was begun cover so much time each. */
const stepMs = 1_000;

export const createGraphLimiter = (options: LimiterOptions): GraphLimiter => new Gate(options);

class Gate implements GraphLimiter {
  readonly #clock: Clock;
  readonly #limits: { places: number; budget: number; reserve: number; windowMs: number };
  readonly #queue: Waiting[] = [];
  /** What was begun within the window, in steps of a second, so that the list stays short. */
  readonly #spent: { at: number; requests: number }[] = [];
  #used = 0;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #alarm: AbortController | null = null;

  constructor({ clock, places = 4, budget = 9_800, reserve = 800, windowMs = 600_000 }: LimiterOptions) {
    this.#clock = clock;
    this.#limits = { places, budget, reserve, windowMs };
  }

  async run<T>(urgency: Urgency, requests: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#assertNoPause();
    signal?.throwIfAborted();
    const places = Math.min(requests, this.#limits.places);
    await this.#queued({ urgency, places, requests }, signal);
    try {
      this.#assertNoPause();
      return await work();
    } finally {
      this.#used -= places;
      this.#serve();
    }
  }

  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.monotonic() + ms);
  }

  #pauseLeftMs(): number {
    return this.#pausedUntil - this.#clock.monotonic();
  }

  #assertNoPause(): void {
    const leftMs = this.#pauseLeftMs();
    if (leftMs <= shortPauseMs) return;
    throw new HitchpostError("throttled", "Microsoft asked this mailbox's requests for a pause.", {
      details: { retryAfterMs: Math.ceil(leftMs) },
    });
  }

  /** Resolves when it is its turn; the places are taken then. */
  #queued(what: Omit<Waiting, "start">, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      this.#queue.splice(this.#queue.indexOf(waiting), 1);
      reject(signal?.reason as Error);
      this.#serve();
    };
    const start = (): void => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    };
    const waiting: Waiting = { ...what, start };
    signal?.addEventListener("abort", onAbort, { once: true });
    // Behind those of its kind, before the less urgent.
    const at = what.urgency === "bulk" ? -1 : this.#queue.findIndex(({ urgency }) => urgency === "bulk");
    this.#queue.splice(at < 0 ? this.#queue.length : at, 0, waiting);
    this.#serve();
    return promise;
  }

  #serve(): void {
    this.#alarm?.abort();
    this.#alarm = null;
    const pauseMs = this.#pauseLeftMs();
    if (pauseMs > 0 && pauseMs <= shortPauseMs && this.#queue.length > 0) return this.#wakeIn(pauseMs);
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (this.#used + next.places > this.#limits.places) return;
      const waitMs = this.#toRoomMs(next);
      if (waitMs > 0) return this.#wakeIn(waitMs);
      this.#queue.shift();
      this.#used += next.places;
      this.#spend(next.requests);
      next.start();
    }
  }

  #wakeIn(ms: number): void {
    const alarm = new AbortController();
    this.#alarm = alarm;
    this.#clock.sleep(ms, alarm.signal).then(
      () => this.#serve(),
      () => undefined, // another alarm was set
    );
  }

  #spend(requests: number): void {
    const at = this.#clock.monotonic();
    const last = this.#spent.at(-1);
    if (last !== undefined && at - last.at < stepMs) last.requests += requests;
    else this.#spent.push({ at, requests });
  }

  /** Milliseconds until the budget has room for it; 0: now. */
  #toRoomMs({ urgency, requests }: Waiting): number {
    const { budget, reserve, windowMs } = this.#limits;
    const now = this.#clock.monotonic();
    const keptMs = windowMs + stepMs;
    while (this.#spent[0] !== undefined && this.#spent[0].at <= now - keptMs) this.#spent.shift();
    const most = urgency === "urgent" ? budget : budget - reserve;
    let over = this.#spent.reduce((sum, one) => sum + one.requests, 0) + requests - most;
    for (const one of this.#spent) {
      if (over <= 0) return 0;
      over -= one.requests;
      if (over <= 0) return one.at + keptMs - now;
    }
    return 0;
  }
}
