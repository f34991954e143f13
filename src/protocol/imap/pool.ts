/**
 * The connections of one mailbox: IMAP has one command in flight each (RFC 9051 5.5), so parallel work takes more of
 * them. Opened on demand up to a limit, kept with their folder open, thrown away at the first sign of trouble.
 */
import type { ImapFlow, MailboxObject } from "imapflow";
import type { Clock } from "../../core/clock.ts";
import { withDeadline } from "../../core/deadline.ts";
import { HitchpostError, isHitchpostError } from "../../core/errors.ts";
import type { ConnectionOptions } from "./connection.ts";
import { openConnection, rootFailure, whereOf } from "./connection.ts";
import { imapError, isConnectionLimit } from "./errors.ts";
import { assumeListed, execute } from "./imapflow-internals.ts";

export interface PoolOptions extends ConnectionOptions {
  clock: Clock;
  /** Connections for work; the watching one is not counted. */
  maxConnections: number;
  /** For one piece of work on a connection, milliseconds: no server keeps us longer. */
  workMs: number;
}

/** A folder opened on a connection, as EXAMINE or SELECT reported it. */
export interface OpenFolder {
  client: ImapFlow;
  path: string;
  /** UIDVALIDITY as text. */
  epochKey: string;
  exists: number;
  /** Null when the server does not say. */
  uidNext: number | null;
  /** Null without CONDSTORE, or where the folder keeps none (NOMODSEQ). */
  highestModseq: bigint | null;
}

export interface OpenOptions {
  /**
   * `fresh`: opens the folder again even when it is open, for EXISTS and UIDNEXT as they are now. `current`: an open one
   * serves where the server tells of no change by NOOP: large folders take some servers most of a second to open.
   */
  view?: "fresh" | "current";
  /** SELECT instead of EXAMINE. Reading always uses EXAMINE: it changes nothing, not even \Recent. */
  write?: boolean;
  /** Throws `folder_reset` when the folder has another UIDVALIDITY. */
  epochKey?: string;
}

interface Slot {
  client: ImapFlow;
  busy: boolean;
  open: OpenView | null;
}

interface OpenView {
  folder: OpenFolder;
  write: boolean;
  /** Monotonic milliseconds. */
  openedAt: number;
  /** Messages came or went since. */
  changed: boolean;
}

/** An open folder is opened again after so long: what a server tells of by opening alone (another UIDVALIDITY) is seen then. */
const viewLifeMs = 10_000;

export interface ConnectionPool {
  /** Runs `work` on a free connection. */
  run<T>(what: string, work: (client: ImapFlow) => Promise<T>): Promise<T>;
  /** Runs `work` with the folder open. */
  inFolder<T>(
    path: string,
    options: OpenOptions,
    what: string,
    work: (folder: OpenFolder) => Promise<T>,
  ): Promise<T>;
  /**
   * What a failure within a folder means: a server that fell silent over one folder and answers otherwise is
   * `folder_unavailable` (`reason` silent), everything else is given back as it is.
   */
  judgeSilence(path: string, error: unknown): Promise<unknown>;
  readonly pause: Pause;
  close(): Promise<void>;
}

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

interface Slots {
  /** A free connection, one with this folder open if there is one; else a new one; else waits. */
  acquire(path: string | null): Promise<Slot>;
  release(slot: Slot): void;
  drop(slot: Slot): void;
  close(): void;
}

function createSlots(options: PoolOptions, pause: Pause, closing: AbortSignal): Slots {
  const slots = new Set<Slot>();
  const waiting: (() => void)[] = [];
  let opening = 0;
  let limit = options.maxConnections;

  /** Null: the server takes no more than there are, which are enough. */
  async function open(): Promise<Slot | null> {
    opening += 1;
    try {
      const client = await openConnection(options, closing);
      const slot: Slot = { client, busy: true, open: null };
      client.once("close", () => slots.delete(slot));
      for (const event of ["exists", "expunge"] as const) client.on(event, () => noteChange(slot));
      slots.add(slot);
      return slot;
    } catch (error) {
      if (isConnectionLimit(error) && slots.size > 0) {
        limit = Math.min(limit, slots.size);
        options.log.info({ connections: limit }, "the server takes no more connections");
        return null;
      }
      pause.note(error);
      throw error;
    } finally {
      opening -= 1;
      waiting.shift()?.();
    }
  }

  return {
    async acquire(path) {
      for (;;) {
        closing.throwIfAborted();
        pause.assertOver();
        const free = [...slots].filter((slot) => !slot.busy);
        const slot = free.find((one) => one.open?.folder.path === path) ?? free[0];
        if (slot !== undefined) {
          slot.busy = true;
          return slot;
        }
        if (slots.size + opening >= limit) {
          await new Promise<void>((resolve) => waiting.push(resolve));
          continue;
        }
        const opened = await open();
        if (opened !== null) return opened;
      }
    },
    release(slot) {
      slot.busy = false;
      waiting.shift()?.();
    },
    drop(slot) {
      slots.delete(slot);
      slot.client.close();
    },
    close() {
      for (const slot of slots) slot.client.close();
      for (const wake of waiting.splice(0)) wake();
    },
  };
}

export function createPool(options: PoolOptions): ConnectionPool {
  const where = whereOf(options.server);
  const closing = new AbortController();
  const pause = createPause(options.clock, where);
  const slots = createSlots(options, pause, closing.signal);

  async function onSlot<T>(path: string | null, what: string, work: (slot: Slot) => Promise<T>): Promise<T> {
    const slot = await slots.acquire(path);
    try {
      return await withDeadline(options.workMs, `${what} at ${where}`, () => work(slot), closing.signal);
    } catch (error) {
      const known = imapError(rootFailure(slot.client, error), { where, step: "command", what });
      pause.note(known);
      if (endsConnection(known)) slots.drop(slot);
      throw known;
    } finally {
      slots.release(slot);
    }
  }

  async function judgeSilence(path: string, error: unknown): Promise<unknown> {
    if (!isHitchpostError(error, "network_timeout") || closing.signal.aborted) return error;
    try {
      await onSlot(null, "asking for a sign of life", (slot) => execute(slot.client, "NOOP", false));
    } catch {
      return error; // it is the server that is silent
    }
    return new HitchpostError("folder_unavailable", `${where} does not answer about ${path}.`, {
      cause: error,
      details: { reason: "silent" },
    });
  }

  return {
    pause,
    judgeSilence,
    run: (what, work) => onSlot(null, what, (slot) => work(slot.client)),
    async inFolder(path, openOptions, what, work) {
      let begun = false; // before that it is a connection that does not open
      try {
        return await onSlot(path, what, async (slot) => {
          begun = true;
          return work(await openFolder(slot, path, openOptions, { where, clock: options.clock }));
        });
      } catch (error) {
        throw begun ? await judgeSilence(path, error) : error;
      }
    },
    async close() {
      closing.abort(closed(where));
      slots.close();
    },
  };
}

const closed = (where: string): HitchpostError =>
  new HitchpostError("connection_lost", `The connections to ${where} were closed by us.`);

/** After these the connection's state is not known: the answer to an earlier command may still come. */
const endsConnection = (error: HitchpostError): boolean =>
  ["connection_lost", "network_timeout", "not_connected", "tls_failed"].includes(error.code) ||
  error.details["reason"] === "limit";

function noteChange(slot: Slot): void {
  if (slot.open !== null) slot.open.changed = true;
}

interface Place {
  where: string;
  clock: Clock;
}

async function openFolder(
  slot: Slot,
  path: string,
  options: OpenOptions,
  { where, clock }: Place,
): Promise<OpenFolder> {
  let folder = await openAlready(slot, path, options, clock);
  if (folder === null) {
    const write = options.write ?? false;
    slot.open = null;
    folder = await examine(slot.client, path, write, where);
    slot.open = { folder, write, openedAt: clock.monotonic(), changed: false };
  }
  if (options.epochKey !== undefined && options.epochKey !== folder.epochKey) {
    throw new HitchpostError("folder_reset", `${path} was renumbered by ${where}.`, {
      details: { epochKey: folder.epochKey },
    });
  }
  return folder;
}

/** The folder as it is open, where that serves for the asked view. */
async function openAlready(
  { open, client }: Slot,
  path: string,
  { view, write = false }: OpenOptions,
  clock: Clock,
): Promise<OpenFolder | null> {
  if (view === "fresh" || open?.folder.path !== path || (write && !open.write)) return null;
  if (view === "current") {
    if (open.changed || clock.monotonic() - open.openedAt > viewLifeMs) return null;
    await execute(client, "NOOP", false); // RFC 9051 6.1.2: makes the server tell what changed
    if (open.changed) return null;
  }
  return client.mailbox === false ? null : open.folder;
}

/** EXAMINE or SELECT. Throws folder_unavailable, or what ends the connection. */
export async function examine(
  client: ImapFlow,
  path: string,
  write: boolean,
  where: string,
): Promise<OpenFolder> {
  try {
    assumeListed(client, path);
    const box: MailboxObject | undefined = await client.mailboxOpen(path, { readOnly: !write });
    if (box === undefined) throw new HitchpostError("connection_lost", `${where} ended the session.`);
    return {
      client,
      path,
      epochKey: String(box.uidValidity ?? "0"),
      exists: box.exists ?? 0,
      uidNext: box.uidNext ?? null,
      highestModseq:
        client.enabled.has("CONDSTORE") && box.noModseq !== true ? (box.highestModseq ?? null) : null,
    };
  } catch (error) {
    throw imapError(rootFailure(client, error), { where, step: "select", what: `opening ${path}` });
  }
}
