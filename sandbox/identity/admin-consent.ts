/**
 * `/{tenant}/v2.0/adminconsent`: an administrator consents for everybody of the organization. Whoever opens the page here is
 * taken for the administrator.
 * https://learn.microsoft.com/entra/identity-platform/v2-admin-consent
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { workTenantId, type Persona } from "../personas/persona.ts";
import { readForm } from "../http/form.ts";
import { replyPage, replyRedirect } from "../http/reply.ts";
import { adminConsentPage } from "../pages/consent.ts";
import { languageOf } from "../pages/language.ts";
import { judgeScopes, judgeWhereTo } from "./authorize.ts";
import type { IdentityContext } from "./context.ts";
import { errorDescription, MicrosoftError } from "./microsoft-error.ts";
import { refusalOf } from "./refusals.ts";
import { registration } from "./registration.ts";
import { fullScopes, parseScopes } from "./scopes.ts";
import type { State } from "./state.ts";

/** What this account consented to, or its administrator for it. */
export const consentsOf = (state: State, persona: Persona, clientId: string): Set<string> =>
  new Set([...state.consented(persona.oid, clientId), ...state.consentedForAll(persona.tid, clientId)]);

/** Whether the organization's administrator has consented, which ends a "Need admin approval". */
export const isApproved = (state: State, persona: Persona, clientId: string): boolean =>
  state.consentedForAll(persona.tid, clientId).size > 0;

/** Null when the request can be shown to an administrator. */
export function judgeAdminConsent(
  tenant: string,
  query: URLSearchParams,
  publicUrl: string,
): MicrosoftError | null {
  const scene = { app: query.get("client_id") ?? "", tenant };
  // `common` does not say whose administrator is meant, and personal accounts have none.
  if (tenant !== "organizations" && tenant !== workTenantId) return refusalOf("90002", scene);
  return judgeWhereTo(tenant, query, publicUrl) ?? judgeScopes(query.get("scope"));
}

/** Shows the page, or takes the administrator's answer. */
export async function handleAdminConsent(
  context: IdentityContext,
  req: IncomingMessage,
  res: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const { basePath, clock } = context;
  const redirectUri = query.get("redirect_uri") ?? "";
  const scopes = fullScopes(parseScopes(query.get("scope") ?? ""));
  if (req.method !== "POST") {
    const page = { language: languageOf(req), basePath, app: registration.name, scopes };
    return replyPage(res, {
      status: 200,
      html: adminConsentPage(page),
      formTarget: new URL(redirectUri).origin,
    });
  }
  const accepted = (await readForm(req)).get("action") === "accept";
  const clientId = query.get("client_id") ?? "";
  if (accepted) context.state.consentForAll(workTenantId, clientId, scopes);
  const declined = new MicrosoftError("access_denied", 65004, "User declined to consent to access the app.");
  const fields: Record<string, string> = accepted
    ? { admin_consent: "True", tenant: workTenantId, scope: scopes.join(" ") }
    : {
        error: "access_denied",
        error_description: errorDescription(declined, clock.now()),
        admin_consent: "True",
      };
  const back = new URL(redirectUri);
  for (const [name, value] of Object.entries(fields)) back.searchParams.set(name, value);
  const state = query.get("state");
  if (state !== null) back.searchParams.set("state", state);
  replyRedirect(res, back.href);
}
