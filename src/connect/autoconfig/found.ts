/** Settings that were found for a domain, before somebody's address is put in. */
import type { MailServer, ProviderId } from "../providers.ts";
import { mailPorts } from "../../protocol/net/address-rules.ts";

/**
 * Where settings come from. `provider`: the address names it. `mx`: the domain's mail goes there. `autoconfig`: a file of the
 * domain. `srv`: its DNS. `guess`: the usual names, tried. `none`: nothing was found.
 */
export const settingsSources = ["provider", "mx", "autoconfig", "srv", "guess", "none"] as const;
export type SettingsSource = (typeof settingsSources)[number];

export interface FoundSettings {
  source: SettingsSource;
  /** The host that told it, for people: an MX, a file's address, a domain. */
  from: string;
  /** A tile; `other` when it is none of ours. */
  provider: ProviderId;
  imap: MailServer | null;
  smtp: MailServer | null;
  /** User name with placeholders: `%EMAILADDRESS%`, `%EMAILLOCALPART%`, `%EMAILDOMAIN%`. */
  username: string;
  /** The server answers as such; null: it was not asked. */
  reachable: boolean | null;
}

export const wholeAddress = "%EMAILADDRESS%";

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** A name that a mail server can have: dots, letters, digits, hyphens (RFC 1123 2.1); an address in brackets is none. */
export const isHostName = (host: string): boolean =>
  host.length <= 253 &&
  host.includes(".") &&
  host.split(".").every((part) => label.test(part)) &&
  !/^[\d.]+$/.test(host);

/** A server out of a file or DNS, which are taken as somebody's word: a name, a mail port, encrypted; else null. */
export function serverOf(host: string, port: number, security: "tls" | "starttls"): MailServer | null {
  const name = host.trim().replace(/\.$/, "").toLowerCase();
  return isHostName(name) && mailPorts.includes(port) ? { host: name, port, security } : null;
}

/** The user name of an address. */
export function usernameOf(template: string, address: string): string {
  const at = address.lastIndexOf("@");
  return template
    .replaceAll("%EMAILADDRESS%", () => address)
    .replaceAll("%EMAILLOCALPART%", () => address.slice(0, at))
    .replaceAll("%EMAILDOMAIN%", () => address.slice(at + 1));
}
