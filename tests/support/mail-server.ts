/** What the real mail servers of the tests have in common: whom they run as, their certificate, their start and end. */
import { execFileSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import net from "node:net";
import { userInfo } from "node:os";
import path from "node:path";
import { alive, family, workingIn } from "./processes.ts";

export interface ServerUser {
  name: string;
  group: string;
  /** Whom its files are to be given to; null: they are his already. */
  ids: { uid: number; gid: number } | null;
}

/** As root a server serves as nobody, else as who runs the tests. */
export function serverUser(): ServerUser {
  const root = process.getuid?.() === 0;
  const name = root ? "nobody" : userInfo().username;
  const ask = (what: string): string => execFileSync("id", [what, name]).toString().trim();
  return {
    name,
    group: ask("-gn"),
    ids: root ? { uid: Number(ask("-u")), gid: Number(ask("-g")) } : null,
  };
}

/** Writes `cert.pem` and `key.pem` for `localhost` and 127.0.0.1; returns the certificate. */
export function makeCertificate(directory: string): string {
  const [key, cert] = [path.join(directory, "key.pem"), path.join(directory, "cert.pem")];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  execFileSync("openssl", ["req", ...kind, "-keyout", key, "-out", cert, ...subject], { stdio: "ignore" });
  return readFileSync(cert, "utf8");
}

/** Resolves when the server greets. @throws Error when it ends, or after 15 s */
export async function awaitGreeting(port: number, child: ChildProcess): Promise<void> {
  const until = performance.now() + 15_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    if (await greets(port)) return;
    if (performance.now() > until) throw new Error("no greeting within 15 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2_000, () => end(false));
    socket.once("data", (data) => end(data.toString().startsWith("* OK")));
    socket.once("error", () => end(false));
  });
}

/**
 * Ends the server with all of its processes: those that serve a connection at times outlive their master, and those that were
 * begun while it ended hold its ports.
 *
 * @param directory where its processes work
 */
export async function endServer(child: ChildProcess, directory?: string): Promise<void> {
  const serving = child.pid === undefined ? [] : family(child.pid);
  const gone = new Promise<void>((resolve) =>
    child.exitCode !== null || child.signalCode !== null ? resolve() : child.once("exit", () => resolve()),
  );
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await gone;
  clearTimeout(hard);
  for (const pid of serving.filter(alive)) kill(pid);
  if (directory === undefined) return;
  for (let tries = 0; tries < 100; tries++) {
    const left = workingIn(directory);
    if (left.length === 0) return;
    for (const pid of left) kill(pid);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it ended by itself meanwhile
  }
}
