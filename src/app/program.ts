/** Puts the whole program together: storage, sandbox, rooms, sync, HTTP. The only place that constructs things. */
import { createHash } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ApiDeps } from "../api/deps.ts";
import { createUsers } from "../api/people/users.ts";
import { createServer } from "../api/server.ts";
import { createConnectService, type ConnectService } from "../connect/service.ts";
import { systemClock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { createInbox } from "../inbox/inbox.ts";
import type { MailSource } from "../protocol/mail-source.ts";
import { createParsePool } from "../protocol/mime/pool.ts";
import { createDialer } from "../protocol/net/dialer.ts";
import { fetchImage } from "../protocol/net/fetch-image.ts";
import { createEventHints } from "../store/event-hints.ts";
import { getMailbox } from "../store/mailboxes.ts";
import { tenantDb } from "../store/tenant-db.ts";
import { startSupervisor, type Supervisor } from "../sync/supervisor.ts";
import { createApps, sandboxPrefix } from "./apps.ts";
import { serverFile } from "./cli/client.ts";
import type { Config } from "./config.ts";
import { defaultPublicUrl, listen, localUrl, tryPort } from "./listen.ts";
import { createMetrics } from "./metrics.ts";
import { createOutboxRunner } from "./outbox-runner.ts";
import { readiness } from "./readiness.ts";
import { startSandboxProcess, type SandboxProcess } from "./sandbox-process.ts";
import { createMailServers } from "./servers.ts";
import { createSetupGate } from "./setup-gate.ts";
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

/** What was started, ended in reverse order. */
class Teardown {
  readonly #steps: [string, () => Promise<unknown>][] = [];
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  add(what: string, step: () => Promise<unknown>): void {
    this.#steps.push([what, step]);
  }

  async run(): Promise<void> {
    for (const [what, step] of this.#steps.splice(0).reverse()) {
      await step().catch((error: unknown) => this.#log.error({ err: error }, `stopping ${what} failed`));
    }
  }
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
  const storage = await openStorage(config, log);
  teardown.add("the database", () => storage.close());
  const port = await tryPort(config.host, config.port);
  const publicUrl = config.publicUrl ?? defaultPublicUrl(config.host, port);
  const sandbox = config.sandbox ? await startSandbox(config, publicUrl, log) : null;
  if (sandbox) teardown.add("the sandbox", () => sandbox.close());
  const rooms = await startRooms({ config, log, storage, publicUrl, sandbox, teardown });
  const gate = await createSetupGate(storage.pool, config.dataDir);
  const api = await createServer(apiDeps({ config, log, storage, publicUrl, sandbox, rooms, gate }), {
    trustProxy: config.trustProxy,
  });
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

const startSandbox = (config: Config, publicUrl: string, log: Log): Promise<SandboxProcess> =>
  startSandboxProcess({
    dataDir: join(config.dataDir, "sandbox"),
    publicUrl: `${publicUrl}${sandboxPrefix}`,
    log,
    clock: systemClock,
  });

interface Rooms {
  hints: ReturnType<typeof createEventHints>;
  connect: ConnectService;
  supervisor: Supervisor;
  inbox: ReturnType<typeof createInbox>;
  nudge: ApiDeps["nudge"];
}

interface RoomParts {
  config: Config;
  log: Log;
  storage: Storage;
  publicUrl: string;
  sandbox: SandboxProcess | null;
  teardown: Teardown;
}

async function startRooms({ config, log, storage, publicUrl, sandbox, teardown }: RoomParts): Promise<Rooms> {
  const { pool, ring, blobs } = storage;
  const clock = systemClock;
  const hints = createEventHints(pool, { log });
  teardown.add("the event hints", () => hints.close());
  const apps = createApps(config, publicUrl, clock, () => sandbox?.facts() ?? null);
  const servers = createMailServers({ allowPrivateHosts: config.allowPrivateHosts, apps, clock, log });
  let supervisor: Supervisor | null = null;
  const nudge = (workspaceId: string, mailboxId: string, why?: "reconnected"): void => {
    if (why === "reconnected") supervisor?.restart(mailboxId);
    else supervisor?.reconnect(mailboxId);
    supervisor?.hint(workspaceId);
  };
  const { allowPrivateHosts } = config;
  const connect = createConnectService({
    pool,
    clock,
    log,
    ring,
    apps,
    publicUrl,
    allowPrivateHosts,
    ...servers,
    nudge,
  });
  teardown.add("connecting", () => connect.close());
  const parser = createParsePool({ size: config.parseWorkers, log });
  teardown.add("the parsers", () => parser.close());
  const inbox = createInbox({ clock });
  supervisor = await startSupervisor({
    pool,
    clock,
    log,
    facts: { kind: "serve", hostname: config.hostname, pid: process.pid },
    hints,
    inbox,
    parser,
    blobs,
    openSource: async (tenant, mailbox) => connect.openSource(tenant, mailbox),
    runOutbox: createOutboxRunner({ clock, log, blobs, connect }),
    onFailure: connect.onFailure,
    onConnected: (tenant, mailbox) => connect.onRecovery(tenant, mailbox.id),
  });
  const { stop } = supervisor;
  teardown.add("the sync", () => stop());
  const upkeep = startUpkeep({ pool, blobs, clock, log });
  teardown.add("the upkeep", () => upkeep.stop());
  return { hints, connect, supervisor, inbox, nudge };
}

interface ApiParts extends Omit<RoomParts, "teardown"> {
  rooms: Rooms;
  gate: ApiDeps["setup"];
}

function apiDeps({ config, log, storage, publicUrl, sandbox, rooms, gate }: ApiParts): ApiDeps {
  const { pool, blobs, database } = storage;
  const clock = systemClock;
  const images = createDialer({ allowPrivateHosts: false, allowedPorts: [80, 443] });
  const metrics = createMetrics(pool, programVersion);
  const secretFor = (what: string) =>
    createHash("sha256").update(what).update(storage.ring.current.key).digest();
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
    inbox: rooms.inbox,
    setup: gate,
    withSource: (workspaceId, mailboxId, work) =>
      withMailboxSource(storage, rooms.connect, { workspaceId, mailboxId }, work),
    fetchImage: async (url) => ({ bytes: await fetchImage(images, url) }),
    nudge: rooms.nudge,
    imageKey: secretFor("remote images"),
    sendDelayMs: config.sendDelayMs,
    sandbox: sandbox
      ? { prefix: sandboxPrefix, target: () => `http://127.0.0.1:${sandbox.facts().httpPort}` }
      : null,
    metrics: { token: config.metricsToken, render: metrics.render },
    readiness: () => readiness(pool),
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

async function withMailboxSource<T>(
  { pool }: Storage,
  connect: ConnectService,
  { workspaceId, mailboxId }: { workspaceId: string; mailboxId: string },
  work: (source: MailSource) => Promise<T>,
): Promise<T> {
  const tenant = tenantDb(pool, workspaceId);
  const source = connect.openSource(tenant, await getMailbox(tenant, mailboxId));
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}
