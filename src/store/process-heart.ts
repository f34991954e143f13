/** This process's heartbeat (leases.ts), and whether it may still believe that its mailboxes are its own. */
import type { Pool } from "pg";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import {
  heartbeat,
  heartbeatDeadMs,
  heartbeatEveryMs,
  leaveProcess,
  registerProcess,
  unregisterProcess,
  type ProcessFacts,
} from "./leases.ts";

export interface ProcessHeart {
  /** The `owner` of this process's mailboxes. Changes when the process was struck off and registered anew. */
  readonly processId: string;
  /**
   * Milliseconds, by the monotonic clock, for which nobody else can have taken our mailboxes: what a sender asks for
   * before DATA and before the final dot. Zero or less: the lease may be lost.
   */
  leaseLeftMs(): number;
  /** Takes no more mailboxes and gets no share; the others take what is given back. The heart beats on. */
  leave(): Promise<void>;
  /** Stops beating and counts this process as dead; release the mailboxes first. */
  close(): Promise<void>;
}

export interface HeartParts {
  pool: Pool;
  clock: Clock;
  log: Log;
  facts: ProcessFacts;
  /** The process was silent for too long: all its mailboxes are lost, and it goes on under a new id. */
  onLost: () => void;
}

/** The others' clock starts when our beat reaches the database, ours before it is sent: so ours ends first. */
const marginMs = 1_000;

/** Registers the process and keeps beating until `close`. */
export async function startHeart({ pool, clock, log, facts, onLost }: HeartParts): Promise<ProcessHeart> {
  let lastBeat = clock.monotonic();
  let processId = await registerProcess(pool, facts);
  let leaving = false;
  const closing = new AbortController();
  const beat = async (): Promise<void> => {
    const sentAt = clock.monotonic();
    if (!(await heartbeat(pool, processId))) {
      log.warn({ processId }, "this process was silent for too long: its mailboxes are up for others");
      onLost();
      processId = await registerProcess(pool, leaving ? { ...facts, maxMailboxes: 0 } : facts, processId);
    }
    lastBeat = sentAt;
  };
  const loop = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await clock.sleep(heartbeatEveryMs, closing.signal).catch(() => undefined); // closed meanwhile: the head ends it
      if (closing.signal.aborted) return;
      await beat().catch((error: unknown) =>
        log.warn({ err: error }, "a heartbeat did not reach the database"),
      );
    }
  };
  const looping = loop();
  return {
    get processId() {
      return processId;
    },
    leaseLeftMs: () => heartbeatDeadMs - marginMs - (clock.monotonic() - lastBeat),
    leave: async () => {
      leaving = true;
      await leaveProcess(pool, processId);
    },
    close: async () => {
      closing.abort(new Error("closed"));
      await looping;
      await unregisterProcess(pool, processId);
    },
  };
}
