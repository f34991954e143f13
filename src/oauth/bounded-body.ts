/** Reads an answer up to a limit: whatever stands in the provider's place may send without end. */
import { HitchpostError } from "../core/errors.ts";

/** Discovery documents and token answers are a few kilobytes; a key set is some tens. */
export const largestAnswerBytes = 1024 * 1024;

/**
 * The body as text.
 * @throws oauth_unavailable when it is longer than `limitBytes`: no identity provider's answer is
 */
export async function boundedText(response: Response, limitBytes = largestAnswerBytes): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks).toString("utf8");
    size += value.length;
    if (size > limitBytes) {
      await reader.cancel().catch(() => undefined); // the answer is known, the connection may be gone
      throw new HitchpostError(
        "oauth_unavailable",
        "The identity provider's answer does not end: a proxy or firewall may stand between.",
      );
    }
    chunks.push(value);
  }
}
