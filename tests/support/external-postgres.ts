/**
 * An external PostgreSQL for tests, as DATABASE_URL names one: Debian's own (15 on Debian 12), in a temporary directory,
 * as the system user postgres when we are root.
 */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findRunAs } from "../../src/store/embedded/binaries.ts";
import {
  initCluster,
  ownDirectory,
  spawnServer,
  stopServer,
  superuser,
  waitReady,
} from "../../src/store/embedded/cluster.ts";
import { freePort } from "./free-port.ts";

const installed = "/usr/lib/postgresql";
const oldestVersion = 15;

/** The oldest version that is installed and that we take: the one that shows most. @throws Error that says what to install */
async function findVersion(): Promise<number> {
  const names = await readdir(installed).catch(() => []);
  const versions = names.map(Number).filter((version) => version >= oldestVersion);
  if (versions.length === 0)
    throw new Error(`No PostgreSQL from ${oldestVersion} in ${installed}: apt-get install postgresql`);
  return Math.min(...versions);
}

export interface ExternalPostgres {
  version: number;
  url: string;
  /** Of the postmaster that runs now. */
  pid(): number;
  /** `kill -9` of the postmaster; resolves when it is gone. Its backends end by themselves a moment later. */
  kill9(): Promise<void>;
  /** Starts it again on the same cluster and port, after `kill9`. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it on a free loopback port. Stop it when done. */
export async function startExternalPostgres(): Promise<ExternalPostgres> {
  const version = await findVersion();
  const runAs = await findRunAs();
  const directory = join(installed, String(version), "bin");
  const binaries = { initdb: join(directory, "initdb"), postgres: join(directory, "postgres") };
  const room = await mkdtemp(join(tmpdir(), "hitchpost-external-"));
  await chmod(room, 0o755);
  await ownDirectory(join(room, "postgres"), runAs);
  const place = { directory: join(room, "postgres", "cluster"), binaries, runAs };
  const password = randomBytes(12).toString("hex");
  await initCluster(place, password, ["--encoding=UTF8", "--locale=C.UTF-8"]); // 15 knows no built-in locale provider
  const server = { port: await freePort(), password, settings: ["fsync=off"], onLog: () => undefined };
  const launch = async (): Promise<ChildProcess> => {
    const child = spawnServer(place, server);
    await waitReady(child, server, AbortSignal.timeout(30_000));
    return child;
  };
  let child = await launch();
  return {
    version,
    url: `postgres://${superuser}:${password}@127.0.0.1:${server.port}/postgres`,
    pid: () => child.pid ?? 0,
    async kill9() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
    async start() {
      child = await restart(launch);
    },
    stop: async () => {
      await stopServer(child);
      await rm(room, { recursive: true, force: true });
    },
  };
}

/** While a backend of the killed postmaster lives, PostgreSQL refuses the cluster's shared memory: again in a moment. */
async function restart(launch: () => Promise<ChildProcess>): Promise<ChildProcess> {
  const until = performance.now() + 30_000;
  for (;;) {
    try {
      return await launch();
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((wake) => setTimeout(wake, 100));
    }
  }
}
