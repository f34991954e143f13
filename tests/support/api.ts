/**
 * The real HTTP server on a port of its own, over a test database and a temporary folder: real people, keys, blobs and
 * connecting; the mail servers are what the test hands in.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { ApiDeps } from "../../src/api/deps.ts";
import { createUsers, type UserIdentity } from "../../src/api/people/users.ts";
import { createServer } from "../../src/api/server.ts";
import { keptApps } from "../../src/app/apps.ts";
import { readConfig } from "../../src/app/config.ts";
import { createLog } from "../../src/app/log.ts";
import { createMetrics } from "../../src/app/metrics.ts";
import { readiness } from "../../src/app/readiness.ts";
import { createSetupGate } from "../../src/app/setup-gate.ts";
import { createSettingsLookup, type Outside } from "../../src/connect/autoconfig/lookup.ts";
import type { ConnectApps } from "../../src/connect/apps.ts";
import type { ConnectParts } from "../../src/connect/parts.ts";
import { createConnectService, type ConnectService } from "../../src/connect/service.ts";
import { systemClock } from "../../src/core/clock.ts";
import { createInbox } from "../../src/inbox/inbox.ts";
import { createApiKey } from "../../src/store/api-keys.ts";
import { createBlobs } from "../../src/store/blobs.ts";
import { createEventHints, type EventHints } from "../../src/store/event-hints.ts";
import { getMailbox } from "../../src/store/mailboxes.ts";
import { addMember, createWorkspace, type Role } from "../../src/store/people.ts";
import { secretKey } from "../../src/store/secrets.ts";
import { tenantDb, type TenantDb } from "../../src/store/tenant-db.ts";
import { freePort } from "./free-port.ts";
import { FakeServer } from "./fake-source.ts";
import { testDatabase, type TestDatabase } from "./postgres.ts";

export interface CallOptions {
  method?: string;
  key?: string;
  /** A session: sent with our own Origin unless `origin` says otherwise; null sends none. */
  cookie?: string;
  origin?: string | null;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; null when it is no JSON. */
  json: Record<string, unknown> & { items?: Record<string, unknown>[] };
}

export interface ApiOptions {
  /** Mail servers of the connecting room. Default: an empty one that takes any sign-in. */
  servers?: Pick<ConnectParts, "openSource" | "openSender" | "lookAt">;
  apps?: (publicUrl: string) => () => ConnectApps;
  allowPrivateHosts?: boolean;
  deps?: Partial<ApiDeps>;
  /** Known before the server listens, for what must name it. Default: a free one. */
  port?: number;
  trustProxy?: string[];
}

export interface ApiRig {
  url: string;
  dataDir: string;
  database: TestDatabase;
  deps: ApiDeps;
  /** What the default mail server holds. */
  mail: FakeServer;
  /** Everything that was logged, as JSON lines. */
  logged(): string;
  setupToken: string;
  nudges: string[];
  call(path: string, options?: CallOptions): Promise<Answer>;
  workspace(name: string): Promise<Team>;
  close(): Promise<void>;
}

/** A workspace with an owner who is signed in, and a key of each role. */
export interface Team {
  workspaceId: string;
  tenant: TenantDb;
  owner: UserIdentity;
  /** The owner's session, as a Cookie header. */
  cookie: string;
  keys: Record<Role, string>;
  join(role: Role): Promise<{ user: UserIdentity; cookie: string }>;
}

/** As it is without any environment: Microsoft itself, which no test asks. */
const microsoftConfig = readConfig({ HITCHPOST_MICROSOFT_LOGIN_URL: "http://127.0.0.1:9" });

/** No test asks the world. */
const nothingOutside: Outside = {
  dns: { mx: async () => [], srv: async () => [] },
  fetchFile: () => Promise.reject(new Error("no file")),
  greets: async () => false,
};

export const password = "clay and glaze 42";

export async function startApi(options: ApiOptions = {}): Promise<ApiRig> {
  const database = await testDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), "hitchpost-api-"));
  const port = options.port ?? (await freePort());
  const url = `http://localhost:${port}`;
  const lines: string[] = [];
  const log = createLog("debug", { write: (line: string) => void lines.push(line) });
  const mail = new FakeServer();
  const nudges: string[] = [];
  const nudge = async (_workspaceId: string, mailboxId: string): Promise<void> => void nudges.push(mailboxId);
  const hints = createEventHints(database.pool, { log });
  await hints.ready;
  const parts: RigParts = { pool: database.pool, dataDir, url, log, mail, nudge, hints, options };
  const connect = connectService(parts);
  const gate = await createSetupGate(database.pool, dataDir);
  const deps = { ...apiDeps(parts, connect), setup: gate, ...options.deps };
  const api = await createServer(deps, { trustProxy: options.trustProxy ?? [] });
  await api.listen({ host: "127.0.0.1", port });
  return {
    url,
    dataDir,
    database,
    deps,
    mail,
    nudges,
    logged: () => lines.join(""),
    setupToken: gate.token ?? "",
    call: (path, call) => callApi(url, path, call),
    workspace: (name) => makeTeam(deps, name),
    close: async () => {
      await api.close();
      await connect.close();
      await hints.close();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

interface RigParts {
  pool: Pool;
  dataDir: string;
  url: string;
  log: Logger;
  mail: FakeServer;
  nudge: ApiDeps["nudge"];
  hints: EventHints;
  options: ApiOptions;
}

const connectService = ({ pool, url, log, mail, nudge, options }: RigParts): ConnectService =>
  createConnectService({
    pool,
    clock: systemClock,
    log,
    ring: { current: secretKey(randomBytes(32)), others: [] },
    apps:
      options.apps?.(url) ??
      (() => ({
        microsoft: null,
        sandbox: null,
        kept: keptApps(microsoftConfig, `${url}/oauth/callback`, systemClock),
      })),
    publicUrl: url,
    allowPrivateHosts: options.allowPrivateHosts ?? false,
    nudge,
    ...(options.servers ?? fakeServers(mail)),
  });

const apiDeps = (
  { pool, dataDir, url, log, nudge, hints }: RigParts,
  connect: ConnectService,
): Omit<ApiDeps, "setup"> => ({
  pool,
  clock: systemClock,
  log,
  version: "0.0.0-test",
  startedAt: new Date(systemClock.now()),
  publicUrl: url,
  users: createUsers({
    pool,
    secret: randomBytes(32).toString("hex"),
    baseUrl: url,
    trustedOrigins: [url],
  }),
  hints,
  blobs: createBlobs({ directory: join(dataDir, "blobs") }),
  connect,
  lookUpSettings: createSettingsLookup(nothingOutside, systemClock),
  inbox: createInbox({ clock: systemClock }),
  withSource: async (workspaceId, mailboxId, work) => {
    const tenant = tenantDb(pool, workspaceId);
    return work(connect.openSource(tenant, await getMailbox(tenant, mailboxId)));
  },
  fetchImage: async () => ({ bytes: pixel }),
  nudge,
  receiveNotification: async () => false,
  imageKey: randomBytes(32),
  sendDelayMs: 5_000,
  sandbox: null,
  metrics: { token: null, render: createMetrics({ pool, version: "0.0.0-test", running: () => 0 }).render },
  readiness: () => readiness(pool, { syncsHere: true }),
  rightsCheckMs: 60_000,
  database: { embedded: false, version: "test" },
  webRoot: webRoot(dataDir),
});

/** The smallest GIF. */
export const pixel = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

const fakeServers = (mail: FakeServer): Pick<ConnectParts, "openSource" | "openSender" | "lookAt"> => ({
  lookAt: async () => [],
  openSource: () => mail.source(),
  openSender: () => ({
    verify: async () => undefined,
    send: async (_raw, { to }) => ({ response: "250 OK", accepted: to, rejected: [] }),
    close: async () => undefined,
  }),
});

function webRoot(dataDir: string): string {
  const root = join(dataDir, "web");
  mkdirSync(join(root, "assets"), { recursive: true });
  writeFileSync(join(root, "index.html"), "<!doctype html><title>Hitchpost</title>");
  writeFileSync(join(root, "assets", "main-1.js"), "export {};");
  return root;
}

async function callApi(url: string, path: string, call: CallOptions = {}): Promise<Answer> {
  const { method = "GET", key, cookie, body, headers } = call;
  const origin = call.origin === undefined ? (cookie === undefined ? null : url) : call.origin;
  const raw = body instanceof Uint8Array || typeof body === "string";
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: "manual",
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(cookie === undefined ? {} : { cookie }),
      ...(origin === null ? {} : { origin }),
      ...(body === undefined || raw ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: raw ? (body as BodyInit) : JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  const isJson = text !== "" && response.headers.get("content-type")?.includes("json") === true;
  const json = isJson ? JSON.parse(text) : null;
  return { status: response.status, headers: response.headers, text, json: json as Answer["json"] };
}

/** Set-Cookie headers as a browser sends them back. */
export const cookieOf = (headers: Headers): string =>
  headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");

async function makeTeam(deps: ApiDeps, name: string): Promise<Team> {
  const made = await makePerson(deps, `owner@${name.toLowerCase()}.example`);
  const workspaceId = await createWorkspace(deps.pool, { name, ownerId: made.user.id });
  const tenant = tenantDb(deps.pool, workspaceId);
  const key = async (role: Role): Promise<string> =>
    (await createApiKey(tenant, { name: role, role, createdBy: made.user.id })).key;
  return {
    workspaceId,
    tenant,
    owner: made.user,
    cookie: made.cookie,
    keys: { owner: await key("owner"), admin: await key("admin"), agent: await key("agent") },
    join: async (role) => {
      const person = await makePerson(
        deps,
        `${role}-${randomBytes(3).toString("hex")}@${name.toLowerCase()}.example`,
      );
      await addMember(tenant, { userId: person.user.id, role });
      return person;
    },
  };
}

async function makePerson(deps: ApiDeps, email: string): Promise<{ user: UserIdentity; cookie: string }> {
  const user = await deps.users.create({ email, name: email, password });
  // Each from an address of its own: sign-ins are throttled by address.
  const headers = new Headers({ "x-hitchpost-client-ip": `192.0.2.${randomBytes(1)[0]}` });
  const lines = await deps.users.signIn({ email, password, headers });
  return { user, cookie: lines.map((line) => line.split(";")[0]).join("; ") };
}
