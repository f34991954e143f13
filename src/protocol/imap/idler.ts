/**
 * A connection that idles on one folder and is lent between two IDLEs.
 *
 *   ┌─► idling ──lend──► DONE, OK ──► lent ──takeBack──► linger (lent again?) ──► open its folder again ─┐
 *   │                                                                                                    │
 *   └────────────────────────────────────────────────────────────────────────────────────────────────────┘
 *
 * While another folder is open, nothing is told of the own one: what differs when it is opened again counts as told.
 */
import type { ImapFlow } from "imapflow";
import type { Clock } from "../../core/clock.ts";
import { isHitchpostError } from "../../core/errors.ts";
import { imapError, type ImapErrorContext } from "./errors.ts";
import { breakIdle, onFailure, setSilence } from "./imapflow-internals.ts";
import type { Pause } from "./pause.ts";
import { examine } from "./pool.ts";
import type { Lender } from "./loan.ts";

export interface IdlerOptions {
  client: ImapFlow;
  /** The folder that it idles on; it is open. */
  path: string;
  /** For what goes wrong. */
  place: ImapErrorContext;
  /** The mailbox's pause, which holds here too. */
  pool: { pause: Pause };
  clock: Clock;
  /** Silence within a command, milliseconds. */
  silenceMs: number;
  /** Between two tries where the server refuses to idle. */
  pollMs: number;
  /** Something may have changed in the folder without a push. */
  onMissed(): void;
}

/** A server that ends each IDLE at once is not asked in a tight loop. */
const shortIdleMs = 1_000;
/** One look is a few commands with some work of ours in between: to idle there would only cost round trips. */
const lingerMs = 100;

/**
 * A server that idles is asked for a sign of life after so long a silence (many send one every two minutes by themselves):
 * thousands of mailboxes asked every minute would keep both sides busy.
 */
const idleSilenceMs = 150_000;
/** The server has begun to idle by then, or is still within the time of a command. */
const idlesAfterMs = 5_000;

interface Borrowing {
  /** The borrower has it; rejects when the connection has ended. */
  handed: PromiseWithResolvers<void>;
  /** The borrower gave it back. */
  returned: PromiseWithResolvers<void>;
}

/** Idles until the signal of `run` ends it or the connection does. */
export class Idler implements Lender {
  readonly client: ImapFlow;
  readonly #options: IdlerOptions;
  #loan: Borrowing | null = null;
  #over = false;
  #refusal: unknown;
  /** Ends a pause: somebody wants to borrow. */
  #wanted = Promise.withResolvers<void>();

  constructor(options: IdlerOptions) {
    this.#options = options;
    this.client = options.client;
    onFailure(this.client, "IDLE", (error) => (this.#refusal = error));
  }

  async lend(): Promise<void> {
    if (this.#over) throw ended();
    const [handed, returned] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    handed.promise.catch(() => undefined); // it may be told before anybody waits
    this.#loan = { handed, returned };
    this.#wanted.resolve();
    try {
      this.#tense();
      await breakIdle(this.client);
      await handed.promise;
    } catch (error) {
      returned.resolve();
      throw error;
    }
  }

  takeBack(): void {
    this.#loan?.returned.resolve();
  }

  /** @returns how it ended; `lent`: who had borrowed the connection lost it, and tells why */
  async run(signal: AbortSignal): Promise<"closed" | "lent"> {
    try {
      while (!signal.aborted && this.client.usable) {
        if (this.#loan === null) await this.#idleOnce(signal);
        else if (!(await this.#serveLoans(signal))) return "lent";
      }
      return "closed";
    } finally {
      this.#over = true;
      this.#loan?.handed.reject(ended());
    }
  }

  async #idleOnce(signal: AbortSignal): Promise<void> {
    const { client } = this;
    const { pool, place, clock, silenceMs, pollMs, onMissed } = this.#options;
    pool.pause.assertOver();
    const startedAt = clock.monotonic();
    const relax = setTimeout(() => setSilence(client, Math.max(idleSilenceMs, silenceMs)), idlesAfterMs);
    const refused = (await client.idle().finally(() => this.#tense(relax))) === false;
    if (refused && isHitchpostError(imapError(this.#refusal, place), "throttled")) throw this.#refusal;
    if (this.#loan !== null || !client.usable) return;
    if (refused || clock.monotonic() - startedAt < shortIdleMs)
      await this.#rest(refused ? pollMs : shortIdleMs, signal);
    if (refused) onMissed();
  }

  /** False when the connection did not come back. */
  async #serveLoans(signal: AbortSignal): Promise<boolean> {
    const { path, place, onMissed } = this.#options;
    const left = stateOf(this.client, path);
    for (let loan = this.#loan; loan !== null; loan = this.#loan) {
      loan.handed.resolve();
      await loan.returned.promise;
      if (!this.client.usable) return false;
      if (this.#loan !== loan) continue; // lent again at once
      this.#loan = null;
      this.#wanted = Promise.withResolvers();
      await this.#rest(lingerMs, signal);
      signal.throwIfAborted();
    }
    if (stateOf(this.client, path) !== null) return true;
    await examine(this.client, path, false, place.where);
    if (stateOf(this.client, path) !== left) onMissed();
    return true;
  }

  /** A pause that ends when somebody wants to borrow, or the signal is aborted. */
  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => woken.abort(ended());
    signal.addEventListener("abort", wake, { once: true });
    const pause = this.#options.clock.sleep(ms, woken.signal).catch(() => undefined);
    await Promise.race([this.#wanted.promise, pause]);
    signal.removeEventListener("abort", wake);
    wake();
  }

  /** What is not answered from now on is late. */
  #tense(relax?: NodeJS.Timeout): void {
    clearTimeout(relax);
    if (this.client.usable) setSilence(this.client, this.#options.silenceMs);
  }
}

const ended = (): Error => new Error("the watching connection has ended");

/** What the connection knows of the folder while it is open; null: another one is, or none. */
function stateOf({ mailbox }: ImapFlow, path: string): string | null {
  if (mailbox === false || mailbox.path !== path || mailbox.readOnly !== true) return null;
  return `${mailbox.uidValidity} ${mailbox.exists} ${mailbox.uidNext} ${mailbox.highestModseq}`;
}
