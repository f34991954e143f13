/**
 * Which addresses a connection may go to that a user can cause (RFC 6890 special-purpose registries).
 * Pure: judges one resolved address; `dialer.ts` does the resolving and the dialing.
 */
import ipaddr from "ipaddr.js";

/**
 * `public`: global unicast, for everybody. `loopback`, `private` (RFC 1918, ULA, 100.64/10): only where the operator
 * allows private hosts. `never`: unspecified, link-local (cloud metadata lives there), multicast, reserved, tunnels.
 */
export type AddressClass = "public" | "loopback" | "private" | "never";

const privateRanges = new Set(["private", "uniqueLocal", "carrierGradeNat"]);
const nat64 = ipaddr.IPv6.parseCIDR("64:ff9b::/96");
const localNat64 = ipaddr.IPv6.parseCIDR("64:ff9b:1::/48"); // RFC 8215: where the IPv4 address stands is unknown
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3"); // RFC 4291 2.4: all that is assigned as global unicast

/** Classifies a textual IPv4 or IPv6 address; text that is neither is `never`. A zone (`%eth0`) is local by nature: `never`. */
export function classifyAddress(address: string): AddressClass {
  if (address.includes("%") || !ipaddr.isValid(address)) return "never";
  const parsed = ipaddr.parse(address);
  return parsed instanceof ipaddr.IPv6 ? classifyIPv6(parsed) : classifyRange(parsed.range());
}

function classifyIPv6(address: ipaddr.IPv6): AddressClass {
  const range = address.range();
  if (range === "ipv4Mapped") return classifyRange(address.toIPv4Address().range());
  // RFC 6052 well-known prefix of NAT64: what is dialed in truth is the IPv4 address in the last 32 bits.
  if (address.match(nat64)) return classifyRange(new ipaddr.IPv4(address.toByteArray().slice(12)).range());
  if (range === "unicast" && !address.match(globalUnicast)) return "never"; // ::a.b.c.d, fec0::/10
  return address.match(localNat64) ? "never" : classifyRange(range);
}

function classifyRange(range: string): AddressClass {
  if (range === "unicast") return "public";
  if (range === "loopback") return "loopback";
  return privateRanges.has(range) ? "private" : "never";
}

/** Mail ports: IMAP, POP3, submission, and their implicit-TLS twins (RFC 8314). 2525 is submission at many hosters. */
export const mailPorts: readonly number[] = [143, 993, 110, 995, 25, 465, 587, 2525];

export interface DialRules {
  allowPrivateHosts: boolean;
  allowedPorts: readonly number[];
}

/** Says why this address and port may not be dialed, or null when they may. */
export function refusal(address: string, port: number, rules: DialRules): string | null {
  const kind = classifyAddress(address);
  if (kind === "never") return "is not an address of a mail server";
  if (kind !== "public" && !rules.allowPrivateHosts) return `is a ${kind} address`;
  if (kind === "loopback" || rules.allowedPorts.includes(port)) return null;
  return `port ${port} is not a mail port (${rules.allowedPorts.join(", ")})`;
}
