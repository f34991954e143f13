/**
 * Sets oidc-provider up behind Microsoft's paths. It keeps authorization requests, sessions, codes
 * and device codes; what Microsoft does otherwise (scopes, consent, tokens) is done beside it.
 */

import { Provider, type Context, type ErrorOut, type GrantSource } from "oidc-provider";
import type { Clock } from "../contract.ts";
import { personaByOid } from "../personas.ts";
import { adapterFactory } from "./adapter.ts";
import type { Browsers } from "./browser.ts";
import { ownParams, userCodeLength } from "./context.ts";
import type { Keys } from "./keys.ts";
import { signInPolicy } from "./policy.ts";
import { redirectUriAllowed, registrations } from "./registration.ts";
import type { State } from "./state.ts";

export type ProviderParts = {
  publicUrl: string;
  basePath: string;
  clock: Clock;
  keys: Keys;
  state: State;
  browsers: Browsers;
  pages: {
    error(ctx: Context, out: ErrorOut, error: Error): void;
    deviceInput(ctx: Context, out: ErrorOut | undefined, problem: Error | undefined): void;
    deviceConfirm(ctx: Context, userCode: string): void;
    deviceDone(ctx: Context): void;
  };
};

/** The cookies it sets at the public URL's path; signing out takes them back. */
export const providerCookies = {
  session: "sandbox_session",
  interaction: "sandbox_interaction",
  resume: "sandbox_resume",
};

const yearSeconds = 365 * 24 * 3600;

const fixedConfiguration = {
  scopes: ["openid"],
  extraParams: Object.values(ownParams),
  pkce: { required: () => false },
  routes: { authorization: "/oauth2/v2.0/authorize", code_verification: "/devicelogin" },
  ttl: {
    AuthorizationCode: 600,
    DeviceCode: 900,
    Interaction: 3600,
    Session: 90 * 24 * 3600,
    Grant: 10 * yearSeconds,
  },
};

export function createProvider(parts: ProviderParts): Provider {
  const provider = new Provider(`${parts.publicUrl}/common/v2.0`, configuration(parts));
  // The host of a redirect is the public one, whatever proxy stands between (see server.ts).
  provider.proxy = true;
  provider.Client.prototype.redirectUriAllowed = (uri) => redirectUriAllowed(uri, parts.publicUrl);
  provider.use(async (ctx, next) => {
    await next();
    const location = ctx.response.get("location");
    if (location !== undefined && location !== "") ctx.set("location", withoutIssuer(location));
    if (typeof ctx.body === "string")
      ctx.body = ctx.body.replace(/<input type="hidden" name="iss"[^>]*>/, "");
  });
  return provider;
}

/** RFC 9207's `iss` is not sent by Microsoft; clients that know it would hold it against the tenant's. */
function withoutIssuer(location: string): string {
  return location.replace(/([?&#])iss=[^&#]*(&|$)/, (_all, before: string, after: string) =>
    after === "" ? "" : before,
  );
}

function configuration(parts: ProviderParts): Record<string, unknown> {
  const { keys, state, browsers, basePath, pages } = parts;
  return {
    ...fixedConfiguration,
    adapter: adapterFactory(state.db, parts.clock),
    clients: registrations.map(({ clientId, name }) => ({
      client_id: clientId,
      client_name: name,
      redirect_uris: [`${parts.publicUrl}/unused`],
      response_types: ["code"],
      grant_types: ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
      // The token endpoint is our own and checks the secret itself.
      token_endpoint_auth_method: "none",
    })),
    jwks: {
      keys: [{ ...keys.privateKey.export({ format: "jwk" }), kid: keys.kid, use: "sig", alg: "RS256" }],
    },
    cookies: {
      keys: [keys.secret.toString("hex")],
      names: providerCookies,
      long: { httpOnly: true, sameSite: "lax", path: `${basePath}/` },
      short: { httpOnly: true, sameSite: "lax" },
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      resourceIndicators: { enabled: false },
      deviceFlow: {
        enabled: true,
        mask: "*".repeat(userCodeLength),
        userCodeInputSource: (ctx: Context, _form: string, out?: ErrorOut, problem?: Error) =>
          pages.deviceInput(ctx, out, problem),
        userCodeConfirmSource: (
          ctx: Context,
          _form: string,
          _client: unknown,
          _info: unknown,
          userCode: string,
        ) => pages.deviceConfirm(ctx, userCode),
        successSource: (ctx: Context) => pages.deviceDone(ctx),
      },
    },
    interactions: {
      policy: signInPolicy(state, browsers),
      url: (_ctx: Context, interaction: { uid: string; params: Record<string, string | undefined> }) =>
        `${basePath}/${interaction.params[ownParams.tenant] ?? "common"}/signin/${interaction.uid}`,
    },
    findAccount: (_ctx: Context, oid: string) =>
      personaByOid(oid) === undefined ? undefined : { accountId: oid, claims: () => ({ sub: oid }) },
    loadExistingGrant: (ctx: Context) => loadGrant(ctx, state),
    expiresWithSession: writeIntoCode,
    renderError: (ctx: Context, out: ErrorOut, error: Error) => pages.error(ctx, out, error),
  };
}

/** oidc-provider wants a grant a person and application; what was consented to stands in the state. */
async function loadGrant(ctx: Context, state: State): Promise<unknown> {
  const { account, client, provider } = ctx.oidc;
  if (account === undefined) return undefined;
  const known = state.grantId(account.accountId, client.clientId);
  const stored = known === undefined ? undefined : await provider.Grant.find(known);
  if (stored !== undefined) return stored;
  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  grant.addOIDCScope("openid");
  state.rememberGrant(account.accountId, client.clientId, await grant.save());
  return grant;
}

/**
 * Called by oidc-provider for each code just before it is stored: the one place where the code can
 * be given the real scopes and the authority it was made under. (Its own question, whether the code
 * ends with the session, is answered no.)
 */
function writeIntoCode(ctx: Context, code: GrantSource): boolean {
  const { params } = ctx.oidc;
  code.scope = params[ownParams.scope] ?? "";
  code.claims = { authority: params[ownParams.tenant] };
  return false;
}
