/**
 * What an IMAP server or imapflow says, as an error of the catalogue. Pure: a table of texts that servers really send
 * (RFC 5530 response codes; Microsoft's have none, so its texts are read).
 */
import { HitchpostError, isHitchpostError } from "../../core/errors.ts";
import type { ErrorCode, ErrorDetails } from "../../core/errors.ts";
import { responseCode } from "./imapflow-internals.ts";
import { codeOf, networkError, tlsFailed, tlsReasonOf } from "../net/network-errors.ts";

/** The fields that imapflow 2.10 sets on its errors; any of them may be missing. */
interface ImapFailure {
  message?: unknown;
  code?: unknown;
  authenticationFailed?: unknown;
  response?: unknown;
  responseStatus?: unknown;
  responseText?: unknown;
  serverResponseCode?: unknown;
  oauthError?: unknown;
  throttleReset?: unknown;
  tlsFailed?: unknown;
  mailboxMissing?: unknown;
  byeReason?: unknown;
  reason?: unknown;
}

/** What was being done: the same NO means other things at login and at SELECT. */
export type ImapStep = "login" | "select" | "command";

export interface ImapErrorContext {
  /** "host:port", for the sentence. */
  where: string;
  step: ImapStep;
  /** In plain words: "opening INBOX". */
  what?: string;
}

const lostCodes = new Set([
  "NoConnection",
  "EConnectionClosed",
  "StateLogout",
  "ClosedAfterConnectText",
  "ClosedAfterConnectTLS",
]);
const timeoutCodes = new Set([
  "CONNECT_TIMEOUT",
  "GREETING_TIMEOUT",
  "UPGRADE_TIMEOUT",
  "ETIMEOUT",
  "LockTimeout",
]);
/** The server broke a limit or the grammar: trying the same again ends the same. */
const limitCodes = new Set([
  "LineTooLarge",
  "LiteralTooLarge",
  "ResponseTooLarge",
  "TooManyTokens",
  "TooManyResponses",
]);

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Secrets that a server could echo: bearer tokens and long base64. */
const redact = (line: string): string =>
  line.replaceAll(/(bearer\s+)\S+/gi, "$1…").replaceAll(/[A-Za-z0-9+/_-]{80,}={0,2}/g, "…");

/** All that the server said, in one line of at most 500 characters. */
export function serverLine(failure: object): string {
  const { responseText, response, byeReason, reason, oauthError, message } = failure as ImapFailure;
  const own = [responseText, response, byeReason, reason].map(text).find((line) => line !== "");
  const oauth = typeof oauthError === "object" && oauthError !== null ? JSON.stringify(oauthError) : "";
  const line = [own ?? text(message), oauth].filter((part) => part !== "").join(" ");
  return redact(line).slice(0, 500);
}

interface Verdict {
  code: ErrorCode;
  sentence: string;
  details?: ErrorDetails;
}

const noMoreConnections: Verdict = {
  code: "throttled",
  sentence: "takes no more connections",
  details: { reason: "connections" },
};

/** Texts that decide whatever the step was (facts: Microsoft's answers). */
const saidAnywhere: [RegExp, Verdict][] = [
  [
    /authenticated but not connected/i,
    { code: "not_connected", sentence: "accepted the sign-in but does not open the mailbox" },
  ],
  [
    /accesstokenexpired/i,
    {
      code: "connection_lost",
      sentence: "ended the session because the access token expired",
      details: { reason: "token_expired" },
    },
  ],
  [/request is throttled/i, { code: "throttled", sentence: "asks for a pause" }],
  [/too many (simultaneous |concurrent )?connections|maximum number of connections/i, noMoreConnections],
];

/** The server is in trouble for a while (RFC 5530 UNAVAILABLE, INUSE; Exchange's words): not the message's, nor the password's fault. */
const passing = /server (is )?(unavailable|busy)|\[UNAVAILABLE\]|try again later|temporar|\[INUSE\]/i;

/** Texts that decide while signing in. */
const saidAtLogin: [RegExp, Verdict][] = [
  [
    /basicauthblocked|basic authentication is (disabled|blocked)/i,
    { code: "basic_auth_blocked", sentence: "takes no passwords" },
  ],
  [
    /unsafe login/i,
    { code: "auth_failed", sentence: "calls the sign-in unsafe", details: { reason: "unsafe_login" } },
  ],
  [
    /account is blocked|account.{0,20}(locked|suspended)/i,
    { code: "auth_failed", sentence: "has blocked the account", details: { reason: "account_blocked" } },
  ],
  [/\[LIMIT\]/i, noMoreConnections],
  [passing, { code: "connection_lost", sentence: "cannot sign anybody in at the moment" }],
];

/** The response code of RFC 5530, from where imapflow put it, or from the parsed line itself. */
function codeWord({ serverResponseCode, response }: ImapFailure): string {
  if (typeof serverResponseCode === "string") return serverResponseCode;
  return typeof response === "object" && response !== null ? (responseCode(response)?.[0] ?? "") : "";
}

/** Longer pauses are a slip of the server's, or a trick: timers and dates have an end. */
const longestPauseMs = 24 * 3_600_000;

/** The pause as the server wrote it, milliseconds; null: it names none. */
function pauseOf({ throttleReset }: ImapFailure, line: string): number | null {
  const written = /backoff time[:=\s]+(\d+)/i.exec(line)?.[1];
  const ms = typeof throttleReset === "number" ? throttleReset : Number(written ?? Number.NaN);
  return Number.isNaN(ms) ? null : Math.min(ms, longestPauseMs);
}

function judge(failure: ImapFailure, line: string, context: ImapErrorContext): Verdict {
  for (const [pattern, verdict] of saidAnywhere) {
    if (!pattern.test(line)) continue;
    const retryAfterMs = pauseOf(failure, line);
    return retryAfterMs === null ? verdict : { ...verdict, details: { ...verdict.details, retryAfterMs } };
  }
  const code = codeOf(failure);
  if (lostCodes.has(code)) return { code: "connection_lost", sentence: "closed the connection" };
  if (timeoutCodes.has(code)) return { code: "network_timeout", sentence: "did not answer in time" };
  if (limitCodes.has(code)) {
    return {
      code: "protocol_error",
      sentence: "sent more than any mail needs",
      details: { reason: "limit" },
    };
  }
  if (context.step === "login") return judgeLogin(failure, line);
  if (failure.mailboxMissing === true)
    return { code: "folder_unavailable", sentence: "has no such folder", details: { reason: "missing" } };
  if (context.step === "select" && failure.responseStatus === "NO")
    return { code: "folder_unavailable", sentence: "does not open the folder" };
  if (/^(TRYCREATE|NONEXISTENT)$/i.test(codeWord(failure))) {
    return { code: "folder_unavailable", sentence: "has no such folder", details: { reason: "missing" } };
  }
  if (passing.test(line))
    return {
      code: "protocol_error",
      sentence: "cannot answer that at the moment",
      details: { reason: "passing" },
    };
  const status = text(failure.responseStatus);
  return {
    code: "protocol_error",
    sentence: status === "" ? "answered something unforeseen" : `answered ${status}`,
    ...(status === "" ? {} : { details: { reason: status } }),
  };
}

function judgeLogin(failure: ImapFailure, line: string): Verdict {
  for (const [pattern, verdict] of saidAtLogin) if (pattern.test(line)) return verdict;
  if (failure.authenticationFailed === true || failure.responseStatus === "NO") {
    return { code: "auth_failed", sentence: "refused the sign-in", details: { reason: "refused" } };
  }
  if (/unsupported authentication mechanism|login is disabled/i.test(line)) {
    return {
      code: "auth_failed",
      sentence: "offers no way to sign in that we know",
      details: { reason: "no_mechanism" },
    };
  }
  return { code: "protocol_error", sentence: "did not sign in as IMAP does" };
}

/** The server lets fewer connections stand than were asked for; those that stand go on. */
export const isConnectionLimit = (error: unknown): boolean =>
  isHitchpostError(error, "throttled") && error.details["reason"] === "connections";

/** An error of the socket itself (it carries `syscall`), not one of imapflow's. */
const isSocketError = (error: object): boolean =>
  "syscall" in error || codeOf(error) === "ECONNRESET" || codeOf(error) === "EPIPE";

/**
 * Maps whatever was thrown to an error of the catalogue; those pass as they are.
 *
 * auth_failed, basic_auth_blocked, throttled (`details.retryAfterMs` as the server asked), not_connected,
 * connection_lost (`details.reason` token_expired: fetch a new token first), network_*, tls_failed, folder_unavailable,
 * protocol_error.
 */
export function imapError(error: unknown, context: ImapErrorContext): HitchpostError {
  if (error instanceof HitchpostError) return error;
  if (typeof error !== "object" || error === null) return networkError(error, context.where);
  const failure = error as ImapFailure;
  if (failure.code === "STARTTLS_INJECTION") return tlsFailed(context.where, "handshake", error);
  if (failure.tlsFailed === true) {
    if (failure.code === undefined) return tlsFailed(context.where, "starttls_missing", error);
    if (!timeoutCodes.has(codeOf(error)))
      return tlsFailed(context.where, tlsReasonOf(error) ?? "handshake", error);
  }
  if (tlsReasonOf(error) !== null || isSocketError(error)) return networkError(error, context.where);
  const line = serverLine(error);
  const word = codeWord(failure);
  const verdict = judge(failure, word === "" ? line : `[${word}] ${line}`, context);
  const what = context.what === undefined ? "" : ` (${context.what})`;
  return new HitchpostError(verdict.code, `${context.where} ${verdict.sentence}${what}.`, {
    cause: error,
    details: { ...verdict.details, response: line },
  });
}
