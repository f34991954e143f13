/** Building the sandbox's own messages (RFC 5322, 2045, 2047, 2231): nested parts to bytes. */
import { encodeText } from "./charsets.ts";
import type { SeedCharset } from "./charsets.ts";
import type { SeedFile } from "./files.ts";

export type Node = { headers: string[]; body: string };

export type TransferEncoding = "7bit" | "8bit" | "base64" | "quoted-printable";

/** A text part; the encoding defaults to what mail programs choose for such a text. */
export function textNode(
  subtype: string,
  text: string,
  charset: SeedCharset = "utf-8",
  encoding?: TransferEncoding,
): Node {
  const bytes = encodeText(text.replaceAll("\n", "\r\n"), charset);
  const chosen = encoding ?? usualEncoding(bytes, charset);
  return {
    headers: [`Content-Type: text/${subtype}; charset="${charset}"`, `Content-Transfer-Encoding: ${chosen}`],
    body: transferEncoded(bytes, chosen),
  };
}

function usualEncoding(bytes: Buffer, charset: SeedCharset): TransferEncoding {
  const text = bytes.toString("latin1");
  const short = text.split("\r\n").every((line) => line.length < 900);
  if (short && /^[\t\r\n -~]*$/.test(text)) return "7bit";
  const beyondAscii = text.replaceAll(/[\t\r\n -~]/g, "").length;
  return charset !== "gbk" && charset !== "gb2312" && beyondAscii * 5 < text.length
    ? "quoted-printable"
    : "base64";
}

export function multipart(subtype: string, boundary: string, parts: readonly Node[], parameters = ""): Node {
  const pieces = parts.map((part) => `--${boundary}\r\n${part.headers.join("\r\n")}\r\n\r\n${part.body}\r\n`);
  return {
    headers: [`Content-Type: multipart/${subtype}; boundary="${boundary}"${parameters}`],
    body: `${pieces.join("")}--${boundary}--\r\n`,
  };
}

/** An attachment, or with `contentId` an inline part. */
export function fileNode(file: SeedFile, contentId?: string): Node {
  const disposition = contentId ? "inline" : "attachment";
  return {
    headers: [
      `Content-Type: ${file.type}; ${asciiName("name", file.name)}`,
      "Content-Transfer-Encoding: base64",
      `Content-Disposition: ${disposition}; ${fileNameParameter(file.name)}`,
      ...(contentId ? [`Content-ID: <${contentId}>`] : []),
    ],
    body: transferEncoded(file.bytes, "base64"),
  };
}

function asciiName(name: string, value: string): string {
  return isAscii(value)
    ? `${name}="${value}"`
    : `${name}="${encodedWords(value, "utf-8").replaceAll("\r\n", "")}"`;
}

function fileNameParameter(name: string): string {
  return isAscii(name) ? `filename="${name}"` : `filename*=utf-8''${encodeURIComponent(name)}`;
}

/** The whole message. `headers` come first, in their order. */
export function assemble(headers: readonly string[], root: Node): Buffer {
  const head = [...headers, "MIME-Version: 1.0", ...root.headers].join("\r\n");
  return Buffer.from(`${head}\r\n\r\n${root.body}`, "latin1");
}

export function transferEncoded(bytes: Buffer, encoding: TransferEncoding): string {
  switch (encoding) {
    case "7bit":
    case "8bit":
      return bytes.toString("latin1");
    case "base64":
      return bytes.toString("base64").replaceAll(/.{76}(?=.)/g, "$&\r\n");
    case "quoted-printable":
      return quotedPrintable(bytes);
  }
}

function quotedPrintable(bytes: Buffer): string {
  const lines = bytes.toString("latin1").split("\r\n");
  const encoded = lines.map((line) => {
    const escaped = line
      .replaceAll(/[^\x20-\x3c\x3e-\x7e\t]/g, (char) => `=${hexByte(char)}`)
      .replace(/[ \t]$/, (char) => `=${hexByte(char)}`);
    return softBroken(escaped);
  });
  return encoded.join("\r\n");
}

function softBroken(escaped: string): string {
  const lines: string[] = [];
  let line = "";
  for (const unit of escaped.match(/=[0-9A-F]{2}|[^=]/g) ?? []) {
    if (line.length + unit.length > 75) {
      lines.push(`${line}=`);
      line = "";
    }
    line += unit;
  }
  return [...lines, line].join("\r\n");
}

function hexByte(char: string): string {
  return char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0");
}

/** A header text: as it is in ASCII, as encoded words otherwise. */
export function headerText(text: string, charset: SeedCharset = "utf-8"): string {
  return isAscii(text) ? text : encodedWords(text, charset);
}

/** `Name <address>`, the name quoted or encoded as it needs. */
export function mailbox(name: string, address: string, charset: SeedCharset = "utf-8"): string {
  if (name === "") return address;
  if (!isAscii(name)) return `${encodedWords(name, charset)} <${address}>`;
  return /^[\w ]+$/.test(name) ? `${name} <${address}>` : `"${name}" <${address}>`;
}

function encodedWords(text: string, charset: SeedCharset): string {
  const words: string[] = [];
  let piece = "";
  for (const char of text) {
    if (encodeText(piece + char, charset).length > 36) {
      words.push(piece);
      piece = "";
    }
    piece += char;
  }
  words.push(piece);
  const encoded = words.map((word) => `=?${charset}?B?${encodeText(word, charset).toString("base64")}?=`);
  return encoded.join("\r\n ");
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
