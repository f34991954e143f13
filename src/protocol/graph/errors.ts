/**
 * What Microsoft Graph's refusals mean, as errors of the catalogue. Pure: status, error code and text decide
 * (learn.microsoft.com/graph/errors; codes of Exchange come through as they are).
 */
import { HitchpostError } from "../../core/errors.ts";
import type { ErrorCode, ErrorDetails } from "../../core/errors.ts";

export interface Refusal {
  status: number;
  /** `error.code`, and that of the innermost `innerError`; empty when the answer is none of Graph's. */
  code: string;
  innerCode: string;
  message: string;
  /** As the server asked, milliseconds. */
  retryAfterMs: number | null;
}

/** What the request was about: "not found" means another thing for each. */
export type Subject = "mailbox" | "folder" | "message";

interface Verdict {
  code: ErrorCode;
  sentence: string;
  reason?: string;
}

/** No licence, a guest, a mailbox on the premises, or an account that never got one (facts: all ride on these codes). */
const noMailbox = new Set([
  "mailboxnotenabledforrestapi",
  "mailboxnothostedinexchangeonline",
  "errornonexistentmailbox",
  "errorinvaliduser",
  "mailboxnotsupportedforrestapi",
]);
/** The place that a delta link stood for is forgotten: all is listed anew. */
const lostPlace = new Set([
  "syncstatenotfound",
  "syncstateinvalid",
  "resyncrequired",
  "resyncchangesapplydifferences",
  "resyncchangesuploaddifferences",
  "errorinvalidsyncstatedata",
]);
const denied = new Set(["erroraccessdenied", "accessdenied", "authorization_requestdenied", "forbidden"]);
const notFound = new Set([
  "erroritemnotfound",
  "itemnotfound",
  "errorfoldernotfound",
  "errorinvalididmalformed",
]);
const busy = new Set([
  "toomanyrequests",
  "applicationthrottled",
  "mailboxconcurrency",
  "errorserverbusy",
  "errortoomanyobjectsopened",
  "errorexceededconnectioncount",
  "activitylimitreached",
]);

/** Longer pauses are a slip of the server's, or a trick: timers and dates have an end. */
const longestPauseMs = 24 * 3_600_000;

/** Retry-After (RFC 9110 10.2.3): seconds or a date; null: neither. */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number | null {
  const written = header?.trim() ?? "";
  if (written === "") return null;
  const ms = /^\d+(\.\d+)?$/.test(written) ? Number(written) * 1_000 : Date.parse(written) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, Math.ceil(ms)), longestPauseMs);
}

export const isLostPlace = ({ status, code, innerCode }: Refusal): boolean =>
  status === 410 || lostPlace.has(code.toLowerCase()) || lostPlace.has(innerCode.toLowerCase());

/** A pause is asked for, of the whole mailbox. */
export const isBusy = ({ status, code, innerCode, retryAfterMs: pause }: Refusal): boolean =>
  status === 429 ||
  busy.has(code.toLowerCase()) ||
  busy.has(innerCode.toLowerCase()) ||
  (status >= 500 && pause !== null);

/** Worth another try in a moment. */
export const isPassing = (refusal: Refusal): boolean =>
  isBusy(refusal) || refusal.status >= 500 || refusal.status === 408;

function judge(refusal: Refusal, subject: Subject): Verdict {
  const codes = [refusal.code.toLowerCase(), refusal.innerCode.toLowerCase()];
  const is = (known: ReadonlySet<string>): boolean => codes.some((code) => known.has(code));
  if (is(noMailbox))
    return { code: "not_connected", sentence: "has no mailbox for this account", reason: "no_mailbox" };
  if (isLostPlace(refusal))
    return {
      code: "folder_reset",
      sentence: "has forgotten how far the folder was read",
      reason: "sync_state",
    };
  if (isBusy(refusal)) return { code: "throttled", sentence: "asks for a pause", reason: refusal.code };
  if (refusal.status === 401) return judgeToken(refusal);
  if (is(denied) || refusal.status === 403)
    return { code: "auth_failed", sentence: "does not permit that", reason: "access_denied" };
  if (codes.includes("resourcenotfound"))
    return { code: "not_connected", sentence: "knows no such user", reason: "user_unknown" };
  if (refusal.status === 404 || is(notFound)) return judgeMissing(subject);
  if (isPassing(refusal))
    return { code: "connection_lost", sentence: "cannot answer at the moment", reason: "passing" };
  return {
    code: "protocol_error",
    sentence: `answered ${refusal.status}`,
    reason: refusal.code || "refused",
  };
}

/** 401 InvalidAuthenticationToken: of another resource ("Invalid audience"), expired, or withdrawn. */
function judgeToken({ message }: Refusal): Verdict {
  if (/audience/i.test(message))
    return { code: "auth_failed", sentence: "got a token for another service", reason: "invalid_audience" };
  return { code: "auth_failed", sentence: "refused the sign-in", reason: "token_refused" };
}

function judgeMissing(subject: Subject): Verdict {
  if (subject === "message") return { code: "message_gone", sentence: "no longer has the message" };
  if (subject === "folder")
    return { code: "folder_unavailable", sentence: "has no such folder", reason: "missing" };
  return { code: "protocol_error", sentence: "answered 404", reason: "missing" };
}

const redact = (line: string): string =>
  line.replaceAll(/(bearer\s+)\S+/gi, "$1…").replaceAll(/\beyJ[\w.-]{40,}/g, "…");

/** The evidence: `404 ErrorItemNotFound: The specified object was not found in the store.` */
export const refusalLine = ({ status, code, message }: Refusal): string =>
  redact(`${status} ${code === "" ? "" : `${code}: `}${message}`.trim().replaceAll(/\s+/g, " ")).slice(
    0,
    500,
  );

/**
 * auth_failed (`reason` token_refused, invalid_audience, access_denied), not_connected (no_mailbox, user_unknown), throttled
 * (`retryAfterMs` as the server asked), folder_reset, folder_unavailable, message_gone, connection_lost (passing), protocol_error.
 *
 * @param where host of the server, for the sentence
 * @param what in plain words: "listing folders"
 */
export function graphError(
  refusal: Refusal,
  { where, what, subject }: { where: string; what: string; subject: Subject },
): HitchpostError {
  const { code, sentence, reason } = judge(refusal, subject);
  const details: ErrorDetails = { response: refusalLine(refusal), status: refusal.status };
  if (reason !== undefined && reason !== "") details["reason"] = reason;
  if (code === "throttled" && refusal.retryAfterMs !== null) details.retryAfterMs = refusal.retryAfterMs;
  return new HitchpostError(code, `${where} ${sentence} (${what}).`, { details });
}
