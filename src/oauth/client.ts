/**
 * The Microsoft identity platform v2.0, or any stand-in that speaks as it does: authorization code with PKCE
 * (RFC 6749 4.1, RFC 7636), refresh, device code (RFC 8628). All endpoints and keys come from OpenID discovery of the
 * configured authority. Talks by oauth4webapi; what the answers mean is decided in `claims.ts` and `errors.ts`.
 */
import * as oauth from "oauth4webapi";
import type { Clock } from "../core/clock.ts";
import { HitchpostError, isHitchpostError } from "../core/errors.ts";
import { issuerFor, readAccount, withoutKnownIssuer, type Account } from "./claims.ts";
import { answerOf, reasonOf } from "./answer.ts";
import { askTenant } from "./tenant.ts";
import { createDiscovery, type Discovery } from "./discovery.ts";
import { aadstsOf, refusalError } from "./errors.ts";

export interface OAuthSettings {
  /** `https://login.microsoftonline.com`, a national cloud, or a stand-in; no slash at the end. */
  loginUrl: string;
  /** `common`, `consumers`, `organizations` or a tenant id. */
  tenant: string;
  clientId: string;
  /** null: a public client. */
  clientSecret: string | null;
  fetch: (url: string, init?: RequestInit) => Promise<Response>;
  clock: Clock;
}

export interface Tokens {
  accessToken: string;
  /** Epoch milliseconds. */
  accessExpiresAtMs: number;
  /** The newest one; null when the answer brought none (then the old one stays). */
  refreshToken: string | null;
  /** Scopes that were really given. */
  scopes: string[];
  /** Who signed in; null when the answer has no id_token (a refresh without openid). */
  account: Account | null;
}

export interface DeviceStart {
  deviceCode: string;
  userCode: string;
  verificationUri: string;
  intervalMs: number;
  expiresAtMs: number;
}

export interface AuthorizationRequest {
  state: string;
  nonce: string;
  verifier: string;
  redirectUri: string;
  scopes: string[];
  /** Whom to offer; null: nobody in particular. */
  loginHint: string | null;
}

export interface OAuthClient {
  /** Host and port of the authority, for evidence. */
  readonly host: string;
  /** Microsoft's own page to send the browser to. */
  authorizationUrl(request: AuthorizationRequest): Promise<string>;
  /** @param callback the full address the browser came back to. @throws oauth_* */
  redeem(callback: URL, request: Omit<AuthorizationRequest, "loginHint" | "scopes">): Promise<Tokens>;
  refresh(refreshToken: string, scopes: string[]): Promise<Tokens>;
  startDevice(scopes: string[]): Promise<DeviceStart>;
  /** Where an administrator consents for the organization (Microsoft identity platform, "Admin consent"). */
  adminConsentUrl(asked: { redirectUri: string; scopes: string[]; state: string }): string;
  /** This server's clock less the authority's, milliseconds, by the Date of an answer (RFC 9110 6.6.1); null: not told. */
  clockSkewMs(): Promise<number | null>;
  /** @throws authorization_pending until the code was entered; `details.oauthError` slow_down: wait 5 s longer each time */
  pollDevice(deviceCode: string): Promise<Tokens>;
}

const timeoutMs = 10_000;
/** Clocks of small servers are off by minutes; Microsoft's tokens live an hour. */
const clockToleranceSeconds = 300;

/** A stand-in on loopback speaks http; Microsoft and national clouds are https. */
const isInsecure = (settings: OAuthSettings): boolean => settings.loginUrl.startsWith("http:");

/** Fresh random values for one authorization. */
export const newAuthorization = () => ({
  state: oauth.generateRandomState(),
  nonce: oauth.generateRandomNonce(),
  verifier: oauth.generateRandomCodeVerifier(),
});

export function createOAuthClient(settings: OAuthSettings): OAuthClient {
  const request = {
    [oauth.customFetch]: async (url: string, init: { body?: unknown }) =>
      answerOf(await settings.fetch(url, init as RequestInit), init.body),
    [oauth.allowInsecureRequests]: isInsecure(settings),
    get signal() {
      return AbortSignal.timeout(timeoutMs);
    },
  };
  const discovery = createDiscovery(settings);
  const client: oauth.Client = {
    client_id: settings.clientId,
    [oauth.clockTolerance]: clockToleranceSeconds,
  };
  const exchange = { settings, request, client };
  return {
    host: new URL(settings.loginUrl).host,
    authorizationUrl: async (asked) => buildAuthorizationUrl(await discovery(), settings.clientId, asked),
    redeem: async (callback, asked) => {
      const server = await discovery();
      const { verifier, redirectUri } = asked;
      const parameters = await refusals(() =>
        oauth.validateAuthResponse(
          withoutIssuerPromise(server),
          client,
          withoutKnownIssuer(callback, server.issuer),
          asked.state,
        ),
      );
      return tokensOf(exchange, server, { kind: "code", nonce: asked.nonce }, (auth) =>
        oauth.authorizationCodeGrantRequest(server, client, auth, parameters, redirectUri, verifier, request),
      );
    },
    refresh: async (refreshToken, scopes) => {
      const server = await discovery();
      return tokensOf(exchange, server, { kind: "refresh", nonce: null }, (auth) =>
        oauth.refreshTokenGrantRequest(server, client, auth, refreshToken, {
          ...request,
          signal: request.signal,
          additionalParameters: { scope: scopes.join(" ") },
        }),
      );
    },
    adminConsentUrl: (asked) => adminConsentUrl(settings, asked),
    clockSkewMs: async () => (await askTenant(settings, settings.tenant).catch(() => null))?.skewMs ?? null, // its time is one more hint, no need
    startDevice: async (scopes) => startDevice(exchange, await discovery(), scopes),
    pollDevice: async (deviceCode) => {
      const server = await discovery();
      return tokensOf(exchange, server, { kind: "device", nonce: null }, (auth) =>
        oauth.deviceCodeGrantRequest(server, client, auth, deviceCode, request),
      );
    },
  };
}

async function buildAuthorizationUrl(
  server: Discovery,
  clientId: string,
  asked: AuthorizationRequest,
): Promise<string> {
  const url = new URL(server.authorization_endpoint);
  const parameters = {
    client_id: clientId,
    response_type: "code",
    response_mode: "query",
    redirect_uri: asked.redirectUri,
    scope: asked.scopes.join(" "),
    state: asked.state,
    nonce: asked.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(asked.verifier),
    code_challenge_method: "S256",
    prompt: "select_account",
    ...(asked.loginHint === null ? {} : { login_hint: asked.loginHint }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/** Which organization is meant cannot be told by `common`: `organizations` lets the administrator's own sign-in say it. */
const withoutTenant: ReadonlySet<string> = new Set(["common", "consumers"]);

function adminConsentUrl(
  { loginUrl, tenant, clientId }: OAuthSettings,
  { redirectUri, scopes, state }: { redirectUri: string; scopes: string[]; state: string },
): string {
  const organization = withoutTenant.has(tenant) ? "organizations" : tenant;
  const url = new URL(`${loginUrl}/${organization}/v2.0/adminconsent`);
  const asked = { client_id: clientId, scope: scopes.join(" "), redirect_uri: redirectUri, state };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return url.href;
}

/** Microsoft names no `iss` in the authorization response (RFC 9207), whatever a document promises: `state` and PKCE guard. */
const withoutIssuerPromise = (server: Discovery): oauth.AuthorizationServer => ({
  ...server,
  authorization_response_iss_parameter_supported: false,
});

interface Exchange {
  settings: OAuthSettings;
  request: {
    [oauth.customFetch]: (url: string, init: { body?: unknown }) => Promise<Response>;
    [oauth.allowInsecureRequests]: boolean;
    readonly signal: AbortSignal;
  };
  client: oauth.Client;
}

interface Grant {
  kind: "code" | "refresh" | "device";
  nonce: string | null;
}

type Send = (authentication: oauth.ClientAuth) => Promise<Response>;

/**
 * Sends a token request with the secret, where there is one. AADSTS700025 says that this grant wants none: Microsoft takes
 * device code, and what came from it, as those of a public client ("OAuth 2.0 device authorization grant").
 */
async function tokensOf(exchange: Exchange, server: Discovery, grant: Grant, send: Send): Promise<Tokens> {
  const { clientSecret } = exchange.settings;
  if (clientSecret === null) return tokensBy(exchange, server, grant, () => send(oauth.None()));
  try {
    return await tokensBy(exchange, server, grant, () => send(oauth.ClientSecretPost(clientSecret)));
  } catch (error) {
    if (!isHitchpostError(error) || error.details["aadsts"] !== 700_025) throw error;
    return tokensBy(exchange, server, grant, () => send(oauth.None()));
  }
}

/** Checks the answer: form, id_token's issuer (with `{tenantid}` filled by `tid`), audience, times, nonce, signature. */
function tokensBy(
  { settings, client, request }: Exchange,
  server: Discovery,
  { kind, nonce }: Grant,
  send: () => Promise<Response>,
): Promise<Tokens> {
  return refusals(async () => {
    const response = await send();
    const as = { ...server, issuer: await issuerFor(server.issuer, response.clone()) };
    const body = await processResponse(as, client, response, nonce, kind);
    // Who signed in does not change with a refresh: its id_token is not used, so it need not be complete.
    const claims = kind === "refresh" ? undefined : oauth.getValidatedIdTokenClaims(body);
    if (claims !== undefined) await oauth.validateApplicationLevelSignature(as, response, request);
    if (kind !== "refresh" && body.refresh_token === undefined)
      throw new HitchpostError("oauth_invalid_response", "No refresh token came with the sign-in.");
    return {
      accessToken: body.access_token,
      accessExpiresAtMs: settings.clock.now() + (body.expires_in ?? 3600) * 1000,
      refreshToken: body.refresh_token ?? null,
      scopes: (body.scope ?? "").split(" ").filter((scope) => scope !== ""),
      account: claims === undefined ? null : readAccount(claims),
    };
  });
}

function processResponse(
  as: oauth.AuthorizationServer,
  client: oauth.Client,
  response: Response,
  nonce: string | null,
  kind: Grant["kind"],
): Promise<oauth.TokenEndpointResponse> {
  switch (kind) {
    case "code":
      return oauth.processAuthorizationCodeResponse(as, client, response, {
        requireIdToken: true,
        ...(nonce === null ? {} : { expectedNonce: nonce }),
      });
    case "refresh":
      return oauth.processRefreshTokenResponse(as, client, response);
    case "device":
      return oauth.processDeviceCodeResponse(as, client, response);
  }
}

async function startDevice(
  { client, request, settings }: Exchange,
  server: Discovery,
  scopes: string[],
): Promise<DeviceStart> {
  if (server.device_authorization_endpoint === undefined) {
    throw new HitchpostError("oauth_discovery_failed", "The identity provider offers no device code.");
  }
  return refusals(async () => {
    const asked = { scope: scopes.join(" ") };
    const response = await oauth.deviceAuthorizationRequest(server, client, oauth.None(), asked, request);
    const body = await oauth.processDeviceAuthorizationResponse(server, client, response);
    return {
      deviceCode: body.device_code,
      userCode: body.user_code,
      verificationUri: body.verification_uri,
      intervalMs: (body.interval ?? 5) * 1000,
      expiresAtMs: settings.clock.now() + body.expires_in * 1000,
    };
  });
}

/** Turns what oauth4webapi throws into the catalogue: a refusal, a broken answer, or no answer. */
async function refusals<T>(work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HitchpostError) throw error;
    if (error instanceof oauth.ResponseBodyError) throw refusalError(fromBody(error.cause), error);
    if (error instanceof oauth.AuthorizationResponseError) throw refusalError(fromQuery(error.cause), error);
    if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
      throw new HitchpostError("oauth_invalid_response", "The identity provider's answer failed a check.", {
        cause: error,
        details: { response: error.message.slice(0, 300) },
      });
    }
    throw new HitchpostError("oauth_unavailable", "The identity provider cannot be reached.", {
      cause: error,
      details: { response: reasonOf(error) },
    });
  }
}

function fromBody(body: Record<string, unknown>) {
  const description = typeof body["error_description"] === "string" ? body["error_description"] : "";
  return {
    error: String(body["error"]),
    description,
    aadsts: aadstsNumber(body["error_codes"], description),
  };
}

const fromQuery = (query: URLSearchParams) => {
  const description = query.get("error_description") ?? "";
  return { error: query.get("error") ?? "", description, aadsts: aadstsNumber(undefined, description) };
};

function aadstsNumber(codes: unknown, description: string): number | null {
  const first: unknown = Array.isArray(codes) ? codes[0] : undefined;
  if (typeof first === "number") return first;
  return aadstsOf(description);
}
