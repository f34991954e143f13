/** What all probes together, and what is known of the account, say to whoever weighs one answer. Pure. */
import type { AccountKind, Context, Observation, ProbeName, ProviderName, Retry } from "./observation.ts";
import { readAnswer } from "./read-answer.ts";
import type { Area } from "./rules.ts";

export interface View {
  kind: AccountKind | null;
  provider: ProviderName | null;
  method: "oauth" | "password" | null;
  area: Area | null;
  /** The token's account and the user that the mailbox was opened as. */
  token: "same" | "another" | "unknown";
  audienceIsWrong: boolean;
  /** A personal account made on another provider's address: its mailbox hides behind a generated one. */
  hasForeignName: boolean;
  /** What Graph says of the inbox; `none`: there is no mailbox. */
  graphInbox: "ok" | "none" | "unknown";
  imap: "ok" | "failed" | "unknown";
  /** The second try that went well where the first had not. */
  retryHelps: Retry | null;
}

const areaOfProbe: Record<ProbeName, Area> = {
  clock: "network",
  dns: "dns",
  tcp: "network",
  tls: "tls",
  authorize: "authorize",
  device: "token",
  redeem: "token",
  refresh: "token",
  claims: "token",
  graph_me: "graph",
  graph_inbox: "graph",
  imap_sign_in: "imap",
  imap_open: "imap",
  imap_list: "imap",
  pop: "pop",
  smtp: "smtp",
};
export const areaOf = (probe: ProbeName): Area => areaOfProbe[probe];

const microsoftDomains =
  /(^|[@.])(outlook|hotmail|live|msn|passport)\.([a-z]{2,3}|co\.[a-z]{2}|com\.[a-z]{2})$/;

/** Under any ending: national clouds and stand-ins have others. */
const microsoftName = /@(outlook|hotmail|live|msn|passport|windowslive)\.[a-z.]+$/;

const providersByWords: [ProviderName, RegExp][] = [
  ["gmail", /gmail|gsmtp|googlemail|google\.com|googleapis/],
  ["yahoo", /yahoo|ymail|\baol\b/],
  ["icloud", /icloud|mail\.me\.com|@me\.com|@mac\.com/],
  ["fastmail", /fastmail|messagingengine/],
  ["qq", /\bqq\.com|foxmail|exmail\.qq/],
  ["netease", /\b(163|126)\.com|yeah\.net|188\.com|netease|网易/],
  ["yandex", /yandex/],
  ["microsoft", /outlook|office365|hotmail|microsoft|aadsts|prod\.exchangelabs|\blive\.com|msn\.com/],
];

/** The provider that a text, a host or an address names; null: none that we know. */
export const providerIn = (words: string): ProviderName | null =>
  providersByWords.find(([, pattern]) => pattern.test(words.toLowerCase()))?.[0] ?? null;

/** Personal where the words leave no doubt. */
function kindIn(address: string, words: string): AccountKind | null {
  if (microsoftDomains.test(address.toLowerCase())) return "personal";
  if (/usertype:outlookcom|9188040d-6c67-4c5b-b112-36a304b66dad|\/consumers\//.test(words)) return "personal";
  return /usertype:(business|work)|for the tenant|in your organization/.test(words) ? "work" : null;
}

const isTry = (one: Observation, probe: ProbeName): boolean => one.probe === probe && one.retry === undefined;

/** How a probe's first try went. */
function outcome(all: readonly Observation[], probes: readonly ProbeName[]): "ok" | "failed" | "unknown" {
  const tries = all.filter((one) => probes.some((probe) => isTry(one, probe)));
  if (tries.length === 0) return "unknown";
  return tries.every(({ ok }) => ok) ? "ok" : "failed";
}

const saysNoMailbox = ({ answer }: Observation): boolean =>
  readAnswer(answer ?? "", "graph").signs.some(({ sign }) => sign === "no_rest_mailbox");

function graphInboxOf(all: readonly Observation[]): View["graphInbox"] {
  const inbox = all.filter(({ probe }) => probe === "graph_inbox");
  if (inbox.some(({ ok }) => ok)) return "ok";
  return inbox.some(saysNoMailbox) ? "none" : "unknown";
}

function tokenOf(all: readonly Observation[]): View["token"] {
  const claims = all.find(({ probe }) => probe === "claims");
  if (claims?.account === undefined || claims.user === undefined) return "unknown";
  return claims.account.toLowerCase() === claims.user.toLowerCase() ? "same" : "another";
}

/** A server of another name is another provider's, whatever the address says. */
const guessedProvider = ({ host, address }: Context, words: string): ProviderName | null =>
  host === null || host === ""
    ? (providerIn(address ?? "") ?? providerIn(words))
    : (providerIn(host) ?? providerIn(words) ?? "other");

/** @param answer the one that is weighed, with the area it was met in */
export function viewOf(
  all: readonly Observation[],
  context: Context,
  answer: { words: string; area: Area | null },
): View {
  const address = context.address ?? "";
  const kind = context.kind ?? kindIn(address, answer.words);
  const provider = context.provider ?? guessedProvider(context, answer.words);
  return {
    kind,
    provider: provider ?? (kind === "personal" || kind === "work" ? "microsoft" : null),
    method: context.method ?? methodIn(answer.words),
    area: answer.area ?? areaIn(answer.words),
    token: tokenOf(all),
    audienceIsWrong: all.some(
      ({ probe, answer: said }) => probe === "claims" && /invalid audience/i.test(said ?? ""),
    ),
    hasForeignName: kind === "personal" && address !== "" && !microsoftName.test(address.toLowerCase()),
    graphInbox: graphInboxOf(all),
    imap: outcome(all, ["imap_sign_in", "imap_open"]),
    retryHelps: all.find(({ ok, retry }) => ok && retry !== undefined)?.retry ?? null,
  };
}

/** Microsoft says so of tokens, too. */
const ofBoth = "unknown user name or bad password";

function methodIn(all: string): View["method"] {
  const words = all.replaceAll(ofBoth, "");
  // What PHP's imap_open says of a password, whatever the mechanism is called.
  if (/retrying (plain|login|cram-md5) authentication/.test(words)) return "password";
  if (/xoauth2|oauthbearer|bearer|access token|authenticate failed|oauth/.test(words)) return "oauth";
  return /\blogin failed|auth login|auth plain|password|\blogin\b/.test(words) ? "password" : null;
}

function areaIn(words: string): Area | null {
  if (/smtp|\b5[35]\d[ -]5\.\d|mail from|rcpt to/.test(words)) return "smtp";
  if (/\bpop3?\b|-err\b/.test(words)) return "pop";
  if (/imap|\bselect\b|\bnamespace\b|\ba\d+ (no|bad)\b/.test(words)) return "imap";
  return /graph\.microsoft|restapi/.test(words) ? "graph" : null;
}
