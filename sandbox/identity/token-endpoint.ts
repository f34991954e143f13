/**
 * `/{tenant}/oauth2/v2.0/token`: authorization_code (RFC 6749 4.1.3 with RFC 7636), refresh_token
 * and device_code (RFC 8628 3.4), with Microsoft's rules and errors.
 */

import { createHash } from "node:crypto";
import type { GrantSource } from "oidc-provider";
import { personaByOid, type Persona } from "../personas.ts";
import { consentsOf } from "./admin-consent.ts";
import { audienceError } from "./authorize.ts";
import { authenticateClient, type ClientCredentials } from "./client-auth.ts";
import type { IdentityContext } from "./context.ts";
import { ownParams } from "./context.ts";
import { MicrosoftError } from "./microsoft-error.ts";
import { numberOf, refusalOf, refusals, troubleAt } from "./refusals.ts";
import { registrationOf } from "./registration.ts";
import { judgeTokenScope } from "./token-scope.ts";

export type TokenRequest = { tenant: string; form: URLSearchParams; credentials: ClientCredentials };

/** What a grant is good for, wherever it came from. */
type Redeemed = {
  persona: Persona;
  clientId: string;
  originalScope: string;
  nonce: string | undefined;
  isPublic: boolean;
};

const refreshLifeMs = 90 * 24 * 3600 * 1000;

/**
 * Redeems a grant and returns the answer's JSON.
 * @throws MicrosoftError for everything that Microsoft would refuse
 */
export async function redeem(
  identity: IdentityContext,
  request: TokenRequest,
): Promise<Record<string, unknown>> {
  const { form } = request;
  const redeemed = await redeemGrant(identity, request);
  const { persona, clientId, originalScope } = redeemed;
  assertNoTrouble(identity, request, redeemed);
  const consented = consentsOf(identity.state, persona, clientId);
  const scope = judgeTokenScope(persona, form.get("scope"), originalScope, consented);
  const seconds = persona.trouble?.accessTokenSeconds ?? identity.settings.accessTokenSeconds;
  const answer: Record<string, unknown> = {
    token_type: "Bearer",
    scope: scope.text,
    expires_in: seconds,
    ext_expires_in: seconds,
    access_token: identity.tokens.accessToken(persona, scope.audience, scope.names, seconds),
  };
  if (scope.openId.includes("offline_access")) {
    answer["refresh_token"] = identity.state.issueRefreshToken({
      oid: persona.oid,
      clientId,
      scope: originalScope,
      isPublic: redeemed.isPublic,
      expiresAtMs: identity.clock.now() + refreshLifeMs,
    });
  }
  if (scope.openId.includes("openid")) {
    answer["id_token"] = identity.tokens.idToken(persona, clientId, scope.openId, redeemed.nonce);
  }
  return answer;
}

/** What this application, this account, or a switch of the admin's has against giving out a token. */
function assertNoTrouble(
  { state }: IdentityContext,
  { tenant, form }: TokenRequest,
  { persona, clientId }: Redeemed,
): void {
  const scene = { user: persona.address, app: clientId, tenant };
  const app = registrationOf(clientId);
  const byApp = app === undefined ? null : audienceError(app, tenant);
  if (byApp !== null) throw byApp;
  if (app?.redirects === "spa" && form.get("grant_type") !== "device_code") throw refusalOf("9002327", scene);
  const step = stepOf(form.get("grant_type"));
  const key = app?.refuses ?? state.takeRefusal(persona.oid, step) ?? troubleAt(persona, step);
  if (key !== undefined) throw refusalOf(key, scene);
}

function stepOf(grantType: string | null): "redeem" | "refresh" | "device" {
  if (grantType === "refresh_token") return "refresh";
  return grantType === "authorization_code" ? "redeem" : "device";
}

async function redeemGrant(identity: IdentityContext, request: TokenRequest): Promise<Redeemed> {
  const grantType = request.form.get("grant_type");
  switch (grantType) {
    case "authorization_code":
      return redeemCode(identity, request);
    case "refresh_token":
      return redeemRefreshToken(identity, request);
    case "urn:ietf:params:oauth:grant-type:device_code":
    case "device_code":
      return redeemDeviceCode(identity, request);
    case null:
      throw missing("grant_type");
    default:
      authenticateClient(request.credentials, true);
      throw new MicrosoftError(
        "unsupported_grant_type",
        70003,
        `The app requested an unsupported grant type '${grantType}'.`,
      );
  }
}

async function redeemCode(
  identity: IdentityContext,
  { tenant, form, credentials }: TokenRequest,
): Promise<Redeemed> {
  authenticateClient(credentials, false);
  const code = await identity.provider.AuthorizationCode.find(required(form, "code"), {
    ignoreExpiration: true,
  });
  if (code === undefined || code.clientId !== credentials.clientId) {
    throw new MicrosoftError(
      "invalid_grant",
      70000,
      "The provided value for the 'code' parameter is not valid.",
    );
  }
  judgeCode(code, tenant, form);
  await code.consume();
  return redeemedFrom(code, false);
}

/** The order in which a code is refused; a code used twice is refused but revokes nothing. */
function judgeCode(code: GrantSource, tenant: string, form: URLSearchParams): void {
  const redirectUri = required(form, "redirect_uri");
  const authority = code.claims?.["authority"];
  if (code.consumed !== undefined) {
    throw new MicrosoftError(
      "invalid_grant",
      54005,
      "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
    );
  }
  if (code.isExpired) {
    throw new MicrosoftError(
      "invalid_grant",
      70008,
      "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
    );
  }
  if (authority !== tenant) {
    throw new MicrosoftError(
      "invalid_grant",
      700005,
      `The provided Authorization Code is intended to use against other tenant, thus rejected.`,
    );
  }
  if (code.redirectUri !== redirectUri) {
    throw new MicrosoftError(
      "invalid_grant",
      500112,
      `The reply address '${redirectUri}' does not match the reply address '${code.redirectUri ?? ""}' provided when requesting Authorization code.`,
    );
  }
  judgeVerifier(code.codeChallenge, form.get("code_verifier"));
}

/** RFC 7636 4.6. */
function judgeVerifier(challenge: string | undefined, verifier: string | null): void {
  if (challenge === undefined && verifier === null) return;
  const computed = createHash("sha256")
    .update(verifier ?? "")
    .digest("base64url");
  if (verifier !== null && computed === challenge) return;
  throw new MicrosoftError(
    "invalid_grant",
    501481,
    "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
  );
}

function redeemRefreshToken(identity: IdentityContext, { form, credentials }: TokenRequest): Redeemed {
  const grant = identity.state.findRefreshToken(required(form, "refresh_token"));
  authenticateClient(credentials, grant?.isPublic ?? false);
  const persona = grant === undefined ? undefined : personaByOid(grant.oid);
  if (grant === undefined || persona === undefined || grant.clientId !== credentials.clientId) {
    throw new MicrosoftError(
      "invalid_grant",
      70000,
      "The provided value for the 'refresh_token' parameter is not valid or has been revoked.",
    );
  }
  if (grant.expiresAtMs <= identity.clock.now()) {
    throw new MicrosoftError(
      "invalid_grant",
      700082,
      "The refresh token has expired due to inactivity. The token was inactive for 90.00:00:00.",
    );
  }
  return {
    persona,
    clientId: grant.clientId,
    originalScope: grant.scope,
    nonce: undefined,
    isPublic: grant.isPublic,
  };
}

async function redeemDeviceCode(
  identity: IdentityContext,
  { form, credentials }: TokenRequest,
): Promise<Redeemed> {
  authenticateClient(credentials, true);
  const code = await identity.provider.DeviceCode.find(required(form, "device_code"), {
    ignoreExpiration: true,
  });
  if (code === undefined || code.clientId !== credentials.clientId) {
    throw new MicrosoftError(
      "bad_verification_code",
      70018,
      "Invalid verification code due to User typing in wrong user code for device code flow.",
    );
  }
  if (code.consumed !== undefined) {
    throw new MicrosoftError(
      "invalid_grant",
      54005,
      "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
    );
  }
  if (code.isExpired) {
    throw new MicrosoftError(
      "expired_token",
      70019,
      "Verification code expired. Have the user retry the sign-in.",
    );
  }
  if (code.error !== undefined) throw declinedDevice(code);
  if (code.accountId === undefined) {
    throw new MicrosoftError(
      "authorization_pending",
      70016,
      "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
    );
  }
  await code.consume();
  return redeemedFrom(code, true);
}

/** What a refused sign-in page left for the device; a decline has an error of its own (RFC 8628 3.5). */
function declinedDevice({ errorDescription = "" }: GrantSource): MicrosoftError {
  const number = /^AADSTS(\d+): /.exec(errorDescription)?.[1] ?? "";
  const text = errorDescription.replace(/^AADSTS\d+: /, "").split(" Trace ID:")[0] ?? "";
  const refusal = refusals[number];
  if (refusal === undefined)
    return new MicrosoftError("authorization_declined", 65004, "User declined to consent to access the app.");
  const error = refusal.error === "access_denied" ? "authorization_declined" : refusal.error;
  return new MicrosoftError(error, numberOf(number), text);
}

function redeemedFrom(code: GrantSource, isPublic: boolean): Redeemed {
  const persona = personaByOid(code.accountId ?? "");
  if (persona === undefined || code.clientId === undefined) {
    throw new MicrosoftError("invalid_grant", 50034, "The user account does not exist in the directory.");
  }
  const originalScope = code.scope ?? code.params?.[ownParams.scope] ?? "";
  return { persona, clientId: code.clientId, originalScope, nonce: code.nonce, isPublic };
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value === null || value === "") throw missing(name);
  return value;
}

function missing(name: string): MicrosoftError {
  return new MicrosoftError(
    "invalid_request",
    900144,
    `The request body must contain the following parameter: '${name}'.`,
  );
}
