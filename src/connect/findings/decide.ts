/** The doctor's decision: from the failed step and its error to one finding. Pure. */
import { HitchpostError, type ErrorCode } from "../../core/errors.ts";
import { conclude } from "../doctor/decide.ts";
import { noContext, type AccountKind, type Observation, type ProbeName } from "../doctor/observation.ts";
import { withBroader, type FindingCode } from "./catalogue.ts";
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
  /** The account's kind, where a token told it. */
  kind?: AccountKind;
  /** The mailbox was never opened here: it may be too new to open. */
  neverOpened?: boolean;
  /** What further probes saw: they tell apart the causes of one answer. */
  seen?: readonly Observation[];
  /** Epoch milliseconds. */
  at: number;
}

/** Told by us or by the wire itself, not by a server's words: nothing in an answer changes what they mean. */
const byCode: Partial<Record<ErrorCode, FindingCode>> = {
  account_mismatch: "account_mismatch",
  oauth_not_configured: "app_missing",
  host_not_allowed: "host_not_allowed",
  tls_required: "encryption_missing",
  secret_unreadable: "key_missing",
};

/** What is true of the error whatever was answered; the answer names a narrower cause. */
const atLeast: Partial<Record<ErrorCode, FindingCode>> = {
  oauth_denied: "consent_declined",
  oauth_state_invalid: "authorization_expired",
  oauth_consent_needed: "consent_missing",
  oauth_grant_invalid: "sign_in_needed",
  oauth_client_invalid: "app_refused",
  oauth_unavailable: "identity_unreachable",
  oauth_discovery_failed: "identity_unreachable",
  oauth_invalid_response: "identity_answer_invalid",
  basic_auth_blocked: "basic_auth_blocked",
  not_connected: "imap_not_open",
  throttled: "throttled",
  dns_failed: "host_not_found",
  network_refused: "host_refused",
  network_timeout: "host_silent",
  network_unreachable: "host_unreachable",
  tls_failed: "tls_failed",
  connection_lost: "connection_unstable",
  folder_unavailable: "folder_missing",
};

const byTlsReason: Record<string, FindingCode> = {
  starttls_missing: "encryption_missing",
  name_mismatch: "tls_name_mismatch",
  expired: "tls_expired",
  not_yet_valid: "tls_not_yet_valid",
  self_signed: "tls_self_signed",
  untrusted: "tls_unknown_issuer",
  not_tls: "tls_wrong_port",
};

/** The code of the finding that names the cause, from the failure and all that other probes saw. */
export function decide(failure: Failure): FindingCode {
  const { error, address } = failure;
  if (!(error instanceof HitchpostError)) return "unknown";
  if (error.code === "account_mismatch" && isNamed(address, error.details["signedIn"]))
    return "account_replaced";
  const fixed = byCode[error.code];
  if (fixed !== undefined) return fixed;
  if (failure.step === "authorize" && isOutage(error)) return "sign_in_unanswered";
  const said = bySaid(failure, error);
  if (said === "unknown" && isUnheardOf(error)) return said;
  const least = leastOf(failure, error);
  // What cannot be told is as true as before; a word in passing does not outdo what the wire itself showed.
  return said === null || said === "unknown" || isOnTheWay(error) ? narrower(least, said) : said;
}

const isNamed = (address: string, signedIn: unknown): boolean =>
  typeof signedIn === "string" && signedIn.toLowerCase() === address.toLowerCase();

const isOutage = ({ code }: HitchpostError): boolean =>
  code === "oauth_unavailable" || code === "oauth_discovery_failed";

/** A refusal in good form of a kind that nobody has heard of: nothing was wrong with the answer but what it says. */
const isUnheardOf = ({ code, details }: HitchpostError): boolean =>
  code === "oauth_invalid_response" && typeof details["oauthError"] === "string";

const isOnTheWay = ({ code }: HitchpostError): boolean =>
  code === "dns_failed" || code === "tls_failed" || code.startsWith("network_");

const narrower = (least: FindingCode, said: FindingCode | null): FindingCode =>
  said !== null && withBroader(said).includes(least) ? said : least;

function leastOf({ step, method }: Failure, { code, details }: HitchpostError): FindingCode {
  const reason = typeof details["reason"] === "string" ? details["reason"] : "";
  if (code === "tls_failed") return byTlsReason[reason] ?? "tls_failed";
  if (code === "oauth_grant_invalid" && step === "authorize") return "authorization_expired";
  if (code === "auth_failed" && step !== "sending")
    return method === "password" ? "password_refused" : "token_refused";
  if (code === "throttled" && reason === "connections") return "too_many_connections";
  return atLeast[code] ?? (step === "sending" ? "sending_refused" : "unknown");
}

const probeOfStep: Record<ProbeStep, ProbeName> = {
  authorize: "redeem",
  account: "claims",
  mailbox: "imap_sign_in",
  reading: "imap_open",
  sending: "smtp",
};

/** What the doctor makes of the server's own words, with the other probes beside them; null: it said nothing. */
function bySaid(failure: Failure, error: HitchpostError): FindingCode | null {
  const { address, host, method, kind = null } = failure;
  const { aadsts, oauthError, response } = error.details;
  const number = typeof aadsts === "number" ? `AADSTS${aadsts}` : "";
  const answer = [number, oauthError, response]
    .filter((part) => typeof part === "string" && part !== "")
    .join(" ");
  const seen = failure.seen ?? [];
  if (answer === "" && seen.length === 0) return null;
  const probe =
    error.code.startsWith("oauth_") && failure.step !== "authorize" ? "refresh" : probeOfStep[failure.step];
  const first: Observation = { probe, ok: false, ...(answer === "" ? {} : { answer }) };
  return conclude([first, ...seen], { ...noContext, kind, method, address, host })?.code ?? null;
}

/** What a personal mailbox that is not made yet is taken for where Graph did not say. */
const alikeWhenNew: ReadonlySet<FindingCode> = new Set(["imap_not_open", "imap_disabled", "token_refused"]);

/** Only Graph tells a mailbox that is new from one that lets no program in. */
const perhapsNew = ({ kind, neverOpened, seen = [] }: Failure, code: FindingCode): boolean =>
  kind === "personal" &&
  neverOpened === true &&
  alikeWhenNew.has(code) &&
  !seen.some(({ probe }) => probe === "graph_inbox");

/** The finding with its parameters and what was seen. */
export function findingOf(failure: Failure): Finding {
  const details = failure.error instanceof HitchpostError ? failure.error.details : {};
  const signedIn = typeof details["signedIn"] === "string" ? details["signedIn"] : "";
  const code = decide(failure);
  return {
    code,
    params: {
      wanted: failure.address,
      host: failure.host,
      step: failure.step,
      ...(signedIn === "" ? {} : { signedIn }),
      ...minutesOf(failure),
      ...(failure.redirectUri === undefined ? {} : { redirectUri: failure.redirectUri }),
      ...(perhapsNew(failure, code) ? { perhaps: "new" } : {}),
    },
    evidence: evidenceOf(failure),
  };
}

/** How far the clocks differ, for the words. */
function minutesOf({ seen = [] }: Failure): { minutes?: string } {
  const skewMs = seen.find(({ probe }) => probe === "clock")?.skewMs;
  return skewMs === undefined ? {} : { minutes: String(Math.round(Math.abs(skewMs) / 60_000)) };
}

function evidenceOf({ error, step, at, host, seen = [] }: Failure): Evidence[] {
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
  const time = new Date(at).toISOString();
  return [
    ...lines.map((line) => ({ at: time, step, line: withoutSecrets(line) })),
    ...seen.map((one) => ({ at: time, step, line: withoutSecrets(lineOf(one)) })),
  ];
}

/** A further probe in one line: what was tried, and what came of it. */
export function lineOf({ probe, ok, answer, retry, account, user, skewMs }: Observation): string {
  const what = retry === undefined ? probe : `${probe} (${retry})`;
  if (account !== undefined && user !== undefined) return `${what}  token of ${account}, opened as ${user}`;
  if (skewMs !== undefined) return `${what}  differs by ${Math.round(skewMs / 1000)} s`;
  return `${what}  ${ok ? (answer ?? "ok") : (answer ?? "failed")}`;
}
