/** Who calls the token endpoint: RFC 6749 2.3.1, answered in Microsoft's words. */

import type { IncomingMessage } from "node:http";
import { unknownClient } from "./authorize.ts";
import { MicrosoftError } from "./microsoft-error.ts";
import { refusalOf } from "./refusals.ts";
import { registrationOf, secretMatches } from "./registration.ts";

export type ClientCredentials = { clientId: string | null; secret: string | null };

/** Reads client id and secret from the Basic header or the form. */
export function readClientCredentials(req: IncomingMessage, form: URLSearchParams): ClientCredentials {
  const basic = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(req.headers.authorization ?? "")?.[1];
  if (basic === undefined) return { clientId: form.get("client_id"), secret: form.get("client_secret") };
  const [id = "", ...secret] = Buffer.from(basic, "base64").toString("utf8").split(":");
  return { clientId: formDecode(id), secret: formDecode(secret.join(":")) };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/**
 * Checks the caller. A secret that is given must be right; it may be left out only where
 * `publicAllowed` (device codes, and refresh tokens that came from one).
 * @throws MicrosoftError 900144, 700016, 700025, 7000215, 7000218 or 7000222
 */
export function authenticateClient(given: ClientCredentials, publicAllowed: boolean): void {
  if (given.clientId === null || given.clientId === "") {
    throw new MicrosoftError(
      "invalid_request",
      900144,
      "The request body must contain the following parameter: 'client_id'.",
    );
  }
  const app = registrationOf(given.clientId);
  if (app === undefined) throw unknownClient(given.clientId);
  const scene = { app: given.clientId, tenant: "Sandbox Accounts" };
  if (given.secret === null) {
    if (publicAllowed || app.secret === "public-client") return;
    throw refusalOf("7000218", scene);
  }
  if (app.secret === "public-client") throw refusalOf("700025", scene);
  if (!secretMatches(app, given.secret)) throw refusalOf("7000215", scene);
  if (app.secret === "expired") throw refusalOf("7000222", scene);
}
