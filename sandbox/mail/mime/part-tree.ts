/**
 * The structure of a message (RFC 2045, 2046) as offsets into its bytes. It never fails: what is
 * malformed becomes a leaf, and beyond `maxDepth` levels or `maxParts` parts nothing is opened.
 */
import { endOfLine, headerValue, readHeaders } from "./headers.ts";
import type { Header } from "./headers.ts";
import { parameter, readParameterised } from "./parameters.ts";
import type { ParameterisedValue } from "./parameters.ts";

export type Part = {
  headers: Header[];
  /** `type/subtype` in lower case with its parameters; the RFC's default where it is missing or bad. */
  contentType: ParameterisedValue;
  /** The part with its header block: [start, end); its content: [bodyStart, end). */
  start: number;
  bodyStart: number;
  end: number;
  /** Parts of a multipart; empty for everything else. */
  children: Part[];
  /** The message inside a message/rfc822. */
  message: Part | null;
};

const maxDepth = 60;
const maxParts = 2000;

/** Reads the structure of a whole message. */
export function readPartTree(raw: Buffer): Part {
  return readPart({ raw, parts: 0 }, { start: 0, end: raw.length, depth: 0, inDigest: false });
}

type Reading = { raw: Buffer; parts: number };
type Range = { start: number; end: number; depth: number; inDigest: boolean };

function readPart(reading: Reading, range: Range): Part {
  reading.parts++;
  const { headers, bodyStart } = readHeaders(reading.raw, range.start, range.end);
  const contentType = contentTypeOf(headers, range.inDigest);
  const part: Part = {
    headers,
    contentType,
    start: range.start,
    bodyStart,
    end: range.end,
    children: [],
    message: null,
  };
  if (range.depth >= maxDepth || reading.parts >= maxParts) return asLeaf(part);
  if (contentType.value.startsWith("multipart/")) return openMultipart(reading, part, range.depth);
  if (contentType.value === "message/rfc822" && isIdentity(headers)) {
    const inner = { start: bodyStart, end: range.end, depth: range.depth + 1, inDigest: false };
    part.message = readPart(reading, inner);
  }
  return part;
}

function contentTypeOf(headers: Header[], inDigest: boolean): ParameterisedValue {
  const field = headerValue(headers, "content-type");
  const read = readParameterised(field ?? "");
  if (/^[^\s/;"]+\/[^\s/;"]+$/.test(read.value)) return read;
  // RFC 2045 5.2 and RFC 2046 5.1.5: the defaults.
  if (inDigest) return { value: "message/rfc822", parameters: [] };
  return { value: "text/plain", parameters: field === null ? [{ name: "charset", value: "us-ascii" }] : [] };
}

/** RFC 2046 5.2.1 allows no encoding of message/rfc822; where one is used all the same it is opaque. */
function isIdentity(headers: Header[]): boolean {
  const encoding = headerValue(headers, "content-transfer-encoding")?.trim().toLowerCase() ?? "";
  return encoding !== "base64" && encoding !== "quoted-printable";
}

/** A multipart that could not be opened is shown as octets, for a BODYSTRUCTURE needs one part at least. */
function asLeaf(part: Part): Part {
  const container =
    part.contentType.value.startsWith("multipart/") || part.contentType.value === "message/rfc822";
  if (!container) return part;
  return { ...part, contentType: { value: "application/octet-stream", parameters: [] } };
}

function openMultipart(reading: Reading, part: Part, depth: number): Part {
  const boundary = parameter(part.contentType, "boundary");
  const ranges = boundary ? partRanges(reading.raw, part.bodyStart, part.end, boundary) : [];
  if (ranges.length === 0) return { ...part, contentType: { value: "text/plain", parameters: [] } };
  const inDigest = part.contentType.value === "multipart/digest";
  for (const [start, end] of ranges) {
    if (reading.parts >= maxParts) break;
    part.children.push(readPart(reading, { start, end, depth: depth + 1, inDigest }));
  }
  return part.children.length > 0 ? part : asLeaf(part);
}

/** The ranges between delimiter lines (RFC 2046 5.1.1); the line break before one belongs to it. */
function partRanges(raw: Buffer, start: number, end: number, boundary: string): [number, number][] {
  const delimiter = Buffer.from(`--${boundary}`, "latin1");
  const ranges: [number, number][] = [];
  let open: number | null = null;
  let from = start;
  for (;;) {
    const at = raw.indexOf(delimiter, from);
    if (at < 0 || at >= end) break;
    from = at + delimiter.length;
    if (at > start && raw[at - 1] !== 10) continue;
    const lineEnd = endOfLine(raw, at, end);
    const rest = raw.toString("latin1", Math.min(from, lineEnd), lineEnd);
    const isClose = rest.startsWith("--");
    if (!isClose && rest.trim() !== "") continue;
    if (open !== null) ranges.push([open, beforeLineBreak(raw, at, open)]);
    open = isClose ? null : lineEnd;
    if (isClose) break;
    from = lineEnd;
  }
  if (open !== null && open <= end) ranges.push([open, end]);
  return ranges;
}

function beforeLineBreak(raw: Buffer, at: number, floor: number): number {
  const withoutLf = raw[at - 1] === 10 ? at - 1 : at;
  const without = raw[withoutLf - 1] === 13 && withoutLf < at ? withoutLf - 1 : withoutLf;
  return Math.max(without, floor);
}
