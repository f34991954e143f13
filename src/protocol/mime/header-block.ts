/** The header block of a message or part (RFC 5322 2.2): where it ends, its fields, its digest. */
import { createHash } from "node:crypto";
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
  let start = 0;
  let inField = false;
  for (const line of linesOf(raw)) {
    if (isContinuation(raw, line.start)) {
      if (inField) start = line.next;
      continue;
    }
    inField = fieldName(raw, line) !== null;
    if (inField) start = line.next;
  }
  return start === 0 ? raw.length : start;
}

interface Line {
  start: number;
  /** Without the line end. */
  end: number;
  next: number;
}

function* linesOf(bytes: Uint8Array): Generator<Line> {
  for (let start = 0; start < bytes.length;) {
    const at = bytes.indexOf(lf, start);
    const next = at < 0 ? bytes.length : at + 1;
    let end = at < 0 ? bytes.length : at;
    while (end > start && bytes[end - 1] === cr) end--;
    yield { start, end, next };
    start = next;
  }
}

const isContinuation = (bytes: Uint8Array, at: number): boolean => bytes[at] === 0x20 || bytes[at] === 0x09;

const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.max(0, end - start)).toString("latin1");

/** The name as it stands with the blanks before its colon (RFC 5322 4.5); null when the line is no field. */
function fieldName(bytes: Uint8Array, { start, end }: Line): { name: string; length: number } | null {
  const found = /^([!-9;-~]+)[ \t]*:/.exec(latin1(bytes, start, Math.min(end, start + maxNameChars)));
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
  let count = 0;
  let open: { name: string; pieces: string[]; length: number } | null = null;
  const close = () => {
    if (open) fields.values.set(open.name, [...(fields.values.get(open.name) ?? []), open.pieces.join("")]);
    open = null;
  };
  const add = (start: number, end: number) => {
    if (!open) return;
    const room = maxValueChars - open.length;
    fields.truncated ||= end - start > room;
    open.pieces.push(latin1(block, start, Math.min(end, start + room)));
    open.length += Math.min(end - start, room);
  };
  for (const line of linesOf(block)) {
    if (isContinuation(block, line.start)) {
      add(line.start, line.end);
      continue;
    }
    close();
    const field = fieldName(block, line);
    if (!field) continue;
    fields.empty = false;
    fields.truncated ||= ++count > maxFields;
    if (!wanted.has(field.name)) continue;
    if ((fields.values.get(field.name)?.length ?? 0) >= 100) continue;
    open = { name: field.name, pieces: [], length: 0 };
    add(line.start + field.length, line.end);
  }
  close();
  return fields;
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

/** One line of text: NUL left out, control characters and folded white space to one space, well-formed UTF-16. */
export function tidy(text: string): string {
  return text
    .replaceAll("\0", "")
    .replace(/[\p{Cc}\p{Zl}\p{Zp} ]+/gu, " ")
    .trim()
    .toWellFormed();
}

/** SHA-256 hex of the block, line ends and the closing empty line left out of account, and what matches `without`. */
export function headerDigest(block: Uint8Array, without?: RegExp): string {
  const text = latin1(block, 0, block.length).replaceAll("\r\n", "\n").trimEnd();
  return createHash("sha256")
    .update(without === undefined ? text : text.replace(without, ""), "latin1")
    .digest("hex");
}
