/** Both halves together, driven by clients that are not ours: oauth4webapi and imapflow. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ImapFlow } from "imapflow";
import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "./clock.ts";
import { registration } from "./identity/registration.ts";
import { startMail } from "./mail/start.ts";
import { consumerTenantId } from "./personas.ts";
import { startSandbox, type Sandbox } from "./start.ts";
import { TestBrowser } from "./testing/browser.ts";
import { mailScopes } from "./testing/fixture.ts";

const dataDir = mkdtempSync(join(tmpdir(), "sandbox-whole-"));
const well = "well@outlook.example";
const graphScopes = "https://graph.microsoft.com/Mail.ReadWrite https://graph.microsoft.com/User.Read";
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({
    dataDir,
    httpPort: 0,
    imapPort: 0,
    smtpPort: 0,
    publicUrl: undefined,
    accessTokenSeconds: 3600,
    deviceIntervalSeconds: 1,
    clock: systemClock,
    startMail,
    onError: (error) => {
      throw error;
    },
  });
}, 30_000);

afterAll(async () => {
  await sandbox.close();
  rmSync(dataDir, { recursive: true });
});

/** An OpenID client that knows nothing of the sandbox but its address. */
async function authorize(): Promise<oauth.TokenEndpointResponse> {
  const http = { [oauth.allowInsecureRequests]: true };
  const issuer = new URL(`${sandbox.ready.loginUrl}/consumers/v2.0`);
  const expected = new URL(`${sandbox.ready.loginUrl}/${consumerTenantId}/v2.0`);
  const server = await oauth.processDiscoveryResponse(expected, await oauth.discoveryRequest(issuer, http));
  const client = { client_id: registration.clientId };
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const redirectUri = "http://localhost:5000/callback";
  const url = new URL(server.authorization_endpoint ?? "");
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: `${mailScopes} ${graphScopes}`,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  }).toString();
  const browser = new TestBrowser(issuer.origin);
  const shown = await browser.press(await browser.open(url.href), well);
  // The consent is remembered: it is asked for once.
  const callback = (shown.status === 0 ? shown : await browser.press(shown, "Accept")).url;
  const parameters = oauth.validateAuthResponse(server, client, callback, state);
  const auth = oauth.ClientSecretPost(registration.clientSecret);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    auth,
    parameters,
    redirectUri,
    verifier,
    http,
  );
  return oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
}

function imapClient(accessToken: string, user = well): ImapFlow {
  const auth = { user, accessToken };
  return new ImapFlow({
    host: "127.0.0.1",
    port: sandbox.ready.imapPort ?? 0,
    secure: false,
    auth,
    logger: false,
  });
}

async function inboxSize(client: ImapFlow): Promise<number> {
  const status = await client.status("INBOX", { messages: true });
  return status === false ? Number.NaN : (status.messages ?? Number.NaN);
}

function admin(path: string, body: object): Promise<Response> {
  return fetch(`http://127.0.0.1:${sandbox.ready.httpPort}/admin${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${sandbox.ready.adminToken}` },
    body: JSON.stringify(body),
  });
}

test("a token of identity opens the mailbox, and an expired one does not", { timeout: 30_000 }, async () => {
  const { access_token: token } = await authorize();
  const client = imapClient(token);
  await client.connect();
  const before = await inboxSize(client);
  const mail = { from: "other@outlook.example", to: well, subject: "你好 ✉", text: "from the admin" };
  const { messageId } = (await (await admin("/mail", mail)).json()) as { messageId: string };
  await client.mailboxOpen("INBOX");
  const newest = await client.fetchOne("*", { envelope: true });
  expect(newest === false ? undefined : newest.envelope).toMatchObject({ messageId, subject: "你好 ✉" });
  expect(await inboxSize(client)).toBe(before + 1);
  await client.logout();
  await admin("/tokens/expire", { address: well });
  await expect(imapClient(token).connect()).rejects.toMatchObject({ authenticationFailed: true });
});

type Json = Record<string, unknown>;

/** A token for Graph, by the refresh token that came with one for the mail servers. */
async function graphToken(refreshToken: string): Promise<string> {
  const response = await fetch(`${sandbox.ready.loginUrl}/common/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      client_id: registration.clientId,
      client_secret: registration.clientSecret,
      grant_type: "refresh_token",
      refresh_token: refreshToken,
      scope: graphScopes,
    }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

async function graphAsk(path: string, token: string): Promise<Json> {
  const url = path.startsWith("http") ? path : `${sandbox.ready.graphUrl}/v1.0${path}`;
  const headers = { authorization: `Bearer ${token}`, prefer: "odata.maxpagesize=500" };
  return (await (await fetch(url, { headers })).json()) as Json;
}

test(
  "what IMAP changes Graph tells, the admin counts, and its faults strike",
  { timeout: 30_000 },
  async () => {
    const { access_token: mailToken, refresh_token: refreshToken } = await authorize();
    const token = await graphToken(refreshToken ?? "");
    expect(await graphAsk("/me", token)).toMatchObject({ userPrincipalName: well });
    expect(await graphAsk("/me", mailToken)).toMatchObject({ error: { code: "InvalidAuthenticationToken" } });
    let page = await graphAsk("/me/mailFolders/inbox/messages/delta?$select=isRead,subject", token);
    while ("@odata.nextLink" in page) page = await graphAsk(String(page["@odata.nextLink"]), token);
    const client = imapClient(mailToken);
    await client.connect();
    await client.mailboxOpen("INBOX");
    await client.messageFlagsAdd("*", ["\\Seen", "\\Flagged"]);
    await client.fetchOne("*", { source: true });
    await client.logout();
    const changed = await graphAsk(String(page["@odata.deltaLink"]), token);
    expect(changed["value"]).toMatchObject([{ isRead: true }]);
    const headers = { authorization: `Bearer ${sandbox.ready.adminToken}` };
    const counters = await fetch(`http://127.0.0.1:${sandbox.ready.httpPort}/admin/counters/${well}`, {
      headers,
    });
    expect(await counters.json()).toMatchObject({
      overLimit: 0,
      bodies: { imap: 1, graph: 0 },
      limits: { atOnce: 4 },
    });
    await admin("/faults", { address: well, fault: "mailboxNotEnabled", times: 1 });
    const refused = await graphAsk("/me/messages", token);
    expect(refused).toMatchObject({ error: { code: "MailboxNotEnabledForRESTAPI" } });
    expect((await admin("/faults", { address: well, fault: "no" })).status).toBe(400);
    expect((await admin("/faults", { address: "x@y", fault: "delay" })).status).toBe(404);
  },
);
