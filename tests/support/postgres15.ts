/** An external PostgreSQL 15 for tests: Debian's, in a temporary directory, as the system user postgres when we are root. */
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findRunAs } from "../../src/store/embedded/binaries.ts";
import {
  freePort,
  initCluster,
  ownDirectory,
  spawnServer,
  stopServer,
  superuser,
  waitReady,
} from "../../src/store/embedded/cluster.ts";

export const postgres15Directory = "/usr/lib/postgresql/15/bin";

/** Starts it on a free loopback port. Stop it when done. */
export async function startPostgres15(): Promise<{ url: string; stop: () => Promise<void> }> {
  const runAs = await findRunAs();
  const binaries = {
    initdb: join(postgres15Directory, "initdb"),
    postgres: join(postgres15Directory, "postgres"),
  };
  const room = await mkdtemp(join(tmpdir(), "hitchpost-postgres15-"));
  await chmod(room, 0o755);
  await ownDirectory(join(room, "postgres"), runAs);
  const place = { directory: join(room, "postgres", "cluster"), binaries, runAs };
  const password = randomBytes(12).toString("hex");
  await initCluster(place, password, ["--encoding=UTF8", "--locale=C.UTF-8"]); // 15 knows no built-in locale provider
  const server = { port: await freePort(), password, settings: ["fsync=off"], onLog: () => undefined };
  const child = spawnServer(place, server);
  await waitReady(child, server, AbortSignal.timeout(30_000));
  return {
    url: `postgres://${superuser}:${password}@127.0.0.1:${server.port}/postgres`,
    stop: async () => {
      await stopServer(child);
      await rm(room, { recursive: true, force: true });
    },
  };
}
