/** The message that a client writes in JSON, made into MIME as Exchange does, and read back to be changed. */
import { randomBytes } from "node:crypto";
import { readAddresses } from "../mail/mime/addresses.ts";
import { rfc5322Date } from "../mail/mime/dates.ts";
import { decodeHeaderText } from "../mail/mime/encoded-words.ts";
import { headerValue, readHeaders } from "../mail/mime/headers.ts";
import { assemble, fileNode, headerText, mailbox, multipart, textNode } from "../mail/seed/mime-builder.ts";
import { sandboxHost } from "../mail/store/delivery.ts";
import { badRequest, GraphError } from "./errors.ts";
import { isObject, listMember, member, textMember } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { attachmentBytes, bodyOf, readContent } from "./message-content.ts";

type Named = { name: string; address: string };

export type DraftFile = { name: string; contentType: string; bytes: Buffer; contentId: string | null };

export type Draft = {
  subject: string;
  from: Named[];
  to: Named[];
  cc: Named[];
  bcc: Named[];
  replyTo: Named[];
  importance: string | null;
  body: { isHtml: boolean; content: string };
  files: DraftFile[];
  /** Message-ID, Date, those of the thread, and X- headers, as they stand. */
  otherHeaders: { name: string; value: string }[];
};

/** An empty draft of that person; `now` in milliseconds since 1970. */
export function emptyDraft(from: Named, now: number): Draft {
  return {
    subject: "",
    from: [from],
    to: [],
    cc: [],
    bcc: [],
    replyTo: [],
    importance: null,
    body: { isHtml: true, content: "" },
    files: [],
    otherHeaders: [
      { name: "Message-ID", value: newMessageId() },
      { name: "Date", value: rfc5322Date(now) },
    ],
  };
}

/** The form of ids that Exchange gives; they stay when the message is sent. */
export const newMessageId = (): string => `<${randomBytes(20).toString("hex").toUpperCase()}@${sandboxHost}>`;

const composed = new Set([
  "subject",
  "from",
  "to",
  "cc",
  "bcc",
  "reply-to",
  "importance",
  "mime-version",
  "content-type",
  "content-transfer-encoding",
  "content-disposition",
]);

/** Takes a message apart, so that it can be changed and written again. */
export function readDraft(raw: Buffer): Draft {
  const { headers } = readHeaders(raw);
  const content = readContent(raw);
  const people = (name: string): Named[] =>
    headers
      .filter((header) => header.name.toLowerCase() === name)
      .flatMap((header) => readAddresses(header.value))
      .map((one) => ({ name: decodeHeaderText(one.name), address: one.address }));
  const isHtml = content.html !== null;
  return {
    subject: decodeHeaderText(headerValue(headers, "subject") ?? ""),
    from: people("from"),
    to: people("to"),
    cc: people("cc"),
    bcc: people("bcc"),
    replyTo: people("reply-to"),
    importance: headerValue(headers, "importance"),
    body: { isHtml, content: bodyOf(raw, content, isHtml ? "html" : "text").replaceAll("\r\n", "\n") },
    files: content.attachments.map((one) => ({
      name: one.name,
      contentType: one.contentType,
      bytes: attachmentBytes(raw, one.part),
      contentId: one.isInline ? one.contentId : null,
    })),
    otherHeaders: headers
      .filter((header) => !composed.has(header.name.toLowerCase()))
      .map(({ name, value }) => ({ name, value })),
  };
}

const field = (name: string, people: Named[]): string[] =>
  people.length === 0
    ? []
    : [`${name}: ${people.map((one) => mailbox(one.name.replaceAll('"', "'"), one.address)).join(",\r\n ")}`];

export function writeDraft(draft: Draft): Buffer {
  const headers = [
    ...field("From", draft.from),
    ...field("To", draft.to),
    ...field("Cc", draft.cc),
    ...field("Bcc", draft.bcc),
    ...field("Reply-To", draft.replyTo),
    `Subject: ${headerText(oneLine(draft.subject))}`,
    ...(draft.importance === null ? [] : [`Importance: ${draft.importance}`]),
    ...draft.otherHeaders.map(({ name, value }) => `${name}: ${oneLine(value)}`),
  ];
  const text = textNode(draft.body.isHtml ? "html" : "plain", draft.body.content.replaceAll("\r\n", "\n"));
  if (draft.files.length === 0) return assemble(headers, text);
  const boundary = `_${randomBytes(12).toString("hex")}_`;
  const files = draft.files.map((file) =>
    fileNode(
      { name: file.name.replaceAll(/["\r\n]/g, "_"), type: oneLine(file.contentType), bytes: file.bytes },
      file.contentId ?? undefined,
    ),
  );
  return assemble(headers, multipart("mixed", boundary, [text, ...files]));
}

const oneLine = (text: string): string => text.replaceAll(/[\r\n\0]+/g, " ");

/** Properties that only a draft lets change. */
export const draftProperties = [
  "subject",
  "body",
  "from",
  "sender",
  "toRecipients",
  "ccRecipients",
  "bccRecipients",
  "replyTo",
  "importance",
  "internetMessageId",
  "internetMessageHeaders",
  "singleValueExtendedProperties",
  "attachments",
];

/** The draft with what the JSON says in place. @throws GraphError for what Graph refuses */
export function changedDraft(draft: Draft, json: JsonObject): Draft {
  const people = (name: string, before: Named[]): Named[] => {
    const list = listMember(json, name);
    return list === null ? before : list.map(readPerson);
  };
  const from = member(json, "from") ?? member(json, "sender");
  const files = listMember(json, "attachments");
  return {
    subject: textMember(json, "subject") ?? draft.subject,
    from: isObject(from) ? [readPerson(from)] : draft.from,
    to: people("toRecipients", draft.to),
    cc: people("ccRecipients", draft.cc),
    bcc: people("bccRecipients", draft.bcc),
    replyTo: people("replyTo", draft.replyTo),
    importance: textMember(json, "importance") ?? draft.importance,
    body: readBody(member(json, "body")) ?? draft.body,
    files: files === null ? draft.files : [...draft.files, ...files.map(readFile)],
    otherHeaders: changedHeaders(draft.otherHeaders, json),
  };
}

function readPerson(json: unknown): Named {
  const inner = isObject(json) ? member(json, "emailAddress") : null;
  const address = isObject(inner) ? textMember(inner, "address") : null;
  if (!isObject(inner) || address === null) {
    throw new GraphError(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.");
  }
  return { name: oneLine(textMember(inner, "name") ?? ""), address: oneLine(address) };
}

function readBody(json: unknown): Draft["body"] | null {
  if (!isObject(json)) return null;
  const isHtml = textMember(json, "contentType")?.toLowerCase() === "html";
  return { isHtml, content: textMember(json, "content") ?? "" };
}

/** @throws GraphError for an attachment of another kind than a file */
export function readFile(json: unknown): DraftFile {
  if (!isObject(json) || !/fileAttachment$/i.test(textMember(json, "@odata.type") ?? "fileAttachment")) {
    throw badRequest("Only attachments of the type microsoft.graph.fileAttachment are taken.");
  }
  const bytes = textMember(json, "contentBytes");
  const name = textMember(json, "name");
  if (bytes === null || name === null) throw badRequest("The property 'contentBytes' or 'name' is missing.");
  return {
    name,
    contentType: textMember(json, "contentType") ?? "application/octet-stream",
    bytes: Buffer.from(bytes, "base64"),
    contentId: json["isInline"] === true ? (textMember(json, "contentId") ?? name) : null,
  };
}

/** Headers of the client's own begin with X-; those of the thread come by their MAPI properties. */
function changedHeaders(before: Draft["otherHeaders"], json: JsonObject): Draft["otherHeaders"] {
  const set = new Map(before.map(({ name, value }) => [name.toLowerCase(), { name, value }]));
  const put = (name: string, value: string): void => void set.set(name.toLowerCase(), { name, value });
  for (const header of listMember(json, "internetMessageHeaders") ?? []) {
    const name = isObject(header) ? textMember(header, "name") : null;
    const value = isObject(header) ? textMember(header, "value") : null;
    if (name === null || value === null) throw badRequest("A header needs a name and a value.");
    if (!/^x-[\x21-\x39\x3b-\x7e]+$/i.test(name)) {
      throw new GraphError(
        400,
        "InvalidInternetMessageHeader",
        `The internet message header name '${name}' should start with 'x-' or 'X-'.`,
      );
    }
    put(name, value);
  }
  const ownId = textMember(json, "internetMessageId");
  if (ownId !== null) put("Message-ID", ownId);
  for (const property of listMember(json, "singleValueExtendedProperties") ?? []) {
    const id = isObject(property) ? textMember(property, "id") : null;
    const value = isObject(property) ? textMember(property, "value") : null;
    const header =
      id === null ? undefined : headerOfTag[/0x0*([0-9a-f]+)$/i.exec(id)?.[1]?.toLowerCase() ?? ""];
    if (header !== undefined && value !== null) put(header, value);
  }
  return [...set.values()];
}

const headerOfTag: Record<string, string> = {
  "1035": "Message-ID",
  "1039": "References",
  "1042": "In-Reply-To",
};
