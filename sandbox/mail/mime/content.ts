/** The decoded text of a message's text parts, for SEARCH BODY and TEXT. */
import { decodeBytes } from "./encoded-words.ts";
import { headerValue } from "./headers.ts";
import { parameter } from "./parameters.ts";
import type { Part } from "./part-tree.ts";

/** Text of every text part below `part`, decoded; other parts have none. */
export function searchableText(raw: Buffer, part: Part): string {
  if (part.message) return searchableText(raw, part.message);
  if (part.children.length > 0) return part.children.map((child) => searchableText(raw, child)).join("\n");
  if (!part.contentType.value.startsWith("text/")) return "";
  return decodeBytes(decodedContent(raw, part), parameter(part.contentType, "charset") ?? "utf-8");
}

/** A leaf's content with its transfer encoding (RFC 2045 6) taken off. */
export function decodedContent(raw: Buffer, part: Part): Buffer {
  const body = raw.subarray(part.bodyStart, part.end);
  const encoding = headerValue(part.headers, "content-transfer-encoding")?.trim().toLowerCase();
  if (encoding === "base64") return Buffer.from(body.toString("latin1"), "base64");
  if (encoding === "quoted-printable") return decodeQuotedPrintable(body.toString("latin1"));
  return body;
}

function decodeQuotedPrintable(text: string): Buffer {
  const latin = text
    .replaceAll(/=[ \t]*\r?\n/g, "")
    .replaceAll(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(latin, "latin1");
}
