/**
 * A header block (RFC 5322) from what Graph tells of a message as JSON: the fields as they were received
 * (`internetMessageHeaders`), and those that Graph leaves out there (of sent mail and drafts often all) from its properties.
 * Pure.
 */
import { z } from "zod";

const text = z.string().nullish().catch(undefined);
const person = z
  .object({ emailAddress: z.object({ name: text, address: text }).nullish() })
  .nullish()
  .catch(undefined);
const people = z.array(person).nullish().catch(undefined);

export const describedSchema = z.object({
  internetMessageId: text,
  internetMessageHeaders: z
    .array(z.object({ name: z.string(), value: z.string().nullish() }))
    .nullish()
    .catch(undefined),
  subject: text,
  sentDateTime: text,
  from: person,
  sender: person,
  toRecipients: people,
  ccRecipients: people,
  bccRecipients: people,
  replyTo: people,
});
export type Described = z.infer<typeof describedSchema>;

export const describedSelect =
  "internetMessageId,internetMessageHeaders,subject,sentDateTime,from,sender,toRecipients,ccRecipients,bccRecipients,replyTo";

type Person = z.infer<typeof person>;

/** The block with the empty line at its end. */
export function headerBlock(message: Described): Buffer {
  const received = (message.internetMessageHeaders ?? []).filter(({ name }) => /^[!-9;-~]+$/.test(name));
  const known = new Set(received.map(({ name }) => name.toLowerCase()));
  const added = properties(message).filter(([name, value]) => value !== "" && !known.has(name.toLowerCase()));
  const lines = [
    ...received.map(({ name, value }) => `${name}: ${oneLine(value ?? "")}`),
    ...added.map(([name, value]) => `${name}: ${oneLine(value)}`),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "utf8");
}

function properties(message: Described): [string, string][] {
  const dateMs = Date.parse(message.sentDateTime ?? "");
  return [
    ["Message-ID", message.internetMessageId ?? ""],
    ["From", addresses([message.from])],
    ["Sender", addresses([message.sender])],
    ["Reply-To", addresses(message.replyTo ?? [])],
    ["To", addresses(message.toRecipients ?? [])],
    ["Cc", addresses(message.ccRecipients ?? [])],
    ["Bcc", addresses(message.bccRecipients ?? [])],
    ["Subject", encodedWords(message.subject ?? "")],
    ["Date", Number.isNaN(dateMs) ? "" : new Date(dateMs).toUTCString().replace("GMT", "+0000")],
  ];
}

const addresses = (list: readonly Person[]): string =>
  list
    .flatMap((one) => {
      const address = one?.emailAddress?.address ?? "";
      if (address === "") return [];
      const name = one?.emailAddress?.name ?? "";
      return [
        name === "" || name === address ? `<${oneLine(address)}>` : `${phrase(name)} <${oneLine(address)}>`,
      ];
    })
    .join(", ");

/** A name as a quoted string, or in encoded words where it is more than ASCII. */
const phrase = (name: string): string =>
  /[^\x20-\x7e]/.test(name) ? encodedWords(name) : `"${name.replaceAll(/["\\]/g, "\\$&")}"`;

/** RFC 2047 4.1, so short that each word stays below its 75 characters. */
function encodedWords(value: string): string {
  if (!/[^\x20-\x7e]/.test(value)) return value;
  const words: string[] = [];
  let part = "";
  for (const char of value) {
    if (Buffer.byteLength(part + char) > 42) {
      words.push(part);
      part = "";
    }
    part += char;
  }
  return [...words, part].map((word) => `=?utf-8?B?${Buffer.from(word).toString("base64")}?=`).join(" ");
}

/** What breaks a line in a value would begin another field. */
const oneLine = (value: string): string => value.replaceAll(/[\r\n\0]+[ \t]*/g, " ").trim();
