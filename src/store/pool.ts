/**
 * The pool of PostgreSQL connections and how its values are read: `int8` as number (our counts, UIDs and fences stay
 * below 2^53), `timestamptz` as Date. A database out of reach is `database_unavailable`, nothing else.
 */
import { Kysely, PostgresDialect } from "kysely";
import { Pool, types, type CustomTypesConfig, type PoolClient, type PoolConfig } from "pg";
import { HitchpostError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { deadlineClient } from "./deadline-client.ts";
import type { GlobalTables } from "./tables-global.ts";

export interface PoolOptions {
  log: Log;
  /** Shown in `pg_stat_activity`. */
  applicationName?: string;
  /** Connections at most; others wait. */
  max?: number;
  /** How long a statement may run. */
  statementTimeoutMs?: number;
  /** How much longer a server may stay silent before it counts as gone. */
  silenceMs?: number;
  /** How long a transaction may sit idle; `withFence` sets its own, shorter one. */
  idleInTransactionMs?: number;
  /** How long to wait for a connection, free or new. */
  acquireTimeoutMs?: number;
}

const int8Oid: number = 20;

const readInt8 = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`An int8 beyond 2^53: ${text}`);
  return value;
};

/** How column values become JavaScript values, for pools and single clients alike. */
export const columnTypes = {
  getTypeParser: ((...asked: Parameters<typeof types.getTypeParser>) =>
    (asked[0] as number) === int8Oid && asked[1] !== "binary"
      ? readInt8
      : types.getTypeParser(...asked)) as never,
} satisfies CustomTypesConfig;

/** SQLSTATE classes 08 (connection) and 57P (shutdown), 53300 (too many connections), and Node's own socket errors. */
const unreachable = /^(08|57P0[1-3]|53300|ECONN|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|EPIPE|EAI_AGAIN)/;

/** What pg says of a connection that is gone, to who waited for it and, the second time, to who wants to roll back on it. */
const lostConnection = /^(Connection terminated|Client has encountered a connection error)/;

/** Turns an error of connecting into `database_unavailable`, with the server's reason. */
export function databaseUnavailable(error: unknown): HitchpostError {
  const reason =
    error instanceof Error
      ? error.message || ((error as { code?: string }).code ?? error.name)
      : String(error);
  return new HitchpostError("database_unavailable", `PostgreSQL does not answer: ${reason}`, {
    cause: error,
  });
}

/** True when `error` means that the database, not the statement, failed: worth trying again later. */
export function isDatabaseOutage(error: unknown): boolean {
  if (error instanceof HitchpostError) return error.code === "database_unavailable";
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  return (typeof code === "string" && unreachable.test(code)) || lostConnection.test(error.message);
}

/** SQLSTATE disk_full, and what file systems say. */
const noRoom = new Set(["53100", "ENOSPC", "EDQUOT"]);

/** True when `error` means that the disk, the database's or ours, has no room left. */
export const isDiskFull = (error: unknown): boolean =>
  noRoom.has(String((error as { code?: unknown } | null)?.code));

type ConnectCallback = (
  error: Error | undefined,
  client: PoolClient | undefined,
  done: (release?: boolean | Error) => void,
) => void;

class HitchpostPool extends Pool {
  override connect(): Promise<PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<PoolClient> | undefined {
    if (callback) {
      super.connect((error, client, done) => callback(error && databaseUnavailable(error), client, done));
      return undefined;
    }
    return super.connect().catch((error: unknown) => {
      throw databaseUnavailable(error);
    });
  }
}

/**
 * A pool on `connection` (a URL or pg's own fields). Nothing is dialled until the first query.
 *
 * @throws HitchpostError database_unavailable from its queries, when no connection can be had within `acquireTimeoutMs`
 */
export function createPool(connection: string | PoolConfig, options: PoolOptions): Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
  const pool = new HitchpostPool({
    Client: deadlineClient(statementTimeoutMs + (options.silenceMs ?? 5_000)),
    ...(typeof connection === "string" ? { connectionString: connection } : connection),
    application_name: options.applicationName ?? "hitchpost",
    max: options.max ?? 20,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: options.idleInTransactionMs ?? 60_000,
    connectionTimeoutMillis: options.acquireTimeoutMs ?? 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types: columnTypes,
  });
  // Without these listeners a connection that the server ends (restart, idle transaction) ends our process too.
  pool.on("connect", (client) => {
    client.on("error", (error) =>
      options.log[pool.ending ? "debug" : "warn"]({ err: error }, "a database connection was lost"),
    );
  });
  pool.on("error", (error) => options.log.debug({ err: error }, "an idle database connection was dropped"));
  return pool;
}

/** The global tables (people, processes, installation); tenant tables only through `tenantDb`. */
export const globalDb = (pool: Pool): Kysely<GlobalTables> =>
  new Kysely<GlobalTables>({ dialect: new PostgresDialect({ pool }) });
