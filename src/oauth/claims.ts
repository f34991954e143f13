/** Who signed in, from a validated id_token (Microsoft identity platform, "ID token claims reference"). Pure but for reading a body. */
import { z } from "zod";
import { HitchpostError } from "../core/errors.ts";

/** The tenant of all personal Microsoft accounts. */
export const consumerTenantId = "9188040d-6c67-4c5b-b112-36a304b66dad";

/** Whose account it is: all personal ones share a tenant. */
export const kindOf = ({ tid }: { tid: string }): "personal" | "work" =>
  tid === consumerTenantId ? "personal" : "work";

export interface Account {
  /** Stable key of the person: (tid, oid). E-mail and user name may change. */
  tid: string;
  oid: string;
  kind: "personal" | "work";
  /** Addresses the token names, lower-case, without repeats: `email`, `preferred_username`, `upn`. */
  addresses: string[];
  /** What XOAUTH2 takes as user: the primary, never the typed alias. */
  principal: string;
  name: string | null;
}

/** What is odd in a claim that is only shown or compared is left out; it does not refuse the sign-in. */
const address = z.string().max(320).optional().catch(undefined);
const claimsSchema = z.looseObject({
  tid: z.string().min(1).max(100),
  oid: z.string().min(1).max(100).optional(),
  sub: z.string(),
  email: address,
  preferred_username: address,
  upn: address,
  name: z
    .string()
    .transform((name) => name.slice(0, 200))
    .optional()
    .catch(undefined),
});

/**
 * Reads the account. `email` may be absent (a common cause of "connected, but no inbox").
 * @throws oauth_invalid_response when tid is missing or no address is named
 */
export function readAccount(claims: unknown): Account {
  const parsed = claimsSchema.safeParse(claims);
  if (!parsed.success) throw incomplete("tid");
  const { tid, oid, sub, email, preferred_username: username, upn, name } = parsed.data;
  const named = [username, upn, email].filter((text) => text !== undefined && text.includes("@")) as string[];
  const [principal] = named;
  if (principal === undefined)
    throw incomplete("email or preferred_username", "no email claim and no user name in the id_token");
  return {
    tid,
    oid: oid ?? sub,
    kind: kindOf({ tid }),
    addresses: [...new Set(named.map((text) => text.toLowerCase()))],
    principal,
    name: name ?? null,
  };
}

const incomplete = (what: string, response?: string): HitchpostError =>
  new HitchpostError(
    "oauth_invalid_response",
    `The identity provider did not say who signed in: ${what} is missing.`,
    response === undefined ? {} : { details: { response } },
  );

const placeholder = "{tenantid}";

/**
 * The issuer to expect: the common document's `{tenantid}` is filled with the token's own `tid`, which the signature
 * then vouches for. Other issuers stay as they are.
 * @param response the token response, a clone: its body is read
 */
export async function issuerFor(issuer: string, response: Response): Promise<string> {
  if (!issuer.includes(placeholder)) return issuer;
  const body: unknown = await response.json().catch(() => null);
  const token = z.object({ id_token: z.string() }).safeParse(body);
  const tid = token.success ? tidOf(token.data.id_token) : null;
  return tid === null ? issuer : issuer.replace(placeholder, tid);
}

/**
 * The callback without an `iss` (RFC 9207) that fits the discovery document's issuer. Where that has a placeholder, the two
 * are never the same text.
 */
export function withoutKnownIssuer(callback: URL, issuer: string): URL {
  const named = callback.searchParams.get("iss");
  const [before = "", after] = issuer.split(placeholder);
  if (named === null || after === undefined) return callback;
  const tenant = named.slice(before.length, named.length - after.length);
  const fits = named === issuer || (z.guid().safeParse(tenant).success && named === before + tenant + after);
  if (!fits) return callback;
  const rest = new URL(callback);
  rest.searchParams.delete("iss");
  return rest;
}

function tidOf(idToken: string): string | null {
  try {
    const payload: unknown = JSON.parse(Buffer.from(idToken.split(".")[1] ?? "", "base64url").toString());
    const claims = z.object({ tid: z.guid() }).safeParse(payload);
    return claims.success ? claims.data.tid : null;
  } catch {
    return null; // not a JWT: the validation that follows says so
  }
}
