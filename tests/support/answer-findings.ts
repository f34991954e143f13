/**
 * Findings that no persona of the sandbox has, each with the reason, and with an answer from which the doctor must come to
 * it. The sandbox imitates Microsoft alone: other providers' answers, the network's and our own settings are none of its.
 */
import type { FindingCode } from "../../src/connect/findings/catalogue.ts";

export interface AnswerCase {
  finding: FindingCode;
  /** Why there is no persona. */
  why: string;
  /** As for `hitchpost explain`. */
  step?: "authorize" | "token" | "imap" | "pop" | "smtp" | "graph" | "network" | "dns" | "tls";
  kind?: "personal" | "work" | "other";
  /** What is pasted; left out where the finding comes of no answer, and another test shows it. */
  text?: string;
}

type Answer = Omit<AnswerCase, "why" | "finding">;

const because = (why: string, answers: Partial<Record<FindingCode, Answer>>): AnswerCase[] =>
  Object.entries(answers).map(([finding, answer]) => ({ finding: finding as FindingCode, why, ...answer }));

const otherProviders = because("another provider's answer", {
  google_app_in_testing: {
    step: "token",
    kind: "other",
    text: "invalid_grant: Token has been expired or revoked. (oauth2.googleapis.com)",
  },
  gmail_app_password_needed: {
    step: "smtp",
    kind: "other",
    text: "534-5.7.9 Application-specific password required. For more information, go to https://support.google.com/mail/?p=InvalidSecondFactor",
  },
  gmail_two_step_off: {
    kind: "other",
    text: "The setting you are looking for is not available for your account. (Google app passwords)",
  },
  gmail_imap_off: {
    step: "imap",
    kind: "other",
    text: "NO [ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page and enable your account for IMAP access. (Failure)",
  },
  gmail_web_sign_in: {
    step: "imap",
    kind: "other",
    text: "NO [WEBALERT https://accounts.google.com/signin/continue] Web login required. Please log in via your web browser",
  },
  yahoo_app_password_needed: {
    step: "smtp",
    kind: "other",
    text: "535 5.7.0 (#AUTH005) Too many bad auth attempts. smtp.mail.yahoo.com",
  },
  icloud_app_password_needed: {
    step: "imap",
    kind: "other",
    text: "imap.mail.me.com: NO [AUTHENTICATIONFAILED] Authentication Failed",
  },
  fastmail_app_password_needed: {
    step: "imap",
    kind: "other",
    text: "imap.fastmail.com: NO [AUTHENTICATIONFAILED] Incorrect username, password or access token: use an app password",
  },
  qq_authorization_code_needed: {
    step: "imap",
    kind: "other",
    text: "imap.qq.com: NO 请使用授权码登录。详情请看: http://service.mail.qq.com",
  },
  qq_service_off: {
    step: "imap",
    kind: "other",
    text: "imap.qq.com: NO The service is not open (IMAP/SMTP服务未开启)",
  },
  netease_authorization_code_needed: {
    step: "imap",
    kind: "other",
    text: "imap.163.com: NO LOGIN Login error or password error",
  },
  netease_service_off: { step: "smtp", kind: "other", text: "smtp.163.com: 550 User has no permission" },
  netease_unsafe_login: {
    step: "imap",
    kind: "other",
    text: "NO SELECT Unsafe Login. Please contact kefu@188.com for help",
  },
  yandex_app_password_needed: {
    step: "smtp",
    kind: "other",
    text: "535 5.7.8 Error: authentication failed: This user does not have access rights to this service (smtp.yandex.com)",
  },
  too_many_connections: {
    step: "imap",
    kind: "other",
    text: "NO [LIMIT] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
  },
  mailbox_full: {
    step: "imap",
    kind: "other",
    text: "NO [OVERQUOTA] Quota exceeded (mailbox for user is full)",
  },
  imap_mechanism_missing: {
    step: "imap",
    kind: "other",
    text: "NO [CANNOT] Unsupported authentication mechanism",
  },
});

const network = because("the network's, not Microsoft's", {
  tls_failed: { step: "tls", text: "SSL alert number 40: sslv3 alert handshake failure" },
  tls_untrusted: { step: "tls", text: "SSLError: certificate verify failed" },
  tls_name_mismatch: {
    step: "tls",
    text: "Hostname/IP does not match certificate's altnames: ERR_TLS_CERT_ALTNAME_INVALID",
  },
  tls_unknown_issuer: {
    step: "tls",
    text: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unable to get local issuer certificate",
  },
  tls_expired: { step: "tls", text: "CERT_HAS_EXPIRED: certificate has expired" },
  tls_not_yet_valid: { step: "tls", text: "CERT_NOT_YET_VALID: certificate is not yet valid" },
  tls_intercepted: {
    step: "tls",
    text: "self-signed certificate in certificate chain (issuer: CN=Kaspersky Anti-Virus Personal Root Certificate)",
  },
  tls_version_old: { step: "tls", text: "ERR_SSL_UNSUPPORTED_PROTOCOL: unsupported protocol" },
  dns_unavailable: {
    step: "dns",
    text: "getaddrinfo EAI_AGAIN imap.example.com: Temporary failure in name resolution",
  },
  host_unreachable: { step: "network", text: "connect EHOSTUNREACH 192.0.2.1:993 - No route to host" },
  ipv6_broken: {},
  clock_skew: {
    step: "token",
    text: "AADSTS700024: Client assertion is not within its valid time range. Current time: 2026-11-26T07:00:00Z",
  },
});

const graph = because("of Microsoft Graph, which is read where IMAP is not: shown by Graph's own tests", {
  mailbox_on_premises: {
    step: "graph",
    kind: "work",
    text: '{"error":{"code":"MailboxNotHostedInExchangeOnline","message":"The mailbox is hosted on-premises."}}',
  },
  graph_permission_missing: {
    step: "graph",
    text: '{"error":{"code":"ErrorAccessDenied","message":"Access is denied. Check credentials and try again."}}',
  },
  graph_token_refused: {
    step: "graph",
    text: '{"error":{"code":"InvalidAuthenticationToken","message":"Access token validation failure."}}',
  },
  graph_user_unknown: {
    step: "graph",
    text: '{"error":{"code":"Request_ResourceNotFound","message":"Resource does not exist."}}',
  },
  graph_resync: {
    step: "graph",
    text: '410 {"error":{"code":"syncStateNotFound","message":"The sync state generation is not found."}}',
  },
  token_wrong_audience: {
    step: "graph",
    text: '{"error":{"code":"InvalidAuthenticationToken","message":"Access token validation failure. Invalid audience."}}',
  },
});

const passing = because(
  "comes in the middle of work, not of connecting: shown by the sync's and the outbox's tests",
  {
    folder_missing: { step: "imap", text: "NO [NONEXISTENT] Mailbox doesn't exist: Projects" },
    message_unretrievable: {
      step: "imap",
      text: "Retrieval using the IMAP4 protocol failed for the following message: 6123",
    },
    sending_refused: { step: "smtp", kind: "other", text: "554 Transaction failed" },
    message_too_large: { step: "smtp", text: "552 5.3.4 Message size exceeds fixed maximum message size" },
    recipient_refused: {
      step: "smtp",
      text: "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient nobody@outlook.com not found by SMTP address lookup",
    },
    smtp_sign_in_policy: {
      step: "smtp",
      kind: "work",
      text: "535 5.7.139 Sign-in is not allowed here today",
    },
    device_code_waiting: {
      step: "token",
      text: "authorization_pending: AADSTS70016: OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
    },
  },
);

const page = because(
  "Microsoft's own page says it and keeps the browser; it is pasted, or found by Check app",
  {
    app_redirect_mismatch: {
      step: "authorize",
      text: "AADSTS50011: The redirect URI 'http://x/callback' specified in the request does not match the redirect URIs configured for the application.",
    },
    app_single_tenant: {
      step: "authorize",
      text: "AADSTS50194: Application '5a9d'(Hitchpost) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps.",
    },
    app_publisher_unverified: {
      step: "authorize",
      kind: "work",
      text: "AADSTS650051: This app is risky: the publisher is unverified",
    },
    app_is_public: {
      step: "token",
      text: "invalid_client: AADSTS700025: Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    },
    app_refused: { step: "token", text: "invalid_client" },
  },
);

const told = because("of the same answer as a persona's, where less is known than the probes tell", {
  pop_disabled: { step: "pop", kind: "personal", text: "-ERR POP3 is disabled for this mailbox." },
});

const own = because(
  "of this installation's own settings or steps, no answer of a server: shown by the tests of that part",
  {
    account_replaced: {},
    settings_not_found: {},
    app_secret_is_id: {},
    alias_unproved: {},
    shared_mailbox_refused: {},
    app_missing: {},
    app_secret_expiring: {},
    app_redirect_unusable: {},
    app_device_code_off: {},
    public_url_unreachable: {},
    public_url_elsewhere: {},
    key_missing: {},
    principal_mismatch: {},
    identity_answer_invalid: {},
  },
);

export const answerCases: readonly AnswerCase[] = [
  ...otherProviders,
  ...network,
  ...graph,
  ...passing,
  ...page,
  ...told,
  ...own,
];

/** Findings that a test's own server or name produces in the live check. */
export interface ServerCase {
  finding: FindingCode;
  /** In words; tests/protocol/junk-servers.test.ts has the server. */
  server: string;
}

export const serverCases: readonly ServerCase[] = [
  { finding: "host_not_found", server: "a name that does not exist" },
  { finding: "host_refused", server: "a port that nobody listens on" },
  { finding: "host_silent", server: "a server that says nothing" },
  { finding: "wrong_protocol", server: "sending in place of reading" },
  { finding: "wrong_protocol", server: "a remote shell on the port" },
  { finding: "wrong_protocol", server: "bytes that are no text" },
  { finding: "wrong_protocol", server: "a web server on the mail port" },
  { finding: "host_not_allowed", server: "a private address that the operator has not allowed" },
  { finding: "connection_reset", server: "a server that resets every connection" },
  { finding: "tls_wrong_port", server: "TLS spoken to a port without" },
  { finding: "tls_self_signed", server: "a certificate that nobody vouches for" },
  { finding: "encryption_missing", server: "a server that hides STARTTLS" },
  { finding: "password_refused", server: "a server that knows another password" },
  { finding: "proxy_in_the_way", server: "a portal's page in place of the token endpoint" },
  { finding: "identity_unreachable", server: "a token endpoint that breaks the connection" },
];
