/** Fetches a remote image through the one dialer: every hop is checked, nothing of us is told, and there are caps. */
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { withDeadline } from "../../core/deadline.ts";
import { HitchpostError } from "../../core/errors.ts";
import type { Dialer } from "./dialer.ts";

const maxBytes = 10 * 1024 * 1024;
const maxRedirects = 3;
const timeoutMs = 10_000;

/**
 * @param url http or https, any host that the dialer allows
 * @throws host_not_allowed, dns_failed, network_*, tls_failed, payload_too_large, not_found when the server gives none
 */
export async function fetchImage(dialer: Dialer, url: string): Promise<Uint8Array> {
  return withDeadline(timeoutMs, `the image at ${hostOf(url)}`, async (signal) => {
    let next = url;
    for (let hop = 0; hop <= maxRedirects; hop++) {
      const answer = await requestOnce(dialer, new URL(next), signal);
      if (answer.location === null) return answer.bytes;
      next = new URL(answer.location, next).href;
    }
    throw new HitchpostError("not_found", "The image is redirected too often.");
  });
}

const hostOf = (url: string): string => URL.parse(url)?.host ?? "an unreadable address";

interface Answer {
  location: string | null;
  bytes: Uint8Array;
}

async function requestOnce(dialer: Dialer, url: URL, signal: AbortSignal): Promise<Answer> {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new HitchpostError("host_not_allowed", "Images come by http or https only.");
  }
  const secure = url.protocol === "https:";
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  const { socket } = await dialer.dial({
    host: url.hostname,
    port,
    tls: secure ? "tls" : "none",
    timeoutMs,
    signal,
  });
  try {
    return await readAnswer(await send(url, socket, signal));
  } finally {
    socket.destroy();
  }
}

/** The socket is dialed and encrypted already: http only writes on it. */
function send(url: URL, socket: Socket, signal: AbortSignal): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? https : http).request(
      url,
      {
        createConnection: () => socket,
        headers: {
          accept: "image/*",
          "user-agent": "Mozilla/5.0 (compatible; image proxy)",
          connection: "close",
        },
        signal,
      },
      resolve,
    );
    request.once("error", (error) =>
      reject(new HitchpostError("connection_lost", "The image's server broke off.", { cause: error })),
    );
    request.end();
  });
}

async function readAnswer(response: http.IncomingMessage): Promise<Answer> {
  const status = response.statusCode ?? 0;
  if (status >= 300 && status < 400 && response.headers.location !== undefined) {
    return { location: response.headers.location, bytes: new Uint8Array() };
  }
  if (status !== 200) throw new HitchpostError("not_found", `The image's server answered ${status}.`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new HitchpostError("payload_too_large", "The image is larger than 10 MB.");
    chunks.push(chunk);
  }
  return { location: null, bytes: Buffer.concat(chunks) };
}
