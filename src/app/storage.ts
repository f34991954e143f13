/** Opens what the program keeps: the data directory's lock, PostgreSQL (embedded or one's own), schema, key ring, blobs. */
import { join } from "node:path";
import type { Pool } from "pg";
import { HitchpostError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { createBlobs, type Blobs } from "../store/blobs.ts";
import { acquireDataLock } from "../store/data-lock.ts";
import { startEmbedded } from "../store/embedded.ts";
import { readEmbeddedState } from "../store/embedded/place.ts";
import { loadKeyRing } from "../store/key-file.ts";
import { migrate } from "../store/migrate.ts";
import { createPool } from "../store/pool.ts";
import { countUnreadable } from "../store/rotate-secrets.ts";
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
  try {
    await migrate(database.pool, { log });
    const ring = await loadKeyRing({
      configured: config.encryptionKey ?? undefined,
      file: keyFile(config.dataDir),
    });
    const unreadable = await countUnreadable(database.pool, ring);
    if (unreadable > 0)
      log.warn(
        { unreadable, keyFile: keyFile(config.dataDir) },
        "stored sign-ins were encrypted with another key: put back the key file (or HITCHPOST_ENCRYPTION_KEY) they were made with, else their mailboxes ask to sign in again",
      );
    const { rows } = await database.pool.query<{ version: string }>(
      "SELECT current_setting('server_version') AS version",
    );
    return {
      pool: database.pool,
      ring,
      blobs: createBlobs({ directory: blobsFolder(config.dataDir) }),
      database: { embedded: database.embedded, version: rows[0]?.version ?? "" },
      close: database.close,
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
