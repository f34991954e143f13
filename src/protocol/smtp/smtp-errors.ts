/**
 * What a submission server or nodemailer says, as an error of the catalogue (RFC 5321 4.2, RFC 3463; Microsoft's texts
 * from its own documentation and from reports). Pure. The stage decides what a lost connection means.
 */
import { HitchpostError } from "../../core/errors.ts";
import type { ErrorCode, ErrorDetails } from "../../core/errors.ts";
import { networkError, tlsFailed, tlsReasonOf } from "../net/network-errors.ts";

/**
 * connect → login → envelope (MAIL, RCPT, DATA) → body → dot (the end may have been written).
 * Only in the last one may a message have left although we were not told so.
 */
export type SmtpStage = "connect" | "login" | "envelope" | "body" | "dot";

interface SmtpFailure {
  message?: unknown;
  code?: unknown;
  originalCode?: unknown;
  response?: unknown;
  responseCode?: unknown;
  command?: unknown;
  rejectedErrors?: unknown;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

interface Verdict {
  code: ErrorCode;
  sentence: string;
  reason?: string;
}

/** Answers to AUTH. The first that fits decides. */
const loginAnswers: [RegExp, Verdict][] = [
  [
    /smtpclientauthentication is disabled/i,
    {
      code: "auth_failed",
      sentence: "has sending by programs switched off for this mailbox",
      reason: "smtp_auth_disabled",
    },
  ],
  [
    /basic authentication is disabled|basicauthblocked/i,
    { code: "basic_auth_blocked", sentence: "takes no passwords" },
  ],
  [
    /security defaults|did not meet the criteria|conditional access/i,
    { code: "auth_failed", sentence: "refuses the sign-in by a policy", reason: "policy" },
  ],
  [
    /account.{0,20}(locked|blocked|suspended)/i,
    { code: "auth_failed", sentence: "has blocked the account", reason: "account_blocked" },
  ],
  [/^53[0-9]|^55[04]|5\.7\.\d+/, { code: "auth_failed", sentence: "refused the sign-in", reason: "refused" }],
];

/** Why a message was refused for good; the reason helps the finding. */
const refusals: [RegExp, string][] = [
  [/5\.7\.57|not authenticated/i, "not_authenticated"],
  [/5\.7\.60|sendasdenied|5\.2\.252/i, "from_not_allowed"],
  [/submissionquotaexceeded|quota exceeded/i, "quota"],
  [/5\.1\.8|outboundspamexception|bad outbound sender/i, "sender_blocked"],
  [/^552|5\.3\.4|5\.2\.3|too (large|big)|size (limit|larger)/i, "too_large"],
  [/\b55[013].*5\.1\.[0-9]|user unknown|no such user|mailbox unavailable/i, "recipient"],
];

/**
 * Why sending failed, by the server's line as it was stored: what the page has words for; null where the code says all.
 *
 * @param code of the catalogue
 */
export function sendFailureReason(code: string, response: string): string | null {
  if (code === "auth_failed")
    return loginAnswers.find(([pattern]) => pattern.test(response))?.[1].reason ?? null;
  if (code !== "send_rejected") return null;
  return refusals.find(([pattern]) => pattern.test(response))?.[1] ?? null;
}

function judgeAnswer(status: number, line: string, stage: SmtpStage): Verdict {
  if (status >= 400 && status < 500) return { code: "throttled", sentence: "asks to try again later" };
  if (stage === "login") {
    return (
      loginAnswers.find(([pattern]) => pattern.test(line))?.[1] ?? {
        code: "auth_failed",
        sentence: "refused the sign-in",
        reason: "refused",
      }
    );
  }
  if (stage === "connect") return { code: "connection_lost", sentence: "does not talk to us" };
  const reason = refusals.find(([pattern]) => pattern.test(line))?.[1] ?? "refused";
  return { code: "send_rejected", sentence: "refused the message", reason };
}

/** As nodemailer keeps it for each recipient that the server did not take. */
export interface RefusedRecipient {
  recipient?: unknown;
  response?: unknown;
}

/**
 * The server does not take some of the recipients, or none. Only when all of them may be taken later is it worth
 * another try.
 */
export function recipientsRefused(refused: readonly RefusedRecipient[], where: string): HitchpostError {
  const rejected = refused.map((one) => ({ address: text(one.recipient), response: text(one.response) }));
  const forNow = rejected.every(({ response }) => response.startsWith("4"));
  const details = {
    response: rejected
      .map(({ address, response }) => `${address}: ${response}`)
      .join("; ")
      .slice(0, 500),
    rejected,
  };
  const who = rejected.map(({ address }) => address).join(", ");
  return forNow
    ? new HitchpostError("throttled", `${where} asks to try again later for ${who}.`, { details })
    : new HitchpostError("send_rejected", `${where} refused to send to ${who}; it went to nobody.`, {
        details: { ...details, reason: "recipient" },
      });
}

/**
 * Maps whatever was thrown.
 *
 * @param where "host:port", for the sentence
 */
export function smtpError(error: unknown, where: string, stage: SmtpStage): HitchpostError {
  const failure = (typeof error === "object" && error !== null ? error : {}) as SmtpFailure;
  const response = text(failure.response).slice(0, 500);
  const status = typeof failure.responseCode === "number" ? failure.responseCode : 0;
  if (Array.isArray(failure.rejectedErrors) && failure.rejectedErrors.length > 0)
    return recipientsRefused(failure.rejectedErrors as RefusedRecipient[], where);
  if (status >= 400) {
    if (failure.code === "ETLS") return tlsFailed(where, "starttls_missing", error);
    return answered(judgeAnswer(status, response, stage), { where, response, error });
  }
  if (stage === "dot") {
    const details = { response: response || text(failure.message).slice(0, 500) };
    return new HitchpostError(
      "send_unclear",
      `The connection to ${where} ended before it said whether it took the message.`,
      { cause: error, details },
    );
  }
  if (error instanceof HitchpostError) return error;
  if (failure.code === "EAUTH") {
    return answered(
      { code: "auth_failed", sentence: "offers no way to sign in that we know", reason: "no_mechanism" },
      { where, response: text(failure.message), error },
    );
  }
  if (failure.code === "EMESSAGE")
    return answered(
      { code: "send_rejected", sentence: "takes no message so large", reason: "too_large" },
      { where, response: text(failure.message), error },
    );
  if (failure.code === "EENVELOPE")
    return answered(
      { code: "recipient_invalid", sentence: "was not asked: an address is malformed" },
      { where, response: text(failure.message), error },
    );
  return lost(error, failure, where);
}

function lost(error: unknown, failure: SmtpFailure, where: string): HitchpostError {
  const original = { code: failure.originalCode ?? failure.code };
  const reason = tlsReasonOf(original) ?? tlsReasonInText(text(failure.message));
  if (failure.code === "ETLS" || reason !== null) return tlsFailed(where, reason ?? "handshake", error);
  const late = error instanceof DOMException && error.name === "TimeoutError";
  if (late || failure.code === "ETIMEDOUT" || failure.code === "CONNECT_TIMEOUT") {
    return new HitchpostError("network_timeout", `${where} did not answer in time.`, { cause: error });
  }
  return networkError(Object.assign(new Error(text(failure.message) || "connection lost"), original), where);
}

/** After STARTTLS nodemailer keeps only the sentence of the TLS error. */
function tlsReasonInText(message: string) {
  if (/self[- ]signed/i.test(message)) return "self_signed" as const;
  if (/does not match certificate|altnames/i.test(message)) return "name_mismatch" as const;
  if (/certificate has expired/i.test(message)) return "expired" as const;
  return /unable to (verify|get)/i.test(message) ? ("untrusted" as const) : null;
}

interface Answer {
  where: string;
  response: string;
  error: unknown;
}

function answered(verdict: Verdict, { where, response, error }: Answer): HitchpostError {
  const details: ErrorDetails = { response };
  if (verdict.reason !== undefined) details["reason"] = verdict.reason;
  return new HitchpostError(verdict.code, `${where} ${verdict.sentence}.`, { cause: error, details });
}
