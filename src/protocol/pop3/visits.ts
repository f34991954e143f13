/**
 * Sessions with the server, one at a time: POP3 locks the mailbox for who is signed in, and shows him the mail of that
 * moment (RFC 1939 4). A session is kept for the next pieces of the same work; who wants to see new mail begins another.
 */
import type { Clock } from "../../core/clock.ts";
import { HitchpostError } from "../../core/errors.ts";
import { openPop3, type Pop3Connection, type Pop3ConnectionOptions } from "./connection.ts";
import { readListing, type Listing } from "./listing.ts";

export interface Visit {
  connection: Pop3Connection;
  listing: Listing;
}

export interface Visits {
  /**
   * Works in a session whose listing is at most so old.
   *
   * @throws what signing in throws; protocol_error (`reason` no_uidl) when the server does not name its messages
   */
  run<T>(maxAgeMs: number, work: (visit: Visit) => Promise<T>): Promise<T>;
  /** The last listing, when it is at most so old: without a session. */
  recent(maxAgeMs: number): Listing | null;
  close(): Promise<void>;
}

export interface VisitOptions extends Pop3ConnectionOptions {
  clock: Clock;
  /** A session that is not used is ended after so long. */
  keepMs: number;
}

const closedByUs = (): HitchpostError =>
  new HitchpostError("connection_lost", "The source was closed by us.");

export const createVisits = (options: VisitOptions): Visits => new VisitQueue(options);

class VisitQueue implements Visits {
  readonly #options: VisitOptions;
  #current: (Visit & { listedAt: number }) | null = null;
  #last: { listing: Listing; at: number } | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #idle: AbortController | null = null;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #closed = false;
  /** Visits under way and waiting. */
  #visitors = 0;
  readonly #ended = new AbortController();

  constructor(options: VisitOptions) {
    this.#options = options;
  }

  run<T>(maxAgeMs: number, work: (visit: Visit) => Promise<T>): Promise<T> {
    this.#visitors += 1;
    return this.#inTurn(async () => {
      this.#idle?.abort();
      const visit = await this.#visit(maxAgeMs);
      try {
        const result = await work(visit);
        this.#leaveWhenIdle();
        return result;
      } catch (error) {
        await this.#leave();
        throw error;
      }
    }).finally(() => (this.#visitors -= 1));
  }

  recent(maxAgeMs: number): Listing | null {
    const last = this.#last;
    return last !== null && this.#options.clock.monotonic() - last.at <= maxAgeMs ? last.listing : null;
  }

  close(): Promise<void> {
    this.#idle?.abort();
    this.#closed = true;
    // Who is in the middle of something may wait for a server that has fallen silent: no goodbye then.
    if (this.#visitors > 0) this.#ended.abort(closedByUs());
    return this.#inTurn(() => this.#leave());
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#queue.then(work, work);
    this.#queue = mine.catch(() => undefined); // the caller gets the failure; the next in line only waits for the end
    return mine;
  }

  async #visit(maxAgeMs: number): Promise<Visit> {
    this.#assertMayVisit();
    const known = this.#current;
    const fits =
      known?.connection.open === true && this.#options.clock.monotonic() - known.listedAt <= maxAgeMs;
    if (fits) return known;
    await this.#leave();
    return (this.#current = await this.#begin());
  }

  async #begin(): Promise<Visit & { listedAt: number }> {
    const listedAt = this.#options.clock.monotonic();
    let connection: Pop3Connection | null = null;
    try {
      connection = await openPop3({ ...this.#options, signal: this.#ended.signal });
      const listing = await list(connection);
      this.#last = { listing, at: listedAt };
      return { connection, listing, listedAt };
    } catch (error) {
      await connection?.quit();
      const pauseMs = error instanceof HitchpostError ? error.details.retryAfterMs : undefined;
      if (pauseMs !== undefined) this.#pausedUntil = this.#options.clock.monotonic() + pauseMs;
      throw error;
    }
  }

  #assertMayVisit(): void {
    if (this.#closed) throw closedByUs();
    const leftMs = this.#pausedUntil - this.#options.clock.monotonic();
    if (leftMs > 0)
      throw new HitchpostError("throttled", "The server asked this mailbox for a pause.", {
        details: { retryAfterMs: Math.ceil(leftMs) },
      });
  }

  async #leave(): Promise<void> {
    const { connection } = this.#current ?? {};
    this.#current = null;
    await connection?.quit();
  }

  #leaveWhenIdle(): void {
    this.#idle = new AbortController();
    this.#options.clock.sleep(this.#options.keepMs, this.#idle.signal).then(
      () => this.#inTurn(() => this.#leave()),
      () => undefined, // used again meanwhile
    );
  }
}

async function list(connection: Pop3Connection): Promise<Listing> {
  const uidls = await connection.multiline("UIDL", "listing messages");
  if (uidls === null)
    throw new HitchpostError(
      "protocol_error",
      "The server does not name its messages (UIDL): without that, POP3 cannot be kept in step.",
      { details: { reason: "no_uidl" } },
    );
  return readListing(uidls, await connection.multiline("LIST", "listing messages"));
}
