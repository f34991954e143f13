/** Encoded words of header fields (RFC 2047), decoded for searching and listing. */

const encodedWord = /=\?([^?\s]+)\?([bq])\?([^?]*)\?=/gi;

/** Bytes to text; an unknown charset is read as Latin-1, bad bytes become U+FFFD. */
export function decodeBytes(bytes: Uint8Array, charset: string): string {
  const label = charset.replace(/\*.*$/, "").trim() || "utf-8";
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    // An unknown label: RFC 2047 6.2 lets a reader show such words as it likes.
    return Buffer.from(bytes).toString("latin1");
  }
}

/** A header value (bytes as Latin-1 characters) as text: words decoded, raw UTF-8 taken as such. */
export function decodeHeaderText(value: string): string {
  const joined = rawUtf8(value).replaceAll(/(=\?[^?\s]+\?[bq]\?[^?]*\?=)\s+(?==\?)/gi, "$1");
  return joined.replaceAll(encodedWord, (_, charset: string, encoding: string, text: string) => {
    const bytes = encoding.toLowerCase() === "b" ? Buffer.from(text, "base64") : decodeQ(text);
    return decodeBytes(bytes, charset);
  });
}

function decodeQ(text: string): Buffer {
  const latin = text
    .replaceAll("_", " ")
    .replaceAll(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(latin, "latin1");
}

function rawUtf8(value: string): string {
  const bytes = Buffer.from(value, "latin1");
  const text = bytes.toString("utf8");
  return text.includes("\uFFFD") ? value : text;
}
