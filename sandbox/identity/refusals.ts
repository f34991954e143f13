/**
 * What the identity platform says when it refuses, by AADSTS number: the OAuth error beside it and the sentence, with
 * `{user}`, `{app}`, `{tenant}` filled in.
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */

import type { Persona } from "../personas/persona.ts";
import { MicrosoftError } from "./microsoft-error.ts";

export type Refusal = { error: string; text: string; suberror?: string; status?: number };

const mfa =
  "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '{resource}'.";

/** Accounts and passwords. */
const account = {
  "16000": {
    error: "interaction_required",
    text: "User account '{user}' from identity provider 'live.com' does not exist in tenant '{tenant}' and cannot access the application '{app}'(Hitchpost) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.",
  },
  "50020": {
    error: "invalid_grant",
    text: "User account '{user}' from identity provider 'live.com' does not exist in tenant '{tenant}' and cannot access the application '{app}'(Hitchpost) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.",
  },
  "50034": {
    error: "invalid_grant",
    text: "The user account {user} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory.",
  },
  "51004": {
    error: "invalid_grant",
    text: "The user account {user} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory.",
  },
  "50053": {
    error: "invalid_grant",
    text: "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
  },
  "50055": {
    error: "invalid_grant",
    text: "The password is expired.",
    suberror: "user_password_expired",
  },
  "50056": {
    error: "invalid_grant",
    text: "Invalid or null password: password does not exist in the directory for this user.",
  },
  "50057": { error: "invalid_grant", text: "The user account is disabled." },
  "50126": {
    error: "invalid_grant",
    text: "Error validating credentials due to invalid username or password.",
  },
  "50105": {
    error: "invalid_grant",
    text: "Your administrator has configured the application Hitchpost ('{app}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '{user}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application.",
  },
  "70000-abuse": {
    error: "invalid_grant",
    text: "User account is found to be in service abuse mode.",
  },
} as const satisfies Record<string, Refusal>;

/** More is wanted of the person, or of the device. */
const interaction = {
  "50058": {
    error: "login_required",
    text: "A silent sign-in request was sent but no user is signed in.",
  },
  "50072": {
    error: "invalid_grant",
    text: "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '{resource}'.",
    suberror: "basic_action",
  },
  "50074": {
    error: "interaction_required",
    text: "Strong Authentication is required.",
    suberror: "basic_action",
  },
  "50076": { error: "interaction_required", text: mfa, suberror: "basic_action" },
  "50078": {
    error: "interaction_required",
    text: "Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication to access '{resource}'.",
    suberror: "basic_action",
  },
  "50079": {
    error: "interaction_required",
    text: "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '{resource}'.",
    suberror: "basic_action",
  },
  "50158": {
    error: "interaction_required",
    text: "External security challenge not satisfied. User will be redirected to another page or authentication provider to satisfy additional authentication challenges.",
  },
  "53000": {
    error: "interaction_required",
    text: "Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant. The user must enroll their device with an approved MDM provider like Intune.",
    suberror: "message_only",
  },
  "53001": {
    error: "interaction_required",
    text: "Device is not in required device state: domain_joined. Conditional Access policy requires a domain joined device, and the device is not domain joined.",
    suberror: "message_only",
  },
  "53002": {
    error: "interaction_required",
    text: "The application used is not an approved application for Conditional Access. User needs to use one of the apps from the list of approved applications to use in order to get access.",
    suberror: "message_only",
  },
  "53003": {
    error: "interaction_required",
    text: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    suberror: "message_only",
  },
  "530032": {
    error: "invalid_grant",
    text: "User blocked due to risk on home tenant: the security policy configured on the tenant does not allow this sign-in.",
  },
  "530034": {
    error: "invalid_grant",
    text: "A delegated administrator was blocked from accessing the tenant due to account risk in their home tenant.",
  },
  "530035": {
    error: "access_denied",
    text: "Access has been blocked by security defaults. The access was deemed unsafe by security defaults.",
  },
  "70000-interaction": {
    error: "invalid_grant",
    text: "The provided value for the input parameter 'refresh_token' or 'assertion' is not valid: user interaction is required.",
    suberror: "bad_token",
  },
} as const satisfies Record<string, Refusal>;

/** The permission: not given, not enough, an administrator's to give. */
const consent = {
  "65001": {
    error: "invalid_grant",
    text: "The user or administrator has not consented to use the application with ID '{app}' named 'Hitchpost'. Send an interactive authorization request for this user and resource.",
    suberror: "consent_required",
  },
  "65004": { error: "access_denied", text: "User declined to consent to access the app." },
  "65006": {
    error: "invalid_grant",
    text: "The app is requesting permissions that are not in its registration's list of required resource access.",
  },
  "90094": {
    error: "access_denied",
    text: "The grant requires admin permission. Hitchpost needs permission to access resources in your organization that only an admin can grant. Please ask an admin to grant permission to this app before you can use it.",
  },
  "90095": {
    error: "access_denied",
    text: "Admin consent is required for the permissions requested by this application. An admin consent request may be sent to the admin.",
  },
  "70000": {
    error: "invalid_grant",
    text: "The request was denied because one or more scopes requested are unauthorized or expired. The user must first sign in and grant the client application access to the requested scope.",
  },
  "650052": {
    error: "invalid_client",
    text: "The app is trying to access a service '{resource}'(Office 365 Exchange Online) that your organization '{tenant}' lacks a service principal for. Contact your IT Admin to review the configuration of your service subscriptions or consent to the application in order to create the required service principal.",
    status: 400,
  },
  "650056": {
    error: "invalid_client",
    text: "Misconfigured application. This could be due to one of the following: the client has not listed any permissions for '{resource}' in the requested permissions in the client's application registration. Or, the admin has not consented in the tenant. Or, check the application identifier in the request to ensure it matches the configured client application identifier.",
    status: 400,
  },
  "650057": {
    error: "invalid_resource",
    text: "Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration. Client app ID: {app}(Hitchpost). Resource value from request: {resource}.",
  },
} as const satisfies Record<string, Refusal>;

/** Codes and tokens that have run out, were used or taken back. */
const grant = {
  "50132": {
    error: "invalid_grant",
    text: "The session is not valid due to the following reasons: password expiration or recent password change, SSO artifact is expired or revoked, session is not fresh enough for the application, or a silent sign-in request was sent but the user's session with Azure AD is invalid or has expired.",
  },
  "50133": {
    error: "invalid_grant",
    text: "Session is invalid due to expiration or recent password change.",
    suberror: "bad_token",
  },
  "50173": {
    error: "invalid_grant",
    text: "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '2026-01-14T08:12:44.0000000Z' and the TokensValidFrom date (before which tokens are not valid) for this user is '2026-02-01T07:00:00.0000000Z'.",
    suberror: "bad_token",
  },
  "54005": {
    error: "invalid_grant",
    text: "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
  },
  "501481": {
    error: "invalid_grant",
    text: "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
  },
  "70008": {
    error: "invalid_grant",
    text: "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
  },
  "70043": {
    error: "invalid_grant",
    text: "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. The token was issued on 2026-01-14T08:12:44.0000000Z and the maximum allowed lifetime for this request is 86400.",
    suberror: "token_expired",
  },
  "700082": {
    error: "invalid_grant",
    text: "The refresh token has expired due to inactivity. The token was issued on 2025-10-02T09:31:08.0000000Z and was inactive for 90.00:00:00.",
  },
  "700084": {
    error: "invalid_grant",
    text: "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which can't be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page.",
  },
  "700005": {
    error: "invalid_grant",
    text: "The provided Authorization Code is intended to use against other tenant, thus rejected. OAuth2 Authorization Code must be redeemed against same tenant it was acquired for.",
  },
  "70018": {
    error: "bad_verification_code",
    text: "Invalid verification code due to User typing in wrong user code for device code flow.",
  },
  "70019": { error: "expired_token", text: "Verification code expired. Have the user retry the sign-in." },
} as const satisfies Record<string, Refusal>;

/** The request and the application's registration: the operator's to mend. */
const registration = {
  "28000": {
    error: "invalid_request",
    text: "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope {resource}/IMAP.AccessAsUser.All https://graph.microsoft.com/Mail.Read is not valid.",
  },
  "70011": {
    error: "invalid_scope",
    text: "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. One or more scopes in '{resource}/IMAP.AccessAsUser.All https://graph.microsoft.com/Mail.Read' are not compatible with each other.",
  },
  "700022": {
    error: "invalid_grant",
    text: "The provided value for the input parameter 'scope' is not valid because it contains more than one resource.",
  },
  "50011": {
    error: "invalid_request",
    text: "The redirect URI '{redirect}' specified in the request does not match the redirect URIs configured for the application '{app}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.",
  },
  "50194": {
    error: "invalid_request",
    text: "Application '{app}'(Hitchpost) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.",
  },
  "500011": {
    error: "invalid_resource",
    text: "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.",
  },
  "70001": {
    error: "unauthorized_client",
    text: "The application named '{app}' was not found in the tenant named '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.",
  },
  "700016": {
    error: "unauthorized_client",
    text: "Application with identifier '{app}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
  },
  "700025": {
    error: "invalid_client",
    text: "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
  },
  "7000215": {
    error: "invalid_client",
    text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app}'.",
  },
  "7000218": {
    error: "invalid_client",
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  },
  "7000222": {
    error: "invalid_client",
    text: "The provided client secret keys for app '{app}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
  },
  "90002": {
    error: "invalid_request",
    text: "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
  },
  "90014": { error: "invalid_request", text: "The required field 'scope' is missing from the credential." },
  "90023": { error: "invalid_request", text: "No applicable permissions were found for this request." },
  "900561": {
    error: "invalid_request",
    text: "The endpoint only accepts POST requests. Received a GET request.",
  },
  "9001023": {
    error: "invalid_request",
    text: "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
  },
  "9002313": { error: "invalid_request", text: "Invalid request. Request is malformed or invalid." },
  "9002326": {
    error: "invalid_request",
    text: "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type.",
  },
  "9002327": {
    error: "invalid_request",
    text: "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
  },
  "9002331": {
    error: "invalid_request",
    text: "Application '{app}'(Hitchpost) is configured for use by Microsoft Account users only. Please use the /consumers endpoint to serve this request.",
  },
  "9002332": {
    error: "invalid_request",
    text: "Application '{app}'(Hitchpost) is configured for use by Azure Active Directory users only. Please do not use the /consumers endpoint to serve this request.",
  },
  "9002346": {
    error: "invalid_request",
    text: "Application '{app}'(Hitchpost) is configured for use by Microsoft Account users only. Please use the /consumers endpoint to serve this request.",
  },
  "90027": {
    error: "invalid_client",
    text: "We are unable to issue tokens from this API version on the MSA tenant. Please contact the application vendor as they need to use version 2.0 of the protocol to support this.",
    status: 400,
  },
  "500200": {
    error: "invalid_request",
    text: "User account '{user}' is a personal Microsoft account. Personal Microsoft accounts are not supported for this application unless explicitly invited to an organization. Try signing out and signing back in with an organizational account.",
  },
  "500201": {
    error: "invalid_request",
    text: "We are unable to issue tokens from this API version for a Microsoft account. Please contact the application vendor as they need to use version 2.0 of the protocol to support this.",
  },
} as const satisfies Record<string, Refusal>;

/** Answers that carry no number: of the personal accounts' own service, and when Microsoft itself has trouble. */
const unnumbered = {
  "not-for-consumers": {
    error: "unauthorized_client",
    text: "The client does not exist or is not enabled for consumers. If you are the application developer, configure a new application through the App Registrations in the Azure Portal at https://go.microsoft.com/fwlink/?linkid=2083908.",
  },
  denied: {
    error: "access_denied",
    text: "The user has denied access to the scope requested by the client application.",
  },
  "server-error": {
    error: "server_error",
    text: "The server encountered an unexpected error. Please retry the request.",
    status: 500,
  },
  "temporarily-unavailable": {
    error: "temporarily_unavailable",
    text: "The server is temporarily too busy to handle the request. Please retry.",
    status: 503,
  },
  "consent-required": {
    error: "consent_required",
    text: "The user must consent to the permissions the application asks for.",
  },
  "interaction-required": {
    error: "interaction_required",
    text: "The request requires user interaction.",
  },
  "login-required": { error: "login_required", text: "The user must sign in again." },
  "invented-kind": {
    error: "quota_of_moons_exceeded",
    text: "The tide table of this grant is upside down. Turn it over before the next request.",
  },
} as const satisfies Record<string, Refusal>;

export const refusals: Record<string, Refusal> = {
  ...account,
  ...interaction,
  ...consent,
  ...grant,
  ...registration,
  ...unnumbered,
};

export type RefusalScene = { user?: string; app: string; tenant: string; redirect?: string };

/**
 * The refusal of that key as an error, its places filled in.
 * @throws Error for a key that stands in no table
 */
export function refusalOf(key: string, scene: RefusalScene): MicrosoftError {
  const refusal = refusals[key];
  if (refusal === undefined) throw new Error(`no refusal is called ${key}`);
  const values: Record<string, string> = {
    resource: "https://outlook.office.com",
    user: "",
    redirect: "",
    ...scene,
  };
  const text = refusal.text.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
  const { suberror, status } = refusal;
  return new MicrosoftError(refusal.error, numberOf(key), text, {
    ...(suberror === undefined ? {} : { suberror }),
    ...(status === undefined ? {} : { status }),
  });
}

/**
 * The same at the authorization endpoint, which knows no `invalid_grant` (RFC 6749 4.1.2.1): what would be one at the token
 * endpoint is `access_denied` there.
 */
export function pageRefusalOf(key: string, scene: RefusalScene): MicrosoftError {
  const error = refusalOf(key, scene);
  return error.oauthError === "invalid_grant"
    ? new MicrosoftError("access_denied", error.number, error.message)
    : error;
}

/** The AADSTS number that begins a key; 0 where the answer carries none. */
export const numberOf = (key: string): number => Number(/^\d+/.exec(key)?.[0] ?? 0);

/** What a persona's own trouble at a step is; undefined when there is none. */
export const troubleAt = (persona: Persona, step: string): string | undefined =>
  persona.trouble?.signIn?.find(({ at }) => at === step)?.refusal;
