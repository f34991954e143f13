/** Connecting as it is: the real server, the real sandbox as a process, real IMAP and SMTP; only the wire is listened to. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestBrowser, type Shown } from "../../sandbox/testing/browser.ts";
import { keptApps, sandboxApp } from "../../src/app/apps.ts";
import { readConfig } from "../../src/app/config.ts";
import { startSandboxProcess, type SandboxFacts } from "../../src/app/sandbox-process.ts";
import { createMailServers } from "../../src/app/servers.ts";
import { systemClock } from "../../src/core/clock.ts";
import { startApi, type Answer, type ApiRig, type CallOptions, type Team } from "./api.ts";
import { freePort } from "./free-port.ts";
import { silentLog } from "./silent-log.ts";

/** What goes to the token endpoint and comes back; a test may break it. */
export interface Wire {
  /** Bodies of requests to the token endpoint, in order. */
  sent: URLSearchParams[];
  /** Everything in requests and answers that nobody may read elsewhere. */
  secrets: Set<string>;
  /** Answers in place of the sandbox. */
  instead: ((url: string) => Promise<Response>) | null;
  /** Changes an answer of the token endpoint. */
  alter: ((body: Record<string, unknown>) => Record<string, unknown>) | null;
}

export interface ConnectRig extends ApiRig {
  team: Team;
  wire: Wire;
  facts: SandboxFacts;
  /** As the owner. */
  ask(path: string, options?: CallOptions): Promise<Answer>;
  begin(address: string, more?: object): Promise<Attempt>;
  attempt(id: string): Promise<Attempt>;
  /** Waits until nothing runs any more. */
  settled(id: string): Promise<Attempt>;
  browser(): TestBrowser;
  /** Opens the link in a browser and starts; returns the provider's address. */
  start(browser: TestBrowser, attempt: Attempt): Promise<string>;
  /** Starts, signs in as this persona and accepts; returns the page the browser ends on. */
  signIn(browser: TestBrowser, attempt: Attempt, persona: string): Promise<Shown>;
  admin(path: string, body: object): Promise<void>;
}

export interface Attempt {
  id: string;
  step: string;
  connectUrl: string;
  mailboxId: string | null;
  checks: { step: string; state: string }[];
  finding: { code: string; title: string; cause: string; evidence: { line: string }[] } | null;
  account: { address: string } | null;
  device: { userCode: string; verificationUri: string } | null;
}

export async function startConnect({ allowPrivateHosts = false } = {}): Promise<ConnectRig> {
  const sandboxDir = await mkdtemp(join(tmpdir(), "hitchpost-sandbox-"));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const sandbox = await startSandboxProcess({
    dataDir: sandboxDir,
    publicUrl: `${url}/sandbox`,
    log: silentLog,
    clock: systemClock,
  });
  const facts = sandbox.facts();
  const wire: Wire = { sent: [], secrets: new Set([facts.clientSecret]), instead: null, alter: null };
  const app = sandboxApp(facts, `${url}/oauth/callback`, systemClock, tapped(wire));
  const config = readConfig({
    HITCHPOST_MICROSOFT_LOGIN_URL: facts.loginUrl,
    HITCHPOST_MICROSOFT_IMAP: localServer(facts.imapPort),
    HITCHPOST_MICROSOFT_SMTP: localServer(facts.smtpPort),
  });
  const kept = keptApps(config, `${url}/oauth/callback`, systemClock);
  const apps = () => ({ microsoft: null, sandbox: app, kept });
  const rig = await startApi({
    port,
    allowPrivateHosts,
    apps: () => apps,
    servers: createMailServers({ allowPrivateHosts, apps, clock: systemClock, log: silentLog }),
    deps: { sandbox: { prefix: "/sandbox", target: () => `http://127.0.0.1:${facts.httpPort}` } },
  });
  const team = await rig.workspace("Marlow");
  return {
    ...rig,
    team,
    wire,
    facts,
    ...steps(rig, team, facts),
    close: async () => {
      await rig.close();
      await sandbox.close();
      await rm(sandboxDir, { recursive: true, force: true });
    },
  };
}

const localServer = (port: number): string => `127.0.0.1:${port}:none`;

function tapped(wire: Wire): (url: string, init?: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const isToken = url.endsWith("/token");
    if (isToken) {
      const form = new URLSearchParams(init?.body as URLSearchParams);
      wire.sent.push(form);
      keepSecrets(wire, Object.fromEntries(form));
    }
    if (wire.instead !== null) return wire.instead(url);
    const response = await fetch(url, init);
    if (!isToken) return response;
    const body = (await response.json()) as Record<string, unknown>;
    keepSecrets(wire, body);
    return Response.json(response.ok && wire.alter !== null ? wire.alter(body) : body, {
      status: response.status,
    });
  };
}

const secretFields = [
  "access_token",
  "refresh_token",
  "id_token",
  "client_secret",
  "code",
  "code_verifier",
  "device_code",
];

function keepSecrets(wire: Wire, fields: Record<string, unknown>): void {
  for (const name of secretFields) {
    const value = fields[name];
    if (typeof value === "string" && value !== "") wire.secrets.add(value);
  }
}

function steps(
  rig: ApiRig,
  team: Team,
  facts: SandboxFacts,
): Omit<ConnectRig, keyof ApiRig | "team" | "wire" | "facts"> {
  const ask = (path: string, options: CallOptions = {}): Promise<Answer> =>
    rig.call(path, { cookie: team.cookie, ...options });
  const attempt = async (id: string): Promise<Attempt> =>
    (await ask(`/v1/attempts/${id}`)).json as unknown as Attempt;
  const start = async (browser: TestBrowser, { connectUrl }: Attempt): Promise<string> => {
    const link = connectUrl.split("/").at(-1)!;
    const { headers, json } = await rig.call(`/v1/connect/${link}/start`, {
      method: "POST",
      origin: rig.url,
    });
    browser.take(headers);
    return String(json["redirectTo"]);
  };
  return {
    ask,
    attempt,
    start,
    begin: async (address, more = {}) => {
      const body = { address, ...more };
      const { status, json, text } = await ask("/v1/mailboxes/authorize", { method: "POST", body });
      if (status !== 201) throw new Error(text);
      return json as unknown as Attempt;
    },
    settled: async (id) => {
      for (;;) {
        const now = await attempt(id);
        if (!["waiting", "authorizing", "verifying"].includes(now.step)) return now;
        await systemClock.sleep(50);
      }
    },
    browser: () => new TestBrowser(rig.url),
    signIn: async (browser, begun, persona) => {
      let page = await browser.open(await start(browser, begun));
      if (!page.html.includes(persona)) page = await browser.press(page, "Use another account");
      page = await browser.press(page, persona);
      return page.url.pathname.startsWith("/sandbox/") ? browser.press(page, "Accept") : page;
    },
    admin: async (path, body) => {
      const response = await fetch(`http://127.0.0.1:${facts.httpPort}/admin/${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${facts.adminToken}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(await response.text());
    },
  };
}

/** Every row of every table as text; bytes both as they are stored and read as UTF-8. */
export async function dumpDatabase({ database }: ApiRig): Promise<string> {
  const { rows: tables } = await database.pool.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
  );
  const parts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await database.pool.query<Record<string, unknown>>(`SELECT * FROM "${name}"`);
    for (const value of rows.flatMap((row) => Object.values(row)))
      parts.push(Buffer.isBuffer(value) ? value.toString("latin1") : JSON.stringify(value));
  }
  return parts.join("\n");
}
