/**
 * One PostgreSQL cluster on disk and its server process: made by `initdb`, started on a loopback port, stopped.
 * Reached over the loopback, and where the caller asks for it over a Unix socket (socket.ts), with scram-sha-256 on both.
 */
import { spawn, type ChildProcess } from "node:child_process";
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { HitchpostError } from "../../core/errors.ts";
import { filteredEnv, type Binaries, type RunAs } from "./binaries.ts";

export interface ClusterPlace {
  directory: string;
  binaries: Binaries;
  runAs: RunAs;
}

export interface ServerSettings {
  port: number;
  password: string;
  /** `name=value` pairs for `postgres -c`. */
  settings?: readonly string[];
  onLog: (line: string) => void;
}

export const superuser = "hitchpost";
const defaultSettings = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "shared_buffers=128MB",
  "max_connections=100",
  "synchronous_commit=on",
  "wal_compression=on",
  "max_wal_size=1GB",
  "checkpoint_timeout=10min",
  "work_mem=8MB",
  "maintenance_work_mem=64MB",
  "random_page_cost=1.1",
  "log_min_messages=warning",
  "log_checkpoints=off",
  "log_timezone=UTC",
  "timezone=UTC",
];

/** True when a cluster was made here before; its major version stands in `PG_VERSION`. */
export async function clusterVersion(directory: string): Promise<string | null> {
  const text = await readFile(join(directory, "PG_VERSION"), "utf8").catch(() => null);
  return text === null ? null : text.trim();
}

const initPrefix = ".initdb-";
const builtinUtf8 = [
  "--encoding=UTF8",
  "--locale=C",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
];

/**
 * Makes a cluster: UTF-8 with the built-in C.UTF-8 locale (under LANG=C it would become SQL_ASCII). It is made aside and
 * renamed, so that a kill in the middle leaves nothing that looks like a cluster.
 */
export async function initCluster(
  { directory, binaries, runAs }: ClusterPlace,
  password: string,
  encoding: readonly string[] = builtinUtf8,
): Promise<void> {
  const parent = dirname(directory);
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    if (name.startsWith(initPrefix)) await rm(join(parent, name), { recursive: true, force: true }); // of a killed start
  }
  // initdb runs as another user when we are root: it gets a room of its own, below which it may write.
  const room = await mkdtemp(join(parent, initPrefix));
  try {
    const passwordFile = join(room, "password");
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (runAs.uid !== undefined) {
      await chown(passwordFile, runAs.uid, runAs.gid ?? runAs.uid);
      await chown(room, runAs.uid, runAs.gid ?? runAs.uid);
    }
    await chmod(room, 0o700);
    const made = join(room, "cluster");
    await runInitdb(binaries.initdb, [`--pgdata=${made}`, `--pwfile=${passwordFile}`, ...encoding], runAs);
    await rename(made, directory);
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

async function runInitdb(initdb: string, own: readonly string[], runAs: RunAs): Promise<void> {
  const flags = [...own, `--username=${superuser}`, "--auth=scram-sha-256", "--data-checksums"];
  const child = spawn(initdb, flags, {
    ...runAs,
    env: filteredEnv,
    cwd: "/",
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString("utf8")));
  const code = await exitOf(child);
  if (code !== 0) {
    throw new HitchpostError(
      "database_unavailable",
      `initdb failed: ${complaint.trim().slice(-500) || `exit ${code}`}`,
    );
  }
}

/** Starts the server; it is not ready yet (`waitReady`). The child's exit is the caller's to watch. */
export function spawnServer(
  { directory, binaries, runAs }: ClusterPlace,
  server: ServerSettings,
): ChildProcess {
  const settings = [...defaultSettings, ...(server.settings ?? [])].flatMap((setting) => ["-c", setting]);
  const child = spawn(binaries.postgres, ["-D", directory, "-p", String(server.port), ...settings], {
    ...runAs,
    env: filteredEnv,
    cwd: "/",
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: Ctrl-C in the terminal reaches us only, and we stop PostgreSQL after our last transaction.
    detached: true,
  });
  // A program that ends by force (a stop that hangs, an unexpected failure) leaves no server behind; recovery mends its files.
  const atExit = (): void => void child.kill("SIGKILL");
  process.once("exit", atExit);
  child.once("exit", () => process.off("exit", atExit));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      for (const line of chunk.toString("utf8").split("\n")) if (line.trim()) server.onLog(line);
    });
  }
  return child;
}

/**
 * Waits until the server answers a query, at most until `deadline` aborts.
 *
 * @throws HitchpostError database_unavailable when it exits or does not answer in time, config_invalid when it answers
 *   and does not take our password
 */
export async function waitReady(
  child: ChildProcess,
  server: ServerSettings,
  deadline: AbortSignal,
): Promise<void> {
  const exited = new AbortController();
  child.once("error", (error) => exited.abort(error.message));
  child.once("exit", (code, signal) => exited.abort(`exit ${code ?? signal}`));
  while (!deadline.aborted && !exited.signal.aborted) {
    const look = await knock(server);
    if (look === "open") return;
    await wait(look === "wrong password" ? settleMs : 25);
    if (look === "wrong password" && !exited.signal.aborted) throw wrongPassword();
  }
  const reason = exited.signal.aborted ? String(exited.signal.reason) : "no answer in time";
  throw new HitchpostError("database_unavailable", `PostgreSQL did not start: ${reason}.`);
}

/** A server whose port another one took just before it ends within this time: it was the other that answered. */
const settleMs = 500;

/** SQLSTATE invalid_password: the server is up, and our password is not its own. */
const invalidPassword = "28P01";

/** Whether the server at the port takes our password and answers. */
async function knock({
  port,
  password,
}: {
  port: number;
  password: string;
}): Promise<"open" | "closed" | "wrong password"> {
  const client = new Client({
    host: "127.0.0.1",
    port,
    user: superuser,
    password,
    database: "postgres",
    connectionTimeoutMillis: 2_000,
  });
  client.on("error", () => undefined); // the answer is told below
  try {
    await client.connect();
    await client.query("SELECT 1");
    return "open";
  } catch (error) {
    return (error as { code?: string }).code === invalidPassword ? "wrong password" : "closed";
  } finally {
    await client.end().catch(() => undefined); // it may never have connected
  }
}

const wrongPassword = (): HitchpostError =>
  new HitchpostError(
    "config_invalid",
    "HITCHPOST_DATA_DIR: the embedded database does not take the password in postgres.json there: put that file back as it was, or move the directory that it names away to begin anew.",
  );

/** Stops the server: fast (open transactions rolled back), then by force after `graceMs`. */
export async function stopServer(child: ChildProcess, graceMs = 20_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = exitOf(child);
  child.kill("SIGINT");
  const timer = setTimeout(() => child.kill("SIGQUIT"), graceMs);
  await exited;
  clearTimeout(timer);
}

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code));
  });

/** A loopback port that is free at this moment. */
export async function freePort(preferred = 0): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", (error) => (preferred === 0 ? reject(error) : resolve(freePort())));
    server.listen({ host: "127.0.0.1", port: preferred, exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Makes the directory and gives it to the user PostgreSQL runs as. */
export async function ownDirectory(directory: string, runAs: RunAs): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (runAs.uid === undefined) return;
  const facts = await stat(directory);
  if (facts.uid !== runAs.uid) await chown(directory, runAs.uid, runAs.gid ?? runAs.uid);
}
