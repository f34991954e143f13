/** Makes a small RFC 5322 message out of an admin request, for mail between personas. */

import { randomUUID } from "node:crypto";

export type AdminMail = {
  from: string;
  to: string[];
  subject: string;
  text: string;
  html?: string;
  inReplyTo?: string;
  references?: string[];
};

/** Reads the JSON body of `POST /admin/mail`; a text says what is wrong with it. Pure. */
export function parseAdminMail(body: unknown): AdminMail | string {
  if (typeof body !== "object" || body === null) return "a JSON object is wanted";
  const field = (name: string): unknown => Reflect.get(body, name);
  const text = (name: string): string | undefined => {
    const value = field(name);
    return typeof value === "string" ? value : undefined;
  };
  const to = typeof field("to") === "string" ? [field("to")] : field("to");
  const from = text("from");
  if (from === undefined) return "'from' must be an address";
  if (!isTextList(to) || to.length === 0) return "'to' must be an address or a list of them";
  const references = field("references");
  if (references !== undefined && !isTextList(references))
    return "'references' must be a list of Message-IDs";
  const html = text("html");
  const inReplyTo = text("inReplyTo");
  return {
    from,
    to,
    subject: text("subject") ?? "",
    text: text("text") ?? "",
    ...(html === undefined ? {} : { html }),
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
    ...(references === undefined ? {} : { references }),
  };
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** The message as bytes, and its Message-ID. `nowMs` becomes its Date. */
export function composeMail(mail: AdminMail, nowMs: number): { raw: Buffer; messageId: string } {
  const messageId = `<${randomUUID()}@admin.outlook.example>`;
  const references = mail.references ?? (mail.inReplyTo === undefined ? [] : [mail.inReplyTo]);
  const headers = [
    `From: ${oneLine(mail.from)}`,
    `To: ${mail.to.map(oneLine).join(",\r\n ")}`,
    `Subject: ${encodeWords(oneLine(mail.subject))}`,
    `Date: ${new Date(nowMs).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: ${messageId}`,
    ...(mail.inReplyTo === undefined ? [] : [`In-Reply-To: ${oneLine(mail.inReplyTo)}`]),
    ...(references.length === 0 ? [] : [`References: ${references.map(oneLine).join("\r\n ")}`]),
    "MIME-Version: 1.0",
  ];
  return { raw: Buffer.from([...headers, ...bodyLines(mail), ""].join("\r\n")), messageId };
}

function bodyLines(mail: AdminMail): string[] {
  if (mail.html === undefined) return part("text/plain", mail.text);
  const boundary = `=_${randomUUID()}`;
  return [
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    ...part("text/plain", mail.text),
    `--${boundary}`,
    ...part("text/html", mail.html),
    `--${boundary}--`,
  ];
}

function part(type: string, content: string): string[] {
  const lines =
    Buffer.from(content)
      .toString("base64")
      .match(/.{1,76}/g) ?? [];
  return [`Content-Type: ${type}; charset=utf-8`, "Content-Transfer-Encoding: base64", "", ...lines];
}

/** No line break of a request gets into the header. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\0]+/g, " ");
}

/** RFC 2047: encoded words of at most 75 characters, never cutting a character in two. */
function encodeWords(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const words: string[] = [];
  let bytes: Buffer = Buffer.alloc(0);
  for (const char of text) {
    const next = Buffer.concat([bytes, Buffer.from(char)]);
    if (next.length > 45) {
      words.push(bytes.toString("base64"));
      bytes = Buffer.from(char);
    } else bytes = next;
  }
  words.push(bytes.toString("base64"));
  return words.map((word) => `=?utf-8?B?${word}?=`).join("\r\n ");
}
