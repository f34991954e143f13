/**
 * Vitest's global set-up for tests on real PostgreSQL: `TEST_DATABASE_URL` if it is set, else one embedded server in a
 * temporary directory. Makes a migrated template database, from which `testDatabase()` copies.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { findBinaries, findRunAs } from "../../src/store/embedded/binaries.ts";
import {
  initCluster,
  ownDirectory,
  spawnServer,
  stopServer,
  superuser,
  waitReady,
} from "../../src/store/embedded/cluster.ts";
import { migrate } from "../../src/store/migrate.ts";
import { createPool } from "../../src/store/pool.ts";
import { silentLog } from "./silent-log.ts";
import { freePort } from "./free-port.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** URL of the server's maintenance database, for making and dropping databases. */
    postgresUrl: string;
    postgresTemplate: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const external = process.env["TEST_DATABASE_URL"];
  const server = external ? { url: external, stop: async () => undefined } : await startTemporary();
  const template = `hitchpost_template_${randomBytes(4).toString("hex")}`;
  await onServer(server.url, `CREATE DATABASE ${template} TEMPLATE template0 ENCODING 'UTF8'`);
  const pool = createPool(databaseUrl(server.url, template), { log: silentLog, applicationName: "tests" });
  await migrate(pool, { log: silentLog });
  await pool.end();
  project.provide("postgresUrl", server.url);
  project.provide("postgresTemplate", template);
  return async () => {
    if (external) await onServer(server.url, `DROP DATABASE ${template}`);
    await server.stop();
  };
}

/** An embedded server in a temporary directory, without fsync. */
export async function startTemporary(): Promise<{ url: string; stop: () => Promise<void> }> {
  const [binaries, runAs] = [await findBinaries(), await findRunAs()];
  const room = await mkdtemp(join(tmpdir(), "hitchpost-tests-"));
  await chmod(room, 0o755); // PostgreSQL runs as another user when the tests run as root
  const parent = join(room, "postgres");
  await ownDirectory(parent, runAs);
  const place = { directory: join(parent, "cluster"), binaries, runAs };
  const password = randomBytes(12).toString("hex");
  await initCluster(place, password);
  const port = await freePort();
  // Four files at a time, each with several processes of the product, each with a pool.
  const settings = ["fsync=off", "full_page_writes=off", "max_connections=400"];
  const server = { port, password, settings, onLog: () => undefined };
  const child = spawnServer(place, server);
  await waitReady(child, server, AbortSignal.timeout(30_000));
  const url = `postgres://${superuser}:${password}@127.0.0.1:${port}/postgres`;
  await quickSignIn(url, password);
  return {
    url,
    stop: async () => {
      await stopServer(child);
      await rm(room, { recursive: true, force: true });
    },
  };
}

/** The tests connect thousands of times, each time with 4,096 rounds of SHA-256 on both sides: one round proves as much here. */
const quickSignIn = (url: string, password: string): Promise<void> =>
  onServer(url, `SET scram_iterations = 1; ALTER ROLE ${superuser} PASSWORD '${password}'`);

/** The same server, another database. */
export function databaseUrl(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** On the maintenance database, outside a transaction where it is one statement. */
export async function onServer(url: string, statement: string): Promise<void> {
  const pool = createPool(url, {
    log: silentLog,
    applicationName: "tests",
    max: 1,
    statementTimeoutMs: 60_000,
  });
  try {
    await pool.query(statement);
  } finally {
    await pool.end();
  }
}
