/** The doctor's decision: from the failed step and its error to one finding. Pure. */
import { HitchpostError, type ErrorCode } from "../../core/errors.ts";
import type { FindingCode } from "./catalogue.ts";
import { withoutSecrets } from "./secrets.ts";
import type { Evidence, Finding } from "./types.ts";

export type ProbeStep = "authorize" | "account" | "mailbox" | "reading" | "sending";

export interface Failure {
  step: ProbeStep;
  error: unknown;
  method: "oauth" | "password";
  address: string;
  host: string;
  redirectUri?: string;
  /** Epoch milliseconds. */
  at: number;
}

const byCode: Partial<Record<ErrorCode, FindingCode>> = {
  account_mismatch: "account_mismatch",
  oauth_denied: "consent_declined",
  oauth_consent_needed: "consent_missing",
  oauth_grant_invalid: "grant_expired",
  oauth_state_invalid: "authorization_expired",
  oauth_client_invalid: "app_refused",
  oauth_not_configured: "app_missing",
  oauth_unavailable: "identity_unreachable",
  oauth_discovery_failed: "identity_unreachable",
  oauth_invalid_response: "identity_answer_invalid",
  basic_auth_blocked: "basic_auth_blocked",
  not_connected: "imap_not_open",
  throttled: "throttled",
  dns_failed: "host_not_found",
  network_refused: "host_refused",
  network_timeout: "host_silent",
  network_unreachable: "host_silent",
  host_not_allowed: "host_not_allowed",
  tls_failed: "tls_untrusted",
  tls_required: "encryption_missing",
  connection_lost: "connection_unstable",
  secret_unreadable: "key_missing",
};

/** The code of the finding that names the cause. */
export function decide(failure: Failure): FindingCode {
  const { error, step, method, address } = failure;
  if (!(error instanceof HitchpostError)) return "unknown";
  if (error.code === "account_mismatch" && isNamed(address, error.details["signedIn"]))
    return "account_replaced";
  const atSignIn = step === "authorize" ? signInFinding(error) : null;
  if (atSignIn !== null) return atSignIn;
  if (error.code === "auth_failed") return authFinding(step, method);
  if (error.code === "tls_failed" && error.details["reason"] === "starttls_missing")
    return "encryption_missing";
  const known = byCode[error.code];
  if (known === undefined) return step === "sending" ? "sending_refused" : "unknown";
  return known;
}

const isNamed = (address: string, signedIn: unknown): boolean =>
  typeof signedIn === "string" && signedIn.toLowerCase() === address.toLowerCase();

/** Asked for more than a code: a second factor, another password, a device that is known. */
const asksPerson = new Set([50_055, 50_072, 50_074, 50_076, 50_078, 50_079, 50_158, 53_000, 53_001, 53_003]);

/** Only an administrator may consent ("Need admin approval"). */
const needsAdmin = new Set([90_093, 90_094, 90_095, 900_941]);

/** Before there is a permission nothing can be tested again, and a refused code is no expired permission. */
function signInFinding({ code, details }: HitchpostError): FindingCode | null {
  if (code === "oauth_unavailable" || code === "oauth_discovery_failed") return "sign_in_unanswered";
  if (needsAdmin.has(Number(details["aadsts"]))) return "admin_consent_required";
  const isCode = details["oauthError"] === "invalid_grant" && !asksPerson.has(Number(details["aadsts"]));
  return code === "oauth_grant_invalid" && isCode ? "authorization_expired" : null;
}

function authFinding(step: ProbeStep, method: Failure["method"]): FindingCode {
  if (step === "sending") return "sending_refused";
  return method === "password" ? "password_refused" : "token_refused";
}

/** The finding with its parameters and what was seen. */
export function findingOf(failure: Failure): Finding {
  const details = failure.error instanceof HitchpostError ? failure.error.details : {};
  const signedIn = typeof details["signedIn"] === "string" ? details["signedIn"] : "";
  return {
    code: decide(failure),
    params: {
      wanted: failure.address,
      host: failure.host,
      step: failure.step,
      ...(signedIn === "" ? {} : { signedIn }),
      ...(failure.redirectUri === undefined ? {} : { redirectUri: failure.redirectUri }),
    },
    evidence: evidenceOf(failure),
  };
}

function evidenceOf({ error, step, at, host }: Failure): Evidence[] {
  const message =
    error instanceof HitchpostError
      ? `${error.code}: ${error.message}`
      : "an unexpected failure; see the server's log";
  const response = error instanceof HitchpostError ? error.details.response : undefined;
  const from = host === "" ? "" : `${host}  `;
  // A refusal's sentence is the server's own line.
  const said =
    response !== undefined && response !== "" && message.endsWith(`: ${response.replace(/^\w+: /, "")}`);
  const lines = said ? [from + response] : [from + message, ...(response === undefined ? [] : [response])];
  return lines.map((line) => ({ at: new Date(at).toISOString(), step, line: withoutSecrets(line) }));
}
