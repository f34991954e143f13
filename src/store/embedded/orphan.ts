/**
 * What a killed program leaves behind: a PostgreSQL that still runs on our cluster, or a `postmaster.pid` of one that
 * does not. We hold the data directory's lock, so nobody else can own either.
 */
import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import type { Log } from "../../core/log.ts";

const run = promisify(execFile);

/** Stops the orphan, or removes the stale pid file, so that a new server can start. */
export async function clearOrphan(directory: string, log: Log): Promise<void> {
  const file = join(directory, "postmaster.pid");
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return;
  const pid = Number(text.split("\n")[0]);
  if (!(await isServerOf(directory, pid))) {
    // PostgreSQL removes it by itself, but not when the number belongs to another process by now (after a reboot).
    log.info({ pid }, "removing the pid file of a PostgreSQL that was killed");
    await rm(file, { force: true });
    return;
  }
  log.warn({ pid }, "stopping a PostgreSQL that a killed program left running");
  process.kill(pid, "SIGINT");
  for (let waitedMs = 0; await isServerOf(directory, pid); waitedMs += 50) {
    if (waitedMs === 10_000) process.kill(pid, "SIGQUIT");
    if (waitedMs > 20_000) return; // the start's own error tells then
    await wait(50);
  }
}

/** True when the process lives and is a PostgreSQL server on that directory. */
async function isServerOf(directory: string, pid: number): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  const command = await commandOf(pid);
  return command.includes("postgres") && command.includes(directory);
}

/** The command line of a process; empty when it is gone, or a zombie. */
async function commandOf(pid: number): Promise<string> {
  if (process.platform === "linux") return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  if (process.platform === "win32") return "";
  const { stdout } = await run("ps", ["-o", "command=", "-p", String(pid)]).catch(() => ({ stdout: "" }));
  return stdout;
}
