/** The header block of a message or part (RFC 5322 2.2): where it ends, its fields, its digest. */
import { createHash } from "node:crypto";
import { decodeWords } from "postal-mime";
import { decodeHeaderBytes } from "./charset.ts";
import type { ParseFlag } from "./types.ts";

/** More of a header block is not looked at: flag `headers_truncated`. */
export const maxHeaderBytes = 512 * 1024;
const maxFields = 5_000;
const maxValueChars = 64 * 1024;

export interface HeaderFields {
  /** Lower-case name to values in order; one character a byte, unfolded. */
  values: Map<string, string[]>;
  truncated: boolean;
}

/** Offset of the body: behind the first empty line; the end when there is none. */
export function bodyStart(raw: Uint8Array): number {
  if (raw[0] === 0x0a) return 1;
  if (raw[0] === 0x0d && raw[1] === 0x0a) return 2;
  for (let at = raw.indexOf(0x0a); at >= 0; at = raw.indexOf(0x0a, at + 1)) {
    if (raw[at + 1] === 0x0a) return at + 2;
    if (raw[at + 1] === 0x0d && raw[at + 2] === 0x0a) return at + 3;
  }
  return raw.length;
}

/** Reads the fields of a block. Lines without a valid name are passed over (`From ` of mbox, garbage). */
export function readFields(block: Uint8Array): HeaderFields {
  const bounded = Buffer.from(block.buffer, block.byteOffset, Math.min(block.byteLength, maxHeaderBytes));
  const values = new Map<string, string[]>();
  let truncated = block.byteLength > maxHeaderBytes;
  let count = 0;
  let current: string[] | null = null;
  let length = 0;
  const keep = (name: string, value: string[]) => {
    const list = values.get(name);
    if (list) list.push(value.join(""));
    else values.set(name, [value.join("")]);
  };
  let name = "";
  for (const line of bounded.toString("latin1").split(/\r?\n/)) {
    if (line.startsWith(" ") || line.startsWith("\t")) {
      if (current && length + line.length <= maxValueChars) current.push(line);
      else truncated ||= current !== null;
      length += line.length;
      continue;
    }
    if (current) keep(name, current);
    current = null;
    const field = /^([!-9;-~]+)[ \t]*:/.exec(line.slice(0, 1_000));
    if (!field) continue;
    if (++count > maxFields) return { values, truncated: true };
    name = field[1]!.toLowerCase();
    const value = line.slice(field[0].length);
    truncated ||= value.length > maxValueChars;
    current = [value.slice(0, maxValueChars)];
    length = value.length;
  }
  if (current) keep(name, current);
  return { values, truncated };
}

/** The first field of that name, trimmed, as raw text; null when there is none. Later copies never count. */
export const firstRaw = (fields: HeaderFields, name: string): string | null =>
  fields.values
    .get(name)?.[0]
    ?.replace(/[\r\n]+/g, " ")
    .trim() ?? null;

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

/** SHA-256 hex of the block, line ends and the closing empty line left out of account. */
export function headerDigest(block: Uint8Array): string {
  const text = Buffer.from(block.buffer, block.byteOffset, block.byteLength).toString("latin1");
  return createHash("sha256").update(text.replaceAll("\r\n", "\n").trimEnd(), "latin1").digest("hex");
}
