/**
 * What the probes saw, as data. The doctor decides from all of it together (`decide.ts`): one answer has several causes,
 * and another probe's answer tells them apart.
 */

/** In the order in which they stand on each other: what fails earlier explains what fails later. */
export const probeNames = [
  "clock",
  "dns",
  "tcp",
  "tls",
  "authorize",
  "device",
  "redeem",
  "refresh",
  "claims",
  "graph_me",
  "graph_inbox",
  "imap_sign_in",
  "imap_open",
  "imap_list",
  "pop",
  "smtp",
] as const;
export type ProbeName = (typeof probeNames)[number];

/** What was different from the first try. */
export type Retry = "fresh_token" | "ipv4";

export interface Observation {
  probe: ProbeName;
  ok: boolean;
  /** The answer as it came, or the error's words; secrets and all: `decide` keeps none of it. */
  answer?: string;
  /** A second try of the same probe. */
  retry?: Retry;
  /** `claims`: the address of the account that the token was given to. */
  account?: string;
  /** `claims`: the user that the mailbox was opened as. */
  user?: string;
  /** `clock`: this server's clock before (negative) or after the other's, milliseconds. */
  skewMs?: number;
}

export type AccountKind = "personal" | "work" | "other";

/** Providers whose answers have causes of their own. */
export type ProviderName =
  | "microsoft"
  | "gmail"
  | "yahoo"
  | "icloud"
  | "fastmail"
  | "qq"
  | "netease"
  | "yandex"
  | "other";

export interface Context {
  /** Personal: Outlook.com, Hotmail; work: Microsoft 365; other: everybody else. null: not known. */
  kind: AccountKind | null;
  provider: ProviderName | null;
  method: "oauth" | "password" | null;
  address: string | null;
  host: string | null;
}

export const noContext: Context = { kind: null, provider: null, method: null, address: null, host: null };
