/** What a message's bytes hold, as Exchange reads them: its body, its attachments, its text. */
import { searchableText } from "../mail/mime/content.ts";
import { decodeBytes } from "../mail/mime/encoded-words.ts";
import { decodedContent } from "../mail/mime/content.ts";
import { decodeHeaderText } from "../mail/mime/encoded-words.ts";
import { headerValue } from "../mail/mime/headers.ts";
import { parameter, readParameterised } from "../mail/mime/parameters.ts";
import type { ParameterisedValue } from "../mail/mime/parameters.ts";
import { readPartTree } from "../mail/mime/part-tree.ts";
import type { Part } from "../mail/mime/part-tree.ts";

export type AttachedPart = {
  part: Part;
  name: string;
  contentType: string;
  isInline: boolean;
  contentId: string | null;
};

export type Content = {
  html: Part | null;
  text: Part | null;
  attachments: AttachedPart[];
};

/** The first text of each kind is the body, everything else that is no container an attachment. */
export function readContent(raw: Buffer): Content {
  const content: Content = { html: null, text: null, attachments: [] };
  walk(readPartTree(raw), content);
  return content;
}

function walk(part: Part, content: Content): void {
  if (part.children.length > 0) {
    for (const child of part.children) walk(child, content);
    return;
  }
  const disposition = readParameterised(headerValue(part.headers, "content-disposition") ?? "");
  const name = fileName(disposition, "filename") ?? fileName(part.contentType, "name");
  const type = part.contentType.value;
  const mayBeBody = disposition.value !== "attachment" && name === null;
  if (mayBeBody && type === "text/html" && content.html === null) content.html = part;
  else if (mayBeBody && type === "text/plain" && content.text === null) content.text = part;
  else content.attachments.push(attached(part, disposition, name));
}

function attached(part: Part, disposition: ParameterisedValue, name: string | null): AttachedPart {
  const contentId = headerValue(part.headers, "content-id")?.trim().replaceAll(/[<>]/g, "") ?? null;
  const inner = part.message && headerValue(part.message.headers, "subject");
  return {
    part,
    name: name ?? (inner ? decodeHeaderText(inner) : "attachment"),
    contentType: part.contentType.value,
    isInline: disposition.value === "inline" || (contentId !== null && disposition.value !== "attachment"),
    contentId,
  };
}

/** A file name, plain, in encoded words, or in the pieces and charset of RFC 2231. */
function fileName(value: ParameterisedValue, name: string): string | null {
  const plain = parameter(value, name);
  if (plain !== null) return decodeHeaderText(plain);
  const pieces: string[] = [];
  const whole = parameter(value, `${name}*`);
  for (;;) {
    const numbered = `${name}*${pieces.length}`;
    const piece = parameter(value, `${numbered}*`) ?? parameter(value, numbered);
    if (piece === null) break;
    pieces.push(piece);
  }
  const joined = whole ?? pieces.join("");
  if (joined === "") return null;
  const [, charset = "utf-8", encoded = joined] = /^([^']*)'[^']*'(.*)$/s.exec(joined) ?? [];
  const latin = encoded.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return decodeBytes(Buffer.from(latin, "latin1"), charset);
}

const decodedText = (raw: Buffer, part: Part): string =>
  decodeBytes(decodedContent(raw, part), parameter(part.contentType, "charset") ?? "utf-8");

/** The body in the form asked for; Graph hands out HTML unless told otherwise. */
export function bodyOf(raw: Buffer, content: Content, wanted: "html" | "text"): string {
  if (wanted === "text") return plainText(raw, content);
  if (content.html) return withoutScripts(decodedText(raw, content.html));
  return asHtml(content.text ? decodedText(raw, content.text) : "");
}

export function plainText(raw: Buffer, content: Content): string {
  if (content.text) return decodedText(raw, content.text);
  return content.html ? textOfHtml(decodedText(raw, content.html)) : "";
}

export const attachmentBytes = (raw: Buffer, part: Part): Buffer => decodedContent(raw, part);

/** Everything that can be searched in a message: used by $search alone. */
export const allText = (raw: Buffer): string => searchableText(raw, readPartTree(raw));

/** Potentially unsafe HTML is removed by default (user-post-messages, outlook.allow-unsafe-html). */
function withoutScripts(html: string): string {
  return html.replaceAll(/<script\b[\s\S]*?<\/script\s*>/gi, "");
}

function asHtml(text: string): string {
  const escaped = text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/\r?\n/g, "<br>\r\n");
  const head = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">';
  return `<html><head>\r\n${head}</head><body>\r\n<div class="PlainText">${escaped}</div>\r\n</body></html>`;
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

function textOfHtml(html: string): string {
  return html
    .replaceAll(/<(style|script|head|title)\b[\s\S]*?<\/\1\s*>/gi, "")
    .replaceAll(/<!--[\s\S]*?-->/g, "")
    .replaceAll(/<br\b[^>]*>|<\/(?:p|div|tr|li|h[1-6])\s*>/gi, "\r\n")
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll(/&#(x?)([0-9a-f]+);/gi, (_, hex: string, digits: string) => {
      const code = Number.parseInt(digits, hex === "" ? 10 : 16);
      return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : "";
    })
    .replaceAll(/&([a-z]+);/gi, (whole, name: string) => entities[name.toLowerCase()] ?? whole)
    .replaceAll(/[ \t]+/g, " ")
    .replaceAll(/(?:\r\n\s*){3,}/g, "\r\n\r\n")
    .trim();
}
