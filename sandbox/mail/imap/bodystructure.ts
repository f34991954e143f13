/** BODY and BODYSTRUCTURE (RFC 9051 7.5.2). */
import { headerValue } from "../mime/headers.ts";
import type { Header } from "../mime/headers.ts";
import { readParameterised } from "../mime/parameters.ts";
import type { Parameter } from "../mime/parameters.ts";
import type { Part } from "../mime/part-tree.ts";
import { envelopeOf } from "./envelope.ts";
import { imapNstring, imapString } from "./wire-format.ts";

/** The structure of a message or part; `extended` adds what BODYSTRUCTURE has beyond BODY. */
export function bodyStructureOf(raw: Buffer, part: Part, extended: boolean): string {
  const [, subtype = ""] = part.contentType.value.split("/");
  if (part.children.length > 0) {
    const children = part.children.map((child) => bodyStructureOf(raw, child, extended)).join("");
    const extension = extended
      ? ` ${parameterList(part.contentType.parameters)} ${commonExtension(part.headers)}`
      : "";
    return `(${children} ${imapString(subtype)}${extension})`;
  }
  return leaf(raw, part, extended);
}

function leaf(raw: Buffer, part: Part, extended: boolean): string {
  const [type = "", subtype = ""] = part.contentType.value.split("/");
  const fields = [
    imapString(type),
    imapString(subtype),
    parameterList(part.contentType.parameters),
    imapNstring(headerValue(part.headers, "content-id")),
    imapNstring(headerValue(part.headers, "content-description")),
    imapString(encodingOf(part.headers)),
    String(part.end - part.bodyStart),
  ];
  if (part.message) {
    fields.push(envelopeOf(part.message.headers), bodyStructureOf(raw, part.message, extended));
    fields.push(lineCount(raw, part));
  } else if (type === "text") {
    fields.push(lineCount(raw, part));
  }
  if (extended) {
    fields.push(imapNstring(headerValue(part.headers, "content-md5")), commonExtension(part.headers));
  }
  return `(${fields.join(" ")})`;
}

function encodingOf(headers: readonly Header[]): string {
  const encoding = headerValue(headers, "content-transfer-encoding")?.trim().toLowerCase();
  return encoding ? encoding : "7bit";
}

function lineCount(raw: Buffer, part: Part): string {
  let lines = 0;
  for (let at = raw.indexOf(10, part.bodyStart); at >= 0 && at < part.end; at = raw.indexOf(10, at + 1))
    lines++;
  return String(lines);
}

function parameterList(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return "NIL";
  return `(${parameters.map((item) => `${imapString(item.name)} ${imapString(item.value)}`).join(" ")})`;
}

/** Disposition, language and location. */
function commonExtension(headers: readonly Header[]): string {
  const field = headerValue(headers, "content-disposition");
  const disposition = readParameterised(field ?? "");
  const shown =
    disposition.value === ""
      ? "NIL"
      : `(${imapString(disposition.value)} ${parameterList(disposition.parameters)})`;
  const language = headerValue(headers, "content-language");
  return `${shown} ${imapNstring(language)} ${imapNstring(headerValue(headers, "content-location"))}`;
}
