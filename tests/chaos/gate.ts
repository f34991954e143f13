/**
 * What lets a process within this one be killed and paused: its clock, its pool and its dialer ask a gate before each piece of
 * work. Statements and connections count as under way, so that the clock does not jump over them.
 */
import type net from "node:net";
import type { Pool, PoolClient, QueryResult } from "pg";
import type { Clock } from "../../src/core/clock.ts";
import type { Log } from "../../src/core/log.ts";
import { createDialer, type Dialer } from "../../src/protocol/net/dialer.ts";
import { createPool } from "../../src/store/pool.ts";
import type { ChaosClock } from "./clock.ts";

export interface Gate {
  state: "running" | "paused" | "dead";
  /** Resolves at once while the process runs, after a pause at its end, never when it is dead. */
  pass(): Promise<void>;
  open(): void;
  close(state: "paused" | "dead"): void;
}

export function createGate(): Gate {
  const waiting: (() => void)[] = [];
  return {
    state: "running",
    pass() {
      if (this.state === "running") return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },
    open() {
      if (this.state !== "paused") return;
      this.state = "running";
      for (const go of waiting.splice(0)) go();
    },
    close(state) {
      if (this.state !== "dead") this.state = state;
      if (state === "dead") waiting.length = 0;
    },
  };
}

/** Whoever sleeps while the process stands still wakes when it goes on, not before. */
export const gatedClock = (clock: ChaosClock, gate: Gate): Clock => ({
  now: clock.now,
  monotonic: clock.monotonic,
  async sleep(ms, signal) {
    await clock.sleep(ms, signal);
    if (gate.state !== "running") await gate.pass();
    signal?.throwIfAborted();
  },
});

export interface Watch {
  /** It lost the mailbox while it stood still, and has not claimed it again since. */
  lost: boolean;
  trespasses: string[];
  statement: Alarm;
  transaction: Alarm;
}

interface Alarm {
  set(n: number, then: () => void): void;
  tick(): void;
}

export function createAlarm(): Alarm {
  let left = 0;
  let ring: (() => void) | null = null;
  return {
    set(n, then) {
      left = n;
      ring = then;
    },
    tick() {
      if (left > 0 && --left === 0) ring?.();
    },
  };
}

/** Changes of mail and of its places; search text is not fenced, nor need it be. */
const changesMail =
  /^\s*(?:with\b[\s\S]*\b)?(?:insert into|update|delete from)\s+"?(?:message_locations|messages|folders)\b(?![\s\S]*search_pending = NULL)/i;

type GatedPool = Pool & { destroyAll(): void };

interface PoolParts {
  clock: ChaosClock;
  gate: Gate;
  log: Log;
  watch: Watch;
}

/** Counts statements as under way, and begins none while the process stands still; open transactions come to their end. */
export function gatedPool(url: string, { clock, gate, log, watch }: PoolParts): GatedPool {
  const pool = createPool(url, { log, applicationName: "chaos", max: 8 });
  const clients = new Set<PoolClient>();
  pool.on("connect", (client) => {
    clients.add(client);
    client.once("end", () => clients.delete(client));
    watchQueries(client, { clock, watch, gate });
  });
  const connect = pool.connect.bind(pool) as (callback?: unknown) => Promise<PoolClient>;
  const gated = (callback?: unknown): Promise<PoolClient> | undefined => {
    watch.transaction.tick();
    const connecting = async (): Promise<PoolClient> => {
      await gate.pass();
      return clock.during(connect());
    };
    if (typeof callback !== "function") return connecting();
    void connectLater(gate, () => connect(callback));
    return undefined;
  };
  return Object.assign(pool, {
    connect: gated as Pool["connect"],
    destroyAll() {
      for (const client of clients) streamOf(client).destroy();
    },
  });
}

async function connectLater(gate: Gate, connect: () => unknown): Promise<void> {
  await gate.pass();
  connect();
}

const streamOf = (client: PoolClient): net.Socket =>
  (client as unknown as { connection: { stream: net.Socket } }).connection.stream;

type QueryParts = Pick<PoolParts, "clock" | "watch" | "gate">;

function watchQueries(client: PoolClient, { clock, watch, gate }: QueryParts): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  let changes: string[] = [];
  const note = (text: string): void => {
    if (/^\s*(?:begin|start)/i.test(text)) changes = [];
    else if (/^\s*commit/i.test(text)) watch.trespasses.push(...changes.splice(0));
    else if (/^\s*rollback/i.test(text)) changes = [];
    else if (watch.lost && changesMail.test(text)) changes.push(text.trim().slice(0, 120));
  };
  const notice = (result: unknown): unknown => {
    const { command, rowCount, fields } = result as Partial<QueryResult>;
    const claims =
      command === "UPDATE" && (rowCount ?? 0) > 0 && fields?.some(({ name }) => name === "fence");
    if (claims === true) watch.lost = false;
    return result;
  };
  client.query = ((...args: unknown[]): unknown => {
    watch.statement.tick();
    if (gate.state === "dead") return new Promise(() => undefined); // what is dead waits for no answer
    const [first] = args;
    note(typeof first === "string" ? first : ((first as { text?: string } | undefined)?.text ?? ""));
    const callback = args.at(-1);
    const leave = clock.enter();
    if (typeof callback === "function") {
      const tell = callback as (...results: unknown[]) => void;
      return query(...args.slice(0, -1), (...results: unknown[]) => {
        leave();
        tell(...results);
      });
    }
    return (query(...args) as Promise<unknown>).then(notice).finally(leave);
  }) as PoolClient["query"];
}

type TrackedDialer = Dialer & { destroyAll(): void };

/** Dials nothing while the process stands still, and can end every connection at once. */
export function trackedDialer(clock: ChaosClock, gate: Gate): TrackedDialer {
  const dialer = createDialer({ allowPrivateHosts: true });
  const sockets = new Set<net.Socket>();
  return {
    ...dialer,
    async dial(request) {
      await gate.pass();
      const dialed = await clock.during(dialer.dial(request));
      sockets.add(dialed.socket);
      dialed.socket.once("close", () => sockets.delete(dialed.socket));
      return dialed;
    },
    destroyAll() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
