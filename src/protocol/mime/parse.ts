/**
 * A message to what the rest of the program needs of it (RFC 5322, MIME). Both ways in, whole source and fetched
 * parts, meet in one function, so that identity and the recognition of Sent copies do not depend on the way.
 * Nothing here throws for what a sender can write: what cannot be read is left empty and flagged.
 */
import { hash } from "node:crypto";
import type { FetchedParts, RemotePart } from "../mail-source.ts";
import { isAutomatic, isBounce } from "./automatic.ts";
import { assembleBody, capBytes, cleanText } from "./body.ts";
import { decodeBytes } from "./charset.ts";
import { digestsOf } from "./digests.ts";
import { charsetOfWords, decodeWords } from "./encoded-words.ts";
import {
  allRaw,
  bodyStart,
  decodeUnstructured,
  firstRaw,
  headerDigest,
  maxHeaderBytes,
  readFields,
  tidy,
  type HeaderFields,
} from "./header-block.ts";
import {
  cut,
  parseAddresses,
  parseDate,
  parseMessageId,
  parseMessageIds,
  parseStructured,
  parseWrittenId,
} from "./header-values.ts";
import { splitQuotedText } from "./quotes.ts";
import { buildSearchText } from "./search-text.ts";
import { flowedOf, walkSource, type SourcePart } from "./structure.ts";
import { estimateDecodedSize } from "./transfer.ts";
import type { ParsedAttachment, ParsedMessage, ParseFlag } from "./types.ts";

const maxSubjectChars = 8_000;
const maxSnippetChars = 200;
/** Larger sources are not walked: flag `too_large`, header only. */
const maxSourceBytes = 160 * 1024 * 1024;

/** Parses a whole source. Attachments are described with the part path that IMAP would give them. */
export async function parseMessage(raw: Uint8Array): Promise<ParsedMessage> {
  if (raw.byteLength > maxSourceBytes) return parseHeaderOnly(raw.subarray(0, maxHeaderBytes), "too_large");
  const walk = walkSource(raw);
  return parse(walk, walk.tooDeep ? ["too_deep"] : []);
}

/** Parses a header block with the text parts that were fetched for it. */
export async function parseParts(parts: FetchedParts): Promise<ParsedMessage> {
  return parse(parts, []);
}

/**
 * What the header alone gives, for messages that could not be read or whose parsing failed.
 *
 * @param raw a header block or a source; empty when there is nothing
 */
export function parseHeaderOnly(raw: Uint8Array, flag: ParseFlag): ParsedMessage {
  const block = raw.subarray(0, maxHeaderBytes);
  return parse({ header: block.subarray(0, bodyStart(block)), text: [], attachments: [] }, [flag]);
}

/** Attachments of a source were counted, those of a listed structure are estimated. */
interface Parts extends Omit<FetchedParts, "attachments"> {
  attachments: (RemotePart & Partial<SourcePart>)[];
}

function parse(parts: Parts, given: ParseFlag[]): ParsedMessage {
  const flags = new Set<ParseFlag>(given);
  const fields = readFields(parts.header);
  if (fields.truncated) flags.add("headers_truncated");
  const rootType = parseStructured(firstRaw(fields, "content-type"));
  const named =
    charsetOfWords(firstRaw(fields, "subject") ?? "") ?? charsetOfWords(firstRaw(fields, "from") ?? "");
  const head = readHead(fields, flags, rootType.params.get("charset") ?? parts.text[0]?.charset ?? named);
  const only = parts.text.length === 1 && parts.attachments.length === 0 ? parts.text[0] : undefined;
  // A source that gives no parameters of a single-part message: they stand in the header.
  const text =
    only && only.partPath === "1" && !rootType.value.startsWith("multipart/")
      ? [{ ...flowedOf(rootType), ...only, charset: only.charset ?? rootType.params.get("charset") ?? null }]
      : parts.text;
  const body = assembleBody(text, rootType.value, flags, named);
  if (fields.empty) body.text = withLostHeader(parts.header, body.text, flags);
  const attachments = describeAttachments(parts.attachments, flags);
  const { visible } = splitQuotedText(body.text);
  return {
    ...head,
    ...body,
    attachments,
    snippet: makeSnippet(visible),
    searchText: buildSearchText({
      subject: head.subject,
      people: [head.from, head.sender, ...head.replyTo, ...head.to, ...head.cc, ...head.bcc].filter(
        (one) => one !== null,
      ),
      attachmentNames: attachments.flatMap((attachment) => attachment.filename ?? []),
      visible,
    }),
    automatic: isAutomatic(fields, head.from, rootType),
    bounce: isBounce(rootType, parts.attachments),
    headerDigest: headerDigest(parts.header),
    ...digestsOf({ ...parts, text }, head),
    textDigest: hash("sha256", foldSpace(visible), "hex").slice(0, 32),
    flags: [...flags],
  };
}

type Head = Pick<
  ParsedMessage,
  | "messageId"
  | "writtenMessageId"
  | "inReplyTo"
  | "references"
  | "originalMessageId"
  | "subject"
  | "from"
  | "sender"
  | "replyTo"
  | "to"
  | "cc"
  | "bcc"
  | "dateMs"
>;

/** @param hint charset of the body, for headers in raw bytes */
function readHead(fields: HeaderFields, flags: Set<ParseFlag>, hint: string | null): Head {
  if (fields.empty && !flags.has("unreadable")) flags.add("no_headers");
  const raw = (name: string) => firstRaw(fields, name);
  const addresses = (name: string) => parseAddresses(raw(name), flags, hint);
  const recipients = (name: string) => parseAddresses(allRaw(fields, name), flags, hint);
  const date = raw("date");
  const dateMs = date ? parseDate(date) : null;
  if (date && dateMs === null) flags.add("bad_date");
  return {
    messageId: parseMessageId(raw("message-id")),
    writtenMessageId: parseWrittenId(raw("message-id")),
    inReplyTo: parseMessageIds(raw("in-reply-to")),
    references: parseMessageIds(raw("references")),
    originalMessageId: parseMessageId(raw("x-microsoft-original-message-id")),
    subject: cut(decodeUnstructured(raw("subject") ?? "", flags, hint), maxSubjectChars),
    from: addresses("from")[0] ?? null,
    sender: addresses("sender")[0] ?? null,
    replyTo: addresses("reply-to"),
    to: recipients("to"),
    cc: recipients("cc"),
    bcc: recipients("bcc"),
    dateMs,
  };
}

/** A message that begins with its text: what stood where the header should be belongs to it. */
function withLostHeader(header: Uint8Array, text: string, flags: Set<ParseFlag>): string {
  const lost = cleanText(
    decodeBytes(header.subarray(0, maxHeaderBytes), null, { truncated: true }).text,
    flags,
  ).trim();
  return [lost, text].filter((piece) => piece !== "").join("\n\n");
}

/** The attachments of a whole message, described as everywhere; sizes are those of the decoded octets. */
export const describeSource = (raw: Uint8Array): ParsedAttachment[] =>
  describeAttachments(walkSource(raw).attachments, new Set());

/** Pages for watches and mail without scripts that AMP clients show instead: nobody misses them as files. */
const unseenTypes = new Set(["text/x-amp-html", "text/watch-html"]);

function describeAttachments(parts: Parts["attachments"], flags: Set<ParseFlag>): ParsedAttachment[] {
  const line = (text: string, chars: number) => cut(tidy(cleanText(text, flags)), chars);
  const shown = parts.filter((part) => !unseenTypes.has(part.contentType));
  return shown.map((part, index) => ({
    n: index + 1,
    partPath: part.partPath === "" ? null : part.partPath,
    filename: part.filename === null ? null : line(decodeWords(part.filename), 255),
    contentType: line(part.contentType, 200),
    sizeBytes: part.decodedBytes ?? estimateDecodedSize(part.sizeBytes, part.encoding),
    contentId: part.contentId === null ? null : line(part.contentId, 500).replace(/^<|>$/g, ""),
    disposition:
      part.disposition ??
      (part.contentId !== null && part.contentType.startsWith("image/") ? "inline" : "attachment"),
    encoding: line(part.encoding, 40),
  }));
}

/** Runs of white space but for the single blanks between words, which are most of them. */
const spaceRuns = /[^\S ]\s*| \s+/g;

const foldSpace = (text: string): string => text.normalize("NFC").replace(spaceRuns, " ").trim();

/** Zero-width characters with which newsletters pad their preview text. */
const invisible = /\u034f|[\p{Cf}]/gu;

/** A snippet's line of so much text, in bytes. */
const lineOf = (visible: string, bytes: number): string =>
  foldSpace(capBytes(visible, bytes)).replace(invisible, "").replace(/ {2,}/g, " ").trim();

function makeSnippet(visible: string): string {
  const begin = lineOf(visible, 800);
  // As a rule that is more than enough; not where most of it is not to be seen.
  return cut(begin.length > 2 * maxSnippetChars ? begin : lineOf(visible, 8_000), maxSnippetChars);
}
