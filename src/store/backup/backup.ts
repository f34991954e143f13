/**
 * A backup in one file: gzip of a tar with `manifest.json`, `tables/<table>/<n>.ndjson` (a row a line, every value as
 * PostgreSQL's own text) and `blobs/<workspace>/<hash>`. All rows are of one moment (one REPEATABLE READ snapshot), from
 * embedded and external servers alike. The key that opens its secrets is not in it: keep the key file elsewhere.
 */
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Pool, PoolClient } from "pg";
import { HitchpostError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { blobKey, type Blobs } from "../blobs.ts";
import { appliedMigrations } from "../migrate.ts";
import { withoutDeadline } from "../deadline-client.ts";
import { formatVersion, manifestName, type Manifest } from "./manifest.ts";
import { packTar, type TarEntry } from "./tar.ts";
import { keptTables } from "./tables.ts";

export interface BackupOptions {
  pool: Pool;
  blobs: Blobs;
  /** The file to write; it appears when it is whole. */
  out: string;
  /** Version of Hitchpost. */
  version: string;
  nowMs: number;
  log: Log;
}

const rowsPerFetch = 200;
const partBytes = 4 * 1024 * 1024;

/**
 * Writes a backup beside the running server; returns its size.
 *
 * @throws HitchpostError not_found when the database is none of ours
 */
export const backup = (options: BackupOptions): Promise<{ sizeBytes: number }> =>
  withoutDeadline(() => writeBackup(options));

async function writeBackup({
  pool,
  blobs,
  out,
  version,
  nowMs,
  log,
}: BackupOptions): Promise<{ sizeBytes: number }> {
  const client = await pool.connect();
  const aside = `${out}.part`;
  await rm(aside, { force: true });
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await client.query(
      `SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL datestyle = 'ISO';
       SET LOCAL timezone = 'UTC'; SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 3`,
    );
    const entries = readEverything({ client, blobs, version, nowMs, log });
    const file = createWriteStream(aside, { flags: "wx", mode: 0o600, flush: true });
    await pipeline(Readable.from(packTar(entries)), createGzip(), file);
    await client.query("COMMIT");
    await rename(aside, out);
    client.release();
    return { sizeBytes: file.bytesWritten };
  } catch (error) {
    client.release(true); // ends the snapshot whatever state the connection is in
    await rm(aside, { force: true });
    throw error;
  }
}

interface Source {
  client: PoolClient;
  blobs: Blobs;
  version: string;
  nowMs: number;
  log: Log;
}

async function* readEverything({ client, blobs, version, nowMs, log }: Source): AsyncGenerator<TarEntry> {
  const schema = (await appliedMigrations(client)).at(-1);
  if (schema === undefined)
    throw new HitchpostError("not_found", "There is nothing to back up: this database holds no Hitchpost.");
  const tables: Record<string, string[]> = {};
  for (const table of keptTables) tables[table] = await columnsOf(client, table);
  const manifest: Manifest = {
    format: formatVersion,
    version,
    schema,
    createdAt: new Date(nowMs).toISOString(),
    tables,
  };
  yield wholeEntry(manifestName, Buffer.from(JSON.stringify(manifest)));
  for (const table of keptTables) yield* readTable(client, table, tables[table] ?? []);
  yield* readBlobs(client, blobs, log);
}

const wholeEntry = (name: string, bytes: Buffer): TarEntry => ({
  name,
  sizeBytes: bytes.length,
  body: [bytes],
});

async function columnsOf(client: PoolClient, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [table],
  );
  return rows.map((row) => row.name);
}

async function* readTable(
  client: PoolClient,
  table: string,
  columns: readonly string[],
): AsyncGenerator<TarEntry> {
  const values = columns.map((column) => `${client.escapeIdentifier(column)}::text`).join(", ");
  let part = 0;
  let lines: Buffer[] = [];
  let bytes = 0;
  const flush = (): TarEntry => {
    const entry = wholeEntry(
      `tables/${table}/${String(part++).padStart(6, "0")}.ndjson`,
      Buffer.concat(lines),
    );
    lines = [];
    bytes = 0;
    return entry;
  };
  for await (const rows of fetchAll(client, `SELECT ${values} FROM ${client.escapeIdentifier(table)}`)) {
    for (const row of rows) {
      const line = Buffer.from(`${JSON.stringify(row)}\n`);
      lines.push(line);
      bytes += line.length;
      if (bytes >= partBytes) yield flush();
    }
  }
  if (bytes > 0) yield flush();
}

/** The rows of a query by a cursor, as arrays of text, in batches. */
async function* fetchAll(client: PoolClient, query: string): AsyncGenerator<(string | null)[][]> {
  await client.query(`DECLARE rows NO SCROLL CURSOR FOR ${query}`);
  for (;;) {
    const { rows } = await client.query<(string | null)[]>({
      text: `FETCH ${rowsPerFetch} FROM rows`,
      rowMode: "array",
    });
    if (rows.length === 0) break;
    yield rows;
  }
  await client.query("CLOSE rows");
}

async function* readBlobs(client: PoolClient, blobs: Blobs, log: Log): AsyncGenerator<TarEntry> {
  let missing = 0;
  for await (const rows of fetchAll(client, "SELECT workspace_id::text, hash, size_bytes::text FROM blobs")) {
    for (const [workspaceId, hash, size] of rows) {
      const key = blobKey(workspaceId ?? "", hash ?? "");
      const kept = await blobs.disk.getMetaData(key).catch(() => null);
      if (kept?.contentLength !== Number(size)) {
        missing++;
        continue;
      }
      yield {
        name: `blobs/${workspaceId}/${hash}`,
        sizeBytes: Number(size),
        body: await blobs.disk.getStream(key),
      };
    }
  }
  // Swept since the snapshot, lost or cut: a message's file is fetched again from the server when it is needed.
  if (missing > 0)
    log.warn({ missing }, "files are not in the backup: they are missing or damaged in the store");
}
