/**
 * Does one mail prove that an address is another name of the mailbox it stands in? Pure.
 *
 * What the delivering server wrote (Delivered-To and its like) proves it. To and Cc are the sender's: they prove it only
 * where they name none of the account's own addresses, so that the mail must have come by the other name, and where no
 * mailing list brought it. A mail that the account sent itself proves nothing.
 */
import { parseAddressList } from "../../protocol/mime/address-list.ts";

/** Written by the server that delivered the mail (RFC 9228 for Delivered-To; the others by custom). */
const byServer = ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to"] as const;
const bySender = ["to", "cc", "apparently-to"] as const;
const asked: ReadonlySet<string> = new Set([
  ...byServer,
  ...bySender,
  "from",
  "sender",
  "subject",
  "message-id",
  "list-post",
  "mailing-list",
  "precedence",
  "auto-submitted",
]);

/** So much of a header is read. */
const maxHeaderChars = 64 * 1024;

export interface AliasQuestion {
  /** The address that may be an alias. */
  wanted: string;
  /** What the account is known to be called; lower case. */
  own: readonly string[];
}

export type HeaderFields = ReadonlyMap<string, readonly string[]>;

/** The fields that count here, by lower-case name, unfolded (RFC 5322 2.2.3). @param header the raw block */
export function readFields(header: Uint8Array): HeaderFields {
  const text = Buffer.from(header).toString("utf8").slice(0, maxHeaderChars);
  const fields = new Map<string, string[]>();
  for (const line of text.replaceAll(/\r?\n[ \t]+/g, " ").split(/\r?\n/)) {
    const at = line.indexOf(":");
    const name = line.slice(0, Math.max(0, at)).trim().toLowerCase();
    if (!asked.has(name)) continue;
    fields.set(name, [...(fields.get(name) ?? []), line.slice(at + 1).trim()]);
  }
  return fields;
}

const addressesOf = (fields: HeaderFields, names: readonly string[]): string[] =>
  names
    .flatMap((name) => fields.get(name) ?? [])
    .flatMap((value) => parseAddressList(value))
    .map(({ address }) => address.toLowerCase());

/** @returns the header field that proves it, as it is written; null when none does */
export function aliasEvidence(fields: HeaderFields, { wanted, own }: AliasQuestion): string | null {
  const alias = wanted.toLowerCase();
  const server = byServer.find((name) => addressesOf(fields, [name]).includes(alias));
  if (server !== undefined) return written(server);
  if (isFromList(fields) || addressesOf(fields, ["from", "sender"]).some((one) => own.includes(one)))
    return null;
  const named = addressesOf(fields, bySender);
  if (named.some((one) => own.includes(one))) return null;
  const sender = bySender.find((name) => addressesOf(fields, [name]).includes(alias));
  return sender === undefined ? null : written(sender);
}

/** A newsletter is written to one person; a discussion list (RFC 2369 3.4) names itself, and its mail stands with all. */
const isFromList = (fields: HeaderFields): boolean =>
  fields.has("list-post") ||
  fields.has("mailing-list") ||
  (fields.get("precedence") ?? []).some((value) => value.toLowerCase() === "list");

const written = (name: string): string => name.replaceAll(/(^|-)\w/g, (start) => start.toUpperCase());

/**
 * Is this the mail that we sent to the alias? The subject must be ours to the letter: an answer of a machine or a
 * bounce has another one, and says so.
 */
export function isCodeMail(
  fields: HeaderFields,
  { wanted, subject }: { wanted: string; subject: string },
): boolean {
  const auto = (fields.get("auto-submitted") ?? []).some((value) => /^auto-replied\b/i.test(value));
  return (
    !auto &&
    (fields.get("subject") ?? []).some((value) => value.trim() === subject) &&
    addressesOf(fields, [...byServer, ...bySender]).includes(wanted.toLowerCase())
  );
}
