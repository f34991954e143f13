/**
 * Automatic settings for an address: the provider by its domain or its MX records, a file of the domain, its DNS, then the
 * usual names tried. Hosts that DNS or a file name count as named by the user: the dialer checks each of their addresses.
 */
import type { Clock } from "../../core/clock.ts";
import { withDeadline } from "../../core/deadline.ts";
import type { MailProtocol } from "../../protocol/net/greeting.ts";
import type { MailDns } from "../../protocol/net/mail-dns.ts";
import { domainOf, providerOfAddress, providers, serversFor, type MailServer } from "../providers.ts";
import { isHostName, usernameOf, wholeAddress, type FoundSettings } from "./found.ts";
import { settingsOfMx } from "./mx.ts";
import { settingsOfSrv, srvServices } from "./srv.ts";
import { settingsOfXml } from "./xml.ts";

/** What looks outside; `app/` makes it of the one dialer. None of it throws for what others do, but `fetchFile`. */
export interface Outside {
  dns: MailDns;
  /** A small file by http or https; every hop checked, size and time capped. */
  fetchFile(url: string, signal: AbortSignal): Promise<string>;
  /** Whether a server speaks its protocol at a port. */
  greets(protocol: MailProtocol, server: MailServer, signal: AbortSignal): Promise<boolean>;
}

export interface AddressSettings extends Omit<FoundSettings, "username"> {
  address: string;
  username: string;
}

/** For everything together, milliseconds. */
const deadlineMs = 13_000;
const keepMs = 10 * 60_000;
const keptDomains = 1_000;

export type LookUpSettings = (address: string) => Promise<AddressSettings>;

/** Makes the look-up; what was found for a domain is kept for ten minutes. Never throws for what servers do. */
export function createSettingsLookup(outside: Outside, clock: Clock): LookUpSettings {
  const kept = new Map<string, { at: number; found: Promise<FoundSettings> }>();
  const ofDomain = (domain: string): Promise<FoundSettings> => {
    const now = clock.monotonic();
    const before = kept.get(domain);
    if (before && now - before.at < keepMs) return before.found;
    const found = search(outside, domain);
    kept.delete(domain);
    kept.set(domain, { at: now, found });
    if (kept.size > keptDomains) kept.delete([...kept.keys()][0]!);
    return found;
  };
  return async (address) => {
    const domain = domainOf(address);
    const found = byAddress(address) ?? (isHostName(domain) ? await ofDomain(domain) : nothing(domain));
    return { ...found, address, username: usernameOf(found.username, address) };
  };
}

const nothing = (domain: string): FoundSettings => ({
  source: "none",
  from: domain,
  provider: "other",
  imap: null,
  smtp: null,
  username: wholeAddress,
  reachable: null,
});

/** A domain of a provider of ours needs no asking. */
function byAddress(address: string): FoundSettings | null {
  const provider = providers.find((one) => one.id === providerOfAddress(address));
  if (!provider) return null;
  const servers = serversFor(provider, address);
  return { ...nothing(domainOf(address)), source: "provider", provider: provider.id, ...servers };
}

async function search(outside: Outside, domain: string): Promise<FoundSettings> {
  try {
    return await withDeadline(deadlineMs, `settings of ${domain}`, (signal) => ask(outside, domain, signal));
  } catch {
    return nothing(domain); // time ran out: the form is filled in by hand
  }
}

async function ask(outside: Outside, domain: string, signal: AbortSignal): Promise<FoundSettings> {
  const [mx, file, srv] = await Promise.all([
    outside.dns.mx(domain).then(settingsOfMx),
    fromFile(outside, domain, signal),
    fromSrv(outside, domain),
  ]);
  // A tile knows more than any file: Microsoft's wants another way in, Gmail's an app password.
  if (mx !== null && mx.provider !== "other") return mx;
  const told = [file, srv, mx].filter((one) => one !== null);
  const greeted = await Promise.all(told.map((found) => answers(outside, found, signal)));
  const working = told.find((_found, index) => greeted[index]);
  if (working) return { ...working, reachable: true };
  const guessed = await guess(outside, domain, signal);
  if (guessed !== null) return guessed;
  const [first] = told;
  return first === undefined ? nothing(domain) : { ...first, reachable: false };
}

const answers = async (outside: Outside, { imap }: FoundSettings, signal: AbortSignal): Promise<boolean> =>
  imap !== null && outside.greets("imap", imap, signal);

/** Where a domain keeps its file; the first that has one, in this order. */
const fileUrls = (domain: string): string[] => [
  `https://autoconfig.${domain}/mail/config-v1.1.xml`,
  `https://${domain}/.well-known/autoconfig/mail/config-v1.1.xml`,
  `http://autoconfig.${domain}/mail/config-v1.1.xml`,
];

async function fromFile(
  outside: Outside,
  domain: string,
  signal: AbortSignal,
): Promise<FoundSettings | null> {
  const files = await Promise.all(
    fileUrls(domain).map(async (url) => {
      const xml = await outside.fetchFile(url, signal).catch(() => null); // most domains have none
      return xml === null ? null : settingsOfXml(xml, domain, new URL(url).host);
    }),
  );
  return files.find((file) => file !== null) ?? null;
}

async function fromSrv(outside: Outside, domain: string): Promise<FoundSettings | null> {
  const records = await Promise.all(
    srvServices.map(
      async (service) => [service, await outside.dns.srv(`${service}._tcp.${domain}`)] as const,
    ),
  );
  return settingsOfSrv(domain, Object.fromEntries(records));
}

const usual = {
  imap: [
    { port: 993, security: "tls" },
    { port: 143, security: "starttls" },
  ],
  smtp: [
    { port: 465, security: "tls" },
    { port: 587, security: "starttls" },
  ],
} as const satisfies Record<MailProtocol, Omit<MailServer, "host">[]>;

/** The usual names; the first that greets, TLS before STARTTLS. All are tried at the same time. */
async function firstThatGreets(
  outside: Outside,
  protocol: MailProtocol,
  domain: string,
  signal: AbortSignal,
): Promise<MailServer | null> {
  const names = [`${protocol}.${domain}`, `mail.${domain}`, domain].filter(isHostName);
  const candidates = usual[protocol].flatMap((way) => names.map((host): MailServer => ({ host, ...way })));
  const greeted = await Promise.all(candidates.map((server) => outside.greets(protocol, server, signal)));
  return candidates.find((_server, index) => greeted[index]) ?? null;
}

async function guess(outside: Outside, domain: string, signal: AbortSignal): Promise<FoundSettings | null> {
  const [imap, smtp] = await Promise.all([
    firstThatGreets(outside, "imap", domain, signal),
    firstThatGreets(outside, "smtp", domain, signal),
  ]);
  if (imap === null) return null;
  return { ...nothing(domain), source: "guess", imap, smtp, reachable: true };
}
