/** The messages of a POP3 mailbox by their unique ids (RFC 1939 7, UIDL), and the cursors made of them. Pure. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { HitchpostError } from "../../core/errors.ts";
import type { Cursor } from "../mail-source.ts";

export interface ListedMail {
  /** Its number in this session. */
  n: number;
  uidl: string;
  sizeBytes: number;
}

/** Oldest first, as the server numbers them. */
export type Listing = readonly ListedMail[];

/** RFC 1939: 1 to 70 characters from 0x21 to 0x7E; some servers write longer ones. */
const uidlLine = /^(\d{1,9}) +(\S{1,500})\s*$/;
const sizeLine = /^(\d{1,9}) +(\d{1,15})/;

/** @throws protocol_error when two messages bear the same id: nothing could tell them apart */
export function readListing(uidls: Buffer, sizes: Buffer | null): Listing {
  const bytes = new Map<number, number>();
  for (const line of (sizes ?? Buffer.alloc(0)).toString("latin1").split("\r\n")) {
    const found = sizeLine.exec(line);
    if (found !== null) bytes.set(Number(found[1]), Number(found[2]));
  }
  const listing: ListedMail[] = [];
  const seen = new Set<string>();
  for (const line of uidls.toString("utf8").split("\r\n")) {
    const [, n, uidl] = uidlLine.exec(line) ?? [];
    if (n === undefined || uidl === undefined) continue;
    if (seen.has(uidl))
      throw new HitchpostError("protocol_error", "The server gives two messages the same id (UIDL).", {
        details: { reason: "uidl_twice", response: line.slice(0, 500) },
      });
    seen.add(uidl);
    listing.push({ n: Number(n), uidl, sizeBytes: bytes.get(Number(n)) ?? 0 });
  }
  return listing.sort((a, b) => a.n - b.n);
}

/** The ids are kept as short digests: 48 bits each, in one text. */
const digestChars = 8;
const shortDigest = (uidl: string): string =>
  createHash("sha256").update(uidl).digest("base64url").slice(0, digestChars);

const knownSchema = z.object({ pop3: z.literal(1), known: z.string() });
const tailSchema = z.object({ pop3: z.literal(1), below: z.array(z.string()) });

export const knownCursor = (listing: Listing): Cursor => ({
  pop3: 1,
  known: listing.map(({ uidl }) => shortDigest(uidl)).join(""),
});

/** Whether a message was known to the cursor; null: the cursor is of another transport. */
export function knownBy(cursor: Cursor): ((mail: ListedMail) => boolean) | null {
  const read = knownSchema.safeParse(cursor).data;
  if (read === undefined) return null;
  const digests = new Set<string>();
  for (let at = 0; at < read.known.length; at += digestChars)
    digests.add(read.known.slice(at, at + digestChars));
  return ({ uidl }) => digests.has(shortDigest(uidl));
}

/** Ids of a page by which the next one finds its place, though some of them be removed meanwhile. */
const anchors = 50;

/** @param page newest first */
export const tailCursor = (page: readonly ListedMail[]): Cursor => ({
  pop3: 1,
  below: page.slice(-anchors).map(({ uidl }) => uidl),
});

/**
 * The mails that are still to be told, newest first. Where none of a page's ids stands any more all are told again: what is
 * known is not fetched twice.
 *
 * @throws folder_reset for a cursor of another transport
 */
export function olderThan(listing: Listing, cursor: Cursor): ListedMail[] {
  const newestFirst = listing.toReversed();
  const isKnown = knownBy(cursor);
  if (isKnown !== null) return newestFirst.filter(isKnown);
  const read = tailSchema.safeParse(cursor).data;
  if (read === undefined)
    throw new HitchpostError(
      "folder_reset",
      "The folder was read over another transport; it is matched again.",
    );
  const below = new Set(read.below);
  return newestFirst.slice(newestFirst.findLastIndex(({ uidl }) => below.has(uidl)) + 1);
}

/** Text that differs when a message came or went. */
export const listingDigest = (listing: Listing): string =>
  createHash("sha256")
    .update(listing.map(({ uidl }) => uidl).join("\n"))
    .digest("base64url")
    .slice(0, 22);
