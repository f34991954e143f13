/**
 * What came back from an identity endpoint, before anybody judges it: trouble of the provider, or of a proxy or a portal
 * before it, says nothing of the grant, whatever its status.
 */
import { HitchpostError } from "../core/errors.ts";
import { boundedText } from "./bounded-body.ts";

/**
 * The answer with its JSON and nothing else of its headers (a challenge beside `invalid_client`, RFC 6749 5.2, would hide
 * the error in the body).
 * @param sent the form that was sent: a refusal may repeat it
 * @throws oauth_unavailable for 429, 5xx, what does not end, and everything that is no JSON: a page, a redirect, nothing
 */
export async function answerOf(response: Response, sent: unknown): Promise<Response> {
  const { status } = response;
  const body = await boundedText(response);
  const text = response.ok ? body : withoutEcho(body, sent);
  if (status === 429 || status >= 500)
    throw unavailable(`The identity provider answered ${status}.`, waitOf(response));
  if (!isJson(text)) {
    const type = response.headers.get("content-type")?.split(";")[0] ?? "no type";
    const what = text.trim() === "" ? "nothing" : `no JSON (${type})`;
    throw unavailable(
      `The identity provider answered ${status} with ${what}: a proxy or firewall may stand between.`,
      undefined,
      withoutEcho(text, sent)
        .replaceAll(/[\p{Cc}\p{Co}\p{Cn}\ufffd\s]+/gu, " ")
        .slice(0, shownOfPage),
    );
  }
  return new Response(text, { status, headers: { "content-type": "application/json" } });
}

const secretParameters = ["client_secret", "code", "code_verifier", "refresh_token", "device_code"];

/** Shorter ones stand in words. */
const shortestSecret = 8;

/** As it stands in a form's body. */
const formOf = (secret: string): string => new URLSearchParams({ s: secret }).toString().slice(2);

/** The refusal without the secrets of the request, which would else stand in evidence and in the log. */
function withoutEcho(text: string, sent: unknown): string {
  if (!(sent instanceof URLSearchParams)) return text;
  return secretParameters
    .map((name) => sent.get(name) ?? "")
    .filter((secret) => secret.length >= shortestSecret)
    .flatMap((secret) => [secret, formOf(secret), JSON.stringify(secret).slice(1, -1)])
    .reduce((line, form) => line.replaceAll(form, "····"), text);
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

/** Retry-After in seconds (RFC 9110 10.2.3); a date is not worth the trouble: we have a wait of our own. */
function waitOf(response: Response): number | undefined {
  const seconds = Number(response.headers.get("retry-after"));
  return seconds > 0 ? seconds * 1000 : undefined;
}

/** So much of a page says whose it is. */
const shownOfPage = 300;

const unavailable = (message: string, retryAfterMs?: number, response?: string): HitchpostError =>
  new HitchpostError("oauth_unavailable", message, {
    details: {
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(response === undefined || response.trim() === "" ? {} : { response }),
    },
  });

/** `fetch failed` says nothing; its cause does: a name that does not resolve, a certificate, a closed port. */
export function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  return (cause instanceof Error ? cause.message : String(cause)).slice(0, 300);
}
