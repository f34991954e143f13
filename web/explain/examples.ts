/** Errors as programs print them, to try: each leads to another finding. Addresses and hosts are of RFC 2606. */
export const examples: readonly string[] = [
  "imaplib.IMAP4.error: b'[AUTHENTICATIONFAILED] AUTHENTICATE failed.'\nA3 BAD User is authenticated but not connected.",
  '{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys for app \'1f0c…\' are expired.","error_codes":[7000222]}',
  "Error: Invalid login: 535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
  "javax.mail.AuthenticationFailedException: [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)",
  "Error: Hostname/IP does not match certificate's altnames: Host: mail.example.com. is not in the cert's altnames: DNS:*.hosting.example\n    code: 'ERR_TLS_CERT_ALTNAME_INVALID'",
];

/** The next one to try; the first where the text is none of them. */
export function exampleAfter(text: string): string {
  const next = examples[(examples.indexOf(text) + 1) % examples.length];
  if (next === undefined) throw new Error("there are no examples");
  return next;
}
