/** Signed addresses of the image proxy (security.md): one picture of one message, so that it fetches nothing else. */
import { createHmac } from "node:crypto";
import { HitchpostError } from "../../core/errors.ts";
import { sameText } from "../principal.ts";

const sign = (key: Buffer, messageId: string, url: string): string =>
  createHmac("sha256", key).update(`${messageId}\n${url}`).digest("base64url");

/** `<address in base64url>.<HMAC>`; null for an address too long to be one. */
export function imageToken(key: Buffer, messageId: string, url: string): string | null {
  if (url.length > 2_000) return null;
  return `${Buffer.from(url).toString("base64url")}.${sign(key, messageId, url)}`;
}

/** @throws not_found for a token that we did not sign for this message */
export function readImageToken(key: Buffer, messageId: string, token: string): string {
  const [encoded = "", signature = ""] = token.split(".");
  const url = Buffer.from(encoded, "base64url").toString();
  if (!sameText(signature, sign(key, messageId, url))) {
    throw new HitchpostError("not_found", "This picture's address was not made here.");
  }
  return url;
}
