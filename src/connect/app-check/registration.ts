/** What the operator enters at Microsoft, as this installation needs it. */
import { mailScopes } from "../../oauth/scopes.ts";
import type { ConnectParts } from "../parts.ts";
import { redirectUsable } from "./facts.ts";

export interface Registration {
  publicUrl: string;
  redirectUri: string;
  redirectUsable: boolean;
  /** Delegated permissions, by the API under which Entra lists them. */
  permissions: { api: string; name: string }[];
  scopes: string[];
}

/** OpenID Connect's own, which Entra lists under Microsoft Graph. */
const ofGraph: ReadonlySet<string> = new Set(["openid", "profile", "email", "offline_access"]);

/**
 * Entra lists the mail protocols' permissions under Microsoft Graph too, in spite of their scopes' own prefix (Exchange,
 * "Authenticate an IMAP, POP or SMTP connection using OAuth"). `Mail.*` serves mailboxes that are read through Graph.
 */
const throughGraph = ["User.Read", "Mail.ReadWrite", "Mail.Send"];

export function registrationOf({ publicUrl, apps }: Pick<ConnectParts, "publicUrl" | "apps">): Registration {
  const redirectUri = `${publicUrl}/oauth/callback`;
  const scopes = mailScopes(apps().kept?.servers("default").scopeUrl ?? "https://outlook.office.com");
  const names = scopes.map((scope) => (ofGraph.has(scope) ? scope : scope.slice(scope.lastIndexOf("/") + 1)));
  return {
    publicUrl,
    redirectUri,
    redirectUsable: redirectUsable(redirectUri),
    permissions: [...new Set([...names, ...throughGraph])].map((name) => ({ api: "Microsoft Graph", name })),
    scopes,
  };
}
