/** MailSource over IMAP4rev1 (RFC 3501, RFC 9051 where they agree), assembled from the files beside it. */
import type { Clock } from "../../core/clock.ts";
import { withDeadline } from "../../core/deadline.ts";
import { HitchpostError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { MailSource, RemoteKey } from "../mail-source.ts";
import type { Dialer } from "../net/dialer.ts";
import { applyIntent } from "./apply.ts";
import { listSequence } from "./commands.ts";
import type { AskAuth, ConnectionOptions, ImapServer, ImapTimeouts } from "./connection.ts";
import { readHeadCursor, readTailCursor } from "./cursors.ts";
import { fetchMessages, fetchSection } from "./fetch.ts";
import { findSentCopies } from "./find-sent.ts";
import { firstHead, isRestarted, nextHead, wholeFolder } from "./head.ts";
import { listFolders } from "./list-folders.ts";
import { createPeek } from "./peek.ts";
import type { ConnectionPool } from "./pool.ts";
import { createPool } from "./pool.ts";
import type { RangeList } from "./tail.ts";
import { countSince, searchRange, tailOfAll, tailOfRange } from "./tail.ts";
import { uidOf } from "./uid-set.ts";
import { watchFolders } from "./watch.ts";

export type { ImapAuth, ImapServer } from "./connection.ts";

export interface ImapSourceOptions {
  server: ImapServer;
  /** Asked for each new connection: the token may have been renewed meanwhile. */
  auth: AskAuth;
  dialer: Dialer;
  clock: Clock;
  log: Log;
  /** Connections for work beside the watching one; default 4. */
  maxConnections?: number;
  /** Default 9 minutes: Outlook's pushes end within 10. */
  idleRenewMs?: number;
  /** A connection for work that was not used for so long is closed; default 30 s. */
  keepMs?: number;
  /** Between two STATUS rounds over folders that are not pushed; default 8 s. */
  pollMs?: number;
  timeouts?: Partial<ImapTimeouts & { workMs: number }>;
  /** What ID (RFC 2971) tells the server of us. */
  clientInfo?: { name: string; version: string };
}

const defaultTimeouts = {
  connectMs: 20_000,
  greetingMs: 15_000,
  loginMs: 30_000,
  silenceMs: 60_000,
  workMs: 15 * 60_000,
};
const defaultWindow = 1_000;
const defaultKeepMs = 30_000;
/** So many messages at most are fetched over the watching connection. */
const briefKeys = 10;

/** Nothing is sent before `connect` or the first other call. */
export function createImapSource(options: ImapSourceOptions): MailSource {
  const { clock, log } = options;
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const connection: ConnectionOptions = {
    server: options.server,
    auth: options.auth,
    dialer: options.dialer,
    timeouts,
    log,
    clientInfo: options.clientInfo ?? { name: "Hitchpost", version: "0" },
  };
  const pool = createPool({
    ...connection,
    clock,
    maxConnections: options.maxConnections ?? 4,
    workMs: timeouts.workMs,
    keepMs: options.keepMs ?? defaultKeepMs,
  });
  const ended = new AbortController();
  const idleRenewMs = options.idleRenewMs ?? 9 * 60_000;
  const peek = createPeek(pool, clock);
  const watching = {
    connection: { ...connection, idleRenewMs },
    pool,
    clock,
    log,
    pollMs: options.pollMs ?? 8_000,
    peek,
  };

  return {
    transport: "imap",
    connect: (signal) =>
      withDeadline(
        timeouts.workMs,
        "Connecting",
        () => pool.run("signing in", async () => undefined),
        signal,
      ),
    listFolders: (listOptions) => listFolders(pool, listOptions?.counts ?? false),
    ...reading(pool, clock),
    fetch: (path, epochKey, keys, what) =>
      fetchMessages({ pool, path, epochKey, brief: keys.length <= briefKeys }, keys, what),
    fetchPart: (path, epochKey, key, partPath) => fetchPart(pool, { path, epochKey }, key, partPath),
    watch: (paths, signal) => watchFolders(watching, paths, AbortSignal.any([signal, ended.signal])),
    peek,
    apply: (intent) => applyIntent(pool, intent),
    findSent: (path, outgoing) =>
      pool.inFolder(path, { view: "fresh" }, `searching ${path}`, (folder) =>
        findSentCopies(folder, outgoing),
      ),
    async close() {
      ended.abort(new Error("the source was closed"));
      await pool.close();
    },
  };
}

type Reading = Pick<MailSource, "head" | "tail" | "estimate" | "listAll">;

function reading(pool: ConnectionPool, clock: Clock): Reading {
  const ranges = new Map<string, { list: RangeList; nextBelow: number }>();
  return {
    head: (path, stored, { window = defaultWindow, slice } = {}) =>
      pool.inFolder(path, { view: "fresh", brief: true }, `looking at ${path}`, async (folder) => {
        const cursor = stored === null ? null : readHeadCursor(stored);
        const options = { window, slice: slice ?? null, nowMs: clock.now() };
        if (cursor === null || cursor.uidvalidity !== folder.epochKey) return firstHead(folder, options);
        return isRestarted(folder, cursor)
          ? { ...(await firstHead(folder, options)), restarted: true as const }
          : nextHead(folder, cursor, options);
      }),
    tail: (path, stored, { sinceMs }, limit) => {
      const cursor = readTailCursor(stored);
      return pool.inFolder(
        path,
        { view: "current", epochKey: cursor.uidvalidity },
        `reading back in ${path}`,
        async (folder) => {
          if (sinceMs === null) return tailOfAll(folder, cursor, limit);
          const known = ranges.get(path);
          // The list of the page before serves on; a page asked for again, or after a restart, begins with a new one.
          const fits =
            known?.nextBelow === cursor.below &&
            known.list.epochKey === folder.epochKey &&
            known.list.sinceMs === sinceMs;
          const list = fits ? known.list : await searchRange(folder, sinceMs);
          const page = await tailOfRange(folder, cursor, list, limit);
          if (page.cursor === null) ranges.delete(path);
          else ranges.set(path, { list, nextBelow: readTailCursor(page.cursor).below });
          return page;
        },
      );
    },
    estimate: (path, { sinceMs }) =>
      pool.inFolder(path, { view: "fresh" }, `counting ${path}`, async (folder) =>
        sinceMs === null ? folder.exists : countSince(folder, sinceMs),
      ),
    listAll: (path) =>
      pool.inFolder(path, { view: "fresh" }, `listing ${path}`, async (folder) => {
        const items = folder.exists === 0 ? [] : await listSequence(folder, 1, folder.exists);
        return { epochKey: folder.epochKey, window: wholeFolder(items) };
      }),
  };
}

async function fetchPart(
  pool: ConnectionPool,
  at: { path: string; epochKey: string },
  key: RemoteKey,
  partPath: string | null,
): Promise<Uint8Array> {
  const uid = uidOf(key);
  if (partPath !== null && !/^\d+(\.\d+)*$/.test(partPath)) {
    throw new HitchpostError("invalid_request", "That is no part of a message.", {
      details: { field: "partPath" },
    });
  }
  const body = uid === null ? null : await fetchSection({ pool, ...at }, uid, partPath ?? "");
  if (body === null) throw new HitchpostError("message_gone", `Message ${key} is no longer in ${at.path}.`);
  if (body === "refused")
    throw new HitchpostError(
      "message_unreadable",
      `The server does not give out message ${key} of ${at.path}.`,
    );
  return body;
}
