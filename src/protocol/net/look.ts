/**
 * A look at a mail server without signing in, step by step: its name, a connection, encryption, and what speaks there. Each
 * step has a failure of its own; the one that fails says why nothing behind it works (RFC 9051 7.1; RFC 5321 4.2; RFC 1939 3;
 * RFC 8314).
 */
import net from "node:net";
import type { Socket } from "node:net";
import { HitchpostError, isHitchpostError, type ErrorCode } from "../../core/errors.ts";
import type { Dialer } from "./dialer.ts";
import type { AskedServer } from "./greeting.ts";
import { codeOf } from "./network-errors.ts";
import { startTls } from "./start-tls.ts";

export type SpokenProtocol = "imap" | "smtp" | "pop3";

export interface Seen {
  at: "dns" | "tcp" | "tls" | "greeting";
  ok: boolean;
  /** The address, the first line, or what failed in the words of the wire. */
  answer: string;
  /** A second try, over IPv4 alone. */
  ipv4?: true;
}

export interface LookParts {
  dialer: Dialer;
  /** The same, for IPv4 alone. */
  dialer4: Dialer;
}

/** For all of a look, milliseconds; its parts have less. */
export interface LookOptions {
  timeoutMs: number;
  signal?: AbortSignal;
}

/** Servers greet at once, and a web server waits to be asked; but who speaks first to a server for sending is taken for a spammer. */
const greetMs = { imap: 2_000, smtp: 4_500, pop3: 2_000 };
const answerMs = 1_500;
const shownChars = 200;
const maxBytes = 4 * 1024;

const dialogs = {
  imap: { own: /^\* (OK|PREAUTH|BYE)\b/i, ask: "a CAPABILITY\r\n", done: /^a (OK|NO|BAD)/im },
  smtp: { own: /^[2-5]\d\d[ -]/, ask: "EHLO hitchpost.invalid\r\n", done: /^(250 |[45]\d\d[ -])/m },
  pop3: { own: /^(\+OK|-ERR)/, ask: "CAPA\r\n", done: /^(\.\r?$|-ERR)/m },
} as const;

/** FTP greets with 220, too (RFC 959 5.4). */
const isFtp = (line: string): boolean => /ftp/i.test(line) && !/smtp/i.test(line);

const starttls = {
  imap: { ask: "b STARTTLS\r\n", taken: /^b OK/im },
  smtp: { ask: "STARTTLS\r\n", taken: /^220[ -]/m },
  pop3: { ask: "STLS\r\n", taken: /^\+OK/m },
} as const;

/** Everything up to the first step that fails. Never throws. */
export async function lookAt(
  { dialer, dialer4 }: LookParts,
  protocol: SpokenProtocol,
  server: AskedServer,
  { timeoutMs, signal = new AbortController().signal }: LookOptions,
): Promise<Seen[]> {
  const ends = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const dial = (by: Dialer): Promise<Socket> =>
    by
      .dial({ host: server.host, port: server.port, tls: "none", timeoutMs, signal: ends })
      .then(({ socket }) => socket);
  const seen: Seen[] = [];
  try {
    const addresses = await dialer.addresses(server.host, server.port);
    seen.push({ at: "dns", ok: true, answer: addresses.join(", ") });
    const socket = await dial(dialer).catch(async (error: unknown) => {
      seen.push(failed("tcp", error, server));
      if (hasBoth(addresses)) seen.push(await overIpv4(() => dial(dialer4), server));
      return null;
    });
    if (socket === null) return seen;
    seen.push({ at: "tcp", ok: true, answer: socket.remoteAddress ?? "" });
    return [
      ...seen,
      ...(await converse({ socket, protocol, server, signal: ends, again: () => dial(dialer) })),
    ];
  } catch (error) {
    return [...seen, failed("dns", error, server)];
  }
}

/** Whether a name leads to both kinds of address, so that one may work without the other. */
export const hasBoth = (addresses: readonly string[]): boolean =>
  addresses.some((address) => net.isIPv6(address)) && addresses.some((address) => net.isIPv4(address));

async function overIpv4(dial: () => Promise<Socket>, server: AskedServer): Promise<Seen> {
  try {
    const socket = await dial();
    socket.destroy();
    return { at: "tcp", ok: true, answer: "", ipv4: true };
  } catch (error) {
    return { ...failed("tcp", error, server), ipv4: true };
  }
}

interface Talk {
  socket: Socket;
  protocol: SpokenProtocol;
  server: AskedServer;
  signal: AbortSignal;
  /** Another connection, for what speaks in the clear where TLS was asked for. */
  again: () => Promise<Socket>;
}

async function converse(talk: Talk): Promise<Seen[]> {
  const { server, signal } = talk;
  const where = `${server.host}:${server.port}`;
  if (server.security !== "tls") return greeted(talk, talk.socket);
  try {
    const secure = await startTls(talk.socket, { host: server.host, where, signal });
    return [{ at: "tls", ok: true, answer: "" }, ...(await greeted(talk, secure))];
  } catch (error) {
    const bare = await talk
      .again()
      .then((socket) => greeted({ ...talk, server: { ...server, security: "none" } }, socket))
      .catch(() => []); // that TLS fails is known already
    // What says nothing in the clear is most likely TLS after all.
    return [failed("tls", error, server), ...bare.filter(({ ok, answer }) => !ok && answer !== silence)];
  }
}

const silence = "ETIMEDOUT: no greeting";

async function greeted(talk: Talk, socket: Socket): Promise<Seen[]> {
  const { protocol, server, signal } = talk;
  const { own, ask, done } = dialogs[protocol];
  const listener = new Listener(socket, signal);
  try {
    let line = firstLine(await listener.until(/\r?\n/, greetMs[protocol]));
    if (line === "") {
      socket.write(ask);
      line = firstLine(await listener.until(/\r?\n/, answerMs));
    }
    if (line === "")
      return [
        {
          at: "greeting",
          ok: false,
          answer: listener.ended ? "ECONNRESET: closed without a greeting" : silence,
        },
      ];
    if (!own.test(line) || isFtp(line))
      return [{ at: "greeting", ok: false, answer: `unexpected greeting: ${line}` }];
    const isRefusal = /^(\* BYE|[45]\d\d|-ERR)/i.test(line);
    const seen: Seen = { at: "greeting", ok: !isRefusal, answer: line };
    if (isRefusal || server.security !== "starttls") return [seen];
    socket.write(ask);
    const abilities = await listener.until(done, answerMs);
    return [seen, await upgraded(talk, socket, listener, abilities)];
  } finally {
    socket.destroy();
  }
}

async function upgraded(
  { protocol, server, signal }: Talk,
  socket: Socket,
  listener: Listener,
  abilities: string,
): Promise<Seen> {
  const { ask, taken } = starttls[protocol];
  const where = `${server.host}:${server.port}`;
  if (!/\b(STARTTLS|STLS)\b/i.test(abilities))
    return { at: "tls", ok: false, answer: "STARTTLS is not supported by the server" };
  socket.write(ask);
  if (!taken.test(await listener.until(/\r?\n/, answerMs)))
    return { at: "tls", ok: false, answer: "STARTTLS is not supported by the server" };
  listener.stop();
  try {
    const secure = await startTls(socket, { host: server.host, where, signal });
    secure.destroy();
    return { at: "tls", ok: true, answer: "" };
  } catch (error) {
    return failed("tls", error, server);
  }
}

const firstLine = (text: string): string =>
  (text.split(/\r?\n/)[0] ?? "")
    .replaceAll(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, shownChars) || (text === "" ? "" : "(bytes that are no text)");

/** The names by which the operating system and every program tell of it. */
const errnos: Partial<Record<ErrorCode, string>> = {
  dns_failed: "ENOTFOUND",
  network_refused: "ECONNREFUSED",
  network_timeout: "ETIMEDOUT",
  network_unreachable: "EHOSTUNREACH",
  connection_lost: "ECONNRESET",
  host_not_allowed: "host_not_allowed",
};

function failed(at: Seen["at"], error: unknown, { host, port }: AskedServer): Seen {
  const known = isHitchpostError(error) ? error : new HitchpostError("network_timeout", "no answer in time");
  const cause = codeOf(known.cause);
  const name = at === "dns" && cause === "EAI_AGAIN" ? cause : (errnos[known.code] ?? cause);
  return {
    at,
    ok: false,
    answer: `${name} ${host}:${port} ${known.details.response ?? ""}`.trim().slice(0, 500),
  };
}

/** What the server says, from the beginning; at most some kilobytes. */
class Listener {
  #text = "";
  #wake: () => void = () => undefined;
  ended = false;
  readonly #socket: Socket;
  readonly #onData = (data: Buffer): void => {
    this.#text = (this.#text + data.toString("latin1")).slice(0, maxBytes);
    this.#wake();
  };
  readonly #onEnd = (): void => {
    this.ended = true;
    this.#wake();
  };

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    socket.on("data", this.#onData).on("end", this.#onEnd).on("close", this.#onEnd);
    socket.on("error", this.#onEnd);
    signal.addEventListener("abort", this.#onEnd, { once: true });
  }

  /** Everything said since the last call, once `end` is in it; what there is when time or the server ends. */
  async until(end: RegExp, ms: number): Promise<string> {
    const expires = new AbortController();
    const timer = setTimeout(() => {
      expires.abort();
      this.#wake();
    }, ms);
    while (!end.test(this.#text) && this.#text.length < maxBytes && !this.ended && !expires.signal.aborted)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    clearTimeout(timer);
    const said = this.#text;
    this.#text = "";
    return said;
  }

  /** Leaves what comes next to somebody else. */
  stop(): void {
    this.#socket.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onEnd);
    this.#socket.pause();
  }
}
