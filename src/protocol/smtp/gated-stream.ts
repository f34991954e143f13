/** A message as a stream that holds its end back: SMTP's final dot (RFC 5321 4.1.1.4) follows only when the gate lets it. */
import { Readable } from "node:stream";

const chunkBytes = 64 * 1024;

export interface GatedHooks {
  /** The server took DATA and reading began; what it throws destroys the stream. */
  onBody(): void;
  /** Everything is handed over but the end; a rejection destroys the stream, and no dot is ever written. */
  beforeEnd(): Promise<void>;
}

/** Streams `raw`; after its last byte waits for `beforeEnd`, then ends. */
export function gatedStream(raw: Uint8Array, hooks: GatedHooks): Readable {
  let offset = 0;
  return new Readable({
    highWaterMark: chunkBytes,
    read() {
      try {
        if (offset === 0) hooks.onBody();
      } catch (error) {
        return void this.destroy(heldBack(error));
      }
      if (offset < raw.length) {
        const chunk = raw.subarray(offset, offset + chunkBytes);
        offset += chunk.length;
        this.push(chunk);
        return;
      }
      hooks.beforeEnd().then(
        () => this.push(null),
        (error: unknown) => this.destroy(heldBack(error)),
      );
    },
  });
}

/** nodemailer writes its own code onto the error it is given, so it is not given ours. */
const heldBack = (cause: unknown): Error => new Error("the message was held back", { cause });
