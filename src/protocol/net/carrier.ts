/**
 * Carries the encrypted octets of a TLS connection between it and its TCP socket.
 *
 * Over a socket that it reads itself, Node's TLS keeps a buffer of 64 KB as long as the connection lasts, however little
 * comes: the most of what an idle mailbox cost. What is handed to it piece by piece needs 4.
 */
import type { Socket } from "node:net";
import { Duplex } from "node:stream";

interface Piece {
  chunk: Buffer;
  encoding: BufferEncoding;
}

type Done = (error?: Error | null) => void;

export class Carrier extends Duplex {
  readonly #socket: Socket;

  /** @param socket nobody else reads from it any more; it is destroyed with the carrier, and the carrier with it */
  constructor(socket: Socket) {
    super({ decodeStrings: true });
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.once("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
    socket.once("close", () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#socket.write(chunk, done);
  }

  override _writev(pieces: Piece[], done: Done): void {
    this.#socket.write(Buffer.concat(pieces.map(({ chunk }) => chunk)), done);
  }

  override _final(done: Done): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#socket.destroy(error ?? undefined);
    done(error);
  }
}
