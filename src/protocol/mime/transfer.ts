/** Content-Transfer-Encoding (RFC 2045 6): base64, quoted-printable, and the uuencode of old clients. */

type TransferEncoding = "base64" | "quoted-printable" | "uuencode" | "identity";

/** Reads the header value as senders write it: ` base64 ;`, `"QUOTED-PRINTABLE"`. Unknown ones change nothing. */
function transferEncoding(value: string): TransferEncoding {
  const name = /[a-z0-9-]+/.exec(value.toLowerCase())?.[0] ?? "";
  if (name === "base64") return "base64";
  if (name.startsWith("quoted")) return "quoted-printable";
  if (/^(x-)?uue(ncode)?$/.test(name)) return "uuencode";
  return "identity";
}

/** Decodes a body or an attachment; never throws, what is no code is left as it is or skipped. */
export function decodeTransfer(body: Uint8Array, encoding: string): Uint8Array {
  switch (transferEncoding(encoding)) {
    case "base64":
      return decodeBase64(body);
    case "quoted-printable":
      return decodeQuotedPrintable(body);
    case "uuencode":
      return decodeUuencode(body);
    case "identity":
      return body;
  }
}

/** Decoded size of an encoded body in octets. Base64 in lines of one length is reckoned: to decode it takes ten times as long. */
export function decodedSize(body: Uint8Array, encoding: string): number {
  const reckoned = transferEncoding(encoding) === "base64" ? regularBase64Size(body) : null;
  return reckoned ?? decodeTransfer(body, encoding).byteLength;
}

/** What stands in base64 beside its alphabet and line ends: blanks, and what `decodeBase64` takes out. */
const irregular = [" ", "\t", "-", "_", "\n\n", "\n\r\n"];
/** Encoders write 60 to 76 characters a line; what has shorter ones was written by hand. */
const shortestLine = 60;

/** null: not in several lines of one length, or with something else between them. Single octets that are of no alphabet count. */
function regularBase64Size(body: Uint8Array): number | null {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  let end = bytes.length;
  while (end > 0 && isLineEnd(bytes[end - 1])) end--;
  const data = bytes.subarray(0, end);
  const lineBytes = data.indexOf("\n") + 1;
  const padding = data.indexOf("=");
  if (lineBytes < shortestLine || (padding >= 0 && (padding < end - 2 || data[end - 1] !== 0x3d)))
    return null;
  if (irregular.some((one) => data.includes(one))) return null;
  const endBytes = data[lineBytes - 2] === 0x0d ? 2 : 1;
  const lines = Math.floor((end - 1) / lineBytes);
  for (let line = 1; line <= lines; line++) {
    const at = line * lineBytes - endBytes;
    if (data[at + endBytes - 1] !== 0x0a || (endBytes === 2 && data[at] !== 0x0d)) return null;
  }
  const rest = data.subarray(lines * lineBytes);
  if (rest.includes("\n") || rest.includes("\r")) return null;
  const characters = end - lines * endBytes - (padding < 0 ? 0 : end - padding);
  return Math.floor((characters * 3) / 4);
}

const isLineEnd = (byte: number | undefined): boolean => byte === 0x0a || byte === 0x0d;

/** Decoded size of an encoded body in octets, from its size alone (lines of 76 characters and CRLF). */
export function estimateDecodedSize(encodedBytes: number, encoding: string): number {
  return transferEncoding(encoding) === "base64" ? Math.floor((encodedBytes * 57) / 78) : encodedBytes;
}

/**
 * RFC 2045 6.8: what is not of the alphabet is passed over. Two things end the data: padding behind which no further
 * piece of base64 stands (some clients pad each line), and an empty line before something else, as mailing lists add
 * their footers. `-` and `_`, which Buffer would take for base64url, are not of the alphabet.
 */
function decodeBase64(body: Uint8Array): Uint8Array {
  const all = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1");
  const footer = /\n[ \t\r]*\n(?=[^\n]*[^A-Za-z0-9+/=\s])/.exec(all);
  const text = (
    footer && /[A-Za-z0-9+/]/.test(all.slice(0, footer.index)) ? all.slice(0, footer.index) : all
  ).replace(/[-_]/g, "");
  if (!text.includes("=")) return Buffer.from(text, "base64");
  const pieces = text.split(/=+/);
  const broken = pieces.findIndex((piece, index) => index > 0 && /[^A-Za-z0-9+/\s]/.test(piece));
  return Buffer.concat(
    pieces.slice(0, broken < 0 ? undefined : broken).map((piece) => Buffer.from(piece, "base64")),
  );
}

const hexValue = (byte: number | undefined): number => {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
};

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09;

/** The offset behind a soft line break (`=`, blanks, line end) at `at`; 0 when there is none. */
function softBreakEnd(body: Uint8Array, at: number): number {
  let i = at + 1;
  while (isBlank(body[i])) i++;
  if (i >= body.length) return i;
  if (body[i] === 0x0d && body[i + 1] === 0x0a) return i + 2;
  return body[i] === 0x0a ? i + 1 : 0;
}

function decodeQuotedPrintable(body: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(body.length);
  let length = 0;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]!;
    if (byte === 0x3d) {
      const high = hexValue(body[i + 1]);
      const low = hexValue(body[i + 2]);
      if (high >= 0 && low >= 0) {
        out[length++] = high * 16 + low;
        i += 2;
        continue;
      }
      const next = high < 0 ? softBreakEnd(body, i) : 0;
      if (next > 0) {
        i = next - 1;
        continue;
      }
    }
    out[length++] = byte;
  }
  return out.subarray(0, length);
}

function decodeUuencode(body: Uint8Array): Uint8Array {
  const lines = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1").split(/\r?\n/);
  const start = lines.findIndex((line) => /^begin [0-7]{3,4} /.test(line));
  if (start < 0) return body;
  const chunks: Buffer[] = [];
  for (const line of lines.slice(start + 1)) {
    if (line === "end" || line === "`") break;
    chunks.push(decodeUuLine(line));
  }
  return Buffer.concat(chunks);
}

function decodeUuLine(line: string): Buffer {
  const size = (line.charCodeAt(0) - 32) & 63;
  const out = Buffer.alloc(Math.ceil(size / 3) * 3);
  const six = (at: number): number => ((line.charCodeAt(at) || 32) - 32) & 63;
  for (let i = 1, o = 0; o < size; i += 4, o += 3) {
    out.writeUIntBE((six(i) << 18) | (six(i + 1) << 12) | (six(i + 2) << 6) | six(i + 3), o, 3);
  }
  return out.subarray(0, size);
}
