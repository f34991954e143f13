/**
 * The few parts of imapflow 2.10 (pinned) below its public face that reading with proof needs: a command's own tagged
 * answer. Its public `fetch` and `search` retry, wait and shorten by themselves; here nothing is hidden.
 */
import type { ImapFlow } from "imapflow";
import type { ImapAttribute, ImapAttributeList, ImapResponse } from "imapflow";

export type { ImapAttribute, ImapAttributeList, ImapResponse };

/** A node of a command as imapflow's compiler takes it. */
export type CommandNode =
  | { type: "ATOM" | "STRING" | "SEQUENCE"; value: string; section?: CommandNode[]; partial?: number[] }
  | CommandNode[];

export type UntaggedHandler = (untagged: ImapResponse) => void | Promise<void>;

interface ImapFlowInternals {
  exec(
    command: string,
    attributes: CommandNode[] | false,
    options?: { untagged?: Record<string, UntaggedHandler>; onSend?: () => void },
  ): Promise<{ response: ImapResponse; next: () => void }>;
  throttleWait(delayMs: number): Promise<boolean>;
  handleResponse(line: { payload: Buffer; literals: Buffer[] }): Promise<boolean>;
  getUntaggedHandler(command: string, attributes: ImapAttributeList): UntaggedHandler | undefined;
  untaggedHandlers: Record<string, UntaggedHandler | null>;
  folders: Map<string, { path: string }>;
  /** Ends the IDLE under way; resolves when DONE is written. */
  preCheck: (() => Promise<void>) | false;
  socketTimeout: number;
  socket: { setTimeout?(ms: number): void } | null;
}

// The members are marked @internal and left out of the typings; the version is pinned for this cast.
const internals = (client: ImapFlow): ImapFlowInternals => client as unknown as ImapFlowInternals;

export const atom = (value: string): CommandNode => ({ type: "ATOM", value });
export const quoted = (value: string): CommandNode => ({ type: "STRING", value });
export const sequence = (value: string): CommandNode => ({ type: "SEQUENCE", value });

/**
 * Runs one command and resolves with its tagged response (`command` is "OK", or "NO" for the one partial FETCH answer
 * that imapflow lets pass). Rejects with imapflow's error on NO, BAD and a lost connection. An error thrown by a
 * handler is kept and thrown when the command ends: imapflow itself would only log it.
 */
export async function execute(
  client: ImapFlow,
  command: string,
  attributes: CommandNode[] | false,
  handlers: Record<string, (untagged: ImapResponse) => void> = {},
): Promise<ImapResponse> {
  let failure: unknown;
  const guarded = Object.fromEntries(
    Object.entries(handlers).map(([name, handle]) => [
      name,
      (untagged: ImapResponse) => {
        try {
          handle(untagged);
        } catch (error) {
          failure ??= error;
        }
      },
    ]),
  );
  const { response, next } = await internals(client).exec(command, attributes, { untagged: guarded });
  next();
  if (failure !== undefined) throw failure;
  return response;
}

/** Throttling is told at once instead of being waited out inside the connection: the whole mailbox must pause, visibly. */
export function tellThrottlingAtOnce(client: ImapFlow): void {
  internals(client).throttleWait = () => Promise.resolve(false);
}

/** Tells why a command failed where imapflow's own method only says that it did (IDLE). */
export function onFailure(client: ImapFlow, command: string, handler: (error: unknown) => void): void {
  const inner = internals(client);
  const exec = inner.exec.bind(client);
  inner.exec = async (name, attributes, options) => {
    try {
      return await exec(name, attributes, options);
    } catch (error) {
      if (name === command) handler(error);
      throw error;
    }
  };
}

/**
 * Reads FETCH responses with another reader than imapflow's own.
 *
 * @param read gives null for what imapflow shall read
 */
export function readFetchesBy(
  client: ImapFlow,
  read: (line: Buffer, literals: readonly Buffer[]) => ImapResponse | null,
): void {
  const inner = internals(client);
  const handle = inner.handleResponse.bind(client);
  inner.handleResponse = async (line) => {
    const response = read(line.payload, line.literals);
    if (response === null) return handle(line);
    try {
      await inner.getUntaggedHandler(response.command!, response.attributes!)?.(response);
    } catch {
      // As imapflow has it: a handler's failure is not the connection's. Those of `execute` keep theirs.
    }
    return true;
  };
}

/** Untagged responses that imapflow has no event for (NOTIFY's STATUS, RFC 5465). */
export function onUntagged(client: ImapFlow, name: string, handler: UntaggedHandler): void {
  internals(client).untaggedHandlers[name] = handler;
}

/** Hands a response on to what listens to it outside of the command under way. */
export async function passOn(client: ImapFlow, name: string, untagged: ImapResponse): Promise<void> {
  await internals(client).untaggedHandlers[name]?.(untagged);
}

/** Ends an IDLE (RFC 2177, DONE); when none is under way it does nothing. */
export async function breakIdle(client: ImapFlow): Promise<void> {
  const { preCheck } = internals(client);
  if (preCheck) await preCheck();
}

/** After so long a silence a connection that idles is asked whether it lives (NOOP), and any other is given up. */
export function setSilence(client: ImapFlow, ms: number): void {
  const inner = internals(client);
  inner.socketTimeout = ms;
  inner.socket?.setTimeout?.(ms);
}

/** Spares the LIST that imapflow sends before it opens a folder it has not listed on this connection. */
export function assumeListed(client: ImapFlow, path: string): void {
  if (!internals(client).folders.has(path)) internals(client).folders.set(path, { path });
}

/** The value of a parsed token as text; null for NIL and lists. */
export function tokenText(token: ImapAttribute | undefined): string | null {
  if (token === null || token === undefined || Array.isArray(token)) return null;
  const { value } = token;
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  return Buffer.isBuffer(value) ? value.toString("utf8") : null;
}

/** A response code, `[COPYUID 1 2 3]`, as its words; null when the response carries none. */
export function responseCode(response: ImapResponse): string[] | null {
  const first = response.attributes?.[0];
  if (first === null || first === undefined || Array.isArray(first) || first.section === undefined)
    return null;
  return first.section.map((token) => tokenText(token) ?? "");
}
