/** Addresses (RFC 5321 4.1.2, RFC 6531 3.3 for letters beyond ASCII): canonical form and a check for what people enter. */

/** The form that is compared and stored as key: lower case, NFC, without brackets and white space. */
export function canonicalAddress(address: string): string {
  return address
    .normalize("NFC")
    .replace(/[\s<>\0]/gu, "")
    .toLowerCase()
    .toWellFormed();
}

const atom = "[\\p{L}\\p{M}\\p{N}!#$%&'*+/=?^_`{|}~-]+";
const label = "[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N}-]{0,61}[\\p{L}\\p{M}\\p{N}])?";
const mailbox = new RegExp(`^${atom}(?:\\.${atom})*@(?:${label}\\.)*${label}$`, "u");

/**
 * True for an addr-spec that can be sent to: dot-atom and host name, with the letters of all scripts (SMTPUTF8).
 * Quoted local parts and address literals, legal but never seen in business, are refused.
 */
export function isAddress(address: string): boolean {
  if (address.length > 254 || !mailbox.test(address)) return false;
  return Buffer.byteLength(address.slice(0, address.lastIndexOf("@"))) <= 64;
}

/** The part behind the last @, lower case; empty when there is none. */
export const addressDomain = (address: string): string =>
  canonicalAddress(address).split("@").slice(1).at(-1) ?? "";
