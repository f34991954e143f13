/**
 * An attachment found anew in a message's source: its path is another transport's (a number of IMAP's, an id of Graph's), and
 * the transports do not always write one mail in the same parts. Pure.
 */
import { describeSource } from "./parse.ts";
import { extractPart } from "./structure.ts";
import type { ParsedAttachment } from "./types.ts";

type Described = Pick<ParsedAttachment, "n" | "partPath" | "filename" | "contentType" | "sizeBytes">;

/** Still transfer-encoded, with the encoding to undo. */
export interface FoundPart {
  body: Uint8Array;
  encoding: string;
}

/** Sizes of another transport are rough: Graph counts what it keeps beside the octets. */
const sizesAgree = (a: number, b: number): boolean => Math.abs(a - b) <= 1_024 + Math.max(a, b) / 20;

const type = ({ contentType }: Described): string => contentType.toLowerCase();

/** What must agree, the most telling first; the position decides among those that agree. */
const tests: readonly ((a: Described, b: Described) => boolean)[] = [
  (a, b) => a.partPath === b.partPath && a.filename === b.filename && type(a) === type(b),
  (a, b) => a.filename === b.filename && type(a) === type(b) && sizesAgree(a.sizeBytes, b.sizeBytes),
  (a, b) => a.filename === b.filename && type(a) === type(b),
  (a, b) => a.filename !== null && a.filename === b.filename && sizesAgree(a.sizeBytes, b.sizeBytes),
  (a, b) => type(a) === type(b) && sizesAgree(a.sizeBytes, b.sizeBytes),
];

/**
 * Which attachment of the source one of `known` is.
 *
 * @param known all attachments of the message, as another transport told them
 * @param n the number of the wanted one
 * @returns null when nothing of the source agrees in name, type and size: another file is worse than none
 */
export function matchAttachment<T extends Described>(
  known: readonly Described[],
  n: number,
  source: readonly T[],
): T | null {
  const wanted = known.find((one) => one.n === n);
  if (wanted === undefined) return null;
  for (const agrees of tests) {
    const alike = source.filter((one) => agrees(wanted, one));
    if (alike.length === 0) continue;
    const before = known.filter((one) => one.n < n && agrees(wanted, one)).length;
    return alike[Math.min(before, alike.length - 1)]!;
  }
  return null;
}

/**
 * The wanted attachment's octets out of the raw message.
 *
 * @param known all attachments of the message as they are stored
 * @param n the number of the wanted one
 */
export function findPart(raw: Uint8Array, known: readonly Described[], n: number): FoundPart | null {
  const found = matchAttachment(known, n, describeSource(raw));
  if (found === null || found.partPath === null) return null;
  const body = extractPart(raw, found.partPath);
  return body === null ? null : { body, encoding: found.encoding };
}
