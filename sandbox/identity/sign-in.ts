/**
 * `/{tenant}/signin/{uid}`: what oidc-provider calls an interaction. States of one:
 *
 *   select_account, login ──▶ picker or form ──▶ signed in ──▶ (consent, if any is missing) ──▶ back
 *                                  └── cancel ──▶ access_denied          └── cancel ──▶ access_denied
 *
 * An account that may not come in gets Microsoft's own page, with a way back to the application, which is told the same.
 *
 * A browser in which the hinted account is signed in already passes the first part unseen.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Interaction, InteractionResult } from "oidc-provider";
import { personaByAddress, personaByOid, personas, type Persona } from "../personas.ts";
import { readForm } from "../http/form.ts";
import { replyPage, replyRedirect } from "../http/reply.ts";
import { consentPage } from "../pages/consent.ts";
import { languageOf } from "../pages/language.ts";
import { refusalPage } from "../pages/refusal.ts";
import { accountPicker, signInForm, type SignInPage } from "../pages/sign-in.ts";
import { fill, wordsOf } from "../pages/text.ts";
import { isApproved } from "./admin-consent.ts";
import { ownParams, type IdentityContext } from "./context.ts";
import { errorDescription, MicrosoftError } from "./microsoft-error.ts";
import { pageRefusalOf, refusals, troubleAt } from "./refusals.ts";
import { registration, registrationOf } from "./registration.ts";
import { tenantTakes } from "./tenants.ts";

type Exchange = {
  identity: IdentityContext;
  req: IncomingMessage;
  res: ServerResponse;
  interaction: Interaction;
};

/** Shows or takes one step of a sign-in. Throws oidc-provider's SessionNotFound when there is none. */
export async function handleSignIn(
  identity: IdentityContext,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const interaction = await identity.provider.interactionDetails(req, res);
  const exchange: Exchange = { identity, req, res, interaction };
  const form = req.method === "POST" ? await readForm(req) : null;
  if (interaction.prompt.name === "consent") return consentStep(exchange, form);
  return form === null ? showSignIn(exchange) : takeSignIn(exchange, form);
}

function showSignIn(exchange: Exchange): Promise<void> | void {
  const { interaction } = exchange;
  const accounts = usableAccounts(exchange);
  const hinted = personaByAddress(interaction.params["login_hint"] ?? "");
  const freshWanted = interaction.prompt.reasons.includes("login_prompt");
  const choiceWanted = interaction.prompt.name === "select_account";
  if (hinted !== undefined && accounts.includes(hinted) && !freshWanted && !choiceWanted) {
    return signInUnlessRefused(exchange, hinted);
  }
  const pick = accounts.length > 0 && !freshWanted && (choiceWanted || hinted === undefined);
  const view = pick ? accountPicker : signInForm;
  sendSignIn(exchange, 200, view(signInPage(exchange, {})));
}

function usableAccounts({ identity, req, interaction }: Exchange): Persona[] {
  const tenant = interaction.params[ownParams.tenant] ?? "common";
  return identity.browsers.accounts(req).filter((account) => tenantTakes(tenant, account));
}

function signInPage(exchange: Exchange, more: { hint?: string; problem?: string }): SignInPage {
  const { identity, req, interaction } = exchange;
  const tenant = interaction.params[ownParams.tenant] ?? "common";
  return {
    language: languageOf(req),
    basePath: identity.basePath,
    app: registration.name,
    accounts: usableAccounts(exchange),
    personas: personas.filter((persona) => tenantTakes(tenant, persona)),
    hint: interaction.params["login_hint"] ?? "",
    ...more,
  };
}

async function takeSignIn(exchange: Exchange, form: URLSearchParams): Promise<void> {
  if (form.get("action") === "cancel") return decline(exchange);
  if (form.get("action") === "return") return tellRefusal(exchange, form);
  const clicked = personaByOid(form.get("account") ?? form.get("persona") ?? "");
  if (clicked !== undefined) return signInClicked(exchange, clicked, form.has("account"));
  if (form.get("action") === "another")
    return sendSignIn(exchange, 200, signInForm(signInPage(exchange, { hint: "" })));
  const address = form.get("address") ?? "";
  const persona = personaByAddress(address);
  const words = wordsOf(languageOf(exchange.req));
  if (persona === undefined) return refuse(exchange, address, words.unknownAccount);
  if (persona.password !== form.get("password")) return refuse(exchange, address, words.wrongPassword);
  return signInChecked(exchange, persona);
}

/** An account from the picker must be signed in in this very browser; a persona is free to anybody. */
async function signInClicked(exchange: Exchange, persona: Persona, fromPicker: boolean): Promise<void> {
  if (!fromPicker || usableAccounts(exchange).includes(persona)) return signInChecked(exchange, persona);
  return sendSignIn(exchange, 200, signInForm(signInPage(exchange, { hint: persona.address })));
}

async function signInChecked(exchange: Exchange, persona: Persona): Promise<void> {
  const tenant = exchange.interaction.params[ownParams.tenant] ?? "common";
  if (tenantTakes(tenant, persona)) return signInUnlessRefused(exchange, persona);
  const { address } = persona;
  const { wrongTenant } = wordsOf(languageOf(exchange.req));
  return refuse(exchange, address, fill(wrongTenant, { tenant, address }));
}

async function signInUnlessRefused(exchange: Exchange, persona: Persona): Promise<void> {
  const { identity, req, interaction } = exchange;
  const client = interaction.params["client_id"] ?? "";
  const outside = registrationOf(client)?.audience === "work" && persona.kind === "personal";
  const key = outside
    ? "not-for-consumers"
    : (identity.state.takeRefusal(persona.oid, "authorize") ?? troubleAt(persona, "authorize"));
  const approved = (key === "90094" || key === "90095") && isApproved(identity.state, persona, client);
  if (key === undefined || approved) return finishSignIn(exchange, persona);
  const error = pageRefusalOf(key, sceneOf(exchange, persona.address));
  const description = errorDescription(error, identity.clock.now());
  const page = { language: languageOf(req), basePath: identity.basePath, app: registration.name };
  sendSignIn(exchange, 200, refusalPage({ ...page, account: persona, refusal: key, description }));
}

/** Back to the application, as the link on Microsoft's page does. */
async function tellRefusal(exchange: Exchange, form: URLSearchParams): Promise<void> {
  const key = form.get("refusal") ?? "";
  if (refusals[key] === undefined) return decline(exchange);
  const error = pageRefusalOf(key, sceneOf(exchange, form.get("user") ?? ""));
  const description = errorDescription(error, exchange.identity.clock.now());
  const result = { error: error.oauthError, error_description: description };
  replyRedirect(exchange.res, await finish(exchange, result));
}

const sceneOf = ({ interaction: { params } }: Exchange, user: string) => ({
  user,
  app: params["client_id"] ?? "",
  tenant: params[ownParams.tenant] ?? "common",
  redirect: params["redirect_uri"] ?? "",
});

function refuse(exchange: Exchange, hint: string, problem: string): void {
  sendSignIn(exchange, 400, signInForm(signInPage(exchange, { hint, problem })));
}

function sendSignIn({ res, interaction }: Exchange, status: number, page: string): void {
  replyPage(res, { status, html: page, ...formTarget(interaction) });
}

/** Browsers hold `form-action` against the redirects after a form too: the application's origin. */
function formTarget({ params }: Interaction): { formTarget?: string } {
  const target = URL.parse(params["redirect_uri"] ?? "");
  return target === null ? {} : { formTarget: target.origin };
}

async function finishSignIn(exchange: Exchange, persona: Persona): Promise<void> {
  const { identity, req, res, interaction } = exchange;
  const returnTo = await finish(exchange, {
    login: { accountId: persona.oid, amr: ["pwd"] },
    ...(interaction.prompt.name === "select_account" ? { select_account: {} } : {}),
  });
  await leaveOtherAccount(exchange, persona);
  identity.browsers.signIn(req, res, persona);
  replyRedirect(res, returnTo);
}

/** oidc-provider would ask for a logout before another account signs in; Microsoft simply switches. */
async function leaveOtherAccount({ identity, interaction }: Exchange, persona: Persona): Promise<void> {
  const uid = interaction.session?.uid;
  if (uid === undefined || interaction.session?.accountId === persona.oid) return;
  const session = await identity.provider.Session.findByUid(uid);
  if (session?.accountId === undefined) return;
  delete session.accountId;
  await session.persist();
}

async function consentStep(exchange: Exchange, form: URLSearchParams | null): Promise<void> {
  const { identity, req, res, interaction } = exchange;
  const account = personaByOid(interaction.session?.accountId ?? "");
  if (account === undefined) throw new Error("consent was asked for with nobody signed in");
  const scopes = (interaction.params[ownParams.scope] ?? "").split(" ");
  const action = form?.get("action");
  if (action === "cancel") return decline(exchange);
  if (action === "accept") {
    identity.state.consent(account.oid, interaction.params["client_id"] ?? "", scopes);
    return replyRedirect(res, await finish(exchange, { consent: {} }));
  }
  const page = {
    language: languageOf(req),
    basePath: identity.basePath,
    app: registration.name,
    account,
    scopes,
  };
  replyPage(res, { status: 200, html: consentPage(page), ...formTarget(interaction) });
}

/** Work and personal accounts are told in different words; both are `access_denied`. */
async function decline(exchange: Exchange): Promise<void> {
  const { identity, res, interaction } = exchange;
  const account = personaByOid(interaction.session?.accountId ?? "");
  const description =
    account?.kind === "work"
      ? errorDescription(
          new MicrosoftError("access_denied", 65004, "User declined to consent to access the app."),
          identity.clock.now(),
        )
      : "The user has denied access to the scope requested by the client application.";
  replyRedirect(res, await finish(exchange, { error: "access_denied", error_description: description }));
}

/** Hands the result over and returns where to go on: a path, so that the browser stays on its host. */
async function finish({ identity, req, res }: Exchange, result: InteractionResult): Promise<string> {
  const returnTo = await identity.provider.interactionResult(req, res, result, {
    mergeWithLastSubmission: true,
  });
  const { pathname, search } = new URL(returnTo);
  return pathname + search;
}
