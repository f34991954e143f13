/** Structured header values: addresses (RFC 5322 3.4), message ids (3.6.4), dates (3.3), parameters (RFC 2045 5.1, 2231). */
import { createHash } from "node:crypto";
import libmime from "libmime";
import { parseAddressList } from "./address-list.ts";
import { decodeHeaderBytes } from "./charset.ts";
import { decodeWords } from "./encoded-words.ts";
import { tidy } from "./header-block.ts";
import type { MailAddress, ParseFlag } from "./types.ts";

const maxAddresses = 5_000;
const maxReferences = 200;
const maxAddressChars = 320;
const maxNameChars = 1_000;
const maxIdBytes = 2_000;
const maxWrittenIdChars = 16_000;

/** Addresses of one header field, groups flattened, at most 5,000. */
export function parseAddresses(
  value: string | null,
  flags: Set<ParseFlag>,
  hint: string | null = null,
): MailAddress[] {
  if (!value) return [];
  const decoded = decodeHeaderBytes(value, hint);
  if (decoded.bad) flags.add("bad_charset");
  const list: MailAddress[] = [];
  if (decoded.text.includes("\0")) flags.add("nul_removed");
  for (const { name, address } of parseAddressList(decoded.text.replaceAll("\0", ""))) {
    if (list.length >= maxAddresses) break;
    const one = { name: cut(tidy(name), maxNameChars), address: cut(tidy(address), maxAddressChars) };
    if (one.name !== "" || one.address !== "") list.push(one);
  }
  return list;
}

/** Cuts at a number of UTF-16 units without leaving half a character. */
export const cut = (text: string, chars: number): string =>
  text.length <= chars ? text : text.slice(0, chars).toWellFormed();

/** Message ids of a header value, with angle brackets, in order, without doubles; at most 200 (the first and the last 199). */
export function parseMessageIds(value: string | null): string[] {
  if (!value) return [];
  const text = tidy(decodeHeaderBytes(value).text);
  const bracketed = [...text.matchAll(/<([^<>]*)>/g)].map((match) => match[1]!);
  const bare =
    bracketed.length > 0 ? bracketed : text.split(/[\s,;<>]+/).filter((token) => token.includes("@"));
  const ids = new Set(
    bare
      .map((id) => id.replaceAll(" ", ""))
      .filter((id) => id !== "")
      .map(boundedId),
  );
  const list = [...ids];
  return list.length <= maxReferences ? list : [list[0]!, ...list.slice(1 - maxReferences)];
}

/** Ids are keys of an index, which takes no longer ones: those are named by their digest. */
function boundedId(id: string): string {
  if (Buffer.byteLength(id) <= maxIdBytes) return `<${id}>`;
  return `<${createHash("sha256").update(id).digest("hex")}@long-id.invalid>`;
}

/** The id of the message itself: the first one, or the bare text when it has neither brackets nor @. */
export function parseMessageId(value: string | null): string | null {
  const first = parseMessageIds(value)[0];
  if (first !== undefined || !value) return first ?? null;
  const bare = tidy(decodeHeaderBytes(value).text).replace(/[<>\s]/g, "");
  return bare === "" ? null : boundedId(bare);
}

/**
 * The id of the message itself as its header has it, for those who look it up elsewhere: unfolded, what stands around the
 * brackets left out, nothing else changed. Null when it names nothing.
 */
export function parseWrittenId(value: string | null): string | null {
  const text = decodeHeaderBytes(value ?? "")
    .text.replace(/[\r\n\0]/g, "")
    .trim();
  const id = /<(?:"(?:[^"\\]|\\.)*"|[^<>"])+>/.exec(text)?.[0] ?? /<[^<>]+>/.exec(text)?.[0] ?? text;
  return /[^<>\s]/.test(id) ? cut(id, maxWrittenIdChars).toWellFormed() : null;
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/** Offsets in minutes of RFC 5322 4.3's names; the military letters and unknown names count as UTC. */
const zoneNames: Record<string, number> = {
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
};
const earliestMs = Date.UTC(1900, 0, 1);
const latestMs = Date.UTC(10_000, 0, 1);

/** Reads a Date header as epoch milliseconds; null when it cannot be read or lies outside the years 1900 (RFC 5322 3.3) to 9999. */
export function parseDate(value: string): number | null {
  const text = value
    .slice(0, 200)
    .replace(/\([^()]*\)/g, " ")
    .replace(/\s+/g, " ")
    .replace(/ ?: ?/g, ":")
    .trim();
  const internet = parseInternetDate(text);
  const ms = internet === undefined ? parseLooseDate(text) : internet;
  return ms !== null && ms >= earliestMs && ms < latestMs ? ms : null;
}

/** Undefined for another shape, null for this one with nonsense in it. */
function parseInternetDate(text: string): number | null | undefined {
  const found =
    /^(?:[a-z]+\.?,? ?)?(\d{1,2})[ -]([a-z]{3})[a-z]*\.?[ -](\d{2,4}),? (\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)? ?([+-]\d{1,4}|[a-z]+)?\b/i.exec(
      text,
    );
  if (!found) return undefined;
  const month = months.indexOf(found[2]!.toLowerCase());
  const [day, hour, minute, second] = [found[1], found[4], found[5], found[6] ?? "0"].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const year = fullYear(found[3]!);
  if (year < 1900 || month < 0 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return null;
  return Date.UTC(year, month, day, hour, minute, second) - zoneMinutes(found[7]) * 60_000;
}

/** RFC 5322 4.3: two digits up to 49 are 20xx; two or three digits above count from 1900. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length === 2) return year < 50 ? 2000 + year : 1900 + year;
  return digits.length === 3 ? 1900 + year : year;
}

function zoneMinutes(zone: string | undefined): number {
  if (!zone) return 0;
  const sign = zone.startsWith("-") ? -1 : 1;
  const digits = zone.slice(1).length < 3 ? `${zone.slice(1)}00` : zone.slice(1); // `+8`, `+0800`, `+800`
  if (/^[+-]/.test(zone)) return sign * (Number(digits.slice(0, -2)) * 60 + Number(digits.slice(-2)));
  return zoneNames[zone.toLowerCase()] ?? 0;
}

/** Other shapes (ISO 8601, ctime): never by the time zone of this machine. */
function parseLooseDate(text: string): number | null {
  if (!/\d{4}/.test(text) || !/\d:\d/.test(text)) return null;
  const zoned = /(Z|[+-]\d{2}:?\d{2}|GMT|UTC)$/i.test(text)
    ? text
    : `${text}${/\dT\d/.test(text) ? "Z" : " UTC"}`;
  const ms = Date.parse(zoned);
  return Number.isNaN(ms) ? null : ms;
}

export interface StructuredValue {
  /** Lower case: `text/plain`, `attachment`. */
  value: string;
  params: Map<string, string>;
}

/** A value with parameters, as in Content-Type and Content-Disposition; names lower case, values decoded. */
export function parseStructured(value: string | null): StructuredValue {
  const text = decodeHeaderBytes((value ?? "").slice(0, 16_384)).text;
  const parsed = libmime.parseHeaderValue(text, { stripComments: true });
  const params = new Map<string, string>();
  for (const [name, raw] of Object.entries(parsed.params)) {
    const words = (name === "filename" || name === "name") && !parsed.decodedParams.includes(name);
    params.set(name, words ? decodeWords(raw) : raw);
  }
  return { value: tidy(parsed.value).toLowerCase(), params };
}
