/**
 * Junk in answer to every probe (docs/findings.md): a finding with evidence within 15 s, never an exception's text, and no
 * secret in the evidence or the log, whatever the server does with what it was sent.
 */
import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import type net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLog } from "../../src/app/log.ts";
import { createMailServers } from "../../src/app/servers.ts";
import { findingKind } from "../../src/connect/findings/catalogue.ts";
import { findingOf } from "../../src/connect/findings/decide.ts";
import type { Finding } from "../../src/connect/findings/types.ts";
import type { MailServer } from "../../src/connect/providers.ts";
import { lookWay } from "../../src/connect/probe-ways.ts";
import { verifyConnection } from "../../src/connect/verify.ts";
import { systemClock } from "../../src/core/clock.ts";
import { createOAuthClient } from "../../src/oauth/client.ts";
import {
  mailJunk,
  startMailJunk,
  startTlsGreeting,
  startTokenJunk,
  tokenJunk,
  type JunkServer,
  type MailJunk,
  type TokenJunk,
} from "../support/junk-servers.ts";
import { serverCases } from "../support/answer-findings.ts";
import { freePort } from "../support/free-port.ts";
import { makeCertificate } from "../support/mail-server.ts";

const withinMs = 15_000;

/** Planted; none of its forms may stand anywhere but on the wire. */
const password = "canary-8c1f-of-a-password";
const accessToken = "EwBcanary4d7e9a61c2b5f8033a7cTokenOfNobody";
const refreshToken = "M.C5_canary.0.U.-CanaryOfARefreshToken0123456789";
const clientSecret = "cAn~Q8Q~canary.of.a.client.secret";
const user = "well@mail.example";
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const forms = [password, accessToken, refreshToken, clientSecret].flatMap((secret) => [
  secret,
  base64(secret),
  encodeURIComponent(secret),
]);
forms.push(
  base64(`\0${user}\0${password}`),
  base64(`user=${user}\u0001auth=Bearer ${accessToken}\u0001\u0001`),
);

const lines: string[] = [];
const log = createLog("debug", { write: (line: string) => void lines.push(line) });
const serversFor = (allowPrivateHosts: boolean) =>
  createMailServers({
    allowPrivateHosts,
    apps: () => ({ microsoft: null, sandbox: null }),
    clock: systemClock,
    log,
  });
const servers = serversFor(true);

const running: JunkServer[] = [];
const directory = mkdtempSync(join(tmpdir(), "hitchpost-junk-"));
beforeAll(() => void makeCertificate(directory));
afterAll(async () => {
  await Promise.all(running.map((server) => server.stop()));
  rmSync(directory, { recursive: true });
  for (const form of forms) expect(lines.join("")).not.toContain(form);
});

/** The finding is one of the catalogue, has evidence, and shows neither a secret nor a program's insides. */
function expectGood(finding: Finding | null, began: number): Finding {
  expect(performance.now() - began).toBeLessThan(withinMs);
  expect(finding).not.toBeNull();
  const shown = JSON.stringify(finding);
  for (const form of forms) expect(shown).not.toContain(form);
  expect(shown).not.toMatch(/\\n\s*at |\.(ts|js):\d+|node:internal|node_modules|TypeError|undefined/);
  expect(finding!.evidence.length).toBeGreaterThan(0);
  for (const { line } of finding!.evidence) {
    expect(line.length).toBeLessThanOrEqual(500);
    expect(line).not.toMatch(/[^\P{Cc}\t\n]/u);
  }
  expect(findingKind(finding!.code).title.en).not.toBe("");
  return finding!;
}

async function tried(
  server: MailServer,
  credentials: object = withPassword,
  { sending = false, from = servers } = {},
): Promise<Finding> {
  const began = performance.now();
  const auth = async () => credentials as never;
  const { finding } = await verifyConnection({
    clock: systemClock,
    address: user,
    method: "pass" in credentials ? "password" : "oauth",
    imapHost: server.host,
    smtpHost: server.host,
    ...(sending ? {} : lookWay(from, server)),
    onCheck: () => undefined,
    openSource: () => (sending ? (quietSource as never) : from.openSource(server, auth)),
    openSender: sending ? () => from.openSender(server, auth) : null,
  });
  return expectGood(finding, began);
}

const withPassword = { user, pass: password };
const withToken = { user, accessToken };
const kinds = Object.keys(mailJunk) as MailJunk[];

async function junk(kind: MailJunk): Promise<MailServer> {
  const server = await startMailJunk(kind);
  running.push(server);
  return { host: "127.0.0.1", port: server.port, security: "none" };
}

/** All at once: most of the time is waiting for the deadline. A failure names the kind. */
const each = async <T>(
  cases: readonly T[],
  name: (one: T) => string,
  run: (one: T) => Promise<unknown>,
): Promise<void> => {
  const results = await Promise.allSettled(cases.map(run));
  const failed = results.flatMap((result, index) =>
    result.status === "rejected" ? [`${name(cases[index]!)}: ${String(result.reason)}`] : [],
  );
  expect(failed).toEqual([]);
};

const pem = (name: string): string => readFileSync(join(directory, name), "utf8");

/** Repeats what it was sent, so that a token is looked for as well as a password. */
const echoing = kinds.filter((kind) => kind.includes("repeats"));

describe.concurrent("a finding within 15 s, and no secret in it, for", () => {
  test("every kind of junk in place of an IMAP server", async () => {
    const cases = [
      ...kinds.map((kind) => ({ kind, credentials: withPassword })),
      ...echoing.map((kind) => ({ kind, credentials: withToken })),
    ];
    await each(
      cases,
      ({ kind }) => kind,
      async ({ kind, credentials }) => tried(await junk(kind), credentials),
    );
  });

  test("every kind of junk in place of an SMTP server", async () => {
    const others = kinds.filter((kind) => kind !== "an SMTP server");
    await each(
      others,
      (kind) => kind,
      async (kind) => tried(await junk(kind), withPassword, { sending: true }),
    );
  });

  test("TLS where none is asked for, and none where it is", async () => {
    const server = await startTlsGreeting({ key: pem("key.pem"), cert: pem("cert.pem") });
    running.push(server);
    const plain = { host: "127.0.0.1", port: server.port, security: "none" } as const;
    const encrypted = { ...(await junk("an SMTP server")), security: "tls" } as const;
    await Promise.all([tried(plain), tried(encrypted)]);
  });

  test("every kind of junk in place of the token endpoint", async () => {
    await each(Object.keys(tokenJunk) as TokenJunk[], (kind) => kind, refreshed);
  });
});

async function triedWeb(): Promise<Finding> {
  const web = http.createServer((_req, res) => res.end("hello"));
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  const { port } = web.address() as net.AddressInfo;
  try {
    return await tried({ host: "127.0.0.1", port, security: "none" });
  } finally {
    web.closeAllConnections();
    web.close();
  }
}

/** How the servers of `serverCases` are had. */
const causes: Record<string, () => Promise<Finding>> = {
  "a name that does not exist": () => tried({ host: "no-such-host.invalid", port: 993, security: "tls" }),
  "a port that nobody listens on": async () =>
    tried({ host: "127.0.0.1", port: await freePort(), security: "none" }),
  "a server that says nothing": async () => tried(await junk("no word at all")),
  "sending in place of reading": async () => tried(await junk("an SMTP server")),
  "a remote shell on the port": async () => tried(await junk("an SSH server")),
  "bytes that are no text": async () => tried(await junk("binary, then closed")),
  "a web server on the mail port": () => triedWeb(),
  "a private address that the operator has not allowed": () =>
    tried({ host: "10.1.2.3", port: 993, security: "tls" }, withPassword, { from: serversFor(false) }),
  "a server that resets every connection": async () => tried(await junk("reset at once")),
  "TLS spoken to a port without": async () => tried({ ...(await junk("an SMTP server")), security: "tls" }),
  "a certificate that nobody vouches for": async () => {
    const server = await startTlsGreeting({ key: pem("key.pem"), cert: pem("cert.pem") });
    running.push(server);
    return tried({ host: "127.0.0.1", port: server.port, security: "tls" });
  },
  "a server that hides STARTTLS": async () =>
    tried({ ...(await junk("a refusal that repeats what LOGIN sent")), security: "starttls" }),
  "a server that knows another password": async () =>
    tried(await junk("a server that knows another password")),
  "a portal's page in place of the token endpoint": () => refreshed("a page of a portal"),
  "a token endpoint that breaks the connection": () => refreshed("a connection that breaks"),
};

test.concurrent.each([...serverCases])("$server: $finding", async ({ server, finding }) => {
  const began = performance.now();
  expect((await causes[server]!()).code).toBe(finding);
  // Who waits for a greeting that never comes is told what speaks there, long before the time is over.
  if (finding === "wrong_protocol") expect(performance.now() - began).toBeLessThan(9_000);
});

async function refreshed(kind: TokenJunk): Promise<Finding> {
  const server = await startTokenJunk(kind);
  running.push(server);
  const origin = `http://127.0.0.1:${server.port}`;
  const client = createOAuthClient({
    loginUrl: "http://sign-in.example",
    tenant: "common",
    clientId: "5a9d0b0c-4d1c-4f0e-9b0a-71e0ca5e0001",
    clientSecret,
    clock: systemClock,
    fetch: async (url, init) =>
      url.includes("well-known") ? Response.json(discovery(origin)) : fetch(url, init),
  });
  const began = performance.now();
  const scopes = ["https://outlook.office.com/IMAP.AccessAsUser.All"];
  const error = await client.refresh(refreshToken, scopes).then(
    () => null,
    (reason: unknown) => reason,
  );
  const at = systemClock.now();
  const failure = { step: "account", error, method: "oauth", address: user, host: client.host, at } as const;
  return expectGood(error === null ? null : findingOf(failure), began);
}

/** Reading is well. */
const quietSource = {
  connect: async () => undefined,
  listFolders: async () => [],
  close: async () => undefined,
};

const discovery = (origin: string) => ({
  issuer: `${origin}/{tenantid}/v2.0`,
  authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/token`,
  jwks_uri: `${origin}/keys`,
});
