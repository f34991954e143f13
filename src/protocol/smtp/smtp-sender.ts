/**
 * MailSender over submission (RFC 6409) with nodemailer's SMTPConnection: one connection a message, dialed by the one
 * dialer, signed in with a password or XOAUTH2.
 *
 *   connect → [STARTTLS] → AUTH → gate "data" → MAIL RCPT DATA → body → gate "dot" → "." → answer
 *
 * Before the dot a failure is certain: the message did not leave. After it, only the server's answer is. It goes to all
 * recipients or to none: whoever the server refuses would otherwise never hear of it, and nobody would know.
 */
import type { Readable } from "node:stream";
import { domainToASCII } from "node:url";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import type {
  SMTPConnectionCustomAuthHandler,
  SMTPConnectionEnvelope,
  SMTPConnectionOptions,
  SMTPEnvelope,
} from "nodemailer/lib/smtp-connection";
import { withDeadline } from "../../core/deadline.ts";
import { HitchpostError } from "../../core/errors.ts";
import type { Envelope, MailSender, SendGate, SendReceipt } from "../mail-sender.ts";
import type { Dialer } from "../net/dialer.ts";
import { withoutEcho } from "../net/echo.ts";
import { tlsOptions } from "../net/start-tls.ts";
import { gatedStream } from "./gated-stream.ts";
import type { SmtpStage } from "./smtp-errors.ts";
import { recipientsRefused, smtpError } from "./smtp-errors.ts";

export interface SmtpServer {
  host: string;
  port: number;
  security: "none" | "starttls" | "tls";
  /** PEM of an extra authority. */
  ca?: string;
}

export type SmtpAuth = { user: string; pass: string } | { user: string; accessToken: string };

export interface SmtpTimeouts {
  connectMs: number;
  greetingMs: number;
  /** Silence of the server; RFC 5321 4.5.3.2.6 grants it ten minutes after the dot. */
  silenceMs: number;
  /** Everything until the server's answer. */
  totalMs: number;
}

export interface SmtpSenderOptions {
  server: SmtpServer;
  /** Asked for each connection: the token may have been renewed. `refused`: one that was not taken; another is wanted. */
  auth: (refused?: string) => Promise<SmtpAuth>;
  dialer: Dialer;
  /** What EHLO says of us (RFC 5321 4.1.1.1); an address literal when we have no name. */
  clientName?: string;
  timeouts?: Partial<SmtpTimeouts>;
}

const defaultTimeouts: SmtpTimeouts = {
  connectMs: 20_000,
  greetingMs: 30_000,
  silenceMs: 300_000,
  totalMs: 900_000,
};

/** Nothing is dialed before `verify` or `send`. */
export function createSmtpSender(options: SmtpSenderOptions): MailSender {
  const closing = new AbortController();
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const until = (signal?: AbortSignal) =>
    signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
  return {
    async verify(signal) {
      const session = createSession(options, timeouts);
      await session.run((inner) => session.logIn(inner), timeouts.totalMs, until(signal));
    },
    async send(raw, envelope, gate, signal) {
      assertEnvelope(envelope);
      const session = createSession(options, timeouts);
      const work = async (inner: AbortSignal) => {
        await session.logIn(inner);
        return session.handOver(raw, envelope, gate);
      };
      return session.run(work, timeouts.totalMs, until(signal));
    },
    async close() {
      closing.abort(new HitchpostError("connection_lost", "The sender was closed by us."));
    },
  };
}

function assertEnvelope({ from, to }: Envelope): void {
  for (const address of [from, ...to]) {
    if (!/^[^\s<>]+@[^\s<>]+$/.test(address))
      throw new HitchpostError("recipient_invalid", `${address} is no mail address.`, {
        details: { address },
      });
  }
  if (to.length === 0) throw new HitchpostError("recipient_invalid", "The message has no recipient.");
}

interface Session {
  logIn(signal: AbortSignal): Promise<void>;
  handOver(raw: Uint8Array, envelope: Envelope, gate: SendGate): Promise<SendReceipt>;
  /** Runs `work` within the time, maps its failure by the stage it reached, and always closes the connection. */
  run<T>(work: (signal: AbortSignal) => Promise<T>, totalMs: number, signal: AbortSignal): Promise<T>;
}

function createSession(options: SmtpSenderOptions, timeouts: SmtpTimeouts): Session {
  let stage: SmtpStage = "connect";
  let connection: SMTPConnection | null = null;
  let auth: SmtpAuth | undefined;
  const where = `${options.server.host}:${options.server.port}`;
  /** Ours, which nodemailer would write upon: it must come out as it is. */
  let failure: { error: unknown } | null = null;
  const passGate = async (gate: SendGate, at: "data" | "dot") => {
    try {
      await gate(at);
    } catch (error) {
      failure = { error };
      throw error;
    }
  };
  const isRefusal = (error: unknown) => smtpError(error, where, stage).code === "auth_failed";
  const signInAs = async (ask: () => Promise<SmtpAuth>, signal: AbortSignal): Promise<void> => {
    connection?.close();
    stage = "connect";
    const open = await openConnection(options, timeouts, signal);
    connection = open.connection;
    await open.ready;
    stage = "login";
    auth = await ask();
    await signIn(connection, auth);
  };
  return {
    logIn: (signal) => renewingOnce(options.auth, (ask) => signInAs(ask, signal), isRefusal),
    async handOver(raw, envelope, gate) {
      const smtp = connection;
      if (smtp === null) throw new HitchpostError("internal", "Not signed in.");
      await passGate(gate, "data");
      stage = "envelope";
      const smtpEnvelope = sentEnvelope(raw, envelope);
      const body = gatedStream(raw, {
        onBody() {
          stage = "body";
          const { rejectedErrors: refused = [] } = smtpEnvelope;
          if (refused.length === 0) return;
          failure = { error: recipientsRefused(refused, where) };
          throw failure.error;
        },
        async beforeEnd() {
          await passGate(gate, "dot");
          stage = "dot";
        },
      });
      return { response: await lastAnswer(smtp, smtpEnvelope, body, () => stage === "dot", where) };
    },
    async run(work, totalMs, signal) {
      try {
        const result = await withDeadline(totalMs, `Sending by ${where}`, work, signal);
        connection?.quit();
        return result;
      } catch (error) {
        connection?.close();
        throw failure === null ? withoutEcho(smtpError(error, where, stage), auth) : failure.error;
      }
    },
  };
}

/** Signs in; a token that looked fresh and is refused (it was withdrawn, or clocks differ) is renewed once, unseen. */
async function renewingOnce(
  ask: SmtpSenderOptions["auth"],
  attempt: (ask: () => Promise<SmtpAuth>) => Promise<void>,
  isRefusal: (error: unknown) => boolean,
): Promise<void> {
  const tried: { auth?: SmtpAuth } = {};
  try {
    await attempt(async () => (tried.auth = await ask()));
  } catch (error) {
    const token = tried.auth !== undefined && "accessToken" in tried.auth ? tried.auth.accessToken : null;
    if (token === null || !isRefusal(error)) throw error;
    const renewed = await ask(token);
    if ("accessToken" in renewed && renewed.accessToken === token) throw error;
    await attempt(async () => renewed);
  }
}

/** The server's answer to the message; one that comes before it had all of it is none. */
function lastAnswer(
  smtp: SMTPConnection,
  envelope: SentEnvelope,
  body: Readable,
  mayAnswer: () => boolean,
  where: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    smtp.once("error", reject);
    smtp.send(envelope, body, (error, sent) => {
      if (error) reject(error);
      else if (mayAnswer()) resolve(sent.response);
      else reject(new HitchpostError("protocol_error", `${where} answered before it had the message.`));
    });
  });
}

/** nodemailer notes on the envelope it was given whom the server refused, before it asks for the message. */
type SentEnvelope = SMTPEnvelope & Partial<Pick<SMTPConnectionEnvelope, "rejectedErrors">>;

const sentEnvelope = (raw: Uint8Array, { from, to }: Envelope): SentEnvelope => ({
  from: asciiDomain(from),
  to: to.map(asciiDomain),
  size: raw.length,
  use8BitMime: hasEightBit(raw),
});

/** A domain in its ASCII form (RFC 5891) needs no SMTPUTF8; a local part beyond ASCII does. */
function asciiDomain(address: string): string {
  const at = address.lastIndexOf("@") + 1;
  const domain = address.slice(at);
  return /[^\0-\x7f]/.test(domain) ? address.slice(0, at) + (domainToASCII(domain) || domain) : address;
}

function hasEightBit(raw: Uint8Array): boolean {
  for (let at = 0; at < raw.length; at += 1) if ((raw[at] ?? 0) > 127) return true;
  return false;
}

async function openConnection(
  { server, dialer, clientName }: SmtpSenderOptions,
  timeouts: SmtpTimeouts,
  signal: AbortSignal,
) {
  const dialed = await dialer.dial({
    host: server.host,
    port: server.port,
    tls: server.security === "tls" ? "tls" : "none",
    timeoutMs: timeouts.connectMs,
    signal,
    ...(server.ca === undefined ? {} : { ca: server.ca }),
  });
  if (server.security === "none" && !dialed.loopback) {
    dialed.socket.destroy();
    throw new HitchpostError(
      "tls_required",
      `${server.host}:${server.port} would get the password unencrypted.`,
      { details: { field: "smtp.security" } },
    );
  }
  const smtpOptions: SMTPConnectionOptions = {
    host: server.host,
    port: server.port,
    secure: server.security === "tls",
    secured: server.security === "tls",
    requireTLS: server.security === "starttls",
    ignoreTLS: server.security === "none",
    connection: dialed.socket,
    name: clientName ?? "[127.0.0.1]",
    tls: tlsOptions(server.host, server.ca),
    connectionTimeout: timeouts.connectMs + timeouts.greetingMs,
    greetingTimeout: timeouts.greetingMs,
    socketTimeout: timeouts.silenceMs,
    socketCloseTimeout: 0,
    customAuth: { [tokenMethod]: sendToken },
  };
  const connection = new SMTPConnection(smtpOptions);
  const ready = new Promise<void>((resolve, reject) => {
    connection.once("error", reject);
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
  connection.on("error", () => undefined); // later ones reach whoever waits for an answer
  return { connection, ready };
}

/** nodemailer would pick another method for "XOAUTH2" without its own token store: the name is ours. */
const tokenMethod = "HITCHPOST-XOAUTH2";

/** AUTH XOAUTH2 with the initial response; a 334 carries the reason as JSON and wants an empty line (Microsoft, Google). */
const sendToken: SMTPConnectionCustomAuthHandler = async ({ auth, sendCommand }) => {
  const { user, pass } = auth.credentials;
  const payload = Buffer.from(`user=${user}\u0001auth=Bearer ${pass}\u0001\u0001`).toString("base64");
  let answer = await sendCommand(`AUTH XOAUTH2 ${payload}`);
  if (answer.status === 334) answer = await sendCommand("");
  if (answer.status < 200 || answer.status >= 300) throw new Error("Invalid login");
};

function signIn(connection: SMTPConnection, auth: SmtpAuth): Promise<void> {
  const data =
    "accessToken" in auth
      ? { method: tokenMethod, user: auth.user, pass: auth.accessToken }
      : { user: auth.user, pass: auth.pass };
  return new Promise((resolve, reject) => {
    connection.once("error", reject);
    connection.login(data, (error) => (error ? reject(error) : resolve()));
  });
}
