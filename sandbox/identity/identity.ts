/** Puts identity together and answers its requests, by Microsoft's paths. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../contract.ts";
import { readForm } from "../http/form.ts";
import { replyJson, replyPage, replyRedirect } from "../http/reply.ts";
import { languageOf } from "../pages/language.ts";
import { messagePage } from "../pages/message.ts";
import { wordsOf } from "../pages/text.ts";
import { handleAdminConsent, judgeAdminConsent } from "./admin-consent.ts";
import { judgeAuthorize, type AuthorizeVerdict } from "./authorize.ts";
import { createBrowsers } from "./browser.ts";
import { readClientCredentials } from "./client-auth.ts";
import type { IdentityContext, IdentitySettings } from "./context.ts";
import { startDeviceCode } from "./device-code.ts";
import { discoveryDocument, keySet } from "./discovery.ts";
import { loadKeys } from "./keys.ts";
import { errorBody, errorDescription, MicrosoftError } from "./microsoft-error.ts";
import { providerPages } from "./provider-pages.ts";
import { createProvider, providerCookies } from "./provider.ts";
import { redirectUriAllowed } from "./registration.ts";
import { handleSignIn } from "./sign-in.ts";
import { openState } from "./state.ts";
import { tenantKnown } from "./tenants.ts";
import { redeem, type TokenRequest } from "./token-endpoint.ts";
import { createTokens } from "./tokens.ts";

export type Identity = {
  context: IdentityContext;
  /** Answers a request below the public path; false when the path is none of identity's. */
  handle(req: IncomingMessage, res: ServerResponse, path: string, query: URLSearchParams): Promise<boolean>;
  close(): void;
};

/** Opens the state in `dataDir` and makes everything that answers. */
export function createIdentity(dataDir: string, settings: IdentitySettings, clock: Clock): Identity {
  const { publicUrl } = settings;
  const { pathname, protocol } = new URL(publicUrl);
  const basePath = pathname === "/" ? "" : pathname;
  const keys = loadKeys(dataDir);
  const state = openState(dataDir);
  const browsers = createBrowsers(state, `${basePath}/`, protocol === "https:");
  const tokens = createTokens({ keys, state, clock, publicUrl });
  const pages = providerPages(basePath);
  const provider = createProvider({ publicUrl, basePath, clock, keys, state, browsers, pages });
  const context: IdentityContext = { settings, basePath, clock, keys, state, tokens, browsers, provider };
  const call = provider.callback();
  return {
    context,
    handle: (...request) => route({ context, call }, ...request),
    close: () => state.close(),
  };
}

type Parts = { context: IdentityContext; call: ReturnType<IdentityContext["provider"]["callback"]> };

async function route(
  parts: Parts,
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  query: URLSearchParams,
): Promise<boolean> {
  const { context, call } = parts;
  const { publicUrl } = context.settings;
  const [, tenant = "", rest = ""] = /^\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  const readable = req.method === "GET" || req.method === "HEAD";
  if (tenant === "devicelogin") await mount(context, call, req, res, { prefix: "", path, query });
  else if (rest === "/oauth2/v2.0/authorize" && readable) await authorize(parts, req, res, tenant, query);
  else if (rest.startsWith("/oauth2/v2.0/authorize/"))
    await mount(context, call, req, res, { prefix: `/${tenant}`, path: rest, query });
  else if (rest.startsWith("/signin/")) await handleSignIn(context, req, res);
  else if (rest === "/oauth2/v2.0/token" && req.method === "POST")
    await answer(context, req, res, tenant, redeem);
  else if (rest === "/oauth2/v2.0/devicecode" && req.method === "POST")
    await answer(context, req, res, tenant, startDeviceCode);
  else if (rest === "/oauth2/v2.0/token" || rest === "/oauth2/v2.0/devicecode") refuseMethod(context, res);
  else if (rest === "/v2.0/adminconsent") await adminConsent(context, req, res, tenant, query);
  else if (rest === "/oauth2/v2.0/logout") logout(context, req, res, query);
  else if (rest === "/v2.0/.well-known/openid-configuration" && readable)
    describe(context, res, tenant, () => discoveryDocument(publicUrl, tenant));
  else if (rest === "/discovery/v2.0/keys" && readable)
    describe(context, res, tenant, () => keySet(context.keys, publicUrl, tenant));
  else return false;
  return true;
}

/**
 * Hands a request to oidc-provider, which thinks in paths without prefix and takes its own address
 * from `originalUrl` and Host: both are set to what the browser sees.
 */
async function mount(
  { basePath, settings }: IdentityContext,
  call: Parts["call"],
  req: IncomingMessage,
  res: ServerResponse,
  { prefix, path, query }: { prefix: string; path: string; query: URLSearchParams },
): Promise<void> {
  const { host, protocol } = new URL(settings.publicUrl);
  req.url = query.size === 0 ? path : `${path}?${query}`;
  Object.assign(req, { originalUrl: `${basePath}${prefix}${req.url}` });
  req.headers.host = host;
  req.headers["x-forwarded-proto"] = protocol.slice(0, -1);
  delete req.headers["x-forwarded-host"];
  await call(req, res);
}

async function authorize(
  { context, call }: Parts,
  req: IncomingMessage,
  res: ServerResponse,
  tenant: string,
  query: URLSearchParams,
): Promise<void> {
  const verdict = judgeAuthorize(tenant, query, context.settings.publicUrl);
  switch (verdict.kind) {
    case "go":
      return mount(context, call, req, res, {
        prefix: `/${tenant}`,
        path: "/oauth2/v2.0/authorize",
        query: verdict.query,
      });
    case "page":
      return showError(context, req, res, verdict.error);
    case "redirect":
      return replyRedirect(res, errorLocation(verdict, context.clock.now()));
  }
}

function adminConsent(
  context: IdentityContext,
  req: IncomingMessage,
  res: ServerResponse,
  tenant: string,
  query: URLSearchParams,
): Promise<void> | void {
  const error = judgeAdminConsent(tenant, query, context.settings.publicUrl);
  return error === null ? handleAdminConsent(context, req, res, query) : showError(context, req, res, error);
}

function errorLocation(verdict: Extract<AuthorizeVerdict, { kind: "redirect" }>, nowMs: number): string {
  const { error, redirectUri, state, mode } = verdict;
  const fields = new URLSearchParams({
    error: error.oauthError,
    error_description: errorDescription(error, nowMs),
  });
  if (state !== null) fields.set("state", state);
  const url = new URL(redirectUri);
  if (mode === "fragment") url.hash = fields.toString();
  else for (const [name, value] of fields) url.searchParams.append(name, value);
  return url.href;
}

function showError(
  { basePath, clock }: IdentityContext,
  req: IncomingMessage,
  res: ServerResponse,
  error: MicrosoftError,
): void {
  const language = languageOf(req);
  const words = wordsOf(language);
  const { error_description: description, timestamp } = errorBody(error, clock.now());
  const detail: [string, string][] = [
    [words.errorCode, description],
    [words.errorTime, timestamp],
  ];
  const html = messagePage({ language, basePath, title: words.errorTitle, lead: words.errorLead, detail });
  replyPage(res, { status: error.status, html });
}

async function answer(
  context: IdentityContext,
  req: IncomingMessage,
  res: ServerResponse,
  tenant: string,
  respond: (context: IdentityContext, request: TokenRequest) => Promise<Record<string, unknown>>,
): Promise<void> {
  const form = await readForm(req);
  try {
    if (!tenantKnown(tenant)) throw unknownTenant(tenant);
    replyJson(
      res,
      200,
      await respond(context, { tenant, form, credentials: readClientCredentials(req, form) }),
    );
  } catch (error) {
    if (!(error instanceof MicrosoftError)) throw error;
    replyJson(res, error.status, errorBody(error, context.clock.now()));
  }
}

function describe(
  context: IdentityContext,
  res: ServerResponse,
  tenant: string,
  document: () => unknown,
): void {
  if (tenantKnown(tenant)) return replyJson(res, 200, document());
  replyJson(res, 400, errorBody(unknownTenant(tenant), context.clock.now()));
}

function unknownTenant(tenant: string): MicrosoftError {
  return new MicrosoftError(
    "invalid_tenant",
    90002,
    `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
  );
}

function refuseMethod(context: IdentityContext, res: ServerResponse): void {
  const error = new MicrosoftError(
    "invalid_request",
    900561,
    "The endpoint only accepts POST requests. Received a GET request.",
  );
  replyJson(res, error.status, errorBody(error, context.clock.now()));
}

/** OpenID Connect RP-Initiated Logout 1.0: signs every account of the browser out without asking. */
function logout(
  { browsers, settings, basePath }: IdentityContext,
  req: IncomingMessage,
  res: ServerResponse,
  query: URLSearchParams,
): void {
  const { session } = providerCookies;
  browsers.signOut(req, res, [session, `${session}.sig`]);
  const target = query.get("post_logout_redirect_uri");
  if (target !== null && redirectUriAllowed(target, settings.publicUrl)) return replyRedirect(res, target);
  const language = languageOf(req);
  const words = wordsOf(language);
  replyPage(res, {
    status: 200,
    html: messagePage({ language, basePath, title: words.signedOutTitle, lead: words.signedOutLead }),
  });
}
