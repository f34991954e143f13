/**
 * Reads a backup into an empty installation: one transaction, committed only when the file was whole and every checksum
 * agreed. A cut file leaves nothing behind.
 */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Pool, PoolClient } from "pg";
import { HitchpostError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { blobKey, type Blobs } from "../blobs.ts";
import { appliedMigrations, knownMigrations, migrate } from "../migrate.ts";
import { withoutDeadline } from "../deadline-client.ts";
import { manifestName, manifestSchema, type Manifest } from "./manifest.ts";
import { invalid, readTar, type ReadEntry } from "./tar.ts";
import { keptTables } from "./tables.ts";

export interface RestoreOptions {
  pool: Pool;
  blobs: Blobs;
  file: string;
  log: Log;
}

export interface Restored {
  rows: number;
  blobs: number;
  /** When the backup was made. */
  createdAt: Date;
}

const rowsPerInsert = 500;
const columnName = /^[a-z_][a-z0-9_]*$/;

/**
 * Restores `file`. Mailboxes are then owned by nobody, and replies that were waiting stand as `unknown`: since the
 * backup they may have been sent, so a person decides.
 *
 * @throws HitchpostError backup_invalid when it is cut, damaged or of a newer version; conflict when the
 *   database is not empty
 */
export const restore = (options: RestoreOptions): Promise<Restored> =>
  withoutDeadline(() => restoreAll(options));

async function restoreAll({ pool, blobs, file, log }: RestoreOptions): Promise<Restored> {
  await assertEmpty(pool);
  const entries = readTar(unzipped(file));
  const manifest = await readManifest(entries);
  await migrate(pool, { log, all: migrationsUpTo(manifest.schema) });
  const client = await pool.connect();
  const written: string[] = [];
  try {
    await client.query("BEGIN");
    await client.query("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0");
    let rows = 0;
    for await (const entry of entries) {
      const [kind, first = "", second = ""] = entry.name.split("/");
      if (kind === "tables") rows += await restoreRows(client, manifest, first, entry);
      else if (kind === "blobs") written.push(await restoreBlob(blobs, first, second, entry));
      else throw invalid(`it holds ${entry.name}, which this version does not know`);
    }
    await settle(client);
    await client.query("COMMIT");
    client.release();
    await migrate(pool, { log });
    await pool.query("BEGIN; SET LOCAL statement_timeout = 0; ANALYZE; COMMIT"); // else the first hours are planned without statistics
    return { rows, blobs: written.length, createdAt: new Date(manifest.createdAt) };
  } catch (error) {
    client.release(true); // rolls back whatever state the connection is in
    for (const key of written) await blobs.disk.delete(key);
    throw asInvalid(error);
  }
}

async function* unzipped(file: string): AsyncGenerator<Uint8Array> {
  const source = createReadStream(file);
  const gunzip = createGunzip();
  source.on("error", (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw asInvalid(error);
  } finally {
    source.destroy();
  }
}

/** What zlib, JSON and the file system say about a bad file, in our words. */
function asInvalid(error: unknown): unknown {
  const code = (error as { code?: string }).code ?? "";
  if (code === "Z_BUF_ERROR") return invalid("it is cut short", error);
  if (code.startsWith("Z_") || error instanceof SyntaxError)
    return invalid("it is damaged, or no backup", error);
  if (code === "ENOENT" || code === "EISDIR" || code === "EACCES")
    return invalid((error as Error).message, error);
  return error;
}

async function assertEmpty(pool: Pool): Promise<void> {
  if ((await appliedMigrations(pool)).length === 0) return;
  const { rows } = await pool.query<{ used: boolean }>(
    "SELECT EXISTS (SELECT 1 FROM workspaces) OR EXISTS (SELECT 1 FROM users) AS used",
  );
  if (rows[0]?.used) {
    throw new HitchpostError(
      "conflict",
      "A backup is restored into an empty database only: name a fresh data directory or database.",
    );
  }
}

async function readManifest(entries: AsyncGenerator<ReadEntry>): Promise<Manifest> {
  const first = await entries.next().catch((error: unknown) => {
    throw asInvalid(error);
  });
  if (first.done || first.value.name !== manifestName) throw invalid("it is no backup of Hitchpost");
  const text = await textOf(first.value.body);
  const parsed = manifestSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw invalid("its manifest is of another version", parsed.error);
  return parsed.data;
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** The migrations that lead to the backup's schema; the newer ones run over the restored rows. */
function migrationsUpTo(schema: string): typeof knownMigrations {
  const index = knownMigrations.findIndex((migration) => migration.name === schema);
  if (index === -1) throw invalid(`its schema ${schema} is newer than this program`);
  return knownMigrations.slice(0, index + 1);
}

async function restoreRows(
  client: PoolClient,
  manifest: Manifest,
  table: string,
  entry: ReadEntry,
): Promise<number> {
  const columns = manifest.tables[table];
  if (
    !columns ||
    !keptTables.some((known) => known === table) ||
    !columns.every((column) => columnName.test(column))
  ) {
    throw invalid(`it holds a table ${table}, which this version does not know`);
  }
  const types = await columnTypesOf(client, table);
  const values = columns.map((column, index) => `(r->>${index})::${types.get(column) ?? "text"}`).join(", ");
  const lines = (await textOf(entry.body)).trimEnd().split("\n");
  for (let start = 0; start < lines.length; start += rowsPerInsert) {
    await client.query(
      `INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values} FROM jsonb_array_elements($1::jsonb) r`,
      [`[${lines.slice(start, start + rowsPerInsert).join(",")}]`],
    );
  }
  return lines.length;
}

async function columnTypesOf(client: PoolClient, table: string): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`,
    [table],
  );
  return new Map(rows.map((row) => [row.name, row.type]));
}

async function restoreBlob(
  blobs: Blobs,
  workspaceId: string,
  hash: string,
  entry: ReadEntry,
): Promise<string> {
  const staged = await blobs.stage(Readable.from(entry.body));
  if (staged.hash !== hash) {
    await blobs.discard(staged);
    throw invalid("a file in it does not have its checksum");
  }
  await blobs.place(staged, workspaceId);
  return blobKey(workspaceId, hash);
}

/** Nobody owns the mailboxes, and nothing is sent twice. */
async function settle(client: PoolClient): Promise<void> {
  await client.query("UPDATE mailboxes SET owner = NULL WHERE owner IS NOT NULL");
  await client.query(
    "UPDATE outbox SET state = 'unknown', problem = 'restored' WHERE state IN ('queued', 'sending')",
  );
}
