/** The identity apps, from the configuration and the running sandbox. */
import type { Clock } from "../core/clock.ts";
import type { ConnectApp, ConnectApps } from "../connect/apps.ts";
import type { MailServer } from "../connect/providers.ts";
import { createOAuthClient, type OAuthSettings } from "../oauth/client.ts";
import type { Config } from "./config.ts";
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
  const microsoft = microsoftApp(config, redirectUri, clock);
  let kept: { facts: SandboxFacts; app: ConnectApp } | null = null;
  return () => {
    const facts = sandbox();
    if (facts !== null && kept?.facts !== facts) kept = { facts, app: sandboxApp(facts, redirectUri, clock) };
    return { microsoft, sandbox: facts === null ? null : (kept?.app ?? null) };
  };
}

function microsoftApp(config: Config, redirectUri: string, clock: Clock): ConnectApp | null {
  const { clientId, clientSecret, loginUrl, tenant, scopeUrl, imap, smtp, workSmtp } = config.microsoft;
  if (clientId === null) return null;
  const client = createOAuthClient({ loginUrl, tenant, clientId, clientSecret, fetch, clock });
  return { client, scopeUrl, imap, smtp, workSmtp, redirectUri };
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
    imap: local(facts.imapPort),
    smtp,
    workSmtp: smtp,
    redirectUri,
  };
}

const local = (port: number): MailServer => ({ host: "127.0.0.1", port, security: "none" });
