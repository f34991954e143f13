/**
 * One text and one HTML out of the text parts of a message (RFC 2046 5.1.3 mixed, 5.1.4 alternative): alternatives
 * stand in one place, the others follow each other, and what exists only in one form is converted into the other.
 */
import libmime from "libmime";
import type { FetchedTextPart } from "../mail-source.ts";
import { decodeBytes } from "./charset.ts";
import { htmlToText, textToHtml } from "./html-text.ts";
import { decodeTransfer } from "./transfer.ts";
import type { ParseFlag } from "./types.ts";

const maxTextBytes = 1024 * 1024;
const maxHtmlBytes = 2 * 1024 * 1024;
/** Encoded octets of one part that are looked at: base64 of the HTML cap, and room for line ends and entities. */
const maxEncodedBytes = 4 * 1024 * 1024;

export interface Body {
  text: string;
  html: string | null;
}

/** One place in the message: its plain and its HTML form. */
interface Slot {
  key: string | null;
  plain: string[];
  html: string[];
}

/**
 * @param rootType content type of the message itself, for sources that do not say which parts are alternatives
 * @param flags gets bad_charset, nul_removed, body_truncated
 * @param hint charset that the header names, for parts that name none
 */
export function assembleBody(
  parts: readonly FetchedTextPart[],
  rootType: string,
  flags: Set<ParseFlag>,
  hint: string | null = null,
): Body {
  const slots: Slot[] = [];
  for (const part of parts) {
    const key = part.alternative === undefined ? guessAlternative(part, parts, rootType) : part.alternative;
    const last = slots.at(-1);
    const slot = key !== null && last?.key === key ? last : { key, plain: [], html: [] };
    if (slot !== last) slots.push(slot);
    (part.contentType === "text/html" ? slot.html : slot.plain).push(decodePart(part, flags, hint));
  }
  const hasHtml = slots.some((slot) => slot.html.length > 0);
  const html = hasHtml ? joined(slots.map(slotHtml), "\n") : null;
  return {
    text: capBytes(joined(slots.map(slotText), "\n\n").trimEnd(), maxTextBytes, flags),
    html: html === null ? null : capBytes(html, maxHtmlBytes, flags),
  };
}

const joined = (pieces: string[], glue: string): string =>
  pieces.filter((piece) => piece.trim() !== "").join(glue);

const slotHtml = (slot: Slot): string =>
  slot.html.length > 0 ? joined(slot.html, "\n") : textToHtml(joined(slot.plain, "\n\n"));

function slotText(slot: Slot): string {
  const plain = joined(slot.plain, "\n\n");
  return plain !== "" || slot.html.length === 0 ? plain : htmlToText(joined(slot.html, "\n"));
}

/** By the paths alone: the nearest multipart around the part that has both plain text and HTML in it. */
function guessAlternative(
  part: FetchedTextPart,
  parts: readonly FetchedTextPart[],
  rootType: string,
): string | null {
  if (rootType === "multipart/alternative") return "";
  for (let path = parentOf(part.partPath); path !== ""; path = parentOf(path)) {
    const types = new Set(
      parts.filter((other) => other.partPath.startsWith(`${path}.`)).map((other) => other.contentType),
    );
    if (types.size > 1) return path;
  }
  return null;
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf(".")));

function decodePart(part: FetchedTextPart, flags: Set<ParseFlag>, hint: string | null): string {
  const cutOff = part.truncated || part.body.length > maxEncodedBytes;
  if (cutOff) flags.add("body_truncated");
  const bytes = decodeTransfer(part.body.subarray(0, maxEncodedBytes), part.encoding);
  const isHtml = part.contentType === "text/html";
  const label = part.charset ?? (isHtml ? metaCharset(bytes) : null);
  const decoded = decodeBytes(bytes, label, { truncated: cutOff, hint });
  if (decoded.bad) flags.add("bad_charset");
  const text = cleanText(decoded.text, flags);
  return part.flowed && !isHtml ? libmime.decodeFlowed(text, part.delSp === true) : text;
}

/** Without NUL (PostgreSQL refuses it) and lone surrogates; lines end in \n. */
export function cleanText(text: string, flags: Set<ParseFlag>): string {
  if (text.includes("\0")) flags.add("nul_removed");
  const lines = text.replaceAll("\0", "").replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  return (lines.startsWith("\uFEFF") ? lines.slice(1) : lines).toWellFormed();
}

/** What an HTML part says of itself when its header does not. */
function metaCharset(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 2_048)).toString(
    "latin1",
  );
  return /<meta[^>]{0,200}charset\s*=\s*["']?([\w:-]{2,40})/i.exec(head)?.[1] ?? null;
}

/** Cuts at a number of UTF-8 octets, at a character's edge. */
export function capBytes(text: string, maxBytes: number, flags?: Set<ParseFlag>): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  flags?.add("body_truncated");
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}
