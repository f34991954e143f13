/**
 * When a person is asked to choose an account, to sign in or to consent: Microsoft's `prompt` and
 * `login_hint` rules as an oidc-provider interaction policy.
 */

import { interactionPolicy, type Context } from "oidc-provider";
import { personaByAddress, personaByOid } from "../personas.ts";
import { consentsOf } from "./admin-consent.ts";
import type { Browsers } from "./browser.ts";
import { ownParams } from "./context.ts";
import type { State } from "./state.ts";

const { Prompt, Check } = interactionPolicy;

/** Errors an application gets when it asked for `prompt=none` and a person is needed after all. */
const silent = {
  noSession: "AADSTS50058: A silent sign-in request was sent but no user is signed in.",
  severalAccounts:
    "AADSTS16000: Either multiple user identities are available for the current request or selected account is not supported for the scenario.",
  consent: `AADSTS65001: The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.`,
};

export function signInPolicy(state: State, browsers: Browsers): object[] {
  return [
    new Prompt({ name: "select_account", requestable: true }),
    new Prompt(
      { name: "login", requestable: true },
      new Check(
        "no_session",
        silent.noSession,
        "login_required",
        (ctx) => ctx.oidc.session.accountId === undefined,
      ),
      new Check("login_hint", silent.noSession, "login_required", hintNamesAnother),
      new Check("several_accounts", silent.severalAccounts, "interaction_required", (ctx) =>
        severalAccounts(ctx, browsers),
      ),
    ),
    new Prompt(
      { name: "consent", requestable: true },
      new Check("scopes_missing", silent.consent, "interaction_required", (ctx) =>
        missingConsent(ctx, state),
      ),
    ),
  ];
}

function justChosen(ctx: Context): boolean {
  return ctx.oidc.result?.login !== undefined;
}

function hintNamesAnother(ctx: Context): boolean {
  const hint = ctx.oidc.params["login_hint"];
  if (hint === undefined || justChosen(ctx)) return false;
  return personaByAddress(hint)?.oid !== ctx.oidc.session.accountId;
}

function severalAccounts(ctx: Context, browsers: Browsers): boolean {
  if (ctx.oidc.params["login_hint"] !== undefined || justChosen(ctx)) return false;
  return browsers.accounts(ctx.req).length > 1;
}

function missingConsent(ctx: Context, state: State): boolean {
  const persona = personaByOid(ctx.oidc.session.accountId ?? "");
  if (persona === undefined) return true;
  const consented = consentsOf(state, persona, ctx.oidc.client.clientId);
  const asked = (ctx.oidc.params[ownParams.scope] ?? "").split(" ");
  return asked.some((scope) => !consented.has(scope));
}
