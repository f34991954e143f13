/**
 * What came back from an identity endpoint, before anybody judges it: trouble of the provider, or of a proxy or a portal
 * before it, says nothing of the grant, whatever its status.
 */
import { HitchpostError } from "../core/errors.ts";

/**
 * The answer with its JSON and nothing else of its headers (a challenge beside `invalid_client`, RFC 6749 5.2, would hide
 * the error in the body).
 * @throws oauth_unavailable for 429, 5xx and everything that is no JSON: a page, a redirect, nothing
 */
export async function answerOf(response: Response): Promise<Response> {
  const text = await response.text();
  const { status } = response;
  if (status === 429 || status >= 500)
    throw unavailable(`The identity provider answered ${status}.`, waitOf(response));
  if (!isJson(text)) {
    const type = response.headers.get("content-type")?.split(";")[0] ?? "nothing";
    throw unavailable(
      `The identity provider answered ${status} with ${type} in place of JSON: a proxy or firewall may stand between.`,
    );
  }
  return new Response(text, { status, headers: { "content-type": "application/json" } });
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

const unavailable = (message: string, retryAfterMs?: number): HitchpostError =>
  new HitchpostError("oauth_unavailable", message, {
    details: retryAfterMs === undefined ? {} : { retryAfterMs },
  });

/** `fetch failed` says nothing; its cause does: a name that does not resolve, a certificate, a closed port. */
export function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  return (cause instanceof Error ? cause.message : String(cause)).slice(0, 300);
}
