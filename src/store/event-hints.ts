/**
 * "Something was appended to this workspace's events": told at once within the process, and to other processes by one
 * coalesced NOTIFY. A NOTIFY takes a database-wide lock, so there is never more than one under way a process, and it
 * carries every workspace that gathered meanwhile. A hint may be lost; the events table is the truth, so readers also
 * look by themselves from time to time.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Pool, PoolClient } from "pg";
import { backoffMs } from "../core/retry.ts";
import { newId } from "../core/ids.ts";
import type { Log } from "../core/log.ts";
import { onEventsCommitted } from "./tenant-db.ts";

export const eventChannel = "hitchpost_events";

export interface EventHints {
  /**
   * Tells of new events in a workspace; subscribers of this process are called before it returns. Transactions of
   * `tenantDb` on this pool do so by themselves.
   */
  hint(workspaceId: string): void;
  /** `null` stands for "any workspace": hints may have been missed while the listener was away. */
  subscribe(listener: (workspaceId: string | null) => void): () => void;
  /** Resolves once the listener is connected for the first time. */
  ready: Promise<void>;
  close(): Promise<void>;
}

/** NOTIFY payloads end at 8,000 bytes; a UUID with its comma takes 37. */
const workspacesPerNotify = 200;
const proofOfLifeMs = 30_000;

/** Starts the listener on a connection of its own from the pool; it reconnects by itself until `close`. */
export function createEventHints(pool: Pool, { log }: { log: Log }): EventHints {
  const self = newId();
  const listeners = new Set<(workspaceId: string | null) => void>();
  const tell = (workspaceId: string | null): void => {
    for (const listener of listeners) listener(workspaceId);
  };
  const sender = createSender(pool, self, log);
  const closing = new AbortController();
  const { promise: ready, resolve: onReady } = Promise.withResolvers<void>();
  const loop = keepListening({ pool, self, tell, log, signal: closing.signal, onReady });
  const hint = (workspaceId: string): void => {
    tell(workspaceId);
    sender.add(workspaceId);
  };
  onEventsCommitted(pool, hint);
  return {
    ready,
    hint,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      closing.abort();
      await Promise.all([loop, sender.drain()]);
    },
  };
}

/** Gathers workspaces and notifies for all of them in one statement; the next goes out when that one has come back. */
function createSender(
  pool: Pool,
  self: string,
  log: Log,
): { add(workspaceId: string): void; drain(): Promise<void> } {
  const waiting = new Set<string>();
  let sending: Promise<void> | null = null;
  const send = async (): Promise<void> => {
    await Promise.resolve(); // gathers what commits in the same turn
    while (waiting.size > 0) {
      const batch = [...waiting].slice(0, workspacesPerNotify);
      for (const workspaceId of batch) waiting.delete(workspaceId);
      try {
        await pool.query("SELECT pg_notify($1, $2)", [eventChannel, `${self} ${batch.join(",")}`]);
      } catch (error) {
        log.warn(
          { err: error },
          "a hint of new events was not sent; other processes find them on their next look",
        );
      }
    }
    sending = null;
  };
  return {
    add: (workspaceId) => {
      waiting.add(workspaceId);
      sending ??= send();
    },
    drain: async () => {
      await sending;
    },
  };
}

interface ListenerParts {
  pool: Pool;
  self: string;
  tell: (workspaceId: string | null) => void;
  log: Log;
  signal: AbortSignal;
  onReady: () => void;
}

async function keepListening(parts: ListenerParts): Promise<void> {
  const { log, signal } = parts;
  for (let failures = 0; !signal.aborted;) {
    try {
      await listenOnce(parts, () => (failures = 0));
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, "the listener for events lost its connection and tries again");
      const pauseMs = backoffMs(failures++, { baseMs: 200, capMs: 5_000 });
      await wait(pauseMs, undefined, { signal }).catch(() => undefined); // closed meanwhile: the loop's head ends it
    }
  }
}

/** Listens until the connection breaks (throws) or the signal ends it. */
async function listenOnce(
  { pool, self, tell, signal, onReady }: ListenerParts,
  onConnected: () => void,
): Promise<void> {
  const client = await pool.connect();
  const ended = Promise.withResolvers<void>();
  const stop = startProofOfLife(client, ended.reject);
  const end = (): void => ended.resolve();
  signal.addEventListener("abort", end, { once: true });
  client.on("error", ended.reject);
  client.on("end", () => ended.reject(new Error("the connection ended")));
  client.on("notification", ({ payload }) => {
    for (const workspaceId of othersHints(payload ?? "", self)) tell(workspaceId);
  });
  ended.promise.catch(() => undefined); // waited for below; it may break while LISTEN is under way
  try {
    await client.query(`LISTEN ${eventChannel}`);
    onConnected();
    onReady();
    tell(null);
    if (!signal.aborted) await ended.promise;
  } finally {
    stop();
    signal.removeEventListener("abort", end);
    client.release(true); // thrown away, not given back: it listens, and its next user would too
  }
}

/** A dead peer sends nothing, which looks like silence: asks from time to time, under a deadline. */
function startProofOfLife(client: PoolClient, onDead: (error: Error) => void): () => void {
  const timer = setInterval(() => {
    const deadline = setTimeout(() => onDead(new Error("no answer within 10 s")), 10_000);
    client
      .query("SELECT 1")
      .catch(onDead)
      .finally(() => clearTimeout(deadline));
  }, proofOfLifeMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** The workspaces in a payload; none when the payload is our own, whose subscribers were told already. */
export function othersHints(payload: string, self: string): string[] {
  const [sender, workspaces] = payload.split(" ", 2);
  return sender === self || !workspaces ? [] : workspaces.split(",");
}
