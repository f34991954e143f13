/** The identity apps, from the configuration, the operator's page and the running sandbox. */
import type { Clock } from "../core/clock.ts";
import type { AppSettings, ConnectApp, ConnectApps, KeptApps } from "../connect/apps.ts";
import type { MailServer } from "../connect/providers.ts";
import { createOAuthClient, type OAuthSettings } from "../oauth/client.ts";
import type { Config } from "./config.ts";
import { cloudFacts } from "./microsoft-clouds.ts";
import type { SandboxFacts } from "./sandbox-process.ts";

export const sandboxPrefix = "/sandbox";

/** What the sandbox needs of its parent: its facts change when it was started again. */
export type SandboxLook = () => SandboxFacts | null;

export function createApps(
  config: Config,
  publicUrl: string,
  clock: Clock,
  sandbox: SandboxLook,
): () => ConnectApps {
  const redirectUri = `${publicUrl}/oauth/callback`;
  const kept = keptApps(config, redirectUri, clock);
  const microsoft = environmentApp(config, redirectUri, clock);
  let before: { facts: SandboxFacts; app: ConnectApp } | null = null;
  return () => {
    const facts = sandbox();
    if (facts !== null && before?.facts !== facts)
      before = { facts, app: sandboxApp(facts, redirectUri, clock) };
    return { microsoft, sandbox: facts === null ? null : (before?.app ?? null), kept };
  };
}

/** So many apps' clients are kept: each remembers its authority's discovery document for an hour. */
const keptClients = 500;

/** Apps of the operator's page, opened when they are needed. */
export function keptApps(
  config: Pick<Config, "microsoft" | "sandboxAsked">,
  redirectUri: string,
  clock: Clock,
): KeptApps {
  const opened = new Map<string, ConnectApp>();
  return {
    open: (settings) => {
      const key = `${settings.id} ${settings.version}`;
      const app = opened.get(key) ?? openApp(config, settings, redirectUri, clock);
      opened.delete(key); // the one used last stands last
      opened.set(key, app);
      if (opened.size > keptClients) opened.delete([...opened.keys()][0]!);
      return app;
    },
    servers: (cloud) => cloudFacts(config, cloud),
    loginUrl: (cloud) => cloudFacts(config, cloud).loginUrl,
    environment: environmentOf(config),
    fetch,
    sandboxAsked: config.sandboxAsked,
  };
}

function openApp(
  config: Pick<Config, "microsoft">,
  { cloud, tenant, clientId, clientSecret }: Omit<AppSettings, "id" | "version">,
  redirectUri: string,
  clock: Clock,
): ConnectApp {
  const { loginUrl, ...servers } = cloudFacts(config, cloud);
  const client = createOAuthClient({ loginUrl, tenant, clientId, clientSecret, fetch, clock });
  return { client, ...servers, redirectUri };
}

function environmentOf({ microsoft }: Pick<Config, "microsoft">): KeptApps["environment"] {
  const { clientId, clientSecret, tenant } = microsoft;
  return clientId === null ? null : { clientId, clientSecret, tenant };
}

function environmentApp(config: Config, redirectUri: string, clock: Clock): ConnectApp | null {
  const settings = environmentOf(config);
  return settings === null ? null : openApp(config, { cloud: "default", ...settings }, redirectUri, clock);
}

/**
 * The browser meets the sandbox under our public address; we talk to it on loopback, since our own public address may not
 * be reachable from here.
 */
export function sandboxApp(
  facts: SandboxFacts,
  redirectUri: string,
  clock: Clock,
  fetcher: OAuthSettings["fetch"] = fetch,
): ConnectApp {
  const inside = `http://127.0.0.1:${facts.httpPort}${new URL(facts.publicUrl).pathname.replace(/\/$/, "")}`;
  const toInside = (url: string): string =>
    url.startsWith(facts.publicUrl) ? inside + url.slice(facts.publicUrl.length) : url;
  const client = createOAuthClient({
    loginUrl: facts.loginUrl,
    tenant: "common",
    clientId: facts.clientId,
    clientSecret: facts.clientSecret,
    fetch: (url, init) => fetcher(toInside(url), init),
    clock,
  });
  const smtp = local(facts.smtpPort);
  return {
    client,
    scopeUrl: "https://outlook.office.com",
    graphUrl: toInside(facts.graphUrl),
    graphScopeUrl: "https://graph.microsoft.com",
    imap: local(facts.imapPort),
    pop: local(facts.popPort),
    smtp,
    workSmtp: smtp,
    redirectUri,
  };
}

const local = (port: number): MailServer => ({ host: "127.0.0.1", port, security: "none" });
