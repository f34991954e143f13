/**
 * Bytes to text, for bodies and raw 8-bit headers (RFC 2045 5.1, RFC 6532). A label is a claim of the sender:
 * where the bytes contradict it, the bytes win, and what cannot be read becomes U+FFFD.
 */
import { decodeGuessed, escapedCharset } from "./charset-guess.ts";
import { decoderFor } from "./charset-labels.ts";

export interface DecodedText {
  text: string;
  /** The label was unknown or the bytes did not fit it. */
  bad: boolean;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
const utf8Lossy = new TextDecoder("utf-8");
const asciiLabel =
  /^(us-ascii|ascii|ansi_x3\.4-1968|[78]bit|unknown(-8bit)?|x-unknown|default|binary|none)?$/;
const utf8Label = /^"?utf[-_ ]?8/;

/** True when no byte is above 127. */
const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 0x80);

function fatalUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/** A character that the size cap cut in two is not the sender's fault. */
function trimCut(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes.length - end < 4 && (bytes[end - 1]! & 0xc0) === 0x80) end--;
  return end > 0 && bytes[end - 1]! >= 0xc0 ? bytes.subarray(0, end - 1) : bytes;
}

export interface DecodeOptions {
  /** The bytes were cut at a cap, so the last character may be incomplete. */
  truncated?: boolean;
  /** What else the message says of its charset, for bytes without a usable label. */
  hint?: string | null;
}

const cleanLabel = (label: string | null): string =>
  (label ?? "")
    .trim()
    .replace(/^["']|["']$/g, "")
    .toLowerCase();

/**
 * Decodes a body.
 *
 * @param label the charset parameter, null when there is none
 */
export function decodeBytes(
  bytes: Uint8Array,
  label: string | null,
  { truncated = false, hint = null }: DecodeOptions = {},
): DecodedText {
  const name = cleanLabel(label);
  if (asciiLabel.test(name) || utf8Label.test(name)) {
    const whole = fatalUtf8(bytes) ?? (truncated ? fatalUtf8(trimCut(bytes)) : null);
    if (whole === null) return decodeUnlabelled(bytes, utf8Label.test(name), hint);
    const escaped = escapedCharset(whole);
    return escaped === null
      ? { text: whole, bad: false }
      : { text: decoderFor(escaped)?.(bytes) ?? whole, bad: true };
  }
  const decoder = decoderFor(name);
  const text = decoder?.(bytes);
  if (text !== undefined && !text.includes("\uFFFD")) return { text, bad: false };
  const whole = isAscii(bytes) ? null : fatalUtf8(bytes);
  if (whole !== null) return { text: whole, bad: true };
  if (text !== undefined) return { text, bad: !truncated };
  return decodeUnlabelled(bytes, false, hint);
}

function decodeUnlabelled(bytes: Uint8Array, claimsUtf8: boolean, hint: string | null): DecodedText {
  const lossy = utf8Lossy.decode(bytes);
  const isUtf8 =
    isAscii(bytes) || (claimsUtf8 && count(lossy, /[^\p{ASCII}\uFFFD]/gu) > count(lossy, /\uFFFD/g)); // damaged
  if (isUtf8) return { text: lossy, bad: true };
  return { text: (hint === null ? undefined : byHint(bytes, hint)) ?? decodeGuessed(bytes), bad: true };
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/** Believed where it fits the bytes. */
function byHint(bytes: Uint8Array, hint: string): string | undefined {
  const name = cleanLabel(hint);
  if (asciiLabel.test(name) || utf8Label.test(name)) return undefined;
  const text = decoderFor(name)?.(bytes);
  return text?.includes("\uFFFD") ? undefined : text;
}

/**
 * A header value read as Latin-1 (one character a byte) to text: UTF-8 (RFC 6532), else by the hint, else a guess.
 *
 * @param hint charset that the message names elsewhere
 */
export function decodeHeaderBytes(value: string, hint: string | null = null): DecodedText {
  if (!/[\u0080-\u00ff]/.test(value) && escapedCharset(value) === null) return { text: value, bad: false };
  return decodeBytes(Buffer.from(value, "latin1"), null, { hint });
}
