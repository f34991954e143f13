/**
 * Which resource and scopes an access token gets. One resource a token; a code or refresh token
 * serves every resource that was consented to.
 * https://learn.microsoft.com/entra/identity-platform/refresh-tokens
 */

import type { Persona } from "../personas.ts";
import { MicrosoftError } from "./microsoft-error.ts";
import { fullScopes, graphResource, parseScopes } from "./scopes.ts";

export type TokenScope = {
  audience: string;
  /** Short names, as they stand in the access token. */
  names: string[];
  /** OpenID scopes that were asked for and consented to. */
  openId: string[];
  /** What the answer's `scope` says. */
  text: string;
};

/**
 * Decides from the scope asked for (null when none was) and what stood in the first request. Pure.
 * @throws MicrosoftError 70011 or 28000 for several resources or unknown scopes, 70000 or 65001 for
 *   scopes never consented to
 */
export function judgeTokenScope(
  persona: Persona,
  asked: string | null,
  original: string,
  consented: ReadonlySet<string>,
): TokenScope {
  const first = parseScopes(original);
  const wanted = asked === null || asked.trim() === "" ? first : parseScopes(asked);
  if (wanted.unknown.length > 0) throw invalidScope(`The scope '${wanted.unknown.join(" ")}' is not valid.`);
  if (wanted !== first && wanted.byResource.size > 1) throw severalResources(persona, asked ?? "");
  const resourceScopes = fullScopes({ ...wanted, openId: [] });
  if (resourceScopes.some((scope) => !consented.has(scope))) throw notConsented(persona);
  const [audience, names] = [...wanted.byResource][0] ?? [...first.byResource][0] ?? [graphResource, []];
  // Asked for OpenID scopes alone: the token is for the resource that was first asked for.
  const openId = [...new Set([...wanted.openId, ...first.openId])].filter((scope) => consented.has(scope));
  const graphToo = audience === graphResource ? openId.filter((scope) => scope !== "offline_access") : [];
  return {
    audience,
    names: names.length > 0 ? names : graphToo,
    openId,
    text: [...graphToo, ...names.map((name) => `${audience}/${name}`)].join(" "),
  };
}

function invalidScope(detail: string): MicrosoftError {
  return new MicrosoftError(
    "invalid_scope",
    70011,
    `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. ${detail}`,
  );
}

function severalResources(persona: Persona, scope: string): MicrosoftError {
  if (persona.kind === "personal") {
    return invalidScope(`One or more scopes in '${scope}' are not compatible with each other.`);
  }
  return new MicrosoftError(
    "invalid_request",
    28000,
    `Provided value for the input parameter scope is not valid because it contains more than one resource. Scope ${scope} is not valid.`,
  );
}

function notConsented(persona: Persona): MicrosoftError {
  if (persona.kind === "personal") {
    return new MicrosoftError(
      "invalid_grant",
      70000,
      "The request was denied because one or more scopes requested are unauthorized or expired. The user must first sign in and grant the client application access to the requested scope.",
    );
  }
  return new MicrosoftError(
    "invalid_grant",
    65001,
    "The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.",
    { suberror: "consent_required" },
  );
}
