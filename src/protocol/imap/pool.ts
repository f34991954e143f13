/**
 * The connections of one mailbox: IMAP has one command in flight each (RFC 9051 5.5), so parallel work takes more of
 * them. Opened on demand up to a limit, kept with their folder open, thrown away at the first sign of trouble. Those that
 * nobody used for a while are closed: what is brief then goes over the watching connection, between two of its IDLEs.
 */
import type { ImapFlow, MailboxObject } from "imapflow";
import type { Clock } from "../../core/clock.ts";
import { withDeadline } from "../../core/deadline.ts";
import { HitchpostError, isHitchpostError } from "../../core/errors.ts";
import { rootFailure, whereOf } from "./connection.ts";
import { imapError } from "./errors.ts";
import { assumeListed, execute } from "./imapflow-internals.ts";
import { createPause, type Pause } from "./pause.ts";
import type { Lender } from "./loan.ts";
import type { OpenFolder, Slot } from "./open-folder.ts";
import { Slots, type PoolOptions } from "./slots.ts";

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
  /** Few and short commands: where no connection for work is open, the watching one may be lent for them. */
  brief?: boolean;
}

/** An open folder is opened again after so long: what a server tells of by opening alone (another UIDVALIDITY) is seen then. */
const viewLifeMs = 10_000;

export interface ConnectionPool {
  /** Runs `work` on a free connection. */
  run<T>(what: string, work: (client: ImapFlow) => Promise<T>, options?: { brief?: boolean }): Promise<T>;
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
  /** From now on this connection serves for brief work; the returned function ends that. */
  borrowFrom(lender: Lender): () => void;
  readonly pause: Pause;
  close(): Promise<void>;
}

export function createPool(options: PoolOptions): ConnectionPool {
  const where = whereOf(options.server);
  const closing = new AbortController();
  const pause = createPause(options.clock, where);
  const slots = new Slots(options, pause, closing.signal);

  async function onSlot<T>(
    path: string | null,
    what: string,
    work: (slot: Slot) => Promise<T>,
    brief = false,
  ): Promise<T> {
    const slot = await slots.acquire(path, brief);
    try {
      return await withDeadline(options.workMs, `${what} at ${where}`, () => work(slot), closing.signal);
    } catch (error) {
      const known = imapError(rootFailure(slot.client, error), { where, step: "command", what });
      pause.note(known);
      if (endsConnection(known)) slots.drop(slot);
      throw known;
    } finally {
      slots.release(slot, brief);
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
    borrowFrom: (lender) => slots.borrowFrom(lender),
    run: (what, work, { brief } = {}) => onSlot(null, what, (slot) => work(slot.client), brief),
    async inFolder(path, openOptions, what, work) {
      let begun = false; // before that it is a connection that does not open
      const inOpen = async (slot: Slot) => {
        begun = true;
        return work(await openFolder(slot, path, openOptions, { where, clock: options.clock }));
      };
      try {
        return await onSlot(path, what, inOpen, openOptions.brief);
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
    const { mailbox: box } = slot.client;
    slot.open = { folder, box, write, openedAt: clock.monotonic(), changed: false };
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
