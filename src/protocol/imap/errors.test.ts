import { describe, expect, test } from "vitest";
import type { ImapStep } from "./errors.ts";
import { imapError } from "./errors.ts";

const refused = (text: string, more: object = {}) =>
  Object.assign(new Error("Command failed"), { responseStatus: "NO", responseText: text, ...more });
const login = { authenticationFailed: true };
const coded = (code: string) => Object.assign(new Error(code), { code });

const table: [name: string, error: unknown, step: ImapStep, expected: object][] = [
  [
    "wrong password",
    refused("LOGIN failed.", login),
    "login",
    { code: "auth_failed", details: { reason: "refused" } },
  ],
  ["no token for it", refused("AUTHENTICATE failed.", login), "login", { code: "auth_failed" }],
  [
    "basic auth",
    refused("[AUTHENTICATIONFAILED] LogonDenied-BasicAuthBlocked-<UserType:OutlookCom>", login),
    "login",
    { code: "basic_auth_blocked" },
  ],
  [
    "basic auth, older",
    refused("Basic authentication is disabled.", login),
    "login",
    { code: "basic_auth_blocked" },
  ],
  [
    "blocked account",
    refused("LOGIN failed. Account is blocked. Login to your account via a web browser", login),
    "login",
    { code: "auth_failed", details: { reason: "account_blocked" } },
  ],
  [
    "NetEase",
    refused("SELECT Unsafe Login. Please contact kefu@188.com for help", login),
    "select",
    { code: "folder_unavailable" },
  ],
  [
    "NetEase at login",
    refused("LOGIN Unsafe Login", login),
    "login",
    { code: "auth_failed", details: { reason: "unsafe_login" } },
  ],
  ["server unavailable", refused("Server Unavailable. 15", login), "login", { code: "connection_lost" }],
  [
    "not connected",
    Object.assign(new Error("Authentication failed"), {
      authenticationFailed: true,
      response: "User is authenticated but not connected.",
    }),
    "login",
    { code: "not_connected" },
  ],
  [
    "not connected, later",
    refused("User is authenticated but not connected.", { responseStatus: "BAD" }),
    "select",
    { code: "not_connected" },
  ],
  [
    "throttled",
    refused("Request is throttled. Suggested Backoff Time: 92415 milliseconds", {
      code: "ETHROTTLE",
      throttleReset: 92_415,
    }),
    "command",
    { code: "throttled", details: { retryAfterMs: 92_415 } },
  ],
  [
    "throttled, unparsed",
    refused("Request is throttled. Suggested Backoff Time: 300000 milliseconds"),
    "login",
    { code: "throttled", details: { retryAfterMs: 300_000 } },
  ],
  [
    "throttled for longer than timers count",
    refused("Request is throttled. Suggested Backoff Time: 99999999999999999999 milliseconds"),
    "command",
    { code: "throttled", details: { retryAfterMs: 86_400_000 } },
  ],
  [
    "too many connections",
    refused("[LIMIT] Maximum number of connections from user+IP exceeded", login),
    "login",
    { code: "throttled", details: { reason: "connections" } },
  ],
  [
    "in trouble for a while",
    refused("[UNAVAILABLE] Storage is down", { responseStatus: "NO" }),
    "command",
    { code: "protocol_error", details: { reason: "passing" } },
  ],
  [
    "a limit of another kind",
    refused("[LIMIT] Too many keywords", { responseStatus: "NO" }),
    "command",
    { code: "protocol_error" },
  ],
  [
    "token expired",
    Object.assign(coded("NoConnection"), { reason: "Session invalidated - AccessTokenExpired" }),
    "command",
    { code: "connection_lost", details: { reason: "token_expired" } },
  ],
  [
    "closed",
    Object.assign(coded("NoConnection"), { reason: "Connection is closed. 13" }),
    "command",
    { code: "connection_lost" },
  ],
  ["socket reset", coded("ECONNRESET"), "command", { code: "connection_lost" }],
  ["greeting", coded("GREETING_TIMEOUT"), "login", { code: "network_timeout" }],
  ["silence", coded("ETIMEOUT"), "command", { code: "network_timeout" }],
  [
    "refused port",
    Object.assign(coded("ECONNREFUSED"), { syscall: "connect" }),
    "login",
    { code: "network_refused" },
  ],
  ["literal", coded("LiteralTooLarge"), "command", { code: "protocol_error", details: { reason: "limit" } }],
  [
    "no starttls",
    Object.assign(new Error("Server does not support STARTTLS"), { tlsFailed: true }),
    "login",
    { code: "tls_failed", details: { reason: "starttls_missing" } },
  ],
  [
    "starttls, bad name",
    Object.assign(coded("ERR_TLS_CERT_ALTNAME_INVALID"), { tlsFailed: true }),
    "login",
    { code: "tls_failed", details: { reason: "name_mismatch" } },
  ],
  [
    "no mechanism",
    new Error("Unsupported authentication mechanism"),
    "login",
    { code: "auth_failed", details: { reason: "no_mechanism" } },
  ],
  ["phantom folder", refused("Mailbox doesn't exist"), "select", { code: "folder_unavailable" }],
  [
    "missing folder",
    refused("x", { mailboxMissing: true }),
    "select",
    { code: "folder_unavailable", details: { reason: "missing" } },
  ],
  [
    "no target",
    refused("Mailbox doesn't exist", { serverResponseCode: "TRYCREATE" }),
    "command",
    { code: "folder_unavailable" },
  ],
  [
    "odd",
    refused("Command Argument Error. 11", { responseStatus: "BAD" }),
    "command",
    { code: "protocol_error", details: { reason: "BAD", response: "Command Argument Error. 11" } },
  ],
];

describe("imapError", () => {
  test.each(table)("%s", (_name, error, step, expected) =>
    expect(imapError(error, { where: "imap.example:993", step })).toMatchObject(expected),
  );

  test("tokens that a server echoes are not kept", () => {
    const echoed = refused(`bad auth=Bearer abcDEF123 and ${"QUJD".repeat(30)}==`, login);
    const { response } = imapError(echoed, { where: "x", step: "login" }).details;
    expect(response).not.toMatch(/abcDEF123|QUJDQUJD/);
  });
});
