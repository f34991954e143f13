/** A running identity on a free port with a data directory of its own, for tests. */

import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MailStore, StartMail, TokenVerifier } from "../contract.ts";
import { registration } from "../identity/registration.ts";
import { startSandbox, type Ready } from "../start.ts";
import { TestBrowser, type Shown } from "./browser.ts";

export const mailScopes =
  "openid profile email offline_access https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send";

export type Fixture = {
  ready: Ready;
  dataDir: string;
  /** Milliseconds added to the clock that tokens are judged by. */
  skewMs: number;
  tokens(): TokenVerifier;
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts a sandbox; `path` is the path of its public URL. */
export async function startFixture(path = "/sandbox", store?: MailStore): Promise<Fixture> {
  const dataDir = mkdtempSync(join(tmpdir(), "sandbox-test-"));
  const errors: unknown[] = [];
  let verifier: TokenVerifier | undefined;
  const startMail: StartMail = async ({ tokens }) => {
    verifier = tokens;
    const none: MailStore = { deliver: () => undefined, list: () => null };
    return { imapPort: 1, smtpPort: 2, store: store ?? none, close: async () => undefined };
  };
  const start = (httpPort: number) =>
    startSandbox({
      dataDir,
      httpPort,
      imapPort: 0,
      smtpPort: 0,
      publicUrl: httpPort === 0 ? undefined : `http://127.0.0.1:${httpPort}${path}`,
      accessTokenSeconds: 3600,
      deviceIntervalSeconds: 1,
      clock: { now: () => Date.now() + fixture.skewMs },
      startMail,
      onError: (error) => errors.push(error),
    });
  const fixture: Fixture = {
    skewMs: 0,
    dataDir,
    ready: {} as Ready,
    tokens() {
      if (verifier === undefined) throw new Error("mail was not started");
      return verifier;
    },
    async restart() {
      await sandbox.close();
      sandbox = await start(sandbox.ready.httpPort);
      fixture.ready = sandbox.ready;
      // The client may still hold a connection of the server that went away.
      await fetch(sandbox.ready.publicUrl).catch(() => undefined);
    },
    async stop() {
      await sandbox.close();
      rmSync(dataDir, { recursive: true });
      if (errors.length > 0) throw new AggregateError(errors, "the sandbox reported errors");
    },
  };
  // The first start finds a free port, the second has it in its public URL.
  let sandbox = await start(0);
  fixture.ready = sandbox.ready;
  await fixture.restart();
  return fixture;
}

export type Request = { url: string; verifier: string; redirectUri: string };

/** An authorization request with PKCE, as an application would make it. */
export function authorizeRequest(
  { ready }: Fixture,
  more: Record<string, string> = {},
  tenant = "common",
): Request {
  const verifier = randomBytes(32).toString("base64url");
  const redirectUri = `${new URL(ready.publicUrl).origin}/callback`;
  const query = new URLSearchParams({
    client_id: registration.clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: mailScopes,
    state: "s1",
    nonce: "n1",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...more,
  });
  return { url: `${ready.publicUrl}/${tenant}/oauth2/v2.0/authorize?${query}`, verifier, redirectUri };
}

export function newBrowser({ ready }: Fixture, language?: string): TestBrowser {
  return new TestBrowser(new URL(ready.publicUrl).origin, language);
}

/** Signs in with one click and accepts, if asked; returns where the browser was sent. */
export async function signInAndAccept(browser: TestBrowser, request: Request, address: string): Promise<URL> {
  let page: Shown = await browser.press(await browser.open(request.url), address);
  if (page.status !== 0) page = await browser.press(page, "Accept");
  return page.url;
}

export type TokenAnswer = { status: number; json: Record<string, unknown> };

/** Calls the token endpoint with the right secret, unless `fields` say otherwise. */
export async function callToken(
  { ready }: Fixture,
  fields: Record<string, string>,
  tenant = "common",
): Promise<TokenAnswer> {
  const body = new URLSearchParams({
    client_id: registration.clientId,
    client_secret: registration.clientSecret,
    ...fields,
  });
  const response = await fetch(`${ready.publicUrl}/${tenant}/oauth2/v2.0/token`, { method: "POST", body });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

export async function redeemCode(
  fixture: Fixture,
  request: Request,
  callback: URL,
  more: Record<string, string> = {},
): Promise<TokenAnswer> {
  const code = callback.searchParams.get("code") ?? "";
  return callToken(fixture, {
    grant_type: "authorization_code",
    code,
    redirect_uri: request.redirectUri,
    code_verifier: request.verifier,
    ...more,
  });
}

/** The whole way from nothing to tokens. */
export async function connect(
  fixture: Fixture,
  address: string,
  more: Record<string, string> = {},
): Promise<TokenAnswer> {
  const request = authorizeRequest(fixture, more);
  return redeemCode(fixture, request, await signInAndAccept(newBrowser(fixture), request, address));
}
