/**
 * Tells that something changed (MailSource.watch). A connection of its own:
 *
 *   open first folder → NOTIFY for the others where offered (RFC 5465) → IDLE (RFC 2177) → pushes → renewed → …
 *   else: IDLE on the first, STATUS of the others every few seconds
 *   no connection to spare: STATUS of all of them
 *
 * IDLE begins at once; imapflow alone would wait 15 s after each command. Between two IDLEs the connection serves for brief
 * work (idler.ts).
 */
import type { ImapFlow } from "imapflow";
import { decodePath } from "imapflow/lib/tools.js";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { WatchEvent } from "../mail-source.ts";
import { pathNode } from "./commands.ts";
import type { ConnectionOptions } from "./connection.ts";
import { openConnection, rootFailure, whereOf } from "./connection.ts";
import { imapError, isConnectionLimit } from "./errors.ts";
import { Idler } from "./idler.ts";
import { atom, execute, onUntagged, tokenText } from "./imapflow-internals.ts";
import type { ConnectionPool } from "./pool.ts";
import { examine } from "./pool.ts";

export interface WatchOptions {
  connection: ConnectionOptions;
  pool: ConnectionPool;
  clock: Clock;
  log: Log;
  /** STATUS of the folders that are not pushed. */
  pollMs: number;
  peek(paths: string[]): Promise<Map<string, string>>;
}

/** Events waiting for the reader, one a folder: "changed twice" says no more than "changed". */
interface Mailbag {
  put(folderPath: string | null): void;
  fail(error: unknown): void;
  /** Nothing more comes, and nothing is wrong. */
  finish(): void;
  readonly finished: boolean;
  take(signal: AbortSignal): Promise<WatchEvent[]>;
}

function createMailbag(clock: Clock): Mailbag {
  const events = new Map<string | null, WatchEvent>();
  let failure: { error: unknown } | null = null;
  let finished = false;
  let wake: (() => void) | undefined;
  return {
    get finished() {
      return finished;
    },
    finish() {
      finished = true;
      wake?.();
    },
    put(folderPath) {
      if (!events.has(folderPath)) events.set(folderPath, { folderPath, at: clock.monotonic() });
      wake?.();
    },
    fail(error) {
      failure ??= { error };
      wake?.();
    },
    async take(signal) {
      if (events.size === 0 && failure === null && !finished && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const onAbort = (): void => resolve();
        wake = resolve;
        signal.addEventListener("abort", onAbort, { once: true });
        await promise;
        signal.removeEventListener("abort", onAbort); // else one would be left for each piece of news
        wake = undefined;
      }
      if (events.size === 0 && failure !== null) throw failure.error;
      const taken = [...events.values()];
      events.clear();
      return taken;
    },
  };
}

/**
 * Ends when `signal` is aborted, or when work that had borrowed the connection lost it. Throws when the connection is lost, or
 * what opening it throws.
 */
export async function* watchFolders(
  options: WatchOptions,
  paths: string[],
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const [first, ...others] = paths;
  if (first === undefined || signal.aborted) return;
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const bag = createMailbag(options.clock);
  try {
    const client = await connectWatching(options, first, bag, either).catch((error: unknown) => {
      if (!isConnectionLimit(error)) throw error;
      return null;
    });
    const idles = client?.capabilities.has("IDLE") === true;
    const pushed = idles && others.length > 0 && (await notify(options, client, [first, ...others], bag));
    const polled = [...(idles ? [] : [first]), ...(pushed ? [] : others)];
    if (idles) void idleForever(client, first, options, bag, either);
    else client?.close();
    if (polled.length > 0) void pollForever(options, polled, bag, either);
    else bag.put(null);
    while (!signal.aborted && !bag.finished) {
      const events = await bag.take(signal);
      yield* events;
    }
  } finally {
    ended.abort(new Error("watching has ended"));
  }
}

async function connectWatching(
  options: WatchOptions,
  first: string,
  bag: Mailbag,
  signal: AbortSignal,
): Promise<ImapFlow> {
  const { pause } = options.pool;
  pause.assertOver();
  const noted = (error: unknown): never => {
    pause.note(error);
    throw error;
  };
  const client = await openConnection(options.connection, signal).catch(noted);
  signal.addEventListener("abort", () => client.close(), { once: true });
  if (signal.aborted) client.close();
  const where = whereOf(options.connection.server);
  // Of the folder that is open, which is another one at times.
  for (const event of ["exists", "expunge", "flags"] as const)
    client.on(event, ({ path }: { path: string }) => bag.put(path));
  await examine(client, first, false, where).catch(async (error: unknown) => {
    client.close();
    noted(await options.pool.judgeSilence(first, error));
  });
  return client;
}

/** A connection that ended by itself, as imapflow tells it to commands, with what the server said in its BYE. */
const endOf = ({ byeReason }: ImapFlow): Error =>
  Object.assign(new Error("The connection ended."), {
    code: "NoConnection",
    ...(byeReason !== undefined && { reason: byeReason }),
  });

/** NOTIFY SET: the other folders push too, as STATUS responses. False when the server has or wants none of it. */
async function notify(
  options: WatchOptions,
  client: ImapFlow,
  [first, ...others]: [string, ...string[]],
  bag: Mailbag,
): Promise<boolean> {
  if (!client.capabilities.has("NOTIFY")) return false;
  const events = [atom("MessageNew"), atom("MessageExpunge"), atom("FlagChange")];
  const selected = [atom("selected"), events];
  const mailboxes = [atom("mailboxes"), others.map((path) => pathNode(client, path)), events];
  onUntagged(client, "STATUS", (untagged) => {
    const name = tokenText(untagged.attributes?.[0]);
    const path = name === null ? first : decodePath(client, name);
    if (others.includes(path)) bag.put(path);
  });
  try {
    await execute(client, "NOTIFY", [atom("SET"), selected, mailboxes]);
    return true;
  } catch (error) {
    const known = imapError(error, { where: whereOf(options.connection.server), step: "command" });
    options.pool.pause.note(known);
    if (known.code !== "protocol_error") throw known;
    return false; // refused: those folders are asked by STATUS instead
  }
}

async function idleForever(
  client: ImapFlow,
  first: string,
  options: WatchOptions,
  bag: Mailbag,
  signal: AbortSignal,
): Promise<void> {
  const where = whereOf(options.connection.server);
  const { pool, clock, pollMs } = options;
  const place = { where, step: "command", what: "watching" } as const;
  const idler = new Idler({
    client,
    path: first,
    place,
    pool,
    clock,
    silenceMs: options.connection.timeouts.silenceMs,
    pollMs,
    onMissed: () => bag.put(first),
  });
  const endLending = pool.borrowFrom(idler);
  try {
    if ((await idler.run(signal)) === "lent") bag.finish();
    else throw endOf(client);
  } catch (error) {
    if (signal.aborted) return;
    const known = imapError(rootFailure(client, error), place);
    pool.pause.note(known);
    bag.fail(known);
  } finally {
    endLending();
  }
}

async function pollForever(
  options: WatchOptions,
  paths: string[],
  bag: Mailbag,
  signal: AbortSignal,
): Promise<void> {
  let known = new Map<string, string>();
  try {
    for (;;) {
      const seen = await options.peek(paths);
      for (const [path, state] of seen) if (known.has(path) && known.get(path) !== state) bag.put(path);
      if (known.size === 0) bag.put(null);
      known = new Map([...known, ...seen]);
      await options.clock.sleep(options.pollMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) bag.fail(error);
  }
}
