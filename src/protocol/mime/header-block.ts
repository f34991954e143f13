/** The header block of a message or part (RFC 5322 2.2): where it ends, its fields, its digest. */
import { hash } from "node:crypto";
import { decodeHeaderBytes } from "./charset.ts";
import { decodeWords } from "./encoded-words.ts";
import type { ParseFlag } from "./types.ts";

/** A longer block, or more fields, is a flag `headers_truncated`; the fields that count are read all the same. */
export const maxHeaderBytes = 512 * 1024;
const maxFields = 5_000;
/** Behind so much header nothing is looked for any more. */
const maxSearchedBytes = 8 * 1024 * 1024;
const maxValueChars = 512 * 1024;
const maxNameChars = 200;
const maxSameFields = 100;

/** The fields that anybody asks for, wherever they stand in the block; the others are only counted. */
const wanted = new Set(
  (
    "message-id in-reply-to references x-microsoft-original-message-id subject from sender reply-to to cc bcc date " +
    "content-type content-transfer-encoding content-disposition content-id " +
    "auto-submitted list-id precedence return-path x-autoreply x-autorespond"
  ).split(" "),
);

export interface HeaderFields {
  /** Lower-case name to values in order, wanted ones only; one character a byte, unfolded. */
  values: Map<string, string[]>;
  /** Nothing in the block is a header field. */
  empty: boolean;
  truncated: boolean;
}

const lf = 0x0a;
const cr = 0x0d;

/** Offset of the body: behind the first empty line; the end when there is none. `\r\r\n` ends a line too: some gateways write it. */
export function bodyStart(raw: Uint8Array): number {
  for (let at = -1; ;) {
    let next = at + 1;
    while (raw[next] === cr) next++;
    if (raw[next] === lf) return next + 1;
    at = raw.indexOf(lf, at + 1);
    if (at < 0) return raw.length;
  }
}

/**
 * Offset of the body, also for what lacks the empty line: there it begins behind the last line that is a field or goes
 * on with one (RFC 5322 4.1: a line of nothing but blanks goes on with one).
 */
export function looseBodyStart(raw: Uint8Array): number {
  const end = bodyStart(raw);
  if (end < raw.length) return end;
  const text = latin1(raw);
  let start = 0;
  let inField = false;
  eachLine(text, (at, to, next) => {
    inField = isContinuation(text, at) ? inField : fieldName(text, at, to) !== null;
    if (inField) start = next;
  });
  return start === 0 ? raw.length : start;
}

/** @param visit gets where a line begins, where it ends without its line end, and where the next one begins */
function eachLine(text: string, visit: (start: number, end: number, next: number) => void): void {
  for (let start = 0; start < text.length;) {
    const at = text.indexOf("\n", start);
    const next = at < 0 ? text.length : at + 1;
    let end = at < 0 ? text.length : at;
    while (end > start && text[end - 1] === "\r") end--;
    visit(start, end, next);
    start = next;
  }
}

const isContinuation = (text: string, at: number): boolean => text[at] === " " || text[at] === "\t";

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");

/** The name, and its length with the blanks before its colon (RFC 5322 4.5); null when the line is no field. */
function fieldName(text: string, start: number, end: number): { name: string; length: number } | null {
  const found = /^([!-9;-~]+)[ \t]*:/.exec(text.slice(start, Math.min(end, start + maxNameChars)));
  return found && { name: found[1]!.toLowerCase(), length: found[0].length };
}

/** Where no line feed stands at all, a carriage return ends the lines. */
export function withLineFeeds(bytes: Uint8Array): Uint8Array {
  if (bytes.includes(lf) || !bytes.includes(cr)) return bytes;
  return bytes.map((byte) => (byte === cr ? lf : byte));
}

/** Reads the fields of a block. Lines without a valid name are passed over (`From ` of mbox, garbage). */
export function readFields(given: Uint8Array): HeaderFields {
  const block = withLineFeeds(given.subarray(0, maxSearchedBytes));
  const fields: HeaderFields = {
    values: new Map(),
    empty: true,
    truncated: given.length > maxHeaderBytes,
  };
  const text = latin1(block);
  let count = 0;
  let open: { name: string; pieces: string[]; length: number } | null = null;
  const close = () => {
    if (open) add(fields.values, open.name, open.pieces.join(""));
    open = null;
  };
  const take = (start: number, end: number) => {
    if (!open) return;
    const room = maxValueChars - open.length;
    fields.truncated ||= end - start > room;
    open.pieces.push(text.slice(start, Math.min(end, start + room)));
    open.length += Math.min(end - start, room);
  };
  eachLine(text, (start, end) => {
    if (isContinuation(text, start)) return take(start, end);
    close();
    const field = fieldName(text, start, end);
    if (!field) return;
    fields.empty = false;
    fields.truncated ||= ++count > maxFields;
    if (!wanted.has(field.name)) return;
    open = { name: field.name, pieces: [], length: 0 };
    take(start + field.length, end);
  });
  close();
  return fields;
}

function add(values: Map<string, string[]>, name: string, value: string): void {
  const list = values.get(name);
  if (!list) values.set(name, [value]);
  else if (list.length < maxSameFields) list.push(value);
}

/** The first field of that name, trimmed, as raw text; null when there is none. */
export const firstRaw = (fields: HeaderFields, name: string): string | null =>
  fields.values.get(name)?.[0]?.replaceAll("\r", " ").trim() ?? null;

/** All fields of that name as one list, for addresses: a second To is against RFC 5322 3.6, and somebody was meant by it. */
export const allRaw = (fields: HeaderFields, name: string): string | null =>
  fields.values.get(name)?.join(", ").replaceAll("\r", " ").trim() ?? null;

/**
 * Unstructured text: 8-bit bytes, then encoded words (RFC 2047), control characters folded away.
 *
 * @param flags gets `nul_removed` and `bad_charset` where they apply
 * @param hint charset of the body, for raw bytes that are not UTF-8
 */
export function decodeUnstructured(value: string, flags: Set<ParseFlag>, hint: string | null): string {
  const decoded = decodeHeaderBytes(value, hint);
  const text = decodeWords(decoded.text);
  if (decoded.bad) flags.add("bad_charset");
  if (text.includes("\0")) flags.add("nul_removed");
  return tidy(text);
}

/** What most fields are: words of printable ASCII with one blank between them. */
const tidyAlready = /^[!-~]+(?: [!-~]+)*$/;

/** One line of text: NUL left out, control characters and folded white space to one space, well-formed UTF-16. */
export function tidy(text: string): string {
  if (tidyAlready.test(text)) return text;
  return text
    .replaceAll("\0", "")
    .replace(/[\p{Cc}\p{Zl}\p{Zp} ]+/gu, " ")
    .trim()
    .toWellFormed();
}

/** SHA-256 hex of the block, line ends and the closing empty line left out of account, and what matches `without`. */
export function headerDigest(block: Uint8Array, without?: RegExp): string {
  const text = latin1(block).replaceAll("\r\n", "\n").trimEnd();
  return hash(
    "sha256",
    Buffer.from(without === undefined ? text : text.replace(without, ""), "latin1"),
    "hex",
  );
}
