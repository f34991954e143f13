/** OpenID Connect Discovery 1.0 and RFC 7517 key sets, in the shape Microsoft gives them. */

import type { Keys } from "./keys.ts";
import { discoveryIssuer } from "./tenants.ts";

/** The document at `/{tenant}/v2.0/.well-known/openid-configuration`. */
export function discoveryDocument(publicUrl: string, tenant: string): Record<string, unknown> {
  const authority = `${publicUrl}/${tenant}`;
  return {
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    jwks_uri: `${authority}/discovery/v2.0/keys`,
    response_modes_supported: ["query", "fragment", "form_post"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    response_types_supported: ["code"],
    scopes_supported: ["openid", "profile", "email", "offline_access"],
    issuer: discoveryIssuer(publicUrl, tenant),
    request_uri_parameter_supported: false,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${authority}/oauth2/v2.0/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${authority}/oauth2/v2.0/logout`,
    claims_supported: [
      "sub",
      "iss",
      "aud",
      "exp",
      "iat",
      "nonce",
      "preferred_username",
      "name",
      "tid",
      "ver",
      "oid",
      "email",
    ],
  };
}

/** The document at `/{tenant}/discovery/v2.0/keys`. */
export function keySet(keys: Keys, publicUrl: string, tenant: string): Record<string, unknown> {
  const { kty, n, e } = keys.publicKey.export({ format: "jwk" });
  return {
    keys: [
      { kty, use: "sig", kid: keys.kid, n, e, alg: "RS256", issuer: discoveryIssuer(publicUrl, tenant) },
    ],
  };
}
