/**
 * Reads `scope` as Microsoft does: OpenID scopes stand by themselves, a resource's scopes carry its
 * address in front, and one without an address means Microsoft Graph.
 * https://learn.microsoft.com/entra/identity-platform/scopes-oidc
 */

const outlookResource = "https://outlook.office.com";
export const graphResource = "https://graph.microsoft.com";

const openIdScopes = new Set(["openid", "profile", "email", "offline_access"]);

/** What each resource offers, with lower-case names mapped to the proper ones. */
const offered: Record<string, readonly string[]> = {
  [outlookResource]: ["IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "SMTP.Send"],
  [graphResource]: [
    "Mail.Read",
    "Mail.ReadWrite",
    "Mail.Send",
    "Mail.Read.Shared",
    "Mail.ReadWrite.Shared",
    "Mail.Send.Shared",
    "User.Read",
    "MailboxSettings.Read",
  ],
};

export type Scopes = {
  /** `openid`, `profile`, `email`, `offline_access`, as asked for. */
  openId: string[];
  /** Short scope names by resource, in the order in which the resources were first named. */
  byResource: Map<string, string[]>;
  /** What nobody offers here. */
  unknown: string[];
};

/** Takes a scope parameter apart. Never throws. */
export function parseScopes(text: string): Scopes {
  const scopes: Scopes = { openId: [], byResource: new Map(), unknown: [] };
  for (const word of new Set(text.split(" ").filter((part) => part !== ""))) {
    if (openIdScopes.has(word)) scopes.openId.push(word);
    else if (!addResourceScope(scopes, word)) scopes.unknown.push(word);
  }
  return scopes;
}

function addResourceScope(scopes: Scopes, word: string): boolean {
  const slash = word.lastIndexOf("/");
  const resource = slash === -1 ? graphResource : word.slice(0, slash).replace(/\/$/, "");
  const name = word.slice(slash + 1);
  const proper = offered[resource]?.find((known) => known.toLowerCase() === name.toLowerCase());
  if (proper === undefined) return false;
  const names = scopes.byResource.get(resource) ?? [];
  if (!names.includes(proper)) names.push(proper);
  scopes.byResource.set(resource, names);
  return true;
}

/** Every scope in full, in a form that `parseScopes` reads back to the same. */
export function fullScopes(scopes: Scopes): string[] {
  const full = [...scopes.openId];
  for (const [resource, names] of scopes.byResource) full.push(...names.map((name) => `${resource}/${name}`));
  return full;
}
