/**
 * The causes of what an answer shows. One answer has several: the other probes, the kind of account, the provider and the
 * way of signing in tell them apart (facts: reports named with each finding in `docs/findings.md`).
 */
import type { FindingCode } from "../findings/catalogue.ts";
import type { View } from "./view.ts";
import type { Symptom } from "./rules.ts";

export interface Candidate {
  code: FindingCode;
  /** Of 1: how likely, given that the answer was read rightly. */
  share: number;
}

const only = (code: FindingCode): Candidate[] => [{ code, share: 1 }];
const of = (...pairs: [FindingCode, number][]): Candidate[] =>
  pairs.map(([code, share]) => ({ code, share }));

/** Microsoft's mailbox does not open, or does not take the token: what the other probes say decides. */
function closedMailbox(view: View, guess: Candidate[]): Candidate[] {
  const sure = knownCause(view);
  if (sure === null) return guess;
  const rest = guess.filter(({ code }) => code !== sure);
  return [{ code: sure, share: 1.05 }, ...rest.map(({ code, share }) => ({ code, share: share / 3 }))];
}

/** The one cause that the other probes leave; null: several are left. */
function knownCause(view: View): FindingCode | null {
  if (view.audienceIsWrong) return "token_wrong_audience";
  if (view.retryHelps === "fresh_token") return "token_stale";
  if (view.retryHelps === "ipv4") return "ipv6_broken";
  if (view.graphInbox === "none") return withoutMailbox(view);
  if (view.token === "another") return "principal_mismatch";
  return view.graphInbox === "ok" && view.token === "same" ? "imap_disabled" : null;
}

const withoutMailbox = ({ kind }: View): FindingCode =>
  kind === "work" ? "mailbox_without_licence" : "mailbox_not_initialised";

function refusedPassword(view: View): Candidate[] {
  switch (view.provider) {
    case "gmail":
      return of(["gmail_app_password_needed", 1.1], ["gmail_imap_off", 0.3], ["gmail_web_sign_in", 0.2]);
    case "yahoo":
      return of(["yahoo_app_password_needed", 1.1], ["password_refused", 0.5]);
    case "icloud":
      return of(["icloud_app_password_needed", 1.1], ["password_refused", 0.5]);
    case "fastmail":
      return of(["fastmail_app_password_needed", 1.1], ["password_refused", 0.5]);
    case "qq":
      return of(["qq_authorization_code_needed", 1.1], ["qq_service_off", 0.6]);
    case "netease":
      return of(["netease_authorization_code_needed", 1.1], ["netease_service_off", 0.6]);
    case "yandex":
      return of(["yandex_app_password_needed", 1.1], ["password_refused", 0.5]);
    case "microsoft":
      return view.method === "oauth"
        ? refusedToken(view)
        : of(["basic_auth_blocked", 0.95], ["account_locked", 0.4], ["password_refused", 0.3]);
    case "other":
    case null:
      if (view.method === "oauth") return refusedToken(view);
      if (view.kind === "personal" || view.kind === "work")
        return of(["basic_auth_blocked", 0.9], ["password_refused", 0.6], ["account_locked", 0.3]);
      return of(["password_refused", 1], ["account_locked", 0.2]);
  }
}

const refusedToken = (view: View): Candidate[] => {
  if (view.hasForeignName && view.token === "same" && view.graphInbox !== "none" && view.retryHelps === null)
    return of(["sub_account", 1.15], ["token_refused", 0.7], ["imap_disabled", 0.5]);
  return closedMailbox(
    view,
    view.kind === "work"
      ? of(
          ["token_refused", 1],
          ["imap_disabled", 0.7],
          ["mailbox_without_licence", 0.5],
          ["principal_mismatch", 0.45],
          ["token_wrong_audience", 0.3],
        )
      : of(
          ["token_refused", 1],
          ["imap_disabled", 0.85],
          ["mailbox_not_initialised", 0.5],
          ["principal_mismatch", 0.45],
          ["token_wrong_audience", 0.3],
        ),
  );
};

function refusedSending(view: View): Candidate[] {
  if (view.method === "password" && view.provider !== "microsoft" && view.provider !== null)
    return refusedPassword(view);
  if (view.token === "another") return of(["principal_mismatch", 1.05], ["smtp_token_refused", 0.6]);
  return of(
    ["smtp_token_refused", 1],
    ["smtp_auth_disabled", 0.5],
    ["principal_mismatch", 0.4],
    ["basic_auth_blocked", 0.3],
  );
}

/** The causes of a symptom, the likeliest first. */
export function causesOf(symptom: Symptom, view: View): Candidate[] {
  switch (symptom) {
    case "not_connected":
      return notConnected(view);
    case "authenticate_failed":
      if (view.method === "password") return refusedPassword(view);
      if (view.area === "smtp") return refusedSending(view);
      return view.area === "pop" ? refusedPop(view) : refusedToken(view);
    case "login_failed":
      return refusedLogin(view);
    case "pop_refused":
      return refusedPop(view);
    case "smtp_refused":
      return refusedSending(view);
    case "no_rest_mailbox":
      return noMailbox(view);
    case "server_unavailable_15":
      return view.method === "oauth"
        ? only("server_busy")
        : of(["basic_auth_blocked", 0.95], ["server_busy", 0.6]);
    case "authorization_failed":
      return of(
        ["imap_disabled", 0.8],
        ["sub_account", 0.7],
        ["mailbox_not_initialised", 0.5],
        ["consent_declined", 0.4],
        ["account_locked", 0.3],
      );
    case "access_denied":
      return of(["consent_declined", 1.2], ["admin_consent_required", 0.4]);
    case "invalid_grant":
      return view.provider === "gmail"
        ? of(["google_app_in_testing", 1.2], ["grant_revoked", 0.8])
        : of(["sign_in_needed", 1.2], ["grant_expired", 1.1], ["grant_revoked", 1]);
    case "service_closed":
      return closedService(view);
  }
}

/**
 * An account whose mailbox is not made yet, and one with IMAP off, answer in the same words (report: KiroX#12; facts as in
 * `findings.md`): the switch is by far the most frequent, so it stands first, but is stated only when Graph opens the inbox.
 */
const notConnected = (view: View): Candidate[] =>
  closedMailbox(
    view,
    of(
      ["imap_disabled", 0.76],
      ["imap_not_open", 0.7],
      ["principal_mismatch", 0.45],
      ...ofNoMailbox(view),
      ["too_many_connections", 0.2],
      ["ipv6_broken", 0.15],
    ),
  );

/** A mailbox that Graph opens exists. */
function ofNoMailbox({ kind, graphInbox }: View): [FindingCode, number][] {
  if (graphInbox === "ok") return [];
  if (kind === "work") return [["mailbox_without_licence", 0.5]];
  return [
    ["mailbox_not_initialised", 0.5],
    ...(kind === null ? ([["mailbox_without_licence", 0.3]] satisfies [FindingCode, number][]) : []),
  ];
}

const noMailbox = (view: View): Candidate[] => {
  if (view.kind === null)
    return of(
      ["mailbox_not_initialised", 0.95],
      ["mailbox_without_licence", 0.9],
      ["mailbox_on_premises", 0.3],
    );
  return [...only(withoutMailbox(view)), ...(view.kind === "work" ? of(["mailbox_on_premises", 0.4]) : [])];
};

/** Only Microsoft's own servers, and those of whom we know nothing else, take tokens under the same words. */
const isMicrosoft = ({ provider, kind }: View): boolean =>
  provider === "microsoft" || kind === "personal" || kind === "work";

function refusedLogin(view: View): Candidate[] {
  if (view.area === "smtp" && view.method !== "password" && isMicrosoft(view)) return refusedSending(view);
  return view.area === "pop" && view.method === "oauth" ? refusedPop(view) : refusedPassword(view);
}

function refusedPop(view: View): Candidate[] {
  if (
    view.method === "password" ||
    (view.provider !== "microsoft" && view.provider !== null && view.provider !== "other")
  )
    return refusedPassword(view);
  const tokenWorks = view.imap === "ok" || view.graphInbox === "ok";
  if (view.method === "oauth" && tokenWorks) return of(["pop_disabled", 1.1], ["token_refused", 0.4]);
  if (view.method === "oauth") return of(["token_refused", 1], ["pop_disabled", 0.9], ["throttled", 0.2]);
  if (view.kind === "other") return refusedPassword(view);
  return of(
    ["pop_disabled", 0.95],
    ["basic_auth_blocked", 0.85],
    ["password_refused", 0.6],
    ["throttled", 0.2],
  );
}

function closedService({ provider }: View): Candidate[] {
  if (provider === "netease")
    return of(["netease_service_off", 1.05], ["netease_authorization_code_needed", 0.5]);
  if (provider === "qq") return of(["qq_service_off", 1.05], ["qq_authorization_code_needed", 0.8]);
  return of(["qq_service_off", 0.9], ["netease_service_off", 0.8], ["imap_disabled", 0.5]);
}
