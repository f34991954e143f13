/**
 * `/{tenant}/oauth2/v2.0/authorize`: checks by Microsoft's rules what oidc-provider would answer in
 * other words, then rewrites the request for it.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
 */

import { MicrosoftError } from "./microsoft-error.ts";
import { redirectUriAllowed, registrationOf, type Registration } from "./registration.ts";
import { refusalOf } from "./refusals.ts";
import { fullScopes, parseScopes } from "./scopes.ts";
import { ownParams } from "./context.ts";
import { tenantKnown } from "./tenants.ts";

export type AuthorizeVerdict =
  /** Go on with these parameters. */
  | { kind: "go"; query: URLSearchParams }
  /** Nowhere safe to send the browser: show the error. */
  | { kind: "page"; error: MicrosoftError }
  /** Tell the application. */
  | { kind: "redirect"; error: MicrosoftError; redirectUri: string; state: string | null; mode: string };

/** Decides what becomes of an authorization request. Pure. */
export function judgeAuthorize(tenant: string, query: URLSearchParams, publicUrl: string): AuthorizeVerdict {
  const pageError = judgeWhereTo(tenant, query, publicUrl);
  if (pageError !== null) return { kind: "page", error: pageError };
  const error = judgeRequest(query);
  if (error !== null) {
    const mode = query.get("response_mode") ?? "query";
    return {
      kind: "redirect",
      error,
      redirectUri: query.get("redirect_uri") ?? "",
      state: query.get("state"),
      mode,
    };
  }
  return { kind: "go", query: rewritten(tenant, query) };
}

/** What makes it unsafe, or useless, to send a browser back: shown on a page of our own. Null when nothing does. */
export function judgeWhereTo(
  tenant: string,
  query: URLSearchParams,
  publicUrl: string,
): MicrosoftError | null {
  const clientId = query.get("client_id");
  const redirectUri = query.get("redirect_uri");
  if (!tenantKnown(tenant)) {
    return new MicrosoftError(
      "invalid_request",
      90002,
      `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
    );
  }
  if (clientId === null) {
    return new MicrosoftError(
      "invalid_request",
      900144,
      "The request body must contain the following parameter: 'client_id'.",
    );
  }
  const app = registrationOf(clientId);
  if (app === undefined) return unknownClient(clientId);
  if (redirectUri === null || app.redirects === "none" || !redirectUriAllowed(redirectUri, publicUrl)) {
    return refusalOf("50011", { app: clientId, tenant, redirect: redirectUri ?? "" });
  }
  return audienceError(app, tenant);
}

/**
 * What an authority says of an app whose accounts it does not serve; null where it serves them.
 * https://learn.microsoft.com/entra/identity-platform/v2-supported-account-types
 */
export function audienceError({ audience, clientId }: Registration, tenant: string): MicrosoftError | null {
  const scene = { app: clientId, tenant };
  if (audience === "one-tenant" && tenant === "common") return refusalOf("50194", scene);
  if (audience === "personal" && tenant !== "consumers") return refusalOf("9002331", scene);
  if (audience === "work" && tenant === "consumers") return refusalOf("9002332", scene);
  return null;
}

export const unknownClient = (clientId: string): MicrosoftError =>
  refusalOf("700016", { app: clientId, tenant: "Sandbox Accounts" });

function judgeRequest(query: URLSearchParams): MicrosoftError | null {
  const responseType = query.get("response_type");
  if (responseType === null) {
    return new MicrosoftError(
      "invalid_request",
      900144,
      "The request body must contain the following parameter: 'response_type'.",
    );
  }
  if (responseType !== "code") {
    return new MicrosoftError(
      "unsupported_response_type",
      700054,
      `response_type '${responseType}' is not enabled for the application.`,
    );
  }
  const challenge = query.get("code_challenge");
  const method = query.get("code_challenge_method");
  if (challenge !== null && (method !== "S256" || !/^[\w-]{43,128}$/.test(challenge))) {
    return new MicrosoftError(
      "invalid_request",
      501491,
      "Invalid size of code_challenge or unknown code_challenge_method parameter.",
    );
  }
  return judgeScopes(query.get("scope"));
}

/** What is wrong with a scope parameter, shared with the device code endpoint; null when nothing. */
export function judgeScopes(scope: string | null): MicrosoftError | null {
  if (scope === null || scope.trim() === "") {
    return new MicrosoftError(
      "invalid_request",
      900144,
      "The request body must contain the following parameter: 'scope'.",
    );
  }
  const { unknown } = parseScopes(scope);
  if (unknown.length === 0) return null;
  return new MicrosoftError(
    "invalid_scope",
    70011,
    `The provided value for the input parameter 'scope' is not valid. The scope '${unknown.join(" ")}' is not valid.`,
  );
}

const passedOn = [
  "client_id",
  "redirect_uri",
  "response_type",
  "response_mode",
  "state",
  "nonce",
  "login_hint",
  "max_age",
  "code_challenge",
  "code_challenge_method",
];

function rewritten(tenant: string, query: URLSearchParams): URLSearchParams {
  const passed = new URLSearchParams({ scope: "openid" });
  for (const name of passedOn) {
    const value = query.get(name);
    if (value !== null) passed.set(name, value);
  }
  const prompt = query.get("prompt");
  // `prompt=create` and whatever Microsoft adds lead to the plain sign-in here.
  if (prompt !== null && ["none", "login", "consent", "select_account"].includes(prompt))
    passed.set("prompt", prompt);
  passed.set(ownParams.tenant, tenant);
  passed.set(ownParams.scope, fullScopes(parseScopes(query.get("scope") ?? "")).join(" "));
  return passed;
}
