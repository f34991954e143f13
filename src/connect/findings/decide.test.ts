import { describe, expect, test } from "vitest";
import { HitchpostError, type ErrorCode } from "../../core/errors.ts";
import type { Observation } from "../doctor/observation.ts";
import { findingCatalogue, type FindingCode } from "./catalogue.ts";
import { decide, findingOf, type Failure } from "./decide.ts";

const failure = (error: unknown, more: Partial<Failure> = {}): Failure => ({
  step: "reading",
  error,
  method: "oauth",
  address: "ann@outlook.com",
  host: "outlook.office365.com",
  at: Date.UTC(2026, 0, 2),
  ...more,
});
const coded = (code: ErrorCode, details = {}): HitchpostError => new HitchpostError(code, "x", { details });

test.each<[ErrorCode, Partial<Failure>, FindingCode]>([
  ["account_mismatch", { step: "account" }, "account_mismatch"],
  ["oauth_denied", { step: "authorize" }, "consent_declined"],
  ["oauth_grant_invalid", {}, "sign_in_needed"],
  ["oauth_state_invalid", { step: "authorize" }, "authorization_expired"],
  ["oauth_client_invalid", { step: "authorize" }, "app_refused"],
  ["oauth_unavailable", {}, "identity_unreachable"],
  ["oauth_discovery_failed", {}, "identity_unreachable"],
  ["oauth_unavailable", { step: "authorize" }, "sign_in_unanswered"],
  ["oauth_discovery_failed", { step: "authorize" }, "sign_in_unanswered"],
  ["oauth_not_configured", {}, "app_missing"],
  ["oauth_invalid_response", {}, "identity_answer_invalid"],
  ["auth_failed", { method: "password" }, "password_refused"],
  ["auth_failed", { method: "oauth" }, "token_refused"],
  ["auth_failed", { step: "sending" }, "sending_refused"],
  ["basic_auth_blocked", { method: "password" }, "basic_auth_blocked"],
  ["not_connected", {}, "imap_not_open"],
  ["throttled", {}, "throttled"],
  ["dns_failed", {}, "host_not_found"],
  ["network_refused", {}, "host_refused"],
  ["network_timeout", {}, "host_silent"],
  ["network_unreachable", {}, "host_unreachable"],
  ["host_not_allowed", {}, "host_not_allowed"],
  ["tls_failed", {}, "tls_failed"],
  ["tls_required", {}, "encryption_missing"],
  ["connection_lost", {}, "connection_unstable"],
  ["secret_unreadable", {}, "key_missing"],
  ["protocol_error", {}, "unknown"],
  ["protocol_error", { step: "sending" }, "sending_refused"],
])("%s %j is %s", (code, more, finding) => {
  expect(decide(failure(coded(code), more))).toBe(finding);
});

test("a server that hides STARTTLS is told from a certificate that does not fit", () => {
  expect(decide(failure(coded("tls_failed", { reason: "starttls_missing" })))).toBe("encryption_missing");
});

test.each([
  ["a code that was used already", "invalid_grant", 54_005, "authorization_expired", "authorization_expired"],
  ["a code that has run out", "invalid_grant", 70_008, "authorization_expired", "grant_expired"],
  ["a second factor", "invalid_grant", 50_076, "mfa_required", "mfa_required"],
  ["a second factor", "interaction_required", 50_079, "mfa_required", "mfa_required"],
  ["a rule of the organization", "invalid_grant", 53_003, "conditional_access", "conditional_access"],
  ["a permission that was withdrawn", "invalid_grant", 50_173, "authorization_expired", "grant_revoked"],
  ["a number of tomorrow", "invalid_grant", 999_999, "authorization_expired", "sign_in_needed"],
])("%s (%s, %s) is %s at the sign-in, later %s", (_what, oauthError, aadsts, atSignIn, later) => {
  const error = coded("oauth_grant_invalid", { oauthError, aadsts });
  expect(decide(failure(error, { step: "authorize" }))).toBe(atSignIn);
  expect(decide(failure(error))).toBe(later);
});

test.each([
  ["name_mismatch", "tls_name_mismatch"],
  ["expired", "tls_expired"],
  ["self_signed", "tls_self_signed"],
  ["untrusted", "tls_unknown_issuer"],
  ["not_tls", "tls_wrong_port"],
  ["handshake", "tls_failed"],
])("TLS: %s is %s", (reason, finding) => {
  expect(decide(failure(coded("tls_failed", { reason })))).toBe(finding);
});

test("what the wire showed is narrowed by its words, never changed by them", () => {
  const intercepted = {
    reason: "self_signed",
    response: "self-signed certificate; issuer: CN=Kaspersky Personal Root Certificate",
  };
  expect(decide(failure(coded("tls_failed", intercepted)))).toBe("tls_intercepted");
  expect(decide(failure(coded("network_refused", { response: "AADSTS50173" })))).toBe("host_refused");
  expect(decide(failure(coded("dns_failed", { response: "getaddrinfo EAI_AGAIN mail.example" })))).toBe(
    "dns_unavailable",
  );
});

describe("other probes tell the causes of one answer apart", () => {
  const notConnected = coded("not_connected", { response: "BAD User is authenticated but not connected." });
  const same: Observation = {
    probe: "claims",
    ok: true,
    account: "ann@outlook.com",
    user: "ann@outlook.com",
  };
  const noMailbox: Observation = { probe: "graph_inbox", ok: false, answer: "MailboxNotEnabledForRESTAPI" };
  test.each<[string, Partial<Failure>, FindingCode]>([
    ["nothing more", { seen: [] }, "imap_not_open"],
    ["nothing more, of a personal account", { kind: "personal", seen: [same] }, "imap_not_open"],
    [
      "a fresh token that helps not",
      {
        kind: "personal",
        seen: [same, { probe: "imap_open", ok: false, retry: "fresh_token", answer: "BAD" }],
      },
      "imap_not_open",
    ],
    ["Graph opens it", { seen: [same, { probe: "graph_inbox", ok: true }] }, "imap_disabled"],
    [
      "Graph knows no mailbox, personal",
      { kind: "personal", seen: [same, noMailbox] },
      "mailbox_not_initialised",
    ],
    ["Graph knows no mailbox, work", { kind: "work", seen: [same, noMailbox] }, "mailbox_without_licence"],
    ["the token is another's", { seen: [{ ...same, account: "bob@outlook.com" }] }, "principal_mismatch"],
  ])("%s", (_what, more, finding) => {
    expect(decide(failure(notConnected, more))).toBe(finding);
  });

  test("what they saw stands in evidence, without secrets", () => {
    const seen: Observation[] = [same, { probe: "graph_inbox", ok: false, answer: "no: password=canary" }];
    const lines = findingOf(failure(notConnected, { seen })).evidence.map(({ line }) => line);
    expect(lines).toContain("claims  token of ann@outlook.com, opened as ann@outlook.com");
    expect(lines.join(" ")).not.toContain("canary");
  });
});

test("a refusal's own sentence stands in evidence once", () => {
  const error = new HitchpostError("oauth_denied", "AADSTS65004: User declined.", {
    details: { response: "access_denied: AADSTS65004: User declined." },
  });
  expect(findingOf(failure(error, { host: "login.example" })).evidence.map(({ line }) => line)).toEqual([
    "login.example  access_denied: AADSTS65004: User declined.",
  ]);
});

test("what is no error of the catalogue is unknown, and its words stay inside", () => {
  const finding = findingOf(failure(new Error("password=hunter2 at line 7")));
  expect(finding.code).toBe("unknown");
  expect(JSON.stringify(finding)).not.toContain("hunter2");
});

test("another account of the very address is told as such: naming both would name one twice", () => {
  const mismatch = coded("account_mismatch", { signedIn: "Ann@Outlook.com" });
  expect(decide(failure(mismatch, { step: "account" }))).toBe("account_replaced");
});

test("every finding can be come to", () => {
  const codes: ErrorCode[] = [
    "account_mismatch",
    "oauth_denied",
    "oauth_grant_invalid",
    "oauth_state_invalid",
  ];
  expect(codes.map((code) => decide(failure(coded(code)))).every((code) => code in findingCatalogue)).toBe(
    true,
  );
});

test("a finding carries who, where and what was seen, with its time", () => {
  const error = new HitchpostError(
    "account_mismatch",
    "Signed in as bob@outlook.com, wanted ann@outlook.com.",
    {
      details: { signedIn: "bob@outlook.com", response: "* OK hello" },
    },
  );
  expect(
    findingOf(failure(error, { step: "account", redirectUri: "http://localhost:3000/oauth/callback" })),
  ).toEqual({
    code: "account_mismatch",
    params: {
      wanted: "ann@outlook.com",
      host: "outlook.office365.com",
      step: "account",
      signedIn: "bob@outlook.com",
      redirectUri: "http://localhost:3000/oauth/callback",
    },
    evidence: [
      {
        at: "2026-01-02T00:00:00.000Z",
        step: "account",
        line: "outlook.office365.com  account_mismatch: Signed in as bob@outlook.com, wanted ann@outlook.com.",
      },
      { at: "2026-01-02T00:00:00.000Z", step: "account", line: "* OK hello" },
    ],
  });
});
