/** Who calls, and whose mailbox they may open. */
import { namesOf, type Persona } from "../personas.ts";
import type { Caller, GraphCall, GraphContext } from "./call.ts";
import { accessDenied, GraphError, unauthorized } from "./errors.ts";

const graphAudience = "https://graph.microsoft.com";
/** The application id of Microsoft Graph, which work tokens may name in place of its address. */
const graphApplication = "00000003-0000-0000-c000-000000000000";

/** @throws GraphError InvalidAuthenticationToken, worded by what is wrong with the token */
export function authenticate({ tokens, personas, now, endedTokens }: GraphContext, call: GraphCall): Caller {
  const header = call.headers["authorization"] ?? "";
  const accessToken = /^Bearer\s+(\S+)$/i.exec(header)?.[1];
  if (accessToken === undefined) throw unauthorized("Access token is empty.");
  const token = tokens.verify(accessToken);
  if (!token || token.expiresAt * 1000 <= now() || endedTokens.has(accessToken))
    throw unauthorized(whyRefused(accessToken));
  const audience = token.audience.replace(/\/$/, "");
  if (audience !== graphAudience && audience !== graphApplication) {
    throw unauthorized("Access token validation failure. Invalid audience.");
  }
  const persona = personas.find(
    (one) => one.oid === token.oid || namesOf(one).includes(token.upn.toLowerCase()),
  );
  if (!persona) throw unauthorized("Access token validation failure.");
  return { persona, scopes: token.scopes, accessToken };
}

/** The verifier does not say whether a token is forged or old; its looks tell what Graph would say first. */
function whyRefused(accessToken: string): string {
  if (accessToken.startsWith("EwB")) return "CompactToken validation failed with reason code: 80049228.";
  if (accessToken.split(".").length === 3) return "Lifetime validation failed, the token is expired.";
  return "IDX14100: JWT is not well formed, there are no dots (.).";
}

export type Permission = "profile" | "read" | "write" | "send";

const scopesFor: Record<Permission, readonly string[]> = {
  profile: ["User.Read", "User.ReadWrite"],
  read: ["Mail.ReadWrite", "Mail.Read"],
  write: ["Mail.ReadWrite"],
  send: ["Mail.Send"],
};

/** @throws GraphError ErrorAccessDenied when the token's scopes do not cover it */
export function checkScope(caller: Caller, owner: Persona, permission: Permission): void {
  const isShared = owner.id !== caller.persona.id;
  const wanted = scopesFor[permission].map((scope) => (isShared ? `${scope}.Shared` : scope));
  if (wanted.some((scope) => caller.scopes.includes(scope))) return;
  if (permission === "profile") {
    throw new GraphError(
      403,
      "Authorization_RequestDenied",
      "Insufficient privileges to complete the operation.",
    );
  }
  throw accessDenied();
}

/** The owner of `/me` or `/users/{id | userPrincipalName}`. @throws GraphError ErrorInvalidUser, ResourceNotFound, ErrorAccessDenied */
export function ownerOf({ personas }: GraphContext, caller: Caller, user: string | null): Persona {
  if (user === null) return caller.persona;
  const wanted = user.toLowerCase();
  const owner = personas.find(
    (one) => namesOf(one).includes(wanted) || one.oid === wanted || accountId(one) === wanted,
  );
  if (!owner) {
    const domain = wanted.split("@")[1];
    const isOurs = personas.some((one) => one.address.endsWith(`@${domain}`));
    if (isOurs) throw new GraphError(404, "ErrorInvalidUser", `The requested user '${user}' is invalid.`);
    throw new GraphError(404, "ResourceNotFound", "Resource could not be discovered.");
  }
  if (owner.id !== caller.persona.id && !(caller.persona.mayOpen ?? []).includes(owner.address)) {
    throw accessDenied();
  }
  return owner;
}

/** The `id` of /me: 16 digits for personal accounts, the object id for others. */
export function accountId(persona: Persona): string {
  return persona.kind === "personal" ? persona.oid.replaceAll("-", "").slice(16) : persona.oid;
}
