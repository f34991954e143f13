/** The POP3 front's listener. */
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { closeServer, listen } from "../listening.ts";
import { PopSession } from "./session.ts";
import type { PopSurroundings } from "./session.ts";

/** Tokens are longer than the 255 octets of RFC 2449 4. */
const longestLine = 16 * 1024;

export type PopFrontOptions = PopSurroundings & { port: number; log: (error: unknown) => void };

export type PopFront = { port: number; close(): Promise<void> };

/** Listens on 127.0.0.1 in plain text; port 0 picks a free one. */
export async function startPopFront(options: PopFrontOptions): Promise<PopFront> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    serve(socket, options);
  });
  const port = await listen(server, options.port);
  return {
    port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await closeServer(server);
    },
  };
}

function serve(socket: Socket, options: PopFrontOptions): void {
  const session = new PopSession(options, {
    line: (text) => void socket.write(`${text}\r\n`, "latin1"),
    bytes: (bytes) => void socket.write(bytes),
  });
  let pending = "";
  socket.setNoDelay(true);
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    pending += text;
    const lines = pending.split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) if (!session.ended) take(session, line, options);
    if (session.ended) socket.end();
    else if (pending.length > longestLine) socket.destroy();
  });
}

function take(session: PopSession, line: string, { log }: PopFrontOptions): void {
  try {
    session.take(line.replace(/\r$/, ""));
  } catch (error) {
    log(error);
    session.ended = true;
  }
}
