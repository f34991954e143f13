/** One request to Graph, whether it came alone or in a batch, and what a handler needs to answer it. */
import type { TokenVerifier } from "../contract.ts";
import type { MailStore } from "../mail/store/mail-store.ts";
import type { Switches } from "../switches.ts";
import type { Traffic } from "../mail/traffic.ts";
import type { Persona } from "../personas.ts";
import type { Faults } from "./faults.ts";
import type { Limits } from "./limits.ts";
import type { SubscriptionList } from "./subscription-list.ts";
import type { Uploads } from "./uploads.ts";

export type GraphContext = {
  /** Where clients reach it, without `/v1.0` and without a slash at the end. */
  graphUrl: string;
  store: MailStore;
  personas: readonly Persona[];
  tokens: TokenVerifier;
  now: () => number;
  /** From 0 up to 1. */
  random: () => number;
  log: (error: unknown) => void;
  switches: Switches;
  traffic: Traffic;
  limits: Limits;
  faults: Faults;
  uploads: Uploads;
  subscriptions: SubscriptionList;
  /** Access tokens that a fault has ended before their time. */
  endedTokens: Set<string>;
};

export type GraphCall = {
  method: string;
  /** The path below `/v1.0`, in decoded segments. */
  segments: string[];
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Buffer;
};

export type GraphAnswer = {
  status: number;
  headers?: Record<string, string>;
  /** An object is sent as JSON, bytes as they are. */
  body?: object | Buffer;
};

/** Who calls, by the access token. */
export type Caller = { persona: Persona; scopes: string[]; accessToken: string };

/** A mailbox that the caller may use, opened for one call. */
export type OpenMailbox = {
  context: GraphContext;
  call: GraphCall;
  caller: Caller;
  owner: Persona;
  mailboxId: number;
  /** As it stands in addresses of the answer: `me`, or `users/{what the caller wrote}`. */
  prefix: string;
  immutableIds: boolean;
};

/** The values of all Prefer headers (RFC 7240 2), names in lower case. */
export function preferences(call: GraphCall): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of (call.headers["prefer"] ?? "").split(/[,;]/)) {
    const [name = "", value = ""] = part.split("=");
    const key = name.trim().toLowerCase();
    if (key !== "" && !found.has(key)) found.set(key, value.trim().replaceAll('"', ""));
  }
  return found;
}

export const wantsImmutableIds = (call: GraphCall): boolean =>
  preferences(call).get("idtype")?.toLowerCase() === "immutableid";
