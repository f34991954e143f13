/** The client against a provider that speaks as Microsoft's documents allow, and quite unlike our sandbox. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { inspect } from "node:util";
import { beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../core/clock.ts";
import { createOAuthClient, type OAuthClient } from "./client.ts";

const base = "http://login.standin.example/ms/auth";
const tid = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const clientId = "11111111-2222-3333-4444-555555555555";
const redirectUri = "https://mail.shop.example/oauth/callback";
const asked = {
  state: "state-1",
  nonce: "nonce-1",
  verifier: "v".repeat(43),
  redirectUri,
};
const scopes = ["offline_access", "https://outlook.office.com/IMAP.AccessAsUser.All"];

const key = (kid: string) => ({ kid, ...generateKeyPairSync("rsa", { modulusLength: 2048 }) });
const [oldKey, newKey, otherKey] = [key("old"), key("new"), key("other")];
interface Key {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** What the provider does; a test changes it. */
let keys: Key[];
let claims: Record<string, unknown>;
let token: (form: URLSearchParams) => Response | Promise<Response>;
let sent: URLSearchParams[];

const seconds = (): number => Math.floor(Date.now() / 1000);
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (payload: object, { kid, privateKey }: Key = newKey): string => {
  const signed = `${part({ typ: "JWT", alg: "RS256", kid })}.${part(payload)}`;
  return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), privateKey).toString("base64url")}`;
};
const idToken = (more: object = {}, by?: Key): string => jwt({ ...claims, ...more }, by);
const tokens = (more: object = {}) => ({
  token_type: "Bearer",
  scope: "https://outlook.office.com/SMTP.Send https://outlook.office.com/IMAP.AccessAsUser.All openid",
  expires_in: 4711,
  ext_expires_in: 4711,
  access_token: "EwAccess",
  refresh_token: "M.Refresh",
  ...more,
});
const page = (status: number, headers: Record<string, string> = {}): Response =>
  new Response("<html>hotel wifi</html>", { status, headers: { "content-type": "text/html", ...headers } });
const refusal = (error: string, number: number): Response =>
  Response.json(
    {
      error,
      error_description: `AADSTS${number}: No.\r\nTrace ID: 1\r\nCorrelation ID: 2\r\nTimestamp: 2026-01-01 00:00:00Z`,
      error_codes: [number],
      trace_id: "1",
      correlation_id: "2",
    },
    { status: 400 },
  );

async function provider(url: string, init: RequestInit = {}): Promise<Response> {
  switch (url) {
    case `${base}/common/v2.0/.well-known/openid-configuration`:
      return Response.json({
        issuer: `${base}/{tenantid}/v2.0`,
        authorization_endpoint: `${base}/go?ui=classic`,
        token_endpoint: `${base}/exchange`,
        device_authorization_endpoint: `${base}/device`,
        jwks_uri: `${base}/certs.json`,
        id_token_signing_alg_values_supported: ["RS256"],
        tenant_region_scope: null,
      });
    case `${base}/certs.json`: // without `alg`, as Microsoft's
      return Response.json({
        keys: keys.map(({ kid, publicKey }) => ({
          ...publicKey.export({ format: "jwk" }),
          use: "sig",
          kid,
          x5t: kid,
        })),
      });
    case `${base}/exchange`: {
      const form = new URLSearchParams(init.body as URLSearchParams);
      sent.push(form);
      return token(form);
    }
    default:
      return new Response("<h1>not here</h1>", { status: 404, headers: { "content-type": "text/html" } });
  }
}

const clientWith = (clientSecret: string | null): OAuthClient =>
  createOAuthClient({
    loginUrl: base,
    tenant: "common",
    clientId,
    clientSecret,
    clock: systemClock,
    fetch: provider,
  });
const client = clientWith("a~secret");
const callback = (more: Record<string, string> = {}): URL => {
  const query = new URLSearchParams({ code: "0.AX", state: "state-1", session_state: "s", ...more });
  return new URL(`${redirectUri}?${query}`);
};
const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

beforeEach(() => {
  keys = [oldKey, otherKey, newKey];
  sent = [];
  claims = {
    aud: clientId,
    iss: `${base}/${tid}/v2.0`,
    iat: seconds(),
    nbf: seconds(),
    exp: seconds() + 3600,
    sub: "pairwise",
    oid: "o",
    tid,
    nonce: "nonce-1",
    preferred_username: "Alice.Q@Fabrikam.Example",
  };
  token = () => Response.json(tokens({ id_token: idToken() }));
});

describe("a sign-in", () => {
  test("goes to the endpoint that discovery names, with what Microsoft wants", async () => {
    const url = new URL(await client.authorizationUrl({ ...asked, scopes, loginHint: "alice@x.example" }));
    expect(url.origin + url.pathname).toBe(`${base}/go`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      ui: "classic",
      code_challenge: createHash("sha256").update(asked.verifier).digest("base64url"),
      code_challenge_method: "S256",
      prompt: "select_account",
      login_hint: "alice@x.example",
      scope: scopes.join(" "),
    });
  });

  test("scopes in another order, no e-mail address, a name in another case, several keys: all is well", async () => {
    expect(await client.redeem(callback(), asked)).toMatchObject({
      accessToken: "EwAccess",
      refreshToken: "M.Refresh",
      account: { tid, oid: "o", kind: "work", addresses: ["alice.q@fabrikam.example"] },
    });
    expect(sent[0]?.get("client_secret")).toBe("a~secret");
  });

  test("a key that came since then is found", async () => {
    await client.redeem(callback(), asked);
    const next = key("next");
    keys = [next, newKey];
    token = () => Response.json(tokens({ id_token: idToken({}, next) }));
    await expect(client.redeem(callback(), asked)).resolves.toMatchObject({ accessToken: "EwAccess" });
  });

  test.each([
    ["another issuer", { iss: `${base}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0` }],
    ["another tenant than the issuer's", { tid: "9188040d-6c67-4c5b-b112-36a304b66dad" }],
    ["another audience", { aud: "someone-else" }],
    ["another nonce", { nonce: "nonce-2" }],
    ["a time long ago", { exp: seconds() - 4_000 }],
  ])("an id_token of %s is refused", async (_what, more) => {
    token = () => Response.json(tokens({ id_token: idToken(more) }));
    expect(await failure(client.redeem(callback(), asked))).toMatchObject({ code: "oauth_invalid_response" });
  });

  test("an id_token signed by a key that is not the provider's is refused", async () => {
    token = () => Response.json(tokens({ id_token: idToken({}, { ...oldKey, kid: "new" }) }));
    expect(await failure(client.redeem(callback(), asked))).toMatchObject({ code: "oauth_invalid_response" });
  });

  test("without a refresh token it would end within the hour: refused, by device code too", async () => {
    token = () =>
      Response.json(tokens({ id_token: idToken({ nonce: undefined }), refresh_token: undefined }));
    const message = "No refresh token came with the sign-in.";
    expect(await failure(client.pollDevice("d"))).toMatchObject({ message });
    token = () => Response.json(tokens({ id_token: idToken(), refresh_token: undefined }));
    expect(await failure(client.redeem(callback(), asked))).toMatchObject({ message });
  });

  test("a callback that names the issuer (RFC 9207) fits the placeholder, another issuer does not", async () => {
    await expect(client.redeem(callback({ iss: `${base}/${tid}/v2.0` }), asked)).resolves.toMatchObject({
      accessToken: "EwAccess",
    });
    for (const iss of ["https://evil.example", `${base}/x/../${tid}/v2.0`, `${base}/${tid}/v2.0/x`])
      expect(await failure(client.redeem(callback({ iss }), asked))).toMatchObject({
        code: "oauth_invalid_response",
      });
  });
});

describe("device code", () => {
  test("an app that takes it as a public client's only (AADSTS700025) is asked again without the secret", async () => {
    token = (form) =>
      form.has("client_secret")
        ? refusal("invalid_client", 700_025)
        : Response.json(tokens({ id_token: idToken({ nonce: undefined }) }));
    await expect(client.pollDevice("d")).resolves.toMatchObject({ accessToken: "EwAccess" });
    await expect(client.refresh("M.Refresh", scopes)).resolves.toMatchObject({ accessToken: "EwAccess" });
    expect(sent.map((form) => form.has("client_secret"))).toEqual([true, false, true, false]);
  });

  test("slow_down is told from pending", async () => {
    token = () => Response.json({ error: "slow_down" }, { status: 400 });
    expect(await failure(client.pollDevice("d"))).toMatchObject({
      code: "authorization_pending",
      details: { oauthError: "slow_down" },
    });
  });
});

describe("a refresh", () => {
  test("takes an answer with an id_token that names nobody, and one without a new refresh token", async () => {
    const { preferred_username: _left, nonce: _nonce, ...nobody } = claims;
    token = () =>
      Response.json(tokens({ id_token: jwt(nobody), refresh_token: undefined, scope: undefined }));
    expect(await client.refresh("M.Refresh", scopes)).toMatchObject({
      accessToken: "EwAccess",
      refreshToken: null,
      account: null,
    });
  });

  test.each<[string, () => Response | Promise<Response>]>([
    ["a page with 500", () => page(500)],
    ["a page with 403", () => page(403)],
    ["a page with 200", () => page(200)],
    ["a redirect", () => page(302, { location: "https://portal.example" })],
    ["429", () => Response.json({ error: "invalid_grant" }, { status: 429 })],
    ["invalid_grant beside 503", () => Response.json({ error: "invalid_grant" }, { status: 503 })],
    ["an outage told as invalid_grant (AADSTS90033)", () => refusal("invalid_grant", 90_033)],
    ["no answer", () => Promise.reject(new TypeError("fetch failed"))],
  ])("%s says nothing of the grant", async (_what, answer) => {
    token = answer;
    expect(await failure(client.refresh("M.Refresh", scopes))).toMatchObject({ code: "oauth_unavailable" });
  });

  test.each([
    ["a page", page(200), "200 with no JSON (text/html)"],
    ["nothing", new Response(null), "200 with nothing"],
    [
      "a torn answer",
      new Response('{"access_tok', { headers: { "content-type": "application/json" } }),
      "(application/json)",
    ],
  ])("%s is named as what it is", async (_what, answer, words) => {
    token = () => answer;
    expect(await failure(client.refresh("M.Refresh", scopes))).toMatchObject({
      message: expect.stringContaining(words),
    });
  });

  test("a refusal that repeats what was sent does not bring the secrets back", async () => {
    token = (form) =>
      Response.json(
        { error: "invalid_grant", error_description: `You sent ${form} or ${[...form.values()].join(" ")}` },
        { status: 400 },
      );
    const spoken = '0.AX-code/+="';
    const errors = [
      await failure(client.redeem(callback({ code: spoken }), asked)),
      await failure(client.refresh("M.Refresh/+=", scopes)),
      await failure(client.pollDevice("device-code")),
    ];
    for (const error of errors) {
      expect(error).toMatchObject({ code: "oauth_grant_invalid", message: expect.stringContaining("····") });
      const told = inspect(error, { depth: 9 });
      for (const secret of [
        spoken,
        "AX-code",
        "M.Refresh",
        "device-code",
        asked.verifier,
        "a~secret",
        "a%7Esecret",
      ])
        expect(told).not.toContain(secret);
    }
  });

  test("429 tells how long to wait", async () => {
    token = () => page(429, { "retry-after": "7" });
    expect(await failure(client.refresh("M.Refresh", scopes))).toMatchObject({
      details: { retryAfterMs: 7_000 },
    });
  });

  test("a wrong secret is told as such, also with a challenge beside it (RFC 6749 5.2)", async () => {
    token = () =>
      Response.json(
        { error: "invalid_client", error_description: "AADSTS7000215: Invalid client secret provided." },
        { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } },
      );
    expect(await failure(client.refresh("M.Refresh", scopes))).toMatchObject({
      code: "oauth_client_invalid",
      details: { aadsts: 7_000_215 },
    });
  });

  test("a public client sends no secret", async () => {
    token = () => Response.json(tokens());
    await clientWith(null).refresh("M.Refresh", scopes);
    expect(sent[0]?.has("client_secret")).toBe(false);
    expect(sent[0]?.get("client_id")).toBe(clientId);
  });
});
