/**
 * The catalogue of errors: only these cross rooms. One place maps them to HTTP (`api/problem.ts`), one to findings
 * (`connect/`). `docs/errors.md` is generated from it, and a test asserts that each code is raised somewhere.
 */
export type Retry = "never" | "later" | "reauth" | "resync";

interface CatalogueEntry {
  status: number;
  retry: Retry;
  /** What the operator or the caller can do about it. */
  hint: string;
}

const entry = (status: number, retry: Retry, hint: string): CatalogueEntry => ({ status, retry, hint });

export const errorCatalogue = {
  // Requests
  invalid_request: entry(400, "never", "Correct the named field and send the request again."),
  unauthenticated: entry(
    401,
    "never",
    "Sign in, or send `Authorization: Bearer` with an API key that is not revoked.",
  ),
  forbidden: entry(403, "never", "Ask an owner of the workspace for a role that may do this."),
  not_found: entry(404, "never", "Check the id; it may belong to another workspace or be removed."),
  method_not_allowed: entry(405, "never", "Use one of the methods that the Allow header names."),
  conflict: entry(409, "never", "Read the thing again: it has changed or exists already."),
  payload_too_large: entry(413, "never", "Send less: the limit stands in the message."),
  unsupported_media_type: entry(
    415,
    "never",
    "Send JSON as `Content-Type: application/json`; only files for `POST /v1/uploads` are application/octet-stream.",
  ),
  rate_limited: entry(429, "later", "Wait for the time given in Retry-After."),
  internal: entry(500, "later", "Look at the log of the server around the time of the request."),
  not_ready: entry(503, "later", "The server is starting, or its database cannot be reached: see /readyz."),
  // Setup and storage
  setup_token_invalid: entry(
    403,
    "never",
    "Use the address printed at start, or the file `setup-token` in the data directory.",
  ),
  config_invalid: entry(
    500,
    "never",
    "Correct the environment variable named in the message; docs/config.md lists all.",
  ),
  data_directory_in_use: entry(
    500,
    "never",
    "Stop the other Hitchpost on this data directory, or name another by HITCHPOST_DATA_DIR.",
  ),
  database_unavailable: entry(
    503,
    "later",
    "Check that PostgreSQL runs and has room on its disk, and that DATABASE_URL, if it is set, is right.",
  ),
  disk_full: entry(
    507,
    "later",
    "Make room on the server's disk, or move the data directory to a larger one.",
  ),
  database_newer: entry(
    500,
    "never",
    "Run the version of Hitchpost that wrote this database, or a newer one.",
  ),
  secret_unreadable: entry(
    500,
    "never",
    "The key file that encrypted this secret is missing: put back the key file of the data directory.",
  ),
  backup_invalid: entry(
    400,
    "never",
    "Name a file that `hitchpost backup` wrote; it may be cut short or of a newer version.",
  ),
  // Network
  network_refused: entry(502, "later", "Nothing listens at that host and port: check both."),
  network_timeout: entry(504, "later", "The server did not answer in time: check host, port and firewall."),
  network_unreachable: entry(502, "later", "No way to that host: check the network and its routes."),
  dns_failed: entry(
    502,
    "later",
    "The host name does not resolve: check its spelling and the DNS of this machine.",
  ),
  host_not_allowed: entry(
    400,
    "never",
    "Private and loopback addresses are refused unless HITCHPOST_ALLOW_PRIVATE_HOSTS is true.",
  ),
  tls_failed: entry(
    502,
    "later",
    "The certificate does not fit the host name or is not trusted: check host name and certificate.",
  ),
  tls_required: entry(
    400,
    "never",
    "A password is never sent over an unencrypted connection: choose TLS or STARTTLS.",
  ),
  connection_lost: entry(
    502,
    "later",
    "The server closed the connection. What is connected is tried again by itself; else check port and security.",
  ),
  protocol_error: entry(
    502,
    "later",
    "The server answered with something this protocol does not know: check host, port and security.",
  ),
  // Mailbox servers. A refused mailbox is 422: 401 would speak of the caller's own session or key.
  auth_failed: entry(
    422,
    "reauth",
    "The server refused user name or password: check both, or make a new app password.",
  ),
  basic_auth_blocked: entry(
    422,
    "reauth",
    "Microsoft no longer takes passwords here: use Official Authorization.",
  ),
  not_connected: entry(
    502,
    "later",
    "The server accepted the sign-in but does not open the mailbox: IMAP may be switched off.",
  ),
  throttled: entry(429, "later", "The server asks for a pause, which is kept to the millisecond."),
  folder_unavailable: entry(
    404,
    "later",
    "The server lists the folder but does not open it; the other folders go on.",
  ),
  folder_reset: entry(
    409,
    "resync",
    "The folder was renumbered by the server; it is matched again by itself.",
  ),
  message_gone: entry(404, "never", "The message is no longer on the server."),
  message_unreadable: entry(502, "never", "The server lists the message but does not give it out."),
  // OAuth
  oauth_discovery_failed: entry(
    502,
    "later",
    "The identity provider's discovery document cannot be read: check HITCHPOST_MICROSOFT_LOGIN_URL.",
  ),
  oauth_denied: entry(
    403,
    "reauth",
    "The permissions were declined at sign-in: start again and accept them.",
  ),
  oauth_invalid_response: entry(
    502,
    "reauth",
    "The identity provider's answer failed a check: start the sign-in again.",
  ),
  oauth_state_invalid: entry(
    400,
    "reauth",
    "This sign-in was finished, has expired, or was begun in another browser: start it again.",
  ),
  oauth_grant_invalid: entry(
    422,
    "reauth",
    "The permission has expired or was withdrawn: reconnect the mailbox.",
  ),
  oauth_client_invalid: entry(500, "never", "Microsoft refused the app: check client id and secret value."),
  oauth_consent_needed: entry(
    409,
    "reauth",
    "The mailbox's owner has not allowed this way to the mailbox yet: sign in once more and allow it.",
  ),
  oauth_not_configured: entry(
    409,
    "never",
    "The operator registers a Microsoft app first: README, “Connect to Microsoft”. Until then use an app password or the sandbox.",
  ),
  oauth_unavailable: entry(
    503,
    "later",
    "The identity provider is out of reach; it is tried again by itself.",
  ),
  account_mismatch: entry(409, "reauth", "Sign in with the account of the mailbox's address."),
  authorization_pending: entry(202, "later", "The code has not been entered yet."),
  // Sync and sending
  fence_lost: entry(409, "later", "Another process has taken over this mailbox; this one stops writing."),
  read_only: entry(409, "never", "The mailbox is set to read only: nothing is changed on the server."),
  cannot_send: entry(
    409,
    "never",
    "Connect the mailbox, with its server for sending (SMTP), then answer again.",
  ),
  send_rejected: entry(422, "never", "The server refused the message for good: see its answer."),
  send_unclear: entry(
    502,
    "resync",
    "The connection broke after the message was handed over: look in Sent before sending again.",
  ),
  recipient_invalid: entry(400, "never", "Correct the address."),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** What is known beside the code; never a secret. */
export interface ErrorDetails {
  /** The server's own line, secrets removed, at most 500 characters. */
  response?: string;
  /** Milliseconds to wait before the next try, as the server asked. */
  retryAfterMs?: number;
  /** The request's field at fault, as a path: `smtp.port`. */
  field?: string;
  [key: string]: unknown;
}

/** An error of the catalogue. `message` is one sentence for a person; `hint` says what to do. */
export class HitchpostError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: ErrorDetails } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "HitchpostError";
    this.code = code;
    this.details = options.details ?? {};
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }
  get retry(): Retry {
    return errorCatalogue[this.code].retry;
  }
  get hint(): string {
    return errorCatalogue[this.code].hint;
  }
}

export const isHitchpostError = (error: unknown, code?: ErrorCode): error is HitchpostError =>
  error instanceof HitchpostError && (code === undefined || error.code === code);
