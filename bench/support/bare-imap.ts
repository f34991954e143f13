/** The least a client can be that a server pushes to: a socket that signs in, opens a folder and idles (RFC 2177). */
import net from "node:net";
import tls from "node:tls";

export interface BareOptions {
  port: number;
  user: string;
  password: string;
  /** PEM of the server's authority: TLS. Left out: no encryption. */
  ca?: string;
  /** Commands after the sign-in and before IDLE. */
  commands: string[];
  /** Every line that comes while it idles, and when it was read (monotonic milliseconds). */
  onLine?(line: string, at: number): void;
}

export interface BareClient {
  close(): void;
}

const limitMs = 60_000;

/**
 * Resolves when the server says that it idles.
 *
 * @throws Error when a command is refused, the connection fails, or it takes longer than a minute
 */
export async function idleBarely(options: BareOptions): Promise<BareClient> {
  const { port, user, password, ca } = options;
  const socket =
    ca === undefined
      ? net.connect(port, "127.0.0.1")
      : tls.connect({ port, host: "127.0.0.1", servername: "localhost", ca });
  const { promise: idling, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error("a bare client does not idle after a minute")), limitMs);
  const commands = [`LOGIN ${user} ${password}`, ...options.commands, "IDLE"];
  let sent = -1;
  let isIdle = false;
  const next = (): void => {
    sent += 1;
    socket.write(`a${sent} ${commands[sent]}\r\n`);
  };
  readLines(socket, (line, at) => {
    if (isIdle) options.onLine?.(line, at);
    else if (sent < 0 || line.startsWith(`a${sent} OK`)) next(); // the greeting, or what was asked is done
    else if (line.startsWith(`a${sent} `)) reject(new Error(line));
    else if (line.startsWith("+")) {
      isIdle = true;
      resolve();
    }
  });
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("the server hung up on a bare client")));
  try {
    await idling;
    return { close: () => socket.destroy() };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function readLines(socket: net.Socket, onLine: (line: string, at: number) => void): void {
  let pending = "";
  socket.on("data", (chunk: Buffer) => {
    const at = performance.now();
    const lines = (pending + chunk.toString()).split("\r\n");
    pending = lines.pop() ?? "";
    for (const line of lines) onLine(line, at);
  });
}
