/**
 * `/{tenant}/oauth2/v2.0/devicecode` (RFC 8628 3.1): makes a device code of oidc-provider's own kind,
 * which its `/devicelogin` pages then carry through sign-in and consent.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
 */

import { randomInt } from "node:crypto";
import { audienceError, judgeScopes } from "./authorize.ts";
import { authenticateClient } from "./client-auth.ts";
import { ownParams, userCodeLength, type IdentityContext } from "./context.ts";
import { registrationOf } from "./registration.ts";
import { fullScopes, parseScopes } from "./scopes.ts";
import type { TokenRequest } from "./token-endpoint.ts";

// No vowels and nothing that looks like something else: no words, no misreading.
const alphabet = "BCDFGHJKLMNPQRSTVWXZ";
const lifeSeconds = 900;

/** @throws MicrosoftError for an unknown client, a wrong secret or bad scopes */
export async function startDeviceCode(
  { provider, settings }: IdentityContext,
  { tenant, form, credentials }: TokenRequest,
): Promise<Record<string, unknown>> {
  authenticateClient(credentials, true);
  const scopeError = judgeScopes(form.get("scope"));
  if (scopeError !== null) throw scopeError;
  const app = registrationOf(credentials.clientId ?? "");
  const client = await provider.Client.find(credentials.clientId ?? "");
  if (app === undefined || client === undefined) throw new Error("the client was known a moment ago");
  const wrongAuthority = audienceError(app, tenant);
  if (wrongAuthority !== null) throw wrongAuthority;
  const userCode = Array.from({ length: userCodeLength }, () => alphabet[randomInt(alphabet.length)]).join(
    "",
  );
  const code = new provider.DeviceCode({
    client,
    userCode,
    deviceInfo: {},
    params: {
      client_id: client.clientId,
      scope: "openid",
      [ownParams.scope]: fullScopes(parseScopes(form.get("scope") ?? "")).join(" "),
      [ownParams.tenant]: tenant,
    },
  });
  const verificationUri = `${settings.publicUrl}/devicelogin`;
  return {
    user_code: userCode,
    device_code: await code.save(),
    verification_uri: verificationUri,
    expires_in: lifeSeconds,
    interval: settings.deviceIntervalSeconds,
    message: `To sign in, use a web browser to open the page ${verificationUri} and enter the code ${userCode} to authenticate.`,
  };
}
