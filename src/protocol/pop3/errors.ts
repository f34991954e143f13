/** What a POP3 server's `-ERR` means, as an error of the catalogue. Pure (RFC 2449 8, RFC 3206; Microsoft's texts are read). */
import { HitchpostError } from "../../core/errors.ts";
import type { ErrorCode, ErrorDetails } from "../../core/errors.ts";

export type Pop3Step = "login" | "command";

interface Verdict {
  code: ErrorCode;
  sentence: string;
  details?: ErrorDetails;
}

/** Longer pauses are a slip of the server's, or a trick. */
const longestPauseMs = 24 * 3_600_000;

const said: [RegExp, Verdict][] = [
  [
    /request is throttled|too many (login|connection|request)|\[login-delay\]/i,
    { code: "throttled", sentence: "asks for a pause" },
  ],
  [
    /\[in-use\]|already (locked|in use)|mailbox.{0,20}(locked|in use)/i,
    {
      code: "connection_lost",
      sentence: "has the mailbox open for another program",
      details: { reason: "in_use" },
    },
  ],
  [
    /\[sys\/temp\]|server (is )?(unavailable|busy)|try again later|temporar/i,
    { code: "connection_lost", sentence: "cannot answer at the moment", details: { reason: "passing" } },
  ],
];

const saidAtLogin: [RegExp, Verdict][] = [
  [
    /basicauthblocked|basic authentication is (disabled|blocked)/i,
    { code: "basic_auth_blocked", sentence: "takes no passwords" },
  ],
  [
    /account is blocked|account.{0,20}(locked|suspended)/i,
    { code: "auth_failed", sentence: "has blocked the account", details: { reason: "account_blocked" } },
  ],
  [
    /pop3?.{0,30}(disabled|not enabled|switched off|not allowed)|(disabled|not enabled).{0,30}pop/i,
    {
      code: "not_connected",
      sentence: "has POP switched off for this account",
      details: { reason: "pop_disabled" },
    },
  ],
];

/** `Suggested Backoff Time: 300000 milliseconds`; null: none named. */
function pauseOf(line: string): number | null {
  const written = /backoff time[:=\s]+(\d+)/i.exec(line)?.[1];
  return written === undefined ? null : Math.min(Number(written), longestPauseMs);
}

const redact = (line: string): string =>
  line
    .replaceAll(/(bearer\s+)\S+/gi, "$1…")
    .replaceAll(/[A-Za-z0-9+/_-]{80,}={0,2}/g, "…")
    .slice(0, 500);

/**
 * auth_failed, basic_auth_blocked, not_connected (`reason` pop_disabled), throttled (`retryAfterMs` as the server asked),
 * connection_lost, protocol_error.
 *
 * @param line the answer, `-ERR …`
 * @param where "host:port"
 */
export function pop3Error(line: string, where: string, step: Pop3Step, what: string): HitchpostError {
  const texts = step === "login" ? [...said, ...saidAtLogin] : said;
  const verdict: Verdict =
    texts.find(([pattern]) => pattern.test(line))?.[1] ??
    (step === "login"
      ? { code: "auth_failed", sentence: "refused the sign-in", details: { reason: "refused" } }
      : { code: "protocol_error", sentence: "refused that", details: { reason: "refused" } });
  const details: ErrorDetails = { ...verdict.details, response: redact(line) };
  const pauseMs = verdict.code === "throttled" ? pauseOf(line) : null;
  if (pauseMs !== null) details.retryAfterMs = pauseMs;
  return new HitchpostError(verdict.code, `${where} ${verdict.sentence} (${what}).`, { details });
}
