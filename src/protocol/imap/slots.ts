/**
 * Which connection of a mailbox does a piece of work: a free one, with the wanted folder open if there is one; for brief
 * work the watching one, between two of its IDLEs; else a new one, up to the limit. What is not used for a while is closed.
 */
import type { Clock } from "../../core/clock.ts";
import { openConnection, type ConnectionOptions } from "./connection.ts";
import { isConnectionLimit } from "./errors.ts";
import { createLoan, type Lender } from "./loan.ts";
import { noteChanges, type Slot } from "./open-folder.ts";
import type { Pause } from "./pause.ts";

export interface PoolOptions extends ConnectionOptions {
  clock: Clock;
  /** Connections for work; the watching one is not counted. */
  maxConnections: number;
  /** For one piece of work on a connection, milliseconds: no server keeps us longer. */
  workMs: number;
  /** A connection that was not used for so long is closed. */
  keepMs: number;
}

/** What a server refused is asked for again after so long: connections of an earlier session may have ended meanwhile. */
const limitLifeMs = 60_000;

export class Slots {
  readonly #options: PoolOptions;
  readonly #pause: Pause;
  readonly #closing: AbortSignal;
  readonly #slots = new Set<Slot>();
  readonly #waiting: (() => void)[] = [];
  readonly #loan = createLoan();
  #opening = 0;
  #limit: number;
  #limitedAt = 0;

  constructor(options: PoolOptions, pause: Pause, closing: AbortSignal) {
    this.#options = options;
    this.#pause = pause;
    this.#closing = closing;
    this.#limit = options.maxConnections;
  }

  /** A free connection, one with this folder open if there is one; else one that is lent, or a new one; else waits. */
  async acquire(path: string | null, brief: boolean): Promise<Slot> {
    for (;;) {
      this.#closing.throwIfAborted();
      this.#pause.assertOver();
      if (this.#now() - this.#limitedAt > limitLifeMs) this.#limit = this.#options.maxConnections;
      const slot = this.#takeFree(path) ?? (brief || this.#limit === 0 ? await this.#loan.take() : null);
      if (slot !== null) return slot;
      const isFull = this.#slots.size + this.#opening >= this.#limit;
      if (isFull && (this.#limit > 0 || this.#loan.size > 0)) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        continue;
      }
      this.#limit = Math.max(this.#limit, 1); // who lent is gone
      const opened = await this.#open();
      if (opened !== null) return opened;
    }
  }

  release(slot: Slot, brief: boolean): void {
    slot.busy = false;
    if (!brief || this.#loan.size === 0) slot.usedAt = this.#now();
    this.#loan.giveBack(slot);
    if (this.#slots.has(slot)) this.#closeWhenUnused(slot);
    this.#waiting.shift()?.();
  }

  drop(slot: Slot): void {
    this.#forget(slot);
    slot.client.close();
  }

  /** From now on this connection serves for brief work; the returned function ends that. */
  borrowFrom(lender: Lender): () => void {
    const end = this.#loan.from(lender);
    return () => {
      end();
      this.#wakeAll(); // for nothing, where they waited for the lender
    };
  }

  close(): void {
    for (const slot of this.#slots) {
      clearTimeout(slot.expiry);
      slot.client.close();
    }
    this.#wakeAll();
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }

  #wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #forget(slot: Slot): void {
    clearTimeout(slot.expiry);
    this.#slots.delete(slot);
  }

  #takeFree(path: string | null): Slot | null {
    const free = [...this.#slots].filter((slot) => !slot.busy);
    const slot = free.find((one) => one.open?.folder.path === path) ?? free[0];
    if (slot === undefined) return null;
    clearTimeout(slot.expiry);
    slot.busy = true;
    return slot;
  }

  /** Null: the server takes no more than there are, which are enough. */
  async #open(): Promise<Slot | null> {
    this.#opening += 1;
    try {
      const client = await openConnection(this.#options, this.#closing);
      const slot: Slot = { client, busy: true, open: null, usedAt: 0 };
      client.once("close", () => this.#forget(slot));
      noteChanges(slot);
      this.#slots.add(slot);
      return slot;
    } catch (error) {
      const others = this.#slots.size + this.#loan.size;
      if (isConnectionLimit(error) && others > 0) {
        this.#limit = Math.min(this.#limit, this.#slots.size);
        this.#limitedAt = this.#now();
        this.#options.log.info({ connections: others }, "the server takes no more connections");
        return null;
      }
      this.#pause.note(error);
      throw error;
    } finally {
      this.#opening -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** What keeps a connection open is work that needs one of its own. */
  #closeWhenUnused(slot: Slot): void {
    const leftMs = slot.usedAt + this.#options.keepMs - this.#now();
    slot.expiry = setTimeout(() => this.#sayGoodbye(slot), Math.max(0, leftMs)).unref();
  }

  /** LOGOUT (RFC 9051 6.1.3); a server that does not answer it is hung up on. */
  #sayGoodbye(slot: Slot): void {
    this.#forget(slot);
    void slot.client.logout().catch(() => slot.client.close());
  }
}
