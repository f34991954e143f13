/** Opens what the program keeps: the data directory's lock, PostgreSQL (embedded or one's own), schema, key ring, blobs. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Pool } from "pg";
import { HitchpostError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { isBlobPlace, markBlobPlace } from "../store/blob-place.ts";
import { createBlobs, type Blobs } from "../store/blobs.ts";
import { acquireDataLock } from "../store/data-lock.ts";
import { startEmbedded } from "../store/embedded.ts";
import { readEmbeddedState } from "../store/embedded/place.ts";
import { loadKeyRing } from "../store/key-file.ts";
import { migrate } from "../store/migrate.ts";
import { createPool } from "../store/pool.ts";
import { countUnreadable, readsAny } from "../store/rotate-secrets.ts";
import type { KeyRing } from "../store/secrets.ts";
import type { Config } from "./config.ts";

export interface Storage {
  pool: Pool;
  ring: KeyRing;
  blobs: Blobs;
  database: { embedded: boolean; version: string };
  close(): Promise<void>;
}

export const keyFile = (dataDir: string): string => join(dataDir, "secret.key");
export const blobsFolder = (dataDir: string): string => join(dataDir, "blobs");

/** A database that the caller only wants to look at or to fill: no keys, no blobs. */
export interface OpenDatabase {
  pool: Pool;
  embedded: boolean;
  close(): Promise<void>;
}

/**
 * Takes the data directory and connects to PostgreSQL.
 * @throws data_directory_in_use, database_unavailable, config_invalid
 */
export async function openDatabase(config: Config, log: Log): Promise<OpenDatabase> {
  const lock = acquireDataLock(config.dataDir);
  try {
    const embedded =
      config.databaseUrl === null ? await startEmbedded({ dataDir: config.dataDir, log }) : null;
    const pool = createPool(embedded?.connection ?? config.databaseUrl!, { log, max: 24 });
    return {
      pool,
      embedded: embedded !== null,
      close: async () => {
        await pool.end();
        await embedded?.stop();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * For commands that work on what is there: they make no database.
 * @throws config_invalid when none was made in the data directory yet
 */
export async function assertDatabaseHere(config: Config): Promise<void> {
  if (config.databaseUrl !== null || (await readEmbeddedState(config.dataDir)) !== null) return;
  throw new HitchpostError("config_invalid", `HITCHPOST_DATA_DIR: no database lies in ${config.dataDir}.`);
}

/** The whole storage, its schema up to date. */
export async function openStorage(config: Config, log: Log): Promise<Storage> {
  const database = await openDatabase(config, log);
  return orClose(database, async () => {
    const storage = await loadStorage(config, log, database);
    await markBlobPlace(storage.pool, blobsFolder(config.dataDir));
    return storage;
  });
}

/**
 * What a worker works on beside the server: the same database, key and blobs. It takes no lock on the data directory,
 * makes no key, and touches nothing before it knows that all of it is the server's.
 *
 * @throws config_invalid naming what is missing or is not the server's
 */
export async function openSharedStorage(config: Config, log: Log): Promise<Storage> {
  if (config.databaseUrl === null)
    throw new HitchpostError(
      "config_invalid",
      "DATABASE_URL: a worker needs the PostgreSQL that the server uses; the embedded one is for the server alone.",
    );
  assertKeyHere(config);
  const pool = createPool(config.databaseUrl, { log, max: 24 });
  const database = { pool, embedded: false, close: () => pool.end() };
  return orClose(database, async () => {
    const storage = await loadStorage(config, log, database);
    await assertServers(config, storage);
    return storage;
  });
}

function assertKeyHere({ encryptionKey, dataDir }: Config): void {
  if (encryptionKey !== null || existsSync(keyFile(dataDir))) return;
  throw new HitchpostError(
    "config_invalid",
    `HITCHPOST_ENCRYPTION_KEY: a worker needs the server's key: set it to what stands in the server's key file, or HITCHPOST_DATA_DIR to the server's data directory (there is no ${keyFile(dataDir)}).`,
  );
}

async function assertServers({ dataDir }: Config, { pool, ring }: Storage): Promise<void> {
  if (!(await readsAny(pool, ring)))
    throw new HitchpostError(
      "config_invalid",
      "HITCHPOST_ENCRYPTION_KEY: no stored sign-in can be read with this key; it is not the server's.",
    );
  if (!(await isBlobPlace(pool, blobsFolder(dataDir))))
    throw new HitchpostError(
      "config_invalid",
      `HITCHPOST_DATA_DIR: ${blobsFolder(dataDir)} is not the server's folder of attachments. Start \`hitchpost serve\` once with this DATABASE_URL, and on another machine mount its folder there.`,
    );
}

async function orClose(database: OpenDatabase, open: () => Promise<Storage>): Promise<Storage> {
  try {
    return await open();
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function loadStorage(config: Config, log: Log, database: OpenDatabase): Promise<Storage> {
  const { pool, embedded, close } = database;
  await migrate(pool, { log });
  const file = keyFile(config.dataDir);
  const ring = await loadKeyRing({ configured: config.encryptionKey ?? undefined, file });
  const unreadable = await countUnreadable(pool, ring);
  if (unreadable > 0)
    log.warn(
      { unreadable, keyFile: file },
      "stored sign-ins were encrypted with another key: put back the key file (or HITCHPOST_ENCRYPTION_KEY) they were made with, else their mailboxes ask to sign in again",
    );
  const { rows } = await pool.query<{ version: string }>(
    "SELECT current_setting('server_version') AS version",
  );
  return {
    pool,
    ring,
    blobs: createBlobs({ directory: blobsFolder(config.dataDir) }),
    database: { embedded, version: rows[0]?.version ?? "" },
    close,
  };
}
