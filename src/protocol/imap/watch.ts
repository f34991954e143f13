/**
 * Tells that something changed (MailSource.watch). A connection of its own:
 *
 *   open first folder → NOTIFY for the others where offered (RFC 5465) → IDLE (RFC 2177) → pushes → renewed → …
 *   else: IDLE on the first, STATUS of the others on a working connection every few seconds
 *   no connection to spare: STATUS of all of them
 *
 * IDLE begins at once; imapflow alone would wait 15 s after each command.
 */
import type { ImapFlow } from "imapflow";
import { decodePath } from "imapflow/lib/tools.js";
import type { Clock } from "../../core/clock.ts";
import { isHitchpostError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { WatchEvent } from "../mail-source.ts";
import { pathNode } from "./commands.ts";
import type { ConnectionOptions } from "./connection.ts";
import { openConnection, rootFailure, whereOf } from "./connection.ts";
import { imapError, isConnectionLimit } from "./errors.ts";
import { atom, execute, onFailure, onUntagged, tokenText } from "./imapflow-internals.ts";
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
  put(folderPath: string): void;
  fail(error: unknown): void;
  take(signal: AbortSignal): Promise<WatchEvent[]>;
}

function createMailbag(clock: Clock): Mailbag {
  const events = new Map<string, WatchEvent>();
  let failure: { error: unknown } | null = null;
  let wake: (() => void) | undefined;
  return {
    put(folderPath) {
      if (!events.has(folderPath)) events.set(folderPath, { folderPath, at: clock.monotonic() });
      wake?.();
    },
    fail(error) {
      failure ??= { error };
      wake?.();
    },
    async take(signal) {
      if (events.size === 0 && failure === null && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
        wake = undefined;
      }
      if (events.size === 0 && failure !== null) throw failure.error;
      const taken = [...events.values()];
      events.clear();
      return taken;
    },
  };
}

/** Ends when `signal` is aborted. Throws when the connection is lost, or what opening it throws. */
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
    if (idles) void idleForever(client, options, bag, either);
    else client?.close();
    if (polled.length > 0) void pollForever(options, polled, bag, either);
    while (!signal.aborted) {
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
  client.on("exists", () => bag.put(first));
  client.on("expunge", () => bag.put(first));
  client.on("flags", () => bag.put(first));
  await examine(client, first, false, where).catch(async (error: unknown) => {
    client.close();
    noted(await options.pool.judgeSilence(first, error));
  });
  if (!client.capabilities.has("IDLE")) return client;
  client.once("close", () =>
    bag.fail(imapError(rootFailure(client, endOf(client)), { where, step: "command", what: "watching" })),
  );
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
  options: WatchOptions,
  bag: Mailbag,
  signal: AbortSignal,
): Promise<void> {
  const where = whereOf(options.connection.server);
  const place = { where, step: "command", what: "watching" } as const;
  let refusal: unknown;
  onFailure(client, "IDLE", (error) => (refusal = error));
  try {
    while (!signal.aborted && client.usable) {
      options.pool.pause.assertOver();
      const startedAt = options.clock.monotonic();
      const refused = (await client.idle()) === false;
      if (refused && isHitchpostError(imapError(refusal, place), "throttled")) throw refusal;
      // A server that refuses IDLE or ends it at once must not be asked in a tight loop.
      if (refused || options.clock.monotonic() - startedAt < 1_000)
        await options.clock.sleep(refused ? options.pollMs : 1_000, signal);
      if (refused) bag.put(client.mailbox ? client.mailbox.path : "");
    }
  } catch (error) {
    const known = imapError(error, place);
    options.pool.pause.note(known);
    if (!signal.aborted) bag.fail(known);
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
      known = new Map([...known, ...seen]);
      await options.clock.sleep(options.pollMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) bag.fail(error);
  }
}
