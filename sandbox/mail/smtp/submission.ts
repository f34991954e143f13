/**
 * What Outlook.com does to a message that is sent through it: it gets a new Message-ID, the old one
 * moves to X-Microsoft-Original-Message-ID, References stay, Bcc goes (RFC 6409; chatmail/core#2250).
 */
import { randomBytes } from "node:crypto";
import { readAddresses } from "../mime/addresses.ts";
import { rfc5322Date } from "../mime/dates.ts";
import { headerValue, readHeaders } from "../mime/headers.ts";
import { sandboxHost } from "../store/delivery.ts";

export type Submission = {
  /** With its angle brackets. */
  messageId: string;
  /** For the Sent folder. */
  sentCopy: Buffer;
  /** For the recipients: without Bcc. */
  delivered: Buffer;
};

/** The form a submitted message leaves in; `now` in milliseconds since 1970. `keepsId`: its Message-ID is left alone. */
export function submissionOf(received: Buffer, now: number, keepsId = false): Submission {
  const raw = withCrlf(received);
  const { headers, bodyStart } = readHeaders(raw);
  const given = headerValue(headers, "message-id")?.trim();
  const messageId = keepsId && given ? given : `<${newMessageLocalPart()}@${sandboxHost}>`;
  const original = messageId === given ? undefined : given;
  const replaced = new Set(["message-id", "x-microsoft-original-message-id"]);
  const kept = headers.filter((header) => !replaced.has(header.name.toLowerCase()));
  const hasDate = headerValue(headers, "date") !== null;
  const added = [
    `Message-ID: ${messageId}\r\n`,
    ...(original ? [`X-Microsoft-Original-Message-ID: ${original}\r\n`] : []),
    ...(hasDate ? [] : [`Date: ${rfc5322Date(now)}\r\n`]),
  ];
  const assemble = (fields: typeof headers): Buffer => {
    const lines = fields.map((header) => raw.toString("latin1", header.start, header.end));
    const head = [...lines.map((line) => (line.endsWith("\n") ? line : `${line}\r\n`)), ...added, "\r\n"];
    return Buffer.concat([Buffer.from(head.join(""), "latin1"), raw.subarray(bodyStart)]);
  };
  return {
    messageId,
    sentCopy: assemble(kept),
    delivered: assemble(kept.filter((header) => header.name.toLowerCase() !== "bcc")),
  };
}

/** Whether every From of the message is the account itself; a message without From is not. */
export function isFromAccount(raw: Buffer, account: string): boolean {
  const { headers } = readHeaders(raw);
  const authors = headers
    .filter((header) => header.name.toLowerCase() === "from")
    .flatMap((header) => readAddresses(header.value));
  return authors.length > 0 && authors.every((author) => author.address.toLowerCase() === account);
}

function newMessageLocalPart(): string {
  return randomBytes(20).toString("hex").toUpperCase();
}

/** Mail is CRLF on the wire; a client that sent bare LF gets it mended, as Exchange does. */
function withCrlf(received: Buffer): Buffer {
  const text = received.toString("latin1");
  return /(?:^|[^\r])\n/.test(text) ? Buffer.from(text.replaceAll(/\r?\n/g, "\r\n"), "latin1") : received;
}
