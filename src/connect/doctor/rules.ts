/** How an answer is recognised, as data: phrases wherever they stand, patterns, and the numbers of AADSTS. */
import type { FindingCode } from "../findings/catalogue.ts";
import { squeeze } from "./answer-text.ts";

/** What has more than one cause; `causes.ts` tells them apart. */
export type Symptom =
  | "not_connected"
  | "authenticate_failed"
  | "login_failed"
  | "pop_refused"
  | "smtp_refused"
  | "no_rest_mailbox"
  | "server_unavailable_15"
  | "authorization_failed"
  | "access_denied"
  | "invalid_grant"
  | "service_closed";

export type Sign = FindingCode | Symptom;

/** Where a text was met; one that is asked about elsewhere counts for less. */
export type Area = "authorize" | "token" | "imap" | "pop" | "smtp" | "graph" | "network" | "dns" | "tls";
export const areas: readonly Area[] = [
  "authorize",
  "token",
  "imap",
  "pop",
  "smtp",
  "graph",
  "network",
  "dns",
  "tls",
];

export interface Rule {
  sign: Sign;
  /** How sure the words alone make it, 0 to 1. */
  sure: number;
  phrases: readonly string[];
  patterns: readonly RegExp[];
  /** Empty: anywhere. */
  areas: readonly Area[];
}

/**
 * One rule. A string is a phrase, compared without blanks, marks and case; a pattern is compared with the text in lower case
 * and one blank for any white space, and is linear.
 */
export function rule(sign: Sign, sure: number, said: (string | RegExp)[], where: readonly Area[] = []): Rule {
  return {
    sign,
    sure,
    phrases: said.filter((one) => typeof one === "string").map(squeeze),
    patterns: said.filter((one) => one instanceof RegExp),
    areas: where,
  };
}
