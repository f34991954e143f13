/** Scopes of the mail protocols (Exchange, "Authenticate an IMAP, POP or SMTP connection using OAuth"). */

/** What is asked for at sign-in. @param resource `https://outlook.office.com` */
export const mailScopes = (resource: string): string[] => [
  "openid",
  "profile",
  "email",
  ...accessScopes(resource),
];

/** One resource a token: what a refresh asks for. */
export const accessScopes = (resource: string): string[] => [
  "offline_access",
  `${resource}/IMAP.AccessAsUser.All`,
  `${resource}/SMTP.Send`,
];
