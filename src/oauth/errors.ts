/**
 * What the identity platform's refusals mean (Microsoft identity platform, "Error codes"). Decides by `error`, then by the
 * AADSTS number: the words change. Pure.
 */
import { HitchpostError, type ErrorCode } from "../core/errors.ts";

export interface OAuthRefusal {
  /** RFC 6749 4.1.2.1, 5.2; RFC 8628 3.5. */
  error: string;
  description: string;
  /** First AADSTS number in the description or `error_codes`; null when there is none. */
  aadsts: number | null;
}

const byNumber: Record<number, ErrorCode> = {
  65004: "oauth_denied",
  65001: "oauth_denied",
  90094: "oauth_denied", // an administrator must consent
  90095: "oauth_denied",
  // The operator's: registration, audience, tenant, scopes
  50194: "oauth_client_invalid",
  70001: "oauth_client_invalid",
  70011: "oauth_client_invalid",
  28000: "oauth_client_invalid",
  90002: "oauth_client_invalid",
  500011: "oauth_client_invalid",
  650056: "oauth_client_invalid",
  650057: "oauth_client_invalid",
  700022: "oauth_client_invalid",
  9002327: "oauth_client_invalid",
  9002331: "oauth_client_invalid",
  9002332: "oauth_client_invalid",
  9002346: "oauth_client_invalid",
  7000215: "oauth_client_invalid",
  7000222: "oauth_client_invalid",
  7000218: "oauth_client_invalid",
  700025: "oauth_client_invalid",
  700016: "oauth_client_invalid",
  50011: "oauth_client_invalid",
  9002326: "oauth_client_invalid",
  90033: "oauth_unavailable",
};

const byError: Record<string, ErrorCode> = {
  access_denied: "oauth_denied",
  authorization_declined: "oauth_denied",
  consent_required: "oauth_denied",
  interaction_required: "oauth_grant_invalid",
  login_required: "oauth_grant_invalid",
  invalid_grant: "oauth_grant_invalid",
  expired_token: "oauth_state_invalid",
  code_expired: "oauth_state_invalid",
  bad_verification_code: "oauth_state_invalid",
  authorization_pending: "authorization_pending",
  slow_down: "authorization_pending",
  invalid_client: "oauth_client_invalid",
  unauthorized_client: "oauth_client_invalid",
  invalid_scope: "oauth_client_invalid",
  server_error: "oauth_unavailable",
  temporarily_unavailable: "oauth_unavailable",
};

/** The first AADSTS number of a text, as in "AADSTS70008: The refresh token has expired". */
export const aadstsOf = (text: string): number | null => {
  const found = /AADSTS(\d{4,9})/.exec(text);
  return found ? Number(found[1]) : null;
};

/** The catalogue's code for a refusal. */
export const codeOfRefusal = ({ error, aadsts }: OAuthRefusal): ErrorCode =>
  (aadsts !== null ? byNumber[aadsts] : undefined) ?? byError[error] ?? "oauth_invalid_response";

/** An error that carries the refusal as evidence; trace ids and times are cut off. */
export function refusalError(refusal: OAuthRefusal, cause?: unknown): HitchpostError {
  const sentence = refusal.description.split(/\s+Trace ID:/)[0]?.slice(0, 400) ?? "";
  const code = codeOfRefusal(refusal);
  return new HitchpostError(
    code,
    sentence === "" ? `The identity provider answered ${refusal.error}.` : sentence,
    {
      cause,
      details: {
        response: `${refusal.error}: ${sentence}`,
        oauthError: refusal.error,
        aadsts: refusal.aadsts,
      },
    },
  );
}

/**
 * Refusals of a refresh that speak of the scopes and not of the grant: never consented to (65001; 70000 for personal
 * accounts), or of another resource than the refresh token's (70011, 28000, 700022, 500011, 650057).
 */
const scopeRefusals: ReadonlySet<unknown> = new Set([65001, 70000, 70011, 28000, 700022, 500011, 650057]);

/** True when a sign-in for these scopes would help, while what was granted before may go on. */
export const asksForConsent = (error: unknown): boolean =>
  error instanceof HitchpostError &&
  (scopeRefusals.has(error.details["aadsts"]) ||
    error.details["oauthError"] === "invalid_scope" ||
    error.details["oauthError"] === "consent_required");
