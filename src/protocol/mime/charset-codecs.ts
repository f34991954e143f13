/**
 * Encodings that TextDecoder does not read: UTF-7 (RFC 2152), HZ (RFC 1843), ISO-2022-KR (RFC 1557), UTF-16 whose order of
 * bytes must be found out (RFC 2781 4.3), and ISO-2022-JP (RFC 1468) with escapes that change nothing. They never throw.
 */

const utf8 = new TextDecoder();
const utf16le = new TextDecoder("utf-16le");
const utf16be = new TextDecoder("utf-16be");
const gb = new TextDecoder("gb18030");
const korean = new TextDecoder("euc-kr");
const japanese = new TextDecoder("iso-2022-jp");

/** None of the seven-bit encodings has them: the label lies, or its bytes were turned into the eight-bit form on the way. */
const hasHighBytes = (bytes: Uint8Array): boolean => bytes.some((byte) => byte > 0x7f);

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");

/** `+…-` holds UTF-16 in base64; `+-` is a plus. What comes of it is text like any other: it is sanitised afterwards. */
export function decodeUtf7(bytes: Uint8Array): string {
  if (hasHighBytes(bytes)) return utf8.decode(bytes);
  return latin1(bytes).replace(/\+([A-Za-z0-9+/]*)-?/g, (_, base64: string) => {
    if (base64 === "") return "+";
    const units = Buffer.from(base64, "base64");
    return utf16be.decode(units.subarray(0, units.length - (units.length % 2)));
  });
}

/** By the mark at its beginning; without one, by where the zeros of its ASCII characters stand, little-endian in doubt. */
export function decodeUtf16(bytes: Uint8Array): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return utf16be.decode(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return utf16le.decode(bytes);
  let even = 0;
  let odd = 0;
  for (let i = 0; i + 1 < Math.min(bytes.length, 4_096); i += 2) {
    if (bytes[i] === 0) even++;
    if (bytes[i + 1] === 0) odd++;
  }
  return (even > odd ? utf16be : utf16le).decode(bytes);
}

/** `~{` to `~}` is GB 2312 in seven bits, `~~` a tilde, `~` at a line's end joins the lines. */
export function decodeHz(bytes: Uint8Array): string {
  if (hasHighBytes(bytes)) return gb.decode(bytes);
  return latin1(bytes).replace(/~(?:\{((?:(?!~\})[^\r\n])*)(?:~\})?|~|\r?\n)/g, (whole, shifted?: string) =>
    shifted === undefined ? (whole === "~~" ? "~" : "") : gb.decode(highBytes(shifted)),
  );
}

const [escape, shiftOut, shiftIn] = ["\u001b", "\u000e", "\u000f"];

/** Between SO and SI stands KS X 1001 in seven bits; the designation at the beginning is no text. */
export function decodeIso2022Kr(bytes: Uint8Array): string {
  if (hasHighBytes(bytes)) return korean.decode(bytes);
  const [head = "", ...shifted] = latin1(bytes).replaceAll(`${escape}$)C`, "").split(shiftOut);
  return shifted.reduce((text, piece) => {
    const end = piece.indexOf(shiftIn);
    const [letters, rest] = end < 0 ? [piece, ""] : [piece.slice(0, end), piece.slice(end + 1)];
    return text + korean.decode(highBytes(letters)) + rest;
  }, head);
}

/** Two escapes behind each other, as two encoded words leave them, are an error to TextDecoder: only the last one counts. */
export function decodeIso2022Jp(bytes: Uint8Array): string {
  const pieces = latin1(bytes).split(escape);
  const telling = pieces.filter(
    (piece, index) => index === 0 || index === pieces.length - 1 || !/^(?:\([BIJ]|\$[@B])$/.test(piece),
  );
  return japanese.decode(
    telling.length === pieces.length ? bytes : Buffer.from(telling.join(escape), "latin1"),
  );
}

const highBytes = (text: string): Uint8Array =>
  Uint8Array.from(text, (char) => (char <= " " ? char.charCodeAt(0) : char.charCodeAt(0) | 0x80));
