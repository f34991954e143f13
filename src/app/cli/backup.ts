/** `hitchpost backup FILE` (beside the running server, or without it) and `hitchpost restore FILE` (into an empty place). */
import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { HitchpostError, isHitchpostError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { backup } from "../../store/backup/backup.ts";
import { restore } from "../../store/backup/restore.ts";
import { createBlobs } from "../../store/blobs.ts";
import { runningEmbedded } from "../../store/embedded.ts";
import { createPool } from "../../store/pool.ts";
import { readConfig, type Config } from "../config.ts";
import { createLog } from "../log.ts";
import { assertDatabaseHere, blobsFolder, keyFile, openDatabase, type OpenDatabase } from "../storage.ts";
import { programVersion } from "../version.ts";
import { CommandError, exitCodes } from "./exit.ts";

export async function backupCommand(file: string, options: { json?: boolean }): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel);
  const out = resolve(file);
  await assertPlaceFor(out);
  await assertDatabaseHere(config);
  const database = await openBeside(config, log);
  try {
    const blobs = createBlobs({ directory: blobsFolder(config.dataDir) });
    const { sizeBytes } = await backup({
      pool: database.pool,
      blobs,
      out,
      version: programVersion,
      nowMs: systemClock.now(),
      log,
    });
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify({ file: out, sizeBytes })}\n`
        : `Written: ${out} (${sizeBytes} bytes).\nKeep ${keyFile(config.dataDir)} apart from it: without that key the sign-ins in the backup cannot be read.\n`,
    );
  } finally {
    await database.close();
  }
}

/** Said before the work is done: that the file can be written, and that it takes no device's or folder's place. */
async function assertPlaceFor(out: string): Promise<void> {
  const facts = await stat(out).catch(() => null);
  if (facts && !facts.isFile()) throw new CommandError(exitCodes.usage, `${out} is no file.`);
  await access(dirname(out), constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "does not exist" : "cannot be written";
    throw new CommandError(exitCodes.usage, `the folder ${dirname(out)} ${reason}.`);
  });
}

/** The running server's database when there is one, else the database opened for this command. */
async function openBeside(config: Config, log: Log): Promise<OpenDatabase> {
  if (config.databaseUrl !== null) {
    const pool = createPool(config.databaseUrl, { log, max: 4 });
    return { pool, embedded: false, close: () => pool.end() };
  }
  try {
    return await openDatabase(config, log);
  } catch (error) {
    if (!isHitchpostError(error, "data_directory_in_use")) throw error;
    const pool = createPool(await runningEmbedded(config.dataDir), { log, max: 4 });
    return { pool, embedded: true, close: () => pool.end() };
  }
}

/** Before a database is made for it. @throws backup_invalid */
const assertReadable = (file: string): Promise<void> =>
  access(file, constants.R_OK).catch((error: Error) => {
    throw new HitchpostError("backup_invalid", `The backup cannot be read: ${error.message}.`, {
      cause: error,
    });
  });

export async function restoreCommand(file: string, options: { json?: boolean }): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel);
  await assertReadable(resolve(file));
  const database = await openDatabase(config, log);
  try {
    const blobs = createBlobs({ directory: blobsFolder(config.dataDir) });
    const restored = await restore({ pool: database.pool, blobs, file: resolve(file), log });
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify({ rows: restored.rows, blobs: restored.blobs, createdAt: restored.createdAt.toISOString() })}\n`
        : `Restored ${restored.rows} rows and ${restored.blobs} files from ${restored.createdAt.toISOString()}.\nPut the key file back as ${keyFile(config.dataDir)} before starting; without it each mailbox asks to sign in again.\n`,
    );
  } finally {
    await database.close();
  }
}
