/**
 * Makes and checks tokens. Id tokens are JWTs (RFC 7519, RS256). Access tokens of work accounts are
 * JWTs too; those of personal accounts cannot be read by the application, as at Microsoft.
 */

import { createHash, createHmac, sign, timingSafeEqual, verify } from "node:crypto";
import type { Clock, TokenVerifier, VerifiedToken } from "../contract.ts";
import { personaByOid, type Persona } from "../personas.ts";
import type { Keys } from "./keys.ts";
import type { State } from "./state.ts";
import { tokenIssuer } from "./tenants.ts";

export type Tokens = ReturnType<typeof createTokens>;
export type TokenParts = { keys: Keys; state: State; clock: Clock; publicUrl: string };

type AccessClaims = {
  aud: string;
  scp: string;
  oid: string;
  upn: string;
  exp: number;
  gen: number;
  [more: string]: unknown;
};

const opaquePrefix = "EwB";

export function createTokens(parts: TokenParts) {
  return {
    /** An access token for one resource; `seconds` is its life. */
    accessToken(persona: Persona, audience: string, scopes: string[], seconds: number): string {
      return issueAccessToken(parts, persona, audience, scopes, seconds);
    },
    idToken(persona: Persona, clientId: string, openId: string[], nonce: string | undefined): string {
      return signJwt(parts.keys, idClaims(parts, persona, clientId, openId, nonce));
    },
    verifier: { verify: (token) => verifyAccessToken(parts, token) } satisfies TokenVerifier,
  };
}

function issueAccessToken(
  { keys, state, clock, publicUrl }: TokenParts,
  persona: Persona,
  audience: string,
  scopes: string[],
  seconds: number,
): string {
  const now = Math.floor(clock.now() / 1000);
  const claims: AccessClaims = {
    aud: audience,
    iss: tokenIssuer(publicUrl, persona.tid),
    iat: now,
    nbf: now,
    exp: now + seconds,
    oid: persona.oid,
    tid: persona.tid,
    upn: persona.principal ?? persona.address,
    name: persona.displayName,
    scp: scopes.join(" "),
    ver: "1.0",
    gen: state.tokenGeneration(persona.oid),
  };
  if (persona.kind === "work") return signJwt(keys, claims);
  const body = Buffer.from(JSON.stringify(claims));
  return opaquePrefix + Buffer.concat([mac(keys, body), body]).toString("base64url");
}

/** https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference */
function idClaims(
  { clock, publicUrl }: TokenParts,
  persona: Persona,
  clientId: string,
  openId: string[],
  nonce: string | undefined,
): Record<string, unknown> {
  const now = Math.floor(clock.now() / 1000);
  const sub = createHash("sha256").update(`${persona.oid}/${clientId}`).digest("base64url");
  return {
    ver: "2.0",
    iss: tokenIssuer(publicUrl, persona.tid),
    sub,
    aud: clientId,
    exp: now + 3600,
    iat: now,
    nbf: now,
    tid: persona.tid,
    ...namesShown(persona, openId),
    ...(nonce === undefined ? {} : { nonce }),
  };
}

function namesShown(persona: Persona, openId: string[]): Record<string, unknown> {
  const hidden = persona.trouble?.hiddenClaims ?? [];
  const shown = (name: "email" | "preferred_username", value: string): Record<string, unknown> =>
    hidden.includes(name) ? {} : { [name]: value };
  return {
    ...(openId.includes("profile")
      ? {
          name: persona.displayName,
          ...shown("preferred_username", persona.principal ?? persona.address),
          oid: persona.oid,
        }
      : {}),
    ...(openId.includes("email") ? shown("email", persona.address) : {}),
  };
}

function verifyAccessToken({ keys, state, clock }: TokenParts, token: string): VerifiedToken | null {
  const claims = token.startsWith(opaquePrefix) ? openOpaque(keys, token) : openJwt(keys, token);
  if (!isAccessClaims(claims) || claims.exp * 1000 <= clock.now()) return null;
  if (personaByOid(claims.oid) === undefined || claims.gen !== state.tokenGeneration(claims.oid)) return null;
  return {
    oid: claims.oid,
    upn: claims.upn,
    scopes: claims.scp.split(" "),
    audience: claims.aud,
    expiresAt: claims.exp,
  };
}

function isAccessClaims(value: unknown): value is AccessClaims {
  if (typeof value !== "object" || value === null) return false;
  const has = (name: string, type: string) => typeof Reflect.get(value, name) === type;
  return (
    ["aud", "scp", "oid", "upn"].every((name) => has(name, "string")) &&
    has("exp", "number") &&
    has("gen", "number")
  );
}

function mac(keys: Keys, body: Buffer): Buffer {
  return createHmac("sha256", keys.secret).update(body).digest();
}

function openOpaque(keys: Keys, token: string): unknown {
  const bytes = Buffer.from(token.slice(opaquePrefix.length), "base64url");
  const body = bytes.subarray(32);
  if (body.length === 0 || !timingSafeEqual(bytes.subarray(0, 32), mac(keys, body))) return null;
  return JSON.parse(body.toString());
}

function signJwt(keys: Keys, claims: Record<string, unknown>): string {
  const input = `${jwtPart({ typ: "JWT", alg: "RS256", kid: keys.kid })}.${jwtPart(claims)}`;
  return `${input}.${sign("sha256", Buffer.from(input), keys.privateKey).toString("base64url")}`;
}

function jwtPart(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function openJwt(keys: Keys, token: string): unknown {
  const [header, body, signature, ...rest] = token.split(".");
  if (header === undefined || body === undefined || signature === undefined || rest.length > 0) return null;
  const signed = Buffer.from(`${header}.${body}`);
  // The algorithm is ours alone: the header's own word for it is not asked.
  if (!verify("sha256", signed, keys.publicKey, Buffer.from(signature, "base64url"))) return null;
  return JSON.parse(Buffer.from(body, "base64url").toString());
}
