/**
 * What a POP3 server answers (RFC 1939 3): a line, or lines until one that is a dot alone. One command is under way at a
 * time, so that an answer is complete when what was read ends as it has to.
 */
import type { Socket } from "node:net";
import { HitchpostError } from "../../core/errors.ts";

export interface Pop3Reader {
  /** The next answer without its line end. @throws connection_lost, network_timeout, protocol_error (`reason` limit) */
  line(): Promise<string>;
  /** The lines that follow, dots unstuffed, with their CRLF and without the end. */
  lines(capBytes: number): Promise<Buffer>;
  /** The socket is given away (STLS). @throws protocol_error when something unasked was read: it may be another's word */
  release(): void;
}

const lineCapBytes = 64 * 1024;
const crlf = Buffer.from("\r\n");
const end = Buffer.from("\r\n.\r\n");
const stuffed = Buffer.from("\r\n..");

/** @param silenceMs the server says nothing for so long */
export const createReader = (socket: Socket, where: string, silenceMs: number): Pop3Reader =>
  new SocketReader(socket, where, silenceMs);

class SocketReader implements Pop3Reader {
  readonly #socket: Socket;
  readonly #where: string;
  #chunks: Buffer[] = [];
  #size = 0;
  #failure: HitchpostError | null = null;
  #wake: (() => void) | null = null;

  constructor(socket: Socket, where: string, silenceMs: number) {
    this.#socket = socket;
    this.#where = where;
    socket.on("data", this.#onData).on("error", this.#onLost);
    socket.on("close", this.#onLost).on("timeout", this.#onSilence);
    socket.setTimeout(silenceMs);
  }

  async line(): Promise<string> {
    const line = await this.#take(() => this.#lineEnd(), lineCapBytes);
    return line.toString("utf8").replace(/\r?\n$/, "");
  }

  async lines(capBytes: number): Promise<Buffer> {
    const all = await this.#take(() => this.#linesEnd(), capBytes);
    return all.length === 3 ? Buffer.alloc(0) : unstuffed(all.subarray(0, all.length - 3));
  }

  release(): void {
    this.#socket.off("data", this.#onData).off("error", this.#onLost);
    this.#socket.off("close", this.#onLost).off("timeout", this.#onSilence);
    this.#socket.setTimeout(0);
    if (this.#size > 0)
      throw new HitchpostError("protocol_error", `${this.#where} spoke before it was asked.`, {
        details: { reason: "injection" },
      });
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    this.#wake?.();
  };

  readonly #onLost = (cause?: unknown): void =>
    this.#fail(new HitchpostError("connection_lost", `${this.#where} closed the connection.`, { cause }));

  readonly #onSilence = (): void => {
    this.#fail(new HitchpostError("network_timeout", `${this.#where} has fallen silent.`));
    this.#socket.destroy();
  };

  #fail(error: HitchpostError): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  /** Reads until `complete` says how many octets belong to the answer; takes them. */
  async #take(complete: () => number | null, capBytes: number): Promise<Buffer> {
    for (;;) {
      const length = complete();
      if (length !== null) {
        const all = Buffer.concat(this.#chunks);
        this.#chunks = length === all.length ? [] : [all.subarray(length)];
        this.#size = all.length - length;
        return all.subarray(0, length);
      }
      if (this.#failure !== null) throw this.#failure;
      if (this.#size > capBytes) {
        this.#socket.destroy();
        throw new HitchpostError("protocol_error", `${this.#where} sent more than any mail needs.`, {
          details: { reason: "limit" },
        });
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = null;
    }
  }

  /** The last octets, without joining all that was read. */
  #tail(length: number): Buffer {
    const parts: Buffer[] = [];
    for (let at = this.#chunks.length - 1, got = 0; at >= 0 && got < length; at -= 1) {
      parts.unshift(this.#chunks[at]!);
      got += this.#chunks[at]!.length;
    }
    return Buffer.concat(parts).subarray(-length);
  }

  #lineEnd(): number | null {
    const at = this.#size === 0 ? -1 : Buffer.concat(this.#chunks).indexOf("\n");
    return at < 0 ? null : at + 1;
  }

  #linesEnd(): number | null {
    if (this.#size === 3) return this.#tail(3).toString() === ".\r\n" ? 3 : null; // no lines at all
    return this.#size >= 5 && this.#tail(5).equals(end) ? this.#size : null;
  }
}

/** RFC 1939 3: a line that begins with a dot got another one. Pure. */
export function unstuffed(lines: Buffer): Buffer {
  const parts: Buffer[] = [];
  let from = lines.subarray(0, 2).toString("latin1") === ".." ? 1 : 0;
  for (let at = lines.indexOf(stuffed, from); at >= 0; at = lines.indexOf(stuffed, from)) {
    parts.push(lines.subarray(from, at + crlf.length));
    from = at + crlf.length + 1;
  }
  parts.push(lines.subarray(from));
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
