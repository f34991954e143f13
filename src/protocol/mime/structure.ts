/**
 * The parts of a whole message (RFC 2046 5.1), numbered as IMAP does (RFC 9051 6.4.5.1), so that a message read from
 * its source and one fetched part by part go the same way from here on. Nothing is decoded and nothing copied:
 * bodies are views into the source, and attachments are only described.
 */
import type { FetchedParts, FetchedTextPart, RemotePart } from "../mail-source.ts";
import {
  bodyStart,
  firstRaw,
  looseBodyStart,
  readFields,
  tidy,
  withLineFeeds,
  type HeaderFields,
} from "./header-block.ts";
import { cut, parseStructured, type StructuredValue } from "./header-values.ts";
import { TextBudget } from "./text-budget.ts";
import { decodedSize } from "./transfer.ts";

/** Deeper parts are described as one attachment: flag `too_deep`. */
const maxDepth = 50;
const maxParts = 1_000;
/** An attachment whose octets are at hand. */
export interface SourcePart extends RemotePart {
  /** Size in octets when decoded. */
  decodedBytes: number;
  /** Still transfer-encoded. */
  body: Uint8Array;
}

export interface Walk extends FetchedParts {
  attachments: SourcePart[];
  tooDeep: boolean;
}

interface Part {
  /** Whole part with its header. */
  bytes: Uint8Array;
  path: string;
  depth: number;
  alternative: string | null;
  /** message/rfc822 inside multipart/digest. */
  defaultType: string;
}

interface Leaf extends RemotePart {
  type: StructuredValue;
  body: Uint8Array;
  alternative: string | null;
}

/** Splits a source into header block, text parts and attachments. */
export function walkSource(raw: Uint8Array): Walk {
  const { header, leaves, tooDeep } = listLeaves(raw);
  const walk: Walk = { header, text: [], attachments: [], tooDeep };
  const budget = new TextBudget();
  for (const leaf of leaves) {
    const isText = isBodyPart(leaf, leaf.alternative !== null) && budget.takes(leaf.sizeBytes);
    if (isText) walk.text.push(asTextPart(leaf));
    // A text under a name may be the letter or a file: it is shown, and can be saved.
    if (!isText || (leaf.filename !== null && leaf.alternative === null))
      walk.attachments.push({ ...leaf, decodedBytes: decodedSize(leaf.body, leaf.encoding) });
  }
  return walk;
}

/**
 * The body of one part of a source, still transfer-encoded.
 *
 * @param partPath IMAP numbering, as in ParsedAttachment
 * @returns null when there is no such part
 */
export function extractPart(raw: Uint8Array, partPath: string): Uint8Array | null {
  return listLeaves(raw).leaves.find((leaf) => leaf.partPath === partPath)?.body ?? null;
}

/**
 * True for a part that is shown as the body; the others are attachments.
 *
 * @param inAlternative it stands inside a multipart/alternative
 */
function isBodyPart(
  part: Pick<RemotePart, "contentType" | "disposition" | "filename" | "partPath">,
  inAlternative: boolean,
): boolean {
  if (part.contentType !== "text/plain" && part.contentType !== "text/html") return false;
  if (part.disposition === "attachment") return false;
  return part.filename === null || inAlternative || part.partPath === "1";
}

interface Listing {
  header: Uint8Array;
  leaves: Leaf[];
  tooDeep: boolean;
}

function listLeaves(source: Uint8Array): Listing {
  const raw = withLineFeeds(source);
  const end = bodyStart(raw);
  const fields = readFields(raw.subarray(0, end));
  const headless = fields.empty && end === raw.length;
  const start = headless ? 0 : looseBodyStart(raw);
  const listing: Listing = { header: raw.subarray(0, headless ? 0 : end), leaves: [], tooDeep: false };
  visit(
    listing,
    { bytes: raw, path: "", depth: 0, alternative: null, defaultType: "text/plain" },
    fields,
    start,
  );
  return listing;
}

function visit(listing: Listing, part: Part, fields: HeaderFields, start: number): void {
  const type = parseStructured(firstRaw(fields, "content-type"));
  const boundary = type.params.get("boundary") ?? "";
  const body = part.bytes.subarray(start);
  if (type.value.startsWith("multipart/") && boundary !== "") {
    if (part.depth >= maxDepth) {
      listing.tooDeep = true;
      listing.leaves.push({
        ...describeLeaf(part, type, fields, body),
        contentType: "application/octet-stream",
      });
      return;
    }
    const children = splitParts(body, boundary);
    if (children.length > 0) return visitChildren(listing, part, type.value, children);
  }
  listing.leaves.push(describeLeaf(part, type, fields, body));
}

function visitChildren(listing: Listing, parent: Part, type: string, children: Uint8Array[]): void {
  const alternative = parent.alternative ?? (type === "multipart/alternative" ? parent.path : null);
  const defaultType = type === "multipart/digest" ? "message/rfc822" : "text/plain";
  for (const [index, bytes] of children.entries()) {
    if (listing.leaves.length >= maxParts) {
      listing.tooDeep = true;
      return;
    }
    const path = parent.path === "" ? String(index + 1) : `${parent.path}.${index + 1}`;
    const end = bodyStart(bytes);
    const fields = readFields(bytes.subarray(0, end));
    const headless = fields.empty && bytes[0] !== 0x0a && bytes[0] !== 0x0d;
    const start = headless ? 0 : looseBodyStart(bytes); // text where the header should be: shown
    visit(listing, { bytes, path, depth: parent.depth + 1, alternative, defaultType }, fields, start);
  }
}

function describeLeaf(part: Part, type: StructuredValue, fields: HeaderFields, body: Uint8Array): Leaf {
  const disposition = parseStructured(firstRaw(fields, "content-disposition"));
  const filename = tidy(disposition.params.get("filename") ?? type.params.get("name") ?? "");
  const contentId = tidy(firstRaw(fields, "content-id") ?? "");
  return {
    partPath: part.path === "" ? "1" : part.path,
    contentType: leafType(type.value, part.defaultType),
    filename: filename === "" ? null : cut(filename, 255),
    contentId: contentId === "" ? null : cut(contentId, 500),
    disposition:
      disposition.value === "attachment" || disposition.value === "inline" ? disposition.value : null,
    encoding: cut(tidy(firstRaw(fields, "content-transfer-encoding") ?? "7bit").toLowerCase(), 40),
    sizeBytes: body.length,
    type,
    body,
    alternative: part.alternative,
  };
}

/** What cannot be a type is text, and so is a multipart in which no boundary was found: better shown than lost. */
function leafType(value: string, defaultType: string): string {
  if (value === "") return defaultType;
  if (value.startsWith("multipart/") || !/^[^/\s]+\/[^/\s]+$/.test(value)) return "text/plain";
  return cut(value, 200);
}

function asTextPart(leaf: Leaf): FetchedTextPart {
  return {
    ...leaf,
    charset: leaf.type.params.get("charset") ?? null,
    truncated: false,
    ...flowedOf(leaf.type),
  };
}

/** RFC 3676: `format=flowed; delsp=yes`. */
export function flowedOf(type: StructuredValue): { flowed: boolean; delSp: boolean } {
  const is = (name: string, value: string) => type.params.get(name)?.toLowerCase() === value;
  return { flowed: is("format", "flowed"), delSp: is("delsp", "yes") };
}

/** Cuts a multipart body at its boundary lines; the line end before a boundary belongs to the boundary. */
function splitParts(body: Uint8Array, boundary: string): Uint8Array[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const marker = Buffer.from(`--${boundary}`, "utf8");
  const parts: Uint8Array[] = [];
  let open = -1;
  for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + marker.length)) {
    if (at > 0 && bytes[at - 1] !== 0x0a) continue;
    const line = boundaryLine(bytes, at + marker.length);
    if (!line) continue;
    if (open >= 0) parts.push(bytes.subarray(open, Math.max(open, beforeLineEnd(bytes, at))));
    open = line.next;
    if (line.last || parts.length > maxParts) return parts;
  }
  if (open >= 0) parts.push(bytes.subarray(open));
  return parts;
}

/** Behind the marker only `--` and blanks may stand, else it is another boundary that begins alike. */
function boundaryLine(bytes: Buffer, at: number): { next: number; last: boolean } | null {
  const last = bytes[at] === 0x2d && bytes[at + 1] === 0x2d;
  let i = last ? at + 2 : at;
  while (bytes[i] === 0x20 || bytes[i] === 0x09) i++;
  if (i >= bytes.length) return { next: i, last };
  if (bytes[i] === 0x0d && bytes[i + 1] === 0x0a) return { next: i + 2, last };
  return bytes[i] === 0x0a ? { next: i + 1, last } : null;
}

function beforeLineEnd(bytes: Buffer, at: number): number {
  if (at >= 2 && bytes[at - 1] === 0x0a && bytes[at - 2] === 0x0d) return at - 2;
  return at >= 1 ? at - 1 : 0;
}
