/**
 * Whether a mail server speaks its protocol at a port, without signing in: its greeting, and with STARTTLS that it offers
 * encryption (RFC 9051 7.1.1, 6.1.1; RFC 5321 4.2, RFC 3207).
 */
import type { Socket } from "node:net";
import { withDeadline } from "../../core/deadline.ts";
import type { Dialer } from "./dialer.ts";

export type MailProtocol = "imap" | "smtp";

export interface AskedServer {
  host: string;
  port: number;
  security: "none" | "starttls" | "tls";
}

/** A greeting is a line or two: who sends more is something else. */
const maxBytes = 8 * 1024;

const dialogs = {
  imap: {
    greets: /^\* (OK|PREAUTH)\b[^\n]*\n/i,
    ask: "a CAPABILITY\r\n",
    ends: /^a (OK|NO|BAD)/im,
    bye: "b LOGOUT\r\n",
  },
  smtp: {
    greets: /^220[ -][^\n]*\n/,
    ask: "EHLO hitchpost.invalid\r\n",
    ends: /^(250 |[45]\d\d[ -])/m,
    bye: "QUIT\r\n",
  },
} as const;

/**
 * True when the server greets as it should. Never throws: whatever else happens is a no.
 *
 * @param timeoutMs for all of it, milliseconds
 */
export async function greets(
  dialer: Dialer,
  protocol: MailProtocol,
  server: AskedServer,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<boolean> {
  const work = async (inner: AbortSignal): Promise<boolean> => {
    const tls = server.security === "tls" ? "tls" : "none";
    const { socket } = await dialer.dial({ ...server, tls, timeoutMs, signal: inner });
    const abort = (): void => void socket.destroy();
    inner.addEventListener("abort", abort, { once: true });
    try {
      return await converse(socket, protocol, server.security === "starttls");
    } finally {
      inner.removeEventListener("abort", abort);
      socket.destroy();
    }
  };
  return withDeadline(timeoutMs, `the greeting of ${server.host}`, work, signal).catch(() => false);
}

async function converse(socket: Socket, protocol: MailProtocol, wantsStarttls: boolean): Promise<boolean> {
  const { greets: greeting, ask, ends, bye } = dialogs[protocol];
  const lines = new Lines(socket);
  if (!greeting.test(await lines.until(/\r?\n/))) return false;
  if (wantsStarttls) {
    socket.write(ask);
    if (!/\bSTARTTLS\b/i.test(await lines.until(ends))) return false;
  }
  socket.end(bye);
  return true;
}

/** What the server has said so far, at most `maxBytes`. */
class Lines {
  #text = "";
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(socket: Socket) {
    this.#chunks = (socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** Everything said since the last call, once `end` is in it; what there is when the server ends or says too much. */
  async until(end: RegExp): Promise<string> {
    while (!end.test(this.#text) && this.#text.length < maxBytes) {
      const { value, done } = await this.#chunks.next();
      if (done === true) break;
      this.#text += value.toString("latin1");
    }
    const said = this.#text;
    this.#text = "";
    return said;
  }
}
