/**
 * What the answers to our questions say of an app's registration: a list of checks, each well, wrong or not to be told, and a
 * finding for each mistake. Decides by AADSTS number, then by the OAuth error: words change. Pure.
 *
 * Sources: Microsoft identity platform, "Authentication and authorization error codes"; RFC 6749 4.1.3 (the client is
 * authenticated before the code is looked at), 5.2. That Microsoft tells a wrong secret for a code that nobody gave out is
 * seen in reports; that it asks for no more at prompt=none than the registration is inferred [U].
 */
import type { FindingCode } from "../findings/catalogue.ts";
import { withoutSecrets } from "../findings/secrets.ts";
import type { Finding } from "../findings/types.ts";
import type { AppAnswer, AppProbe } from "./answer.ts";
import { daysLeft, looksLikeId, redirectUsable, warnDays } from "./facts.ts";

export const appCheckIds = [
  "tenant",
  "client",
  "secret",
  "redirect",
  "audience",
  "permissions",
  "device",
  "public_url",
  "clock",
  "publisher",
] as const;
export type AppCheckId = (typeof appCheckIds)[number];

/** `unknown`: it cannot be told without a person who signs in. */
export type AppCheckState = "ok" | "failed" | "warning" | "unknown";

export interface AppCheckResult {
  checks: { id: AppCheckId; state: AppCheckState }[];
  findings: Finding[];
}

/** What is checked, as entered. */
export interface CheckedApp {
  name: string;
  clientId: string;
  clientSecret: string | null;
  tenant: string;
  secretExpiresOn: string | null;
  redirectUri: string;
  publicUrl: string;
}

interface Meaning {
  code: FindingCode;
  check: AppCheckId;
}

const means = (check: AppCheckId, code: FindingCode): Meaning => ({ check, code });
const permission = means("permissions", "app_permission_missing");

const byNumber: Record<number, Meaning> = {
  90002: means("tenant", "app_tenant_unknown"),
  900023: means("tenant", "app_tenant_unknown"),
  700016: means("client", "app_client_unknown"),
  70001: means("client", "app_client_unknown"),
  900144: means("client", "app_client_unknown"),
  7000215: means("secret", "app_secret_wrong"),
  7000222: means("secret", "app_secret_expired"),
  7000216: means("secret", "app_secret_missing"),
  7000218: means("secret", "app_secret_missing"),
  700025: means("secret", "app_is_public"),
  50011: means("redirect", "app_redirect_mismatch"),
  500113: means("redirect", "app_redirect_mismatch"),
  900971: means("redirect", "app_redirect_mismatch"),
  9002326: means("redirect", "app_redirect_spa"),
  9002327: means("redirect", "app_redirect_spa"),
  50194: means("audience", "app_single_tenant"),
  9002331: means("audience", "app_personal_only"),
  9002346: means("audience", "app_personal_only"),
  9002332: means("audience", "app_work_only"),
  500011: permission,
  650052: permission,
  650056: permission,
  650057: permission,
  65005: permission,
  65006: permission,
  70011: permission,
};

/** What login.live.com says without a number. */
const byWords: readonly [RegExp, Meaning][] = [
  [/not enabled for consumers/i, means("audience", "app_work_only")],
  [/redirect_uri.{0,40}(?:is not valid|does not match)/i, means("redirect", "app_redirect_mismatch")],
];

/** Answers at another authority than the app's own say nothing of client and tenant. */
const elsewhere: ReadonlySet<AppProbe> = new Set(["credentials", "consumers"]);
const ofAuthority: ReadonlySet<AppCheckId> = new Set(["tenant", "client", "permissions"]);

function meaningOf(answer: AppAnswer, app: CheckedApp): Meaning | null {
  const numbered = answer.numbers.map((number) => byNumber[number]).find((one) => one !== undefined);
  const meaning = numbered ?? byWords.find(([words]) => words.test(answer.line))?.[1] ?? null;
  const told = meaning ?? (answer.error === "invalid_client" ? means("secret", "app_secret_wrong") : null);
  if (told === null) return null;
  return fits(told, answer, app) ? specified(told, answer, app) : null;
}

function fits({ check, code }: Meaning, { probe }: AppAnswer, app: CheckedApp): boolean {
  if (elsewhere.has(probe) && ofAuthority.has(check)) return false;
  // At /organizations, where the app itself asks, its audience is no mistake; and /consumers is asked for `common` alone.
  if (probe === "credentials" && check === "audience") return false;
  // A device's sign-in never takes a secret: this is said of the flow, not of the registration.
  if (probe.startsWith("device") && code !== "app_secret_missing" && check === "secret") return false;
  return !(probe === "credentials" && app.clientSecret === null);
}

function specified(meaning: Meaning, { probe }: AppAnswer, app: CheckedApp): Meaning {
  if (meaning.code === "app_secret_wrong" && app.clientSecret !== null && looksLikeId(app.clientSecret))
    return means("secret", "app_secret_is_id");
  if (meaning.code === "app_secret_missing" && probe === "device_poll")
    return means("device", "app_device_code_off");
  return meaning;
}

/** Another clock than Microsoft's by so much makes fresh tokens look expired, or not valid yet. */
const skewMs = 5 * 60_000;

/** Judges all answers together. @param nowMs our clock */
export function judgeApp(answers: readonly AppAnswer[], app: CheckedApp, nowMs: number): AppCheckResult {
  const found = new Map<AppCheckId, { finding: Finding; warning: boolean }>();
  const note = (
    check: AppCheckId,
    code: FindingCode,
    lines: AppAnswer[],
    params = {},
    warning = false,
  ): void => {
    const known = found.get(check);
    if (known !== undefined && !known.warning) return;
    found.set(check, { warning, finding: findingOf(code, lines, { ...paramsOf(app, lines), ...params }) });
  };
  for (const answer of answers) {
    const meaning = meaningOf(answer, app);
    if (meaning !== null) note(meaning.check, meaning.code, [answer]);
  }
  noteSurroundings(answers, app, nowMs, note);
  noteSecret(app, nowMs, note);
  const checks = appCheckIds.map((id) => ({ id, state: stateOf(id, found.get(id), answers, app) }));
  return { checks, findings: [...found.values()].map(({ finding }) => finding) };
}

type Note = (
  check: AppCheckId,
  code: FindingCode,
  lines: AppAnswer[],
  params?: Finding["params"],
  warning?: boolean,
) => void;

const of = (answers: readonly AppAnswer[], ...probes: AppProbe[]): AppAnswer[] =>
  answers.filter((answer) => probes.includes(answer.probe));

function noteSurroundings(answers: readonly AppAnswer[], app: CheckedApp, nowMs: number, note: Note): void {
  const [discovery] = of(answers, "discovery");
  if (discovery !== undefined && discovery.outcome === "silent")
    note("tenant", "identity_unreachable", [discovery]);
  if (discovery !== undefined && discovery.outcome === "page")
    note("tenant", "identity_answer_invalid", [discovery]);
  if (!redirectUsable(app.redirectUri)) note("redirect", "app_redirect_unusable", [], {}, true);
  const [own] = of(answers, "public_url");
  if (own?.outcome === "silent") note("public_url", "public_url_unreachable", [own], {}, true);
  if (own?.outcome === "page" || own?.outcome === "refused")
    note("public_url", "public_url_elsewhere", [own]);
  const dated = answers.find(({ probe, dateMs }) => dateMs !== null && probe !== "public_url");
  if (dated?.dateMs !== undefined && dated.dateMs !== null && Math.abs(dated.dateMs - dated.at) > skewMs)
    note("clock", "clock_skew", [dated], { minutes: String(Math.round((nowMs - dated.dateMs) / 60_000)) });
  const unverified = answers.find(({ line }) => /\bunverified\b/i.test(line));
  if (unverified) note("publisher", "app_publisher_unverified", [unverified], {}, true);
}

function noteSecret(app: CheckedApp, nowMs: number, note: Note): void {
  if (app.clientSecret !== null && looksLikeId(app.clientSecret)) note("secret", "app_secret_is_id", []);
  const finding = expiryOf(app, nowMs);
  if (finding !== null)
    note("secret", finding.code, [], finding.params, finding.code === "app_secret_expiring");
}

/** The finding of a secret's day; null when it is far away or not known. */
export function expiryOf(
  { secretExpiresOn, name, clientId }: Pick<CheckedApp, "secretExpiresOn" | "name" | "clientId">,
  nowMs: number,
): (Finding & { code: "app_secret_expiring" | "app_secret_expired" }) | null {
  if (secretExpiresOn === null) return null;
  const days = daysLeft(secretExpiresOn, nowMs);
  if (days > warnDays) return null;
  return {
    code: days < 0 ? "app_secret_expired" : "app_secret_expiring",
    params: { name, clientId, day: secretExpiresOn, days: String(days) },
    evidence: [],
  };
}

const paramsOf = (app: CheckedApp, [first]: AppAnswer[]): Finding["params"] => ({
  tenant: app.tenant,
  clientId: app.clientId,
  name: app.name,
  redirectUri: app.redirectUri,
  publicUrl: app.publicUrl,
  host: first?.host ?? "",
});

const findingOf = (code: FindingCode, lines: AppAnswer[], params: Finding["params"]): Finding => ({
  code,
  params,
  evidence: lines.map(({ at, probe, host, line }) => ({
    at: new Date(at).toISOString(),
    step: probe,
    line: withoutSecrets(`${host}  ${line}`),
  })),
});

/** The grant was looked at: client and secret had been taken. */
const looksAtGrant = ({ error, outcome }: AppAnswer): boolean =>
  outcome === "ok" || ["invalid_grant", "authorization_pending", "invalid_scope"].includes(error);

function stateOf(
  id: AppCheckId,
  found: { warning: boolean } | undefined,
  answers: readonly AppAnswer[],
  app: CheckedApp,
): AppCheckState {
  if (found !== undefined) return found.warning ? "warning" : "failed";
  return isProved(id, answers, app) ? "ok" : "unknown";
}

function isProved(id: AppCheckId, answers: readonly AppAnswer[], app: CheckedApp): boolean {
  const cameBack = of(answers, "authorize").some((answer) => answer.cameBack);
  const granted = of(answers, "code", "credentials").some(
    (answer) => looksAtGrant(answer) || isMalformed(answer),
  );
  switch (id) {
    case "tenant":
      return of(answers, "discovery").some(({ outcome }) => outcome === "ok");
    case "client":
      return cameBack || granted || of(answers, "device").some(({ outcome }) => outcome === "ok");
    case "secret":
      return app.clientSecret === null ? false : granted;
    case "redirect":
      return cameBack;
    case "audience":
      return app.tenant === "common"
        ? cameBack && of(answers, "consumers").some((one) => one.cameBack)
        : cameBack;
    case "device":
      return of(answers, "device_poll").some(looksAtGrant);
    case "public_url":
      return of(answers, "public_url").some(({ outcome }) => outcome === "ok");
    case "clock":
      return answers.some(({ dateMs, probe }) => dateMs !== null && probe !== "public_url");
    case "permissions":
    case "publisher":
      return false; // shown only to who signs in
  }
}

/** AADSTS9002313: the made-up code was looked at and is none. */
const isMalformed = ({ numbers }: AppAnswer): boolean => numbers.includes(9_002_313);
