/**
 * The doctor before anything is connected: who runs an address's mail, whether its servers answer, and what Microsoft says of
 * its domain, without signing in anywhere.
 */
import type { Clock } from "../core/clock.ts";
import { withDeadline } from "../core/deadline.ts";
import { askTenant, type TenantAnswer } from "../oauth/tenant.ts";
import type { SpokenProtocol } from "../protocol/net/look.ts";
import { findProvider, suggestedProvider, type ConnectApps } from "./apps.ts";
import type { AddressSettings, LookUpSettings } from "./autoconfig/lookup.ts";
import { isHostName } from "./autoconfig/found.ts";
import { conclude } from "./doctor/decide.ts";
import { observationsOf } from "./doctor/look.ts";
import { noContext, type Observation } from "./doctor/observation.ts";
import { lineOf } from "./findings/decide.ts";
import { withoutSecrets } from "./findings/secrets.ts";
import type { Finding } from "./findings/types.ts";
import type { ConnectParts } from "./parts.ts";
import { domainOf, type MailServer } from "./providers.ts";

/** `settings`: who runs the mail; `identity`: the domain at Microsoft; `reading`, `sending`: the servers. */
export const addressSteps = ["settings", "identity", "reading", "sending"] as const;
export type AddressStep = (typeof addressSteps)[number];

export interface AddressCheck {
  step: AddressStep;
  state: "ok" | "failed" | "skipped";
  /** Milliseconds. */
  ms: number | null;
}

export interface AddressDiagnosis {
  settings: AddressSettings;
  /** How the wizard would have one sign in. */
  signIn: "oauth" | "password";
  /** What Microsoft says of the domain; null: it was not asked, or did not tell. */
  organization: { known: boolean; tenantId: string | null } | null;
  checks: AddressCheck[];
  /** The gravest first; none: nothing stands in the way. */
  findings: Finding[];
}

export interface DiagnoseParts {
  connect: Pick<ConnectParts, "apps" | "lookAt">;
  lookUpSettings: LookUpSettings;
  clock: Clock;
}

/** Together with a look below 15 s, milliseconds. */
const settingsMs = 8_000;
const lookMs = 6_000;

const consumerTiles: ReadonlySet<string> = new Set(["outlook", "sandbox"]);
const microsoftTiles: ReadonlySet<string> = new Set(["outlook", "microsoft365"]);

interface Step<T> {
  value: T;
  ms: number;
}

/** Never throws for what servers do; at most 15 s. */
export async function diagnoseAddress(parts: DiagnoseParts, address: string): Promise<AddressDiagnosis> {
  const timed = timer(parts.clock);
  const [found, identity] = await Promise.all([
    timed(() => lookedUp(parts, address)),
    timed(() => askMicrosoft(parts, address)),
  ]);
  const organization = organizationOf(identity.value);
  const settings = placed(parts.connect.apps(), found.value, organization?.known === true);
  const [reading, sending] = await Promise.all([
    timed(() => look(parts, "imap", settings.imap)),
    timed(() => look(parts, "smtp", settings.smtp)),
  ]);
  const at = parts.clock.now();
  const context = { address, at, settings };
  const findings = [
    clockFinding(identity.value, context),
    settings.imap === null ? notFound(context) : null,
    finding("reading", reading.value, context),
    finding("sending", sending.value, context),
  ].filter((one) => one !== null);
  const failed = (step: AddressStep): boolean => findings.some(({ params }) => params["step"] === step);
  const check = (step: AddressStep, { ms }: Step<unknown>, isAsked: boolean): AddressCheck => ({
    step,
    state: failed(step) ? "failed" : isAsked ? "ok" : "skipped",
    ms: isAsked ? ms : null,
  });
  return {
    settings,
    signIn: findProvider(parts.connect.apps(), settings.provider)?.methods[0] ?? "password",
    organization,
    checks: [
      check("settings", found, true),
      check("identity", identity, identity.value !== null),
      check("reading", reading, settings.imap !== null),
      check("sending", sending, settings.smtp !== null),
    ],
    findings,
  };
}

const timer =
  (clock: Clock) =>
  async <T>(work: () => Promise<T>): Promise<Step<T>> => {
    const began = clock.monotonic();
    const value = await work();
    return { value, ms: Math.round(clock.monotonic() - began) };
  };

const nothing = (address: string): AddressSettings => ({
  address,
  source: "none",
  from: domainOf(address),
  provider: "other",
  imap: null,
  smtp: null,
  username: address,
  reachable: null,
});

const lookedUp = ({ lookUpSettings }: DiagnoseParts, address: string): Promise<AddressSettings> =>
  withDeadline(settingsMs, "settings", () => lookUpSettings(address)).catch(() => nothing(address)); // as if none were found

/** Personal domains belong to no organization; null: there is nobody to ask, or no answer. */
async function askMicrosoft(
  { connect, clock }: DiagnoseParts,
  address: string,
): Promise<TenantAnswer | null> {
  const apps = connect.apps();
  const { kept } = apps;
  const domain = domainOf(address);
  const tile = suggestedProvider(apps, address);
  if (kept === undefined || !isHostName(domain) || (tile !== null && !microsoftTiles.has(tile))) return null;
  const asked = tile !== null && consumerTiles.has(tile) ? "consumers" : domain;
  const parts = { loginUrl: kept.loginUrl("default"), fetch: kept.fetch, clock };
  return askTenant(parts, asked).then(
    (answer) => (asked === domain ? answer : { ...answer, outcome: "unclear" as const }),
    () => null, // one more hint, no need
  );
}

const organizationOf = (answer: TenantAnswer | null): AddressDiagnosis["organization"] =>
  answer === null || answer.outcome === "unclear"
    ? null
    : { known: answer.outcome === "known", tenantId: answer.tenantId };

/** The configured servers for Microsoft's tiles; a domain that it knows, and whose servers nobody tells, is most likely there. */
function placed(apps: ConnectApps, found: AddressSettings, isOrganization: boolean): AddressSettings {
  const suggested = suggestedProvider(apps, found.address);
  if (suggested === "sandbox") {
    const { imap, smtp } = findProvider(apps, "sandbox") ?? found;
    return { ...found, provider: "sandbox", imap, smtp };
  }
  const isHidden = isOrganization && (found.imap === null || found.reachable === false);
  const provider = isHidden ? "microsoft365" : found.provider;
  if (!microsoftTiles.has(provider)) return found;
  const servers = apps.kept?.servers("default");
  const tile = findProvider(apps, provider);
  const imap = servers?.imap ?? tile?.imap ?? null;
  const smtp = (provider === "outlook" ? servers?.smtp : servers?.workSmtp) ?? tile?.smtp ?? null;
  return { ...found, provider, imap, smtp };
}

async function look(
  { connect }: DiagnoseParts,
  protocol: SpokenProtocol,
  server: MailServer | null,
): Promise<Observation[]> {
  if (server === null) return [];
  return observationsOf(await connect.lookAt(server, protocol, { timeoutMs: lookMs }), protocol);
}

interface About {
  address: string;
  at: number;
  settings: AddressSettings;
}

function finding(
  step: "reading" | "sending",
  seen: Observation[],
  { address, at, settings }: About,
): Finding | null {
  const server = step === "reading" ? settings.imap : settings.smtp;
  if (server === null || seen.every(({ ok }) => ok)) return null;
  const method = microsoftTiles.has(settings.provider) ? "oauth" : "password";
  const concluded = conclude(seen, { ...noContext, address, host: server.host, method });
  if (concluded === null) return null;
  const time = new Date(at).toISOString();
  const evidence = seen.map((one) => ({
    at: time,
    step,
    line: withoutSecrets(`${server.host}:${server.port}  ${lineOf(one)}`),
  }));
  return { code: concluded.code, params: { wanted: address, host: server.host, step }, evidence };
}

function clockFinding(answer: TenantAnswer | null, { address, at }: About): Finding | null {
  if (answer === null || answer.skewMs === null) return null;
  const seen: Observation = { probe: "clock", ok: true, skewMs: answer.skewMs };
  if (conclude([seen], noContext)?.code !== "clock_skew") return null;
  const minutes = String(Math.round(Math.abs(answer.skewMs) / 60_000));
  const line = lineOf(seen);
  return {
    code: "clock_skew",
    params: { wanted: address, step: "identity", minutes },
    evidence: [{ at: new Date(at).toISOString(), step: "identity", line }],
  };
}

const notFound = ({ address, at, settings }: About): Finding => ({
  code: "settings_not_found",
  params: { wanted: address, host: domainOf(address), step: "settings" },
  evidence: [
    {
      at: new Date(at).toISOString(),
      step: "settings",
      line: `${settings.from}: no provider by MX, no autoconfig file, no SRV record, no usual name that greets`,
    },
  ],
});
