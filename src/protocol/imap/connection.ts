/**
 * Opens one IMAP connection: dial the checked address, encrypt as chosen, sign in, and make sure that the mailbox
 * answers. Nothing secret is written before the encryption that was chosen stands (RFC 8314, RFC 9051 11.1).
 */
import { ImapFlow } from "imapflow";
import type { ImapTransport } from "imapflow";
import { withDeadline } from "../../core/deadline.ts";
import { HitchpostError, isHitchpostError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Dialed, Dialer } from "../net/dialer.ts";
import { withoutEcho } from "../net/echo.ts";
import { codeOf } from "../net/network-errors.ts";
import { tlsOver } from "../net/start-tls.ts";
import { imapError } from "./errors.ts";
import { readFetchResponse } from "./fetch-response.ts";
import { execute, quoted, readFetchesBy, tellThrottlingAtOnce } from "./imapflow-internals.ts";

export interface ImapServer {
  host: string;
  port: number;
  security: "none" | "starttls" | "tls";
  /** PEM of an extra authority. */
  ca?: string;
}

export type ImapAuth = { user: string; pass: string } | { user: string; accessToken: string };

export interface ImapTimeouts {
  /** Resolving, TCP and TLS. */
  connectMs: number;
  /** From the socket to the server's greeting. */
  greetingMs: number;
  /** Greeting to the end of the sign-in. */
  loginMs: number;
  /** Silence within a command. */
  silenceMs: number;
}

/** What signs in. `refused`: the access token that the server has just not taken; another one is wanted. */
export type AskAuth = (refused?: string) => Promise<ImapAuth>;

export interface ConnectionOptions {
  server: ImapServer;
  auth: AskAuth;
  dialer: Dialer;
  timeouts: ImapTimeouts;
  log: Log;
  /** Sent by ID (RFC 2971); NetEase refuses clients that stay anonymous. */
  clientInfo: { name: string; version: string };
  /** Restarts IDLE after so many milliseconds; for the watching connection. */
  idleRenewMs?: number;
}

/** A literal larger than this ends the connection: the server announced what no mail has. */
export const maxLiteralBytes = 64 * 1024 * 1024;

export const whereOf = (server: ImapServer): string => `${server.host}:${server.port}`;

/** A transport that hands imapflow the socket that was dialed and checked, and upgrades it with the name as SNI. */
function dialedTransport(dialed: Dialed, server: ImapServer): ImapTransport {
  return {
    connect(_options, onConnect) {
      setImmediate(onConnect);
      return dialed.socket;
    },
    upgrade(_socket, _options, onSecure) {
      return tlsOver(dialed.socket, server, onSecure);
    },
  };
}

/**
 * Resolves with a client that is signed in and whose NAMESPACE (or LIST) was answered. A token that looked fresh and is
 * refused (it was withdrawn, or clocks differ) is renewed once, unseen.
 *
 * Throws host_not_allowed, dns_failed, network_*, tls_failed (`reason` starttls_missing when the server hides it),
 * tls_required, auth_failed, basic_auth_blocked, not_connected, throttled, protocol_error.
 */
export async function openConnection(options: ConnectionOptions, signal?: AbortSignal): Promise<ImapFlow> {
  const tried: { token?: string } = {};
  try {
    return await openOnce(options, async () => noteToken(await options.auth(), tried), signal);
  } catch (error) {
    if (tried.token === undefined || !isHitchpostError(error, "auth_failed")) throw error;
    const renewed = await options.auth(tried.token);
    if ("accessToken" in renewed && renewed.accessToken === tried.token) throw error;
    return openOnce(options, async () => renewed, signal);
  }
}

function noteToken(auth: ImapAuth, tried: { token?: string }): ImapAuth {
  if ("accessToken" in auth) tried.token = auth.accessToken;
  return auth;
}

async function openOnce(
  options: ConnectionOptions,
  askAuth: () => Promise<ImapAuth>,
  signal?: AbortSignal,
): Promise<ImapFlow> {
  const { server, timeouts, dialer } = options;
  const where = whereOf(server);
  const dialed = await dialer.dial({
    host: server.host,
    port: server.port,
    tls: server.security === "tls" ? "tls" : "none",
    timeoutMs: timeouts.connectMs,
    ...(signal === undefined ? {} : { signal }),
    ...(server.ca === undefined ? {} : { ca: server.ca }),
  });
  let auth: ImapAuth | undefined;
  try {
    if (server.security === "none" && !dialed.loopback) {
      throw new HitchpostError("tls_required", `${where} would get the password unencrypted.`, {
        details: { field: "imap.security" },
      });
    }
    auth = await askAuth();
    const client = await signIn(buildClient(options, auth, dialed), options, signal);
    if ("pass" in auth) await introduce(client, options);
    return client;
  } catch (error) {
    dialed.socket.destroy();
    throw withoutEcho(imapError(error, { where, step: "login" }), auth);
  }
}

function buildClient(options: ConnectionOptions, auth: ImapAuth, dialed: Dialed): ImapFlow {
  const { server, timeouts, idleRenewMs } = options;
  const client = new ImapFlow({
    host: server.host,
    port: server.port,
    secure: server.security === "tls",
    ...(server.security === "tls" ? {} : { doSTARTTLS: server.security === "starttls" }),
    transport: dialedTransport(dialed, server),
    auth,
    clientInfo: options.clientInfo,
    logger: false,
    qresync: true,
    disableAutoIdle: true,
    disableCompression: true,
    disableIMAP4rev2: true,
    disableBinary: true,
    connectionTimeout: timeouts.connectMs,
    greetingTimeout: timeouts.greetingMs,
    socketTimeout: timeouts.silenceMs,
    maxLiteralSize: maxLiteralBytes,
    maxResponseSize: maxLiteralBytes + 16 * 1024 * 1024,
    maxLineLength: 32 * 1024 * 1024,
    ...(idleRenewMs === undefined ? {} : { maxIdleTime: idleRenewMs }),
  });
  tellThrottlingAtOnce(client);
  readFetchesBy(client, readFetchResponse);
  client.on("error", (error) => {
    failures.set(client, error);
    const err = withoutEcho(imapError(error, { where: whereOf(server), step: "command" }), auth);
    options.log.debug({ err }, "IMAP connection failed");
  });
  return client;
}

const failures = new WeakMap<ImapFlow, Error>();

/** Why a connection ended: its commands are only told that it did. Other errors are given back as they are. */
export const rootFailure = (client: ImapFlow, error: unknown): unknown =>
  codeOf(error) === "NoConnection" ? (failures.get(client) ?? error) : error;

/**
 * Says once more who we are, now that the sign-in is over (RFC 2971 3.1): NetEase opens no folder for clients that did so
 * before it alone ("Unsafe Login"; reports: bichon#25, rust-imap#296). A server that does not like to be told is not asked further.
 */
async function introduce(client: ImapFlow, { clientInfo, timeouts, log }: ConnectionOptions): Promise<void> {
  if (!client.capabilities.has("ID")) return;
  const { name, version } = clientInfo;
  const fields = [quoted("name"), quoted(name), quoted("version"), quoted(version)];
  await withDeadline(timeouts.loginMs, "telling who we are", () => execute(client, "ID", [fields])).catch(
    (error: unknown) => log.debug({ err: error }, "the server takes no ID"),
  );
}

async function signIn(client: ImapFlow, options: ConnectionOptions, signal?: AbortSignal): Promise<ImapFlow> {
  const { timeouts, server } = options;
  try {
    const totalMs = timeouts.greetingMs + timeouts.loginMs;
    await withDeadline(totalMs, `Signing in to ${whereOf(server)}`, () => client.connect(), signal);
    return client;
  } catch (error) {
    client.close();
    throw rootFailure(client, error);
  }
}
