/**
 * The embedded PostgreSQL 18 of an installation without DATABASE_URL. Recovers by itself from kill -9 of this program
 * and of PostgreSQL.
 *
 * absent → made (initdb) → starting → up ⇄ restarting (it died under us) → stopped
 */
import type { ChildProcess } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { HitchpostError, isHitchpostError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { backoffMs } from "../core/retry.ts";
import { acquireDataLock, type DataLock } from "./data-lock.ts";
import {
  clusterVersion,
  freePort,
  initCluster,
  spawnServer,
  stopServer,
  superuser,
  waitReady,
} from "./embedded/cluster.ts";
import { clearOrphan } from "./embedded/orphan.ts";
import { findPlace, readEmbeddedState, type EmbeddedState, type FoundPlace } from "./embedded/place.ts";
import { socketDirectory, socketOrLoopback } from "./embedded/socket.ts";

export interface EmbeddedPostgres {
  /** For `createPool`; `host` is the directory of a Unix socket where there is one. */
  connection: { host: string; port: number; user: string; password: string; database: string };
  /** The server's process now; changes when it was restarted. */
  readonly pid: number;
  /** Stops it: open transactions are rolled back, everything is written. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  dataDir: string;
  log: Log;
  /** How long a start may take, crash recovery included, before an error. */
  startDeadlineMs?: number;
}

const database = "hitchpost";
const majorVersion = "18";

/**
 * Starts the cluster of a data directory, making it the first time. Hold the data directory's lock (data-lock.ts).
 *
 * @throws HitchpostError database_unavailable when it does not start within 30 s; config_invalid when it cannot run here
 */
export async function startEmbedded({
  dataDir,
  log,
  startDeadlineMs = 30_000,
}: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const place = await findPlace(dataDir, log);
  const lock = place.sheltered ? acquireDataLock(`${place.state.room}.lock`) : null;
  try {
    const version = await clusterVersion(place.directory);
    if (version === null) await initCluster(place, place.state.password);
    else if (version !== majorVersion) throw wrongVersion(version);
    await clearOrphan(place.directory, log);
    const child = await start(place, log, startDeadlineMs);
    await ensureDatabase(place);
    const connection = await connectionOf(place.state);
    return supervise({ place, log, child, startDeadlineMs, lock, connection });
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/**
 * How to reach the cluster that the running program of this data directory has started.
 *
 * @throws HitchpostError database_unavailable when no cluster was made there; config_invalid when its file is damaged
 */
export async function runningEmbedded(dataDir: string): Promise<EmbeddedPostgres["connection"]> {
  const state = await readEmbeddedState(dataDir);
  if (!state) throw new HitchpostError("database_unavailable", `No embedded database lies in ${dataDir}.`);
  return connectionOf(state);
}

/** Of a server that runs. */
const connectionOf = async ({
  room,
  port,
  password,
}: EmbeddedState): Promise<EmbeddedPostgres["connection"]> => ({
  host: await socketOrLoopback(room, port),
  port,
  user: superuser,
  password,
  database,
});

const wrongVersion = (version: string): HitchpostError =>
  new HitchpostError(
    "config_invalid",
    `HITCHPOST_DATA_DIR: its database is of PostgreSQL ${version}, this program brings ${majorVersion}: make a backup with the program that wrote it, and restore that into a fresh data directory.`,
  );

/** The port of last time if it is free: nothing that remembers it goes wrong. */
async function choosePort({ state, save }: FoundPlace): Promise<number> {
  const port = await freePort(state.port);
  if (port !== state.port) await save({ ...state, port });
  return port;
}

/**
 * Starts and waits; an early exit is tried again: what a killed server leaves (shared memory) goes by itself, and a port
 * that somebody took just before us is another one the next time.
 */
async function start(place: FoundPlace, log: Log, deadlineMs: number): Promise<ChildProcess> {
  const lines: string[] = [];
  const sockets = (await socketDirectory(place.state.room)) ?? "";
  const settings = {
    password: place.state.password,
    settings: [
      `unix_socket_directories=${sockets}`,
      "log_min_messages=log",
      "log_min_error_statement=panic",
      "log_line_prefix=",
    ],
    onLog: (line: string) => {
      if (lines.push(line) > 20) lines.shift();
      log[isAlarm(line) ? "warn" : "debug"]({ postgres: line }, "the embedded PostgreSQL says");
    },
  };
  const deadline = AbortSignal.timeout(deadlineMs);
  for (;;) {
    place.state.port = await choosePort(place);
    const server = { ...settings, port: place.state.port };
    const child = spawnServer(place, server);
    try {
      await waitReady(child, server, deadline);
      return child;
    } catch (error) {
      await stopServer(child, 5_000);
      if (isHitchpostError(error, "config_invalid")) throw error;
      if (deadline.aborted) throw explain(error, lines);
      await clearOrphan(place.directory, log);
      await wait(300);
    }
  }
}

/** What every start and stop says is no alarm. */
const isAlarm = (line: string): boolean =>
  /^(PANIC|FATAL)/.test(line) &&
  !/starting up|not yet accepting connections|shutting down|due to administrator command/.test(line);

const explain = (error: unknown, lines: readonly string[]): HitchpostError =>
  new HitchpostError(
    "database_unavailable",
    `The embedded PostgreSQL did not start. Its last words: ${lines.join(" | ").slice(-1_000)}`,
    { cause: error },
  );

async function ensureDatabase({ state }: FoundPlace): Promise<void> {
  const client = new Client({
    host: "127.0.0.1",
    port: state.port,
    user: superuser,
    password: state.password,
    database: "postgres",
  });
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${database} TEMPLATE template0`);
  } finally {
    await client.end();
  }
}

interface Supervised {
  place: FoundPlace;
  log: Log;
  child: ChildProcess;
  startDeadlineMs: number;
  lock: DataLock | null;
  connection: EmbeddedPostgres["connection"];
}

/** Starts the server again whenever it dies before `stop`: on the same port, for the pool knows no other. */
function supervise({
  place,
  log,
  child: first,
  startDeadlineMs,
  lock,
  connection,
}: Supervised): EmbeddedPostgres {
  let child = first;
  let restarting: Promise<void> | null = null;
  const stopping = new AbortController();
  const watch = (): void => {
    child.once("exit", (code, signal) => {
      if (stopping.signal.aborted) return;
      log.error({ code, signal }, "the embedded PostgreSQL died; starting it again");
      restarting = restart();
    });
  };
  const restart = async (): Promise<void> => {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      try {
        await clearOrphan(place.directory, log);
        child = await start(place, log, startDeadlineMs);
        watch();
        log.info({ pid: child.pid }, "the embedded PostgreSQL is up again");
        return;
      } catch (error) {
        log.error({ err: error }, "the embedded PostgreSQL does not start; trying on");
        await wait(backoffMs(failures, { capMs: 10_000 }), undefined, { signal: stopping.signal }).catch(
          () => undefined,
        ); // stopped
      }
    }
  };
  watch();
  return {
    connection,
    get pid() {
      return child.pid ?? 0;
    },
    stop: async () => {
      stopping.abort();
      await restarting;
      await stopServer(child);
      lock?.release();
    },
  };
}
