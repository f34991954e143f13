import { hostname } from "node:os";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { HitchpostError } from "../core/errors.ts";
import { configSchema, readConfig } from "./config.ts";

const messageOf = (env: NodeJS.ProcessEnv): string => {
  try {
    readConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(HitchpostError);
    expect((error as HitchpostError).code).toBe("config_invalid");
    return (error as Error).message;
  }
  return "";
};

test("without any variable everything has a default", () => {
  expect(readConfig({})).toMatchObject({
    dataDir: resolve("./data"),
    databaseUrl: null,
    host: "127.0.0.1",
    port: 3000,
    publicUrl: null,
    trustProxy: [],
    encryptionKey: null,
    sandbox: true,
    allowPrivateHosts: false,
    metricsToken: null,
    logLevel: "info",
    parseWorkers: 2,
    sendDelayMs: 5_000,
    hostname: hostname(),
    unknownKeys: [],
    microsoft: {
      clientId: null,
      clientSecret: null,
      tenant: "common",
      loginUrl: "https://login.microsoftonline.com",
      imap: { host: "outlook.office365.com", port: 993, security: "tls" },
    },
  });
  expect(Object.isFrozen(readConfig({}))).toBe(true);
});

test.each<[string, string]>([
  ["DATABASE_URL", "mysql://localhost/x"],
  ["DATABASE_URL", "not a url"],
  ["HITCHPOST_PORT", "eighty"],
  ["HITCHPOST_PORT", "70000"],
  ["HITCHPOST_PORT", "-1"],
  ["HITCHPOST_PUBLIC_URL", "localhost:3000"],
  ["HITCHPOST_PUBLIC_URL", "ftp://x.example"],
  ["HITCHPOST_PUBLIC_URL", "https://shop.example/mail"],
  ["HITCHPOST_PUBLIC_URL", "https://me@shop.example"],
  ["HITCHPOST_TRUST_PROXY", "10.0.0.1, proxy.local"],
  ["HITCHPOST_TRUST_PROXY", "true"],
  ["HITCHPOST_TRUST_PROXY", "10.0.0.0/99"],
  ["HITCHPOST_ENCRYPTION_KEY", "short"],
  ["HITCHPOST_MICROSOFT_TENANT", "a/b"],
  ["HITCHPOST_MICROSOFT_LOGIN_URL", "login"],
  ["HITCHPOST_MICROSOFT_IMAP", "outlook.office365.com:993"],
  ["HITCHPOST_MICROSOFT_IMAP", "outlook.office365.com:993:ssl"],
  ["HITCHPOST_MICROSOFT_SMTP", "host:99999:tls"],
  ["HITCHPOST_SANDBOX", "yes"],
  ["HITCHPOST_ALLOW_PRIVATE_HOSTS", "1"],
  ["HITCHPOST_METRICS_TOKEN", "short"],
  ["HITCHPOST_LOG_LEVEL", "verbose"],
  ["HITCHPOST_PARSE_WORKERS", "0"],
  ["HITCHPOST_PARSE_WORKERS", "1.5"],
  ["HITCHPOST_SEND_DELAY_SECONDS", "-1"],
])("a wrong %s (%s) ends the start and is named", (key, value) => {
  expect(messageOf({ [key]: value })).toMatch(new RegExp(`^The configuration is wrong\\.\n  ${key}: \\S`));
});

test("every wrong value is told at once", () => {
  const message = messageOf({ HITCHPOST_PORT: "x", HITCHPOST_SANDBOX: "x" });
  expect(message.split("\n")).toHaveLength(3);
});

test("a wrong secret is not repeated", () => {
  const canary = "canary-not-a-key";
  expect(messageOf({ HITCHPOST_ENCRYPTION_KEY: canary, HITCHPOST_METRICS_TOKEN: "canary-1" })).not.toContain(
    "canary",
  );
});

test("an empty value counts as not given", () => {
  expect(readConfig({ HITCHPOST_PORT: "", DATABASE_URL: "" })).toMatchObject({
    port: 3000,
    databaseUrl: null,
  });
});

test("unknown keys of ours are collected, those of others are not", () => {
  const env = { HITCHPOST_PROT: "1", HITCHPOST_PORT: "3001", PATH: "/bin", HITCHPOSTX: "1" };
  expect(readConfig(env)).toMatchObject({ unknownKeys: ["HITCHPOST_PROT"], port: 3001 });
});

test("the sandbox stands in until a client id is set, or as asked", () => {
  const HITCHPOST_MICROSOFT_CLIENT_ID = "11111111-2222-3333-4444-555555555555";
  expect(readConfig({ HITCHPOST_MICROSOFT_CLIENT_ID }).sandbox).toBe(false);
  expect(readConfig({ HITCHPOST_MICROSOFT_CLIENT_ID, HITCHPOST_SANDBOX: "on" }).sandbox).toBe(true);
  expect(readConfig({ HITCHPOST_SANDBOX: "off" }).sandbox).toBe(false);
});

const smtpOf = (env: NodeJS.ProcessEnv) => {
  const { smtp, workSmtp } = readConfig(env).microsoft;
  return [smtp.host, workSmtp.host];
};

test("mail of work accounts goes to a stand-in's one server for sending, never past it to Microsoft", () => {
  const HITCHPOST_MICROSOFT_SMTP = "127.0.0.1:2587:none";
  const HITCHPOST_MICROSOFT_WORK_SMTP = "work.example:587:starttls";
  expect(smtpOf({})).toEqual(["smtp-mail.outlook.com", "smtp.office365.com"]);
  expect(smtpOf({ HITCHPOST_MICROSOFT_SMTP })).toEqual(["127.0.0.1", "127.0.0.1"]);
  expect(smtpOf({ HITCHPOST_MICROSOFT_SMTP, HITCHPOST_MICROSOFT_WORK_SMTP })).toEqual([
    "127.0.0.1",
    "work.example",
  ]);
});

const microsoftServers = (env: NodeJS.ProcessEnv) => {
  const { graphUrl, graphScopeUrl, scopeUrl, imap, pop, smtp, workSmtp } = readConfig(env).microsoft;
  return [graphUrl, graphScopeUrl, scopeUrl, imap.host, pop.host, smtp.host, workSmtp.host];
};

test("a national cloud's authority brings its servers and scopes with it; what is given wins", () => {
  const graph = "https://graph.microsoft.com";
  const mail = ["outlook.office365.com", "outlook.office365.com"];
  const submission = ["smtp-mail.outlook.com", "smtp.office365.com"];
  expect(microsoftServers({})).toEqual([graph, graph, "https://outlook.office.com", ...mail, ...submission]);
  expect(microsoftServers({ HITCHPOST_MICROSOFT_LOGIN_URL: "https://login.microsoftonline.us" })).toEqual([
    "https://graph.microsoft.us",
    "https://graph.microsoft.us",
    "https://outlook.office365.us",
    "outlook.office365.us",
    "outlook.office365.us",
    "smtp.office365.us",
    "smtp.office365.us",
  ]);
  const china = { HITCHPOST_MICROSOFT_LOGIN_URL: "https://login.partner.microsoftonline.cn" };
  expect(microsoftServers({ ...china, HITCHPOST_MICROSOFT_POP: "pop.example:995:tls" })).toEqual([
    "https://microsoftgraph.chinacloudapi.cn",
    "https://microsoftgraph.chinacloudapi.cn",
    "https://partner.outlook.cn",
    "partner.outlook.cn",
    "pop.example",
    "smtp.partner.outlook.cn",
    "smtp.partner.outlook.cn",
  ]);
  // A stand-in is elsewhere, and speaks of Microsoft's resources all the same.
  const standIn = {
    HITCHPOST_MICROSOFT_LOGIN_URL: "http://127.0.0.1:9",
    HITCHPOST_GRAPH_URL: "http://127.0.0.1:8/",
  };
  expect(microsoftServers(standIn).slice(0, 3)).toEqual([
    "http://127.0.0.1:8",
    graph,
    "https://outlook.office.com",
  ]);
});

test("the public address is an origin, however it is written", () => {
  expect(readConfig({ HITCHPOST_PUBLIC_URL: "HTTPS://Mail.Shop.example:443/" }).publicUrl).toBe(
    "https://mail.shop.example",
  );
});

test("addresses lose their last slash; servers, proxies and keys are read", () => {
  const key = Buffer.alloc(32, 7).toString("base64");
  expect(
    readConfig({
      HITCHPOST_PUBLIC_URL: "https://inbox.example.com/",
      HITCHPOST_MICROSOFT_IMAP: "127.0.0.1:1143:none",
      HITCHPOST_MICROSOFT_SMTP: "[::1]:587:starttls",
      HITCHPOST_TRUST_PROXY: "10.0.0.1, fd00::/8,192.168.0.0/16",
      HITCHPOST_ENCRYPTION_KEY: `${key}, ${key}`,
      HITCHPOST_SEND_DELAY_SECONDS: "10",
    }),
  ).toMatchObject({
    publicUrl: "https://inbox.example.com",
    microsoft: {
      imap: { host: "127.0.0.1", port: 1143, security: "none" },
      smtp: { host: "[::1]", port: 587 },
    },
    trustProxy: ["10.0.0.1", "fd00::/8", "192.168.0.0/16"],
    encryptionKey: `${key}, ${key}`,
    sendDelayMs: 10_000,
  });
});

test("every key says what it means", () => {
  for (const [key, schema] of Object.entries(configSchema.shape))
    expect([key, (schema.description ?? "").length > 10]).toEqual([key, true]);
});
