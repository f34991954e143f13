/**
 * One program on one data directory. The lock is SQLite's exclusive lock on a file: the kernel's own record lock, which
 * ends with the process however it ends, holds between containers on one machine, and works on every system. A file with
 * a pid cannot do that: after kill -9 the pid is stale, or another program's. The pid file beside only names the holder.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { HitchpostError } from "../core/errors.ts";

export interface DataLock {
  release(): void;
}

/** SQLITE_BUSY: another connection holds the lock. */
const sqliteBusy = 5;

/** Node closes a database that nothing refers to, and its lock would go with it. */
const held = new Set<DatabaseSync>();

/**
 * Takes the directory for this process until `release` or its end. Makes the directory when it is missing.
 *
 * @throws HitchpostError data_directory_in_use naming the holder's pid; config_invalid when it cannot be written
 */
export function acquireDataLock(directory: string): DataLock {
  const pidFile = join(directory, "hitchpost.pid");
  let lock: DatabaseSync | undefined;
  try {
    mkdirSync(directory, { recursive: true });
    lock = new DatabaseSync(join(directory, "hitchpost.lock"));
    lock.exec("BEGIN EXCLUSIVE");
    writeFileSync(pidFile, `${process.pid}\n`);
  } catch (error) {
    lock?.close();
    if ((error as { errcode?: number }).errcode === sqliteBusy) throw inUse(directory, pidFile, error);
    throw new HitchpostError(
      "config_invalid",
      `HITCHPOST_DATA_DIR: ${directory} cannot be written: ${(error as Error).message}`,
      { cause: error },
    );
  }
  const taken = lock;
  held.add(taken);
  return {
    release: () => {
      if (!held.delete(taken)) return;
      rmSync(pidFile, { force: true });
      taken.close();
    },
  };
}

function inUse(directory: string, pidFile: string, cause: unknown): HitchpostError {
  let holder = "another process";
  try {
    holder = `process ${readFileSync(pidFile, "utf8").trim()}`;
  } catch {
    // the holder is just starting, or another system user's: the error stands without its number
  }
  return new HitchpostError(
    "data_directory_in_use",
    `The data directory ${directory} is in use by ${holder}.`,
    { cause },
  );
}
