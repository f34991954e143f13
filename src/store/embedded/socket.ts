/**
 * The embedded PostgreSQL's Unix socket, where one can be had: cheaper than the loopback (docs/adr/0013).
 * It lies in the cluster's room, which only its user may enter. Where there is none (Windows, a long path, a file system
 * without sockets) the loopback does.
 */
import { once } from "node:events";
import { stat, unlink } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";

/** `sun_path` of Linux is 108 octets with its ending NUL, that of macOS and the BSDs 104 (unix(7)). */
const longestPath = 103;

/** As PostgreSQL names it and as `pg` looks for it below a host that is a directory. */
const socketPath = (directory: string, port: number): string => join(directory, `.s.PGSQL.${port}`);

/**
 * The directory for the socket: absolute, or null when no socket can be there.
 *
 * @param room exists, and we may write there
 */
export async function socketDirectory(room: string): Promise<string | null> {
  const directory = resolve(room);
  if (process.platform === "win32" || /[,"\\]/.test(directory)) return null; // a list, to PostgreSQL
  if (Buffer.byteLength(socketPath(directory, 65_535)) > longestPath) return null;
  return (await canListen(join(directory, ".s.try"))) ? directory : null;
}

/** Where the running server of a room is reached: its socket's directory, else the loopback. */
export async function socketOrLoopback(room: string, port: number): Promise<string> {
  const directory = resolve(room);
  const facts = await stat(socketPath(directory, port)).catch(() => null);
  return facts?.isSocket() === true ? directory : "127.0.0.1";
}

/** Some mounted directories take files and no sockets; PostgreSQL would not start there. */
async function canListen(path: string): Promise<boolean> {
  await unlink(path).catch(() => undefined); // of a start that was killed in between
  const server = createServer();
  try {
    await once(server.listen(path), "listening");
    server.close();
    await once(server, "close");
    return true;
  } catch {
    return false;
  }
}
