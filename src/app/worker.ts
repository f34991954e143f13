/** A worker: takes its share of the mailboxes and syncs them; no page, no API, a small port for health if asked for. */
import type { AddressInfo } from "node:net";
import { createProbeServer } from "../api/probe-server.ts";
import type { Log } from "../core/log.ts";
import type { Supervisor } from "../sync/supervisor.ts";
import type { Config } from "./config.ts";
import { defaultPublicUrl, listen, localUrl } from "./listen.ts";
import { createMetrics } from "./metrics.ts";
import { workerReadiness } from "./readiness.ts";
import { openRooms, startSync } from "./rooms.ts";
import { lookAtSandbox } from "./sandbox-look.ts";
import { openSharedStorage, type Storage } from "./storage.ts";
import { Teardown } from "./teardown.ts";
import { programVersion } from "./version.ts";

export interface RunningWorker {
  /** Where health and metrics are asked for; null: nowhere. */
  url: string | null;
  stop(): Promise<void>;
}

/**
 * Starts a worker; what was started is stopped again when a later part fails.
 *
 * @throws config_invalid without the server's database, key and attachments; database_unavailable
 */
export async function startWorker(config: Config, log: Log): Promise<RunningWorker> {
  const teardown = new Teardown(log);
  try {
    for (const key of config.unknownKeys)
      log.warn({ key }, "no such setting; docs/config.md lists all of them");
    const storage = await openSharedStorage(config, log);
    teardown.add("the database", () => storage.close());
    const publicUrl = config.publicUrl ?? defaultPublicUrl(config.host, config.port);
    const sandbox = config.sandbox ? lookAtSandbox(config.dataDir) : () => null;
    const rooms = openRooms({ config, log, storage, publicUrl, sandbox, teardown });
    const supervisor = await startSync("worker", { config, log, storage, rooms, teardown });
    const url = config.workerPort === null ? null : await serveProbes(config, storage, supervisor, teardown);
    return { url, stop: () => teardown.run() };
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function serveProbes(
  { host, workerPort, metricsToken }: Config,
  { pool }: Storage,
  supervisor: Supervisor,
  teardown: Teardown,
): Promise<string> {
  const running = (): number => supervisor.running;
  const metrics = createMetrics({ pool, version: programVersion, running });
  const server = createProbeServer({
    metrics: { token: metricsToken, render: metrics.render },
    readiness: () => workerReadiness(pool, supervisor.leaseLeftMs()),
  });
  teardown.add("the health port", () => server.close());
  await listen(server, host, workerPort ?? 0, "HITCHPOST_WORKER_PORT");
  return localUrl(host, (server.server.address() as AddressInfo).port);
}
