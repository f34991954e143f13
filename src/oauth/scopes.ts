/**
 * Scopes of the ways to a mailbox: IMAP, POP and SMTP (Exchange, "Authenticate an IMAP, POP or SMTP connection using
 * OAuth") and Microsoft Graph ("Permissions reference"). A token serves one resource, and personal accounts may not mix
 * them in one request (AADSTS70011), so each channel is consented to by itself.
 */

/** A way to the mailbox that has its own consent; SMTP comes with `imap` and with `pop3`. */
export const channels = ["imap", "graph", "pop3"] as const;
export type Channel = (typeof channels)[number];

/** What is asked for at the usual sign-in, IMAP's. @param resource `https://outlook.office.com` */
export const mailScopes = (resource: string): string[] =>
  signInScopes({ scopeUrl: resource, graphScopeUrl: "" }, "imap");

export interface Resources {
  /** `https://outlook.office.com` */
  scopeUrl: string;
  /** `https://graph.microsoft.com` */
  graphScopeUrl: string;
}

const openId = ["openid", "profile", "email"];

/** What is asked for at sign-in. */
export const signInScopes = (resources: Resources, channel: Channel): string[] => [
  ...openId,
  ...accessScopes(resources, channel),
];

/** One resource a token: what a refresh asks for. */
export function accessScopes({ scopeUrl, graphScopeUrl }: Resources, channel: Channel): string[] {
  switch (channel) {
    case "imap":
      return ["offline_access", `${scopeUrl}/IMAP.AccessAsUser.All`, `${scopeUrl}/SMTP.Send`];
    case "pop3":
      return ["offline_access", `${scopeUrl}/POP.AccessAsUser.All`, `${scopeUrl}/SMTP.Send`];
    case "graph":
      return [
        "offline_access",
        ...["Mail.ReadWrite", "Mail.Send", "User.Read"].map((name) => `${graphScopeUrl}/${name}`),
      ];
  }
}
