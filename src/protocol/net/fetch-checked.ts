/** GET of an address that a user can name, through the one dialer: every hop is checked, nothing of us is told, there are caps. */
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { withDeadline } from "../../core/deadline.ts";
import { HitchpostError } from "../../core/errors.ts";
import type { Dialer } from "./dialer.ts";

export interface FetchOptions {
  /** What is fetched, for sentences: "The image". */
  what: string;
  accept: string;
  maxBytes: number;
  maxRedirects: number;
  /** For all hops together, milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * @param url http or https, any host that the dialer allows
 * @throws host_not_allowed, dns_failed, network_*, tls_failed, connection_lost, payload_too_large, not_found when the server gives none
 */
export async function fetchChecked(dialer: Dialer, url: string, options: FetchOptions): Promise<Uint8Array> {
  const work = async (signal: AbortSignal): Promise<Uint8Array> => {
    let next = url;
    for (let hop = 0; hop <= options.maxRedirects; hop++) {
      const answer = await requestOnce(dialer, next, options, signal);
      if (answer.location === null) return answer.bytes;
      next = URL.parse(answer.location, next)?.href ?? "";
    }
    throw new HitchpostError("not_found", `${options.what} is redirected too often.`);
  };
  return withDeadline(options.timeoutMs, `${options.what} at ${hostOf(url)}`, work, options.signal);
}

const hostOf = (url: string): string => URL.parse(url)?.host ?? "an unreadable address";

interface Answer {
  location: string | null;
  bytes: Uint8Array;
}

async function requestOnce(
  dialer: Dialer,
  address: string,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const url = URL.parse(address);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new HitchpostError("host_not_allowed", `${options.what} comes by http or https only.`);
  }
  const secure = url.protocol === "https:";
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  const { socket } = await dialer.dial({
    host: url.hostname,
    port,
    tls: secure ? "tls" : "none",
    timeoutMs: options.timeoutMs,
    signal,
  });
  try {
    return await readAnswer(await send(url, socket, options, signal), options);
  } catch (error) {
    if (error instanceof HitchpostError) throw error;
    throw brokenOff(options, error);
  } finally {
    socket.destroy();
  }
}

const brokenOff = ({ what }: FetchOptions, cause: unknown): HitchpostError =>
  new HitchpostError("connection_lost", `${what}: the server broke off.`, { cause });

/** The socket is dialed and encrypted already: http only writes on it. */
function send(
  url: URL,
  socket: Socket,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? https : http).request(
      url,
      {
        createConnection: () => socket,
        headers: {
          accept: options.accept,
          "user-agent": "Mozilla/5.0 (compatible)",
          connection: "close",
        },
        signal,
      },
      resolve,
    );
    request.once("error", (error) => reject(brokenOff(options, error)));
    request.end();
  });
}

async function readAnswer(response: http.IncomingMessage, { what, maxBytes }: FetchOptions): Promise<Answer> {
  const status = response.statusCode ?? 0;
  if (status >= 300 && status < 400 && response.headers.location !== undefined) {
    return { location: response.headers.location, bytes: new Uint8Array() };
  }
  if (status !== 200) throw new HitchpostError("not_found", `${what}: the server answered ${status}.`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes)
      throw new HitchpostError("payload_too_large", `${what} is larger than ${sizeText(maxBytes)}.`);
    chunks.push(chunk);
  }
  return { location: null, bytes: Buffer.concat(chunks) };
}

const sizeText = (bytes: number): string =>
  bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MB` : `${bytes / 1024} KB`;
