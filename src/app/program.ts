/** Puts the server together: storage, sandbox, rooms (rooms.ts), upkeep, HTTP. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ApiDeps } from "../api/deps.ts";
import { createUsers } from "../api/people/users.ts";
import { createServer } from "../api/server.ts";
import { createSettingsLookup } from "../connect/autoconfig/lookup.ts";
import { systemClock } from "../core/clock.ts";
import { HitchpostError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { createDialer } from "../protocol/net/dialer.ts";
import { fetchImage } from "../protocol/net/fetch-image.ts";
import { getMailbox } from "../store/mailboxes.ts";
import { tenantDb } from "../store/tenant-db.ts";
import type { Supervisor } from "../sync/supervisor.ts";
import { sandboxPrefix } from "./apps.ts";
import { serverFile } from "./cli/client.ts";
import type { Config } from "./config.ts";
import { defaultPublicUrl, listen, localUrl, tryPort } from "./listen.ts";
import { createMetrics } from "./metrics.ts";
import { createSourceLender } from "./lend-source.ts";
import { readiness } from "./readiness.ts";
import { keyFor, openRooms, startSync, type Rooms } from "./rooms.ts";
import { createOutside } from "./settings-outside.ts";
import { startSandboxProcess, type SandboxProcess } from "./sandbox-process.ts";
import { createSetupGate } from "./setup-gate.ts";
import { Teardown } from "./teardown.ts";
import { startUpkeep } from "./upkeep.ts";
import { openStorage, type Storage } from "./storage.ts";
import { packageRoot, programVersion } from "./version.ts";

export interface RunningProgram {
  /** Where people open it. */
  publicUrl: string;
  /** While no owner exists: the page that makes one. */
  setupUrl: string | null;
  stop(): Promise<void>;
}

/** Starts everything; what was started is stopped again when a later part fails. */
export async function startProgram(config: Config, log: Log): Promise<RunningProgram> {
  const teardown = new Teardown(log);
  try {
    return await assemble(config, log, teardown);
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function assemble(config: Config, log: Log, teardown: Teardown): Promise<RunningProgram> {
  for (const key of config.unknownKeys)
    log.warn({ key }, "no such setting; docs/config.md lists all of them");
  assertSyncedBySomebody(config);
  const storage = await openStorage(config, log);
  teardown.add("the database", () => storage.close());
  const port = await tryPort(config.host, config.port);
  const publicUrl = config.publicUrl ?? defaultPublicUrl(config.host, port);
  const sandbox = config.sandbox ? await startSandbox(config, publicUrl, log) : null;
  if (sandbox) teardown.add("the sandbox", () => sandbox.close());
  const sandboxFacts = () => sandbox?.facts() ?? null;
  const rooms = openRooms({ config, log, storage, publicUrl, sandbox: sandboxFacts, teardown });
  const supervisor = config.sync ? await startSync("serve", { config, log, storage, rooms, teardown }) : null;
  const upkeep = startUpkeep({
    pool: storage.pool,
    blobs: storage.blobs,
    clock: systemClock,
    log,
    tidy: (tenant) => rooms.connect.tidy(tenant),
    notify: (tenant) => rooms.connect.notify(tenant),
  });
  teardown.add("the upkeep", () => upkeep.stop());
  const gate = await createSetupGate(storage.pool, config.dataDir);
  const api = await createServer(
    apiDeps({ config, log, storage, publicUrl, sandbox, rooms, supervisor, gate }),
    {
      trustProxy: config.trustProxy,
    },
  );
  teardown.add("the HTTP server", () => api.close());
  await listen(api, config.host, port);
  await writeFile(
    serverFile(config.dataDir),
    JSON.stringify({ url: localUrl(config.host, port), pid: process.pid }),
    { mode: 0o600 },
  );
  teardown.add("the address file", () => rm(serverFile(config.dataDir), { force: true }));
  const setupUrl = gate.token === null ? null : `${publicUrl}/setup#${gate.token}`;
  return { publicUrl, setupUrl, stop: () => teardown.run() };
}

function assertSyncedBySomebody({ sync, databaseUrl }: Config): void {
  if (sync || databaseUrl !== null) return;
  throw new HitchpostError(
    "config_invalid",
    "HITCHPOST_SYNC: false needs DATABASE_URL: no worker reaches the embedded database.",
  );
}

const startSandbox = (config: Config, publicUrl: string, log: Log): Promise<SandboxProcess> =>
  startSandboxProcess({
    dataDir: join(config.dataDir, "sandbox"),
    publicUrl: `${publicUrl}${sandboxPrefix}`,
    log,
    clock: systemClock,
  });

interface ApiParts {
  config: Config;
  log: Log;
  storage: Storage;
  publicUrl: string;
  sandbox: SandboxProcess | null;
  rooms: Rooms;
  /** null: other processes sync. */
  supervisor: Supervisor | null;
  gate: ApiDeps["setup"];
}

function apiDeps(parts: ApiParts): ApiDeps {
  const { config, log, storage, publicUrl, sandbox, rooms, supervisor, gate } = parts;
  const { pool, blobs, database } = storage;
  const clock = systemClock;
  const images = createDialer({ allowPrivateHosts: false, allowedPorts: [80, 443] });
  const metrics = createMetrics({ pool, version: programVersion, running: () => supervisor?.running ?? 0 });
  const secretFor = (what: string) => keyFor(what, storage.ring);
  return {
    pool,
    clock,
    log,
    version: programVersion,
    startedAt: new Date(clock.now()),
    publicUrl,
    users: createUsers({
      pool,
      secret: secretFor("session cookies").toString("hex"),
      baseUrl: publicUrl,
      trustedOrigins: ownOrigins(publicUrl),
    }),
    hints: rooms.hints,
    blobs,
    connect: rooms.connect,
    lookUpSettings: createSettingsLookup(createOutside(config), clock),
    inbox: rooms.inbox,
    setup: gate,
    withSource: createSourceLender({
      clock,
      readMailbox: (workspaceId, mailboxId) => getMailbox(tenantDb(storage.pool, workspaceId), mailboxId),
      openSource: (workspaceId, mailbox) =>
        rooms.connect.openSource(tenantDb(storage.pool, workspaceId), mailbox),
    }),
    fetchImage: async (url) => ({ bytes: await fetchImage(images, url) }),
    nudge: rooms.nudge,
    receiveNotification: rooms.push.receive,
    imageKey: secretFor("remote images"),
    sendDelayMs: config.sendDelayMs,
    sandbox: sandbox
      ? { prefix: sandboxPrefix, target: () => `http://127.0.0.1:${sandbox.facts().httpPort}` }
      : null,
    metrics: { token: config.metricsToken, render: metrics.render },
    readiness: () => readiness(pool, { syncsHere: config.sync }),
    rightsCheckMs: 60_000,
    database,
    webRoot: fileURLToPath(new URL("dist/web", packageRoot)),
  };
}

/** Loopback goes by several names; all of them are ours. */
function ownOrigins(publicUrl: string): string[] {
  const { origin, port, protocol, hostname } = new URL(publicUrl);
  const isLocal = hostname === "localhost" || hostname === "127.0.0.1";
  return isLocal ? [origin, `${protocol}//localhost:${port}`, `${protocol}//127.0.0.1:${port}`] : [origin];
}
