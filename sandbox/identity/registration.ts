/**
 * The one application that is registered at the sandbox, and the redirect URIs it may use.
 * Microsoft compares redirect URIs with a list; here a rule stands in for the list
 * (docs/sandbox-differences.md).
 */

import { timingSafeEqual } from "node:crypto";

export const registration = {
  clientId: "5a9d0b0c-4d1c-4f0e-9b0a-71e0ca5e0001",
  /** Not a secret: everybody who runs the sandbox has the same. */
  clientSecret: "sandbox-secret",
  name: "Hitchpost",
} as const;

const loopbackHosts = new Set(["localhost", "127.0.0.1"]);

/**
 * Whether this redirect URI is taken: any on the public URL's own origin, and http on localhost or
 * 127.0.0.1 with any port. Never one with a fragment or user name.
 */
export function redirectUriAllowed(uri: string, publicUrl: string): boolean {
  const parsed = URL.parse(uri);
  if (parsed === null || uri.includes("#") || parsed.username !== "" || parsed.password !== "") return false;
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") return false;
  if (parsed.origin === new URL(publicUrl).origin) return true;
  return parsed.protocol === "http:" && loopbackHosts.has(parsed.hostname);
}

/** Compares the client secret in constant time. */
export function secretMatches(secret: string): boolean {
  const given = Buffer.from(secret);
  const wanted = Buffer.from(registration.clientSecret);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
