/**
 * What the wizard says to each persona, as data: which finding, and by which way the persona is driven there. Read by the
 * test that drives them all, and by the table in docs/personas.md.
 */
import type { FindingCode } from "../../src/connect/findings/catalogue.ts";

/**
 * `sign-in`: Official Authorization in a browser. `graph-consented`: the same by an account that consented to Graph once, so
 * that the doctor may look there too. `cancel`: the same, with "Cancel" on the page of permissions. `device`: by
 * device code. `later`: connected, and tested when the access token has ended. `send`: connected, and a mail is sent.
 * `password`: by app password.
 */
export type PersonaWay = "sign-in" | "graph-consented" | "cancel" | "device" | "later" | "send" | "password";

export interface PersonaCase {
  id: string;
  way: PersonaWay;
  /** Typed into the wizard in place of the persona's own address. */
  typed?: string;
  finding: FindingCode | "connected";
}

const cases = (way: PersonaWay, finding: PersonaCase["finding"], ids: string): PersonaCase[] =>
  ids.split(" ").map((id) => ({ id, way, finding }));

const numbers = (way: PersonaWay, finding: PersonaCase["finding"], list: string): PersonaCase[] =>
  cases(way, finding, list.replaceAll(/\d+/g, "aadsts$&"));

const healthy: PersonaCase[] = [
  ...cases("sign-in", "connected", "well work no-email upn delegate basic"),
  { id: "declined", way: "cancel", finding: "consent_declined" },
];

const accounts: PersonaCase[] = [
  { id: "other", way: "sign-in", typed: "well@outlook.example", finding: "account_mismatch" },
  { id: "alias", way: "sign-in", typed: "alias@outlook.example", finding: "account_mismatch" },
  { id: "sub", way: "sign-in", finding: "sub_account" },
  {
    id: "sub",
    way: "sign-in",
    typed: "outlook_4be1d5c7a9f03e62@outlook.example",
    finding: "account_mismatch",
  },
  { id: "nameless", way: "sign-in", finding: "address_not_told" },
  ...cases("sign-in", "account_locked", "locked"),
  { id: "locked", way: "password", finding: "account_locked" },
  ...cases("sign-in", "service_abuse", "abuse"),
  { id: "abuse", way: "device", finding: "service_abuse" },
  ...cases("sign-in", "account_disabled", "shared"),
  ...numbers("sign-in", "account_disabled", "50057"),
  ...numbers("sign-in", "account_not_in_tenant", "16000 50020 50034 51004"),
  ...numbers("sign-in", "microsoft_password_wrong", "50056 50126"),
  ...numbers("sign-in", "microsoft_password_expired", "50055"),
  { id: "basic", way: "password", finding: "basic_auth_blocked" },
];

const permissions: PersonaCase[] = [
  ...cases("sign-in", "admin_consent_required", "admin-consent aadsts90095"),
  ...cases("sign-in", "mfa_required", "mfa"),
  { id: "mfa-later", way: "later", finding: "mfa_required" },
  ...numbers("sign-in", "mfa_required", "50072 50074 50078 50079 50158"),
  ...cases("sign-in", "conditional_access", "conditional"),
  ...numbers("sign-in", "conditional_access", "53000 53001 53002 530032 530034 530035"),
  ...cases("sign-in", "user_not_assigned", "unassigned"),
  ...cases("sign-in", "consent_missing", "aadsts65001 aadsts70000 consent-required"),
  ...cases("later", "sign_in_needed", "aadsts50058 interaction-required login-required"),
  { id: "expired", way: "later", finding: "grant_expired" },
  { id: "frequency", way: "later", finding: "sign_in_frequency" },
  { id: "aadsts700084", way: "later", finding: "grant_expired" },
  { id: "aadsts70000-interaction", way: "later", finding: "sign_in_needed" },
  { id: "revoked", way: "later", finding: "grant_revoked" },
  // Before there is a permission, a refused code is no permission that ended.
  ...numbers("sign-in", "authorization_expired", "50132 50133 54005 501481 700005 70008"),
  ...numbers("sign-in", "browser_went_back", "900561"),
  ...numbers("device", "device_code_wrong", "70018"),
  ...numbers("device", "device_code_expired", "70019"),
];

const applications: PersonaCase[] = [
  ...numbers("sign-in", "app_permission_missing", "65006 650052 650056"),
  ...numbers("sign-in", "scopes_mixed", "28000 70011 700022"),
  ...numbers("sign-in", "app_client_unknown", "700016 70001"),
  ...numbers("sign-in", "app_tenant_unknown", "90002"),
  ...numbers("sign-in", "tenant_needed", "9001023"),
  ...numbers("sign-in", "request_malformed", "90014 90023 9002313"),
  ...numbers("sign-in", "app_redirect_spa", "9002326"),
  ...numbers("sign-in", "app_personal_only", "9002346"),
  ...cases(
    "sign-in",
    "app_work_only",
    "aadsts9002332 aadsts90027 aadsts500200 aadsts500201 not-for-consumers",
  ),
  ...cases("sign-in", "sign_in_unanswered", "server-error temporarily-unavailable"),
  ...cases("sign-in", "unknown", "invented-kind"),
];

const mailboxes: PersonaCase[] = [
  ...cases("graph-consented", "mailbox_not_initialised", "new"),
  // Without Graph's word, a mailbox that is not made yet says the same as one with IMAP off.
  ...cases("sign-in", "imap_not_open", "new imap-off never-connected"),
  ...cases("graph-consented", "imap_disabled", "imap-off"),
  ...cases("graph-consented", "mailbox_without_licence", "no-licence"),
  ...cases("sign-in", "token_refused", "token-refused"),
  // The next try, with a fresh token, goes well.
  ...cases("sign-in", "connected", "moody"),
  ...cases("sign-in", "token_stale", "token-ends"),
  ...cases("sign-in", "throttled", "throttled smtp-connections"),
  ...cases("sign-in", "server_busy", "busy"),
  ...cases("sign-in", "connection_unstable", "closes"),
  ...cases("sign-in", "command_refused", "argument"),
];

const sending: PersonaCase[] = [
  ...cases("sign-in", "smtp_auth_disabled", "smtp-off smtp-off-mailbox"),
  ...cases("sign-in", "conditional_access", "security-defaults smtp-criteria"),
  ...cases("sign-in", "smtp_token_refused", "smtp-refused"),
  ...cases("send", "smtp_not_signed_in", "smtp-anonymous"),
  ...cases("send", "throttled", "smtp-threads"),
  ...cases("send", "sending_quota", "quota"),
  ...cases("send", "send_as_denied", "send-as send-as-denied"),
  ...cases("send", "sender_blocked", "spammer"),
  ...cases("send", "sender_unverified", "unverified"),
];

export const personaCases: readonly PersonaCase[] = [
  ...healthy,
  ...accounts,
  ...permissions,
  ...applications,
  ...mailboxes,
  ...sending,
];

/** An application with an operator's mistake, by the end of its client id. */
export interface ApplicationCase {
  app: string;
  /** What the operator pasted in place of what the page gives out as secret; null: nothing. */
  secret?: string | null;
  /** A number where Microsoft's own page keeps the browser. */
  finding: FindingCode | "connected" | `AADSTS${number}`;
}

export const applicationCases: readonly ApplicationCase[] = [
  { app: "0001", secret: "not~Q8Q~the.right.secret", finding: "app_secret_wrong" },
  { app: "0001", secret: null, finding: "app_secret_missing" },
  // That it is an id is seen by Check app, which sees the secret.
  { app: "0101", finding: "app_secret_wrong" },
  { app: "0102", finding: "app_secret_expired" },
  { app: "0103", finding: "AADSTS50011" },
  { app: "0104", finding: "app_redirect_spa" },
  { app: "0105", finding: "app_work_only" },
  { app: "0106", finding: "AADSTS50194" },
  { app: "0107", finding: "AADSTS9002331" },
  // A secret that a public client must not send is left out at the second try.
  { app: "0108", finding: "connected" },
  { app: "0109", finding: "app_permission_missing" },
  { app: "0110", finding: "resource_unknown" },
];
