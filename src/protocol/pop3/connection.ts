/**
 * One POP3 session (RFC 1939): dial the checked address, encrypt as chosen, sign in, ask. A client of our own: those that
 * are kept dial by themselves, past the checks of our dialer, and none knows Microsoft's XOAUTH2 in two lines.
 *
 *   greeting → [CAPA, STLS (RFC 2595)] → AUTH XOAUTH2 | USER, PASS → UIDL, LIST, TOP, RETR … → QUIT
 *
 * Nothing is ever deleted: DELE is not among the commands.
 */
import type { Socket } from "node:net";
import { withDeadline } from "../../core/deadline.ts";
import { HitchpostError, isHitchpostError } from "../../core/errors.ts";
import type { Dialer } from "../net/dialer.ts";
import { withoutEcho, type SignInAuth } from "../net/echo.ts";
import { startTls } from "../net/start-tls.ts";
import { pop3Error, type Pop3Step } from "./errors.ts";
import { createReader, type Pop3Reader } from "./reader.ts";

export interface Pop3Server {
  host: string;
  port: number;
  security: "none" | "starttls" | "tls";
  /** PEM of an extra authority. */
  ca?: string;
}

export interface Pop3Timeouts {
  /** Resolving, TCP and TLS. */
  connectMs: number;
  /** Silence of the server within a command. */
  silenceMs: number;
  /** From the socket to the end of the sign-in. */
  loginMs: number;
}

export interface Pop3ConnectionOptions {
  server: Pop3Server;
  /** Asked for each connection. `refused`: a token that was not taken; another one is wanted. */
  auth: (refused?: string) => Promise<SignInAuth>;
  dialer: Dialer;
  timeouts: Pop3Timeouts;
  /** Breaks the connection off, whatever it waits for. */
  signal?: AbortSignal;
}

export interface Pop3Connection {
  /** The text behind `+OK`. @throws what pop3Error names */
  command(line: string, what: string): Promise<string>;
  /** The lines behind `+OK`; null: the server refuses the command. */
  multiline(line: string, what: string, capBytes?: number): Promise<Buffer | null>;
  /** Says goodbye; never rejects. */
  quit(): Promise<void>;
  readonly open: boolean;
}

export const listCapBytes = 32 * 1024 * 1024;
const quitMs = 2_000;

/**
 * Signed in. A token that looked fresh and is refused is renewed once, unseen.
 *
 * @throws host_not_allowed, dns_failed, network_*, tls_failed, tls_required, auth_failed, basic_auth_blocked, not_connected,
 *   throttled, connection_lost, protocol_error
 */
export async function openPop3(options: Pop3ConnectionOptions): Promise<Pop3Connection> {
  const auth = await options.auth();
  try {
    return await openAs(options, auth);
  } catch (error) {
    if (!("accessToken" in auth) || !isHitchpostError(error, "auth_failed")) throw error;
    const renewed = await options.auth(auth.accessToken);
    if ("accessToken" in renewed && renewed.accessToken === auth.accessToken) throw error;
    return openAs(options, renewed);
  }
}

async function openAs(options: Pop3ConnectionOptions, auth: SignInAuth): Promise<Pop3Connection> {
  const { server, dialer, timeouts } = options;
  const where = `${server.host}:${server.port}`;
  const dialed = await dialer.dial({
    host: server.host,
    port: server.port,
    tls: server.security === "tls" ? "tls" : "none",
    timeoutMs: timeouts.connectMs,
    ...(server.ca === undefined ? {} : { ca: server.ca }),
  });
  if (server.security === "none" && !dialed.loopback) {
    dialed.socket.destroy();
    throw new HitchpostError("tls_required", `${where} would get the password unencrypted.`, {
      details: { field: "pop3.security" },
    });
  }
  const session = new Session(dialed.socket, where, timeouts.silenceMs);
  options.signal?.addEventListener("abort", () => session.destroy(), { once: true });
  try {
    options.signal?.throwIfAborted();
    await withDeadline(timeouts.loginMs, `Signing in to ${where}`, async (signal) => {
      await session.greet();
      if (server.security === "starttls") await session.encrypt(server, signal);
      await session.signIn(auth);
    });
    return session;
  } catch (error) {
    session.destroy();
    throw error instanceof HitchpostError ? withoutEcho(error, auth) : error;
  }
}

class Session implements Pop3Connection {
  #socket: Socket;
  #reader: Pop3Reader;
  readonly #where: string;
  readonly #silenceMs: number;

  constructor(socket: Socket, where: string, silenceMs: number) {
    this.#socket = socket;
    this.#where = where;
    this.#silenceMs = silenceMs;
    this.#reader = createReader(socket, where, silenceMs);
  }

  get open(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  async greet(): Promise<void> {
    this.#okText(await this.#reader.line(), "login", "its greeting");
  }

  /** STLS (RFC 2595 4). */
  async encrypt(server: Pop3Server, signal: AbortSignal): Promise<void> {
    const answer = await this.#ask("STLS");
    if (!answer.startsWith("+OK"))
      throw new HitchpostError("tls_failed", `${this.#where}: it does not offer STARTTLS.`, {
        details: { reason: "starttls_missing", response: answer.slice(0, 500) },
      });
    this.#reader.release();
    const { host, ca } = server;
    this.#socket = await startTls(this.#socket, { host, where: this.#where, signal, ca });
    this.#reader = createReader(this.#socket, this.#where, this.#silenceMs);
  }

  async signIn(auth: SignInAuth): Promise<void> {
    if ("accessToken" in auth) return this.#xoauth2(auth.user, auth.accessToken);
    const { user, pass } = auth;
    if (/[\r\n\0]/.test(user + pass))
      throw new HitchpostError("auth_failed", "A user name or password with a line break cannot be sent.");
    this.#okText(await this.#ask(`USER ${user}`), "login", "signing in");
    this.#okText(await this.#ask(`PASS ${pass}`), "login", "signing in");
  }

  /** Two lines: the method, then what it wants (Microsoft, "authenticate … POP by OAuth"). A `+` after it carries the reason. */
  async #xoauth2(user: string, token: string): Promise<void> {
    const asked = await this.#ask("AUTH XOAUTH2");
    if (!asked.startsWith("+")) throw pop3Error(asked, this.#where, "login", "signing in");
    const response = Buffer.from(`user=${user}\u0001auth=Bearer ${token}\u0001\u0001`).toString("base64");
    let answer = await this.#ask(response);
    if (answer.startsWith("+ ") || answer === "+") answer = await this.#ask("");
    this.#okText(answer, "login", "signing in");
  }

  async command(line: string, what: string): Promise<string> {
    return this.#okText(await this.#ask(line), "command", what);
  }

  async multiline(line: string, what: string, capBytes = listCapBytes): Promise<Buffer | null> {
    const answer = await this.#ask(line);
    if (!answer.startsWith("+OK")) {
      const error = pop3Error(answer, this.#where, "command", what);
      if (error.code === "protocol_error") return null;
      throw error;
    }
    return this.#reader.lines(capBytes);
  }

  async quit(): Promise<void> {
    try {
      await withDeadline(quitMs, "Saying goodbye", () => this.#ask("QUIT"));
    } catch {
      // nothing was changed in the session, so that nothing is lost with it
    } finally {
      this.destroy();
    }
  }

  destroy(): void {
    this.#socket.on("error", () => undefined).destroy();
  }

  #ask(line: string): Promise<string> {
    this.#socket.write(`${line}\r\n`);
    return this.#reader.line();
  }

  #okText(answer: string, step: Pop3Step, what: string): string {
    if (answer.startsWith("+OK")) return answer.slice(3).trim();
    if (answer.startsWith("-ERR")) throw pop3Error(answer, this.#where, step, what);
    throw new HitchpostError("protocol_error", `${this.#where} does not speak POP3 (${what}).`, {
      details: { response: answer.slice(0, 500), reason: "not_pop3" },
    });
  }
}
