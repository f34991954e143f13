/**
 * Bytes to text, for bodies and raw 8-bit headers (RFC 2045 5.1, RFC 6532). A label is a claim of the sender:
 * where the bytes contradict it, the bytes win, and what cannot be read becomes U+FFFD.
 */
import { decode, normalizeCharset } from "libmime/lib/charset";

export interface DecodedText {
  text: string;
  /** The label was unknown or the bytes did not fit it. */
  bad: boolean;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
const utf8Lossy = new TextDecoder("utf-8");
const latin = new TextDecoder("windows-1252");
const decoders = new Map<string, TextDecoder | null>();
const asciiLabel = /^(us-ascii|ascii|7bit|8bit|unknown-8bit|x-unknown|default|binary|none)?$/i;

/** True when no byte is above 127. */
const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 0x80);

function decoderFor(label: string): TextDecoder | null {
  const known = decoders.get(label);
  if (known !== undefined) return known;
  let decoder: TextDecoder | null = null;
  for (const name of [label, normalizeCharset(label).toLowerCase(), label.replace(/^x-/, "")]) {
    try {
      decoder ??= new TextDecoder(name);
    } catch {
      // an unknown label: the next spelling, or null
    }
  }
  if (decoders.size < 200) decoders.set(label, decoder);
  return decoder;
}

/**
 * Judges bytes that are not UTF-8 and carry no usable label: GB18030 when nearly all high bytes stand in pairs of
 * the GB 2312 zone (both ≥ A1), as Chinese clients send them; windows-1252 otherwise.
 */
function guessCharset(bytes: Uint8Array): "utf-8" | "gb18030" | "windows-1252" {
  if (fatalUtf8(bytes) !== null) return "utf-8";
  let pairs = 0;
  let lone = 0;
  const end = Math.min(bytes.length, 65_536);
  for (let i = 0; i < end; i++) {
    if (bytes[i]! < 0x80) continue;
    if (bytes[i]! >= 0xa1 && bytes[i]! <= 0xf7 && (bytes[i + 1] ?? 0) >= 0xa1) {
      pairs++;
      i++;
    } else lone++;
  }
  return pairs >= 2 && lone * 10 <= pairs ? "gb18030" : "windows-1252";
}

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

/**
 * Decodes a body.
 *
 * @param label the charset parameter, null when there is none
 * @param truncated the bytes were cut at a cap, so the last character may be incomplete
 */
export function decodeBytes(bytes: Uint8Array, label: string | null, truncated = false): DecodedText {
  const name = (label ?? "")
    .trim()
    .replace(/^["']|["']$/g, "")
    .toLowerCase();
  if (asciiLabel.test(name) || /^utf-?8/.test(name)) {
    const whole = fatalUtf8(bytes) ?? (truncated ? fatalUtf8(trimCut(bytes)) : null);
    if (whole !== null) return { text: whole, bad: false };
    return decodeUnlabelled(bytes, name.startsWith("utf"));
  }
  const decoder = decoderFor(name);
  if (decoder) {
    const text = decoder.decode(bytes);
    return { text, bad: !truncated && text.includes("\uFFFD") };
  }
  return decodeOdd(bytes, name);
}

function decodeUnlabelled(bytes: Uint8Array, claimsUtf8: boolean): DecodedText {
  const guess = guessCharset(bytes);
  if (guess === "gb18030") return { text: new TextDecoder("gb18030").decode(bytes), bad: true };
  return { text: claimsUtf8 ? utf8Lossy.decode(bytes) : latin.decode(bytes), bad: true };
}

/** Labels that TextDecoder refuses: libmime knows some more (HZ, ISO-2022-KR, code pages of DOS). */
function decodeOdd(bytes: Uint8Array, name: string): DecodedText {
  const whole = fatalUtf8(bytes);
  if (whole !== null && !isAscii(bytes)) return { text: whole, bad: true };
  const text = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), name);
  if (!text.includes("\uFFFD")) return { text, bad: true };
  return { text: new TextDecoder(guessCharset(bytes)).decode(bytes), bad: true };
}

/**
 * A header value read as Latin-1 (one character a byte) to text: UTF-8 (RFC 6532), else a guess.
 *
 * @param hint charset that the body names; believed where it fits the bytes
 */
export function decodeHeaderBytes(value: string, hint: string | null = null): DecodedText {
  if (!/[\u0080-\u00ff]/.test(value)) return { text: value, bad: false };
  const bytes = Buffer.from(value, "latin1");
  const whole = fatalUtf8(bytes);
  if (whole !== null) return { text: whole, bad: false };
  const hinted = hint === null ? null : decoderFor(hint.trim().toLowerCase());
  const text = hinted && hinted.encoding !== "utf-8" ? hinted.decode(bytes) : "\uFFFD";
  return {
    text: text.includes("\uFFFD") ? new TextDecoder(guessCharset(bytes)).decode(bytes) : text,
    bad: true,
  };
}
