/**
 * Brings the schema up to date at start: each migration in a transaction of its own, under an advisory lock that is
 * held by that transaction (not the session, so that poolers work), and recorded in `schema_migrations`.
 */
import type { Pool, PoolClient } from "pg";
import { HitchpostError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { withoutDeadline } from "./deadline-client.ts";
import * as first from "./migrations/0001-first.ts";
import * as messageEvidence from "./migrations/0002-message-evidence.ts";
import * as outboxCopies from "./migrations/0003-outbox-copies.ts";
import * as packedBodies from "./migrations/0004-packed-bodies.ts";
import * as originalsInPacks from "./migrations/0005-originals-in-packs.ts";
import * as ownership from "./migrations/0006-ownership.ts";
import * as unreadable from "./migrations/0007-unreadable.ts";
import * as messageRows from "./migrations/0008-message-rows.ts";
import * as graphSubscriptions from "./migrations/0009-graph-subscriptions.ts";
import * as transports from "./migrations/0010-transports.ts";
import * as apps from "./migrations/0011-apps.ts";
import * as connections from "./migrations/0012-connections.ts";
import * as searchLive from "./migrations/0013-search-live.ts";

export interface Migration {
  /** `NNNN-what`: the order is that of the list, the name is what is recorded. */
  name: string;
  statements: readonly string[];
}

/** All migrations of this program, oldest first. */
export const knownMigrations: readonly Migration[] = [
  first,
  messageEvidence,
  outboxCopies,
  packedBodies,
  originalsInPacks,
  ownership,
  unreadable,
  messageRows,
  graphSubscriptions,
  transports,
  apps,
  connections,
  searchLive,
];

/** The newest schema this program knows; stands in backups. */
export const schemaVersion: string = knownMigrations.at(-1)!.name;

/** "hitchpos" as a 64-bit number: any program of ours takes the same lock. */
const advisoryLock = "7523094288207667059";
const lockWaitMs = 120_000;
const oldestServer = 150_000;

/**
 * Runs the pending migrations; safe to call from several processes at once. Returns the names it ran.
 *
 * @throws HitchpostError database_newer when the database was written by a newer program, config_invalid when
 *   PostgreSQL is too old or not UTF-8, or its user may not make tables; database_unavailable when another process holds the lock for 2 minutes
 */
export async function migrate(
  pool: Pool,
  { log, all = knownMigrations }: { log: Log; all?: readonly Migration[] },
): Promise<string[]> {
  const client = await pool.connect();
  const ran: string[] = [];
  try {
    await assertServer(client);
    for (;;) {
      const name = await withoutDeadline(() => runNext(client, all, log));
      if (name === null) return ran;
      ran.push(name);
    }
  } finally {
    client.release();
  }
}

/** The names recorded in the database, oldest first; empty for a database without our schema. */
export async function appliedMigrations(client: Pool | PoolClient): Promise<string[]> {
  const table = await client.query("SELECT to_regclass('schema_migrations') IS NOT NULL AS here");
  if (!(table.rows[0] as { here: boolean }).here) return [];
  const { rows } = await client.query<{ name: string }>("SELECT name FROM schema_migrations ORDER BY name");
  return rows.map((row) => row.name);
}

async function assertServer(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ version: number; name: string; encoding: string }>(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS name,
            current_setting('server_encoding') AS encoding`,
  );
  const server = rows[0]!;
  if (server.version < oldestServer) {
    throw new HitchpostError(
      "config_invalid",
      `DATABASE_URL: PostgreSQL 15 or newer is needed, this is ${server.name}.`,
    );
  }
  if (server.encoding !== "UTF8") {
    throw new HitchpostError(
      "config_invalid",
      `DATABASE_URL: the database's encoding must be UTF8, not ${server.encoding}.`,
    );
  }
}

/** Runs the first migration that is not recorded yet; null when there is none. */
async function runNext(client: PoolClient, all: readonly Migration[], log: Log): Promise<string | null> {
  await client.query("BEGIN");
  try {
    await client.query(`SET LOCAL lock_timeout = ${lockWaitMs}; SET LOCAL statement_timeout = 0`);
    await client.query("SELECT pg_advisory_xact_lock($1::bigint)", [advisoryLock]);
    await client.query(
      "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
    );
    const next = nextMigration(await appliedMigrations(client), all);
    if (next) {
      for (const statement of next.statements) await client.query(statement);
      await client.query("INSERT INTO schema_migrations (name) VALUES ($1)", [next.name]);
    }
    await client.query("COMMIT");
    if (next) log.info({ migration: next.name }, "the database schema was brought forward");
    return next?.name ?? null;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined); // the first error is the one to tell
    throw explain(error as Error & { code?: string });
  }
}

function explain(error: Error & { code?: string }): Error {
  switch (error.code) {
    case "55P03":
      return new HitchpostError(
        "database_unavailable",
        "Another process has been changing the schema for two minutes.",
        { cause: error },
      );
    case "42501": // insufficient_privilege
    case "25006": // read_only_sql_transaction
      return new HitchpostError(
        "config_invalid",
        `DATABASE_URL: its user may not make tables in this database (${error.message}). Make the database the user's own: ALTER DATABASE … OWNER TO …`,
        { cause: error },
      );
    default:
      return error;
  }
}

/** Which migration comes next, judged from what is recorded. */
export function nextMigration(applied: readonly string[], all: readonly Migration[]): Migration | undefined {
  const known = new Set(all.map((migration) => migration.name));
  const unknown = applied.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new HitchpostError(
      "database_newer",
      `The database has the schema ${unknown}, which this program does not know.`,
    );
  }
  return all.find((migration) => !applied.includes(migration.name));
}
