/**
 * Which locations share a message (sync.md 2). All that identity is made of is the sender's to repeat, by mistake or on
 * purpose: hiding real mail is worse than showing it twice, so every doubt makes two messages.
 */
import { createHash } from "node:crypto";
import { canonicalAddress } from "../protocol/mime/address.ts";
import { canonicalSubject } from "../protocol/mime/subject.ts";
import type { ParsedMessage } from "../protocol/mime/types.ts";

type IdentityParts = Pick<
  ParsedMessage,
  "messageId" | "from" | "dateMs" | "subject" | "headerDigest" | "flags"
>;

/** Where an item stands: for content that says nothing about itself. */
export interface ItemPlace {
  transport: string;
  folderId: string;
  epoch: number;
  key: string;
  sizeBytes: number;
}

const digest = (parts: (string | number | null)[]): Buffer =>
  createHash("sha256").update(JSON.stringify(parts)).digest();

/**
 * Digest of Message-ID, canonical From, Date in epoch seconds and canonical subject. Without a Message-ID the raw header
 * counts, within one transport (transports differ in the header they give out); unreadable content equals only itself.
 */
export function identityOf(message: IdentityParts, place: ItemPlace): Buffer {
  if (message.flags.includes("unreadable")) {
    return digest(["place", place.folderId, place.epoch, place.key]);
  }
  if (message.messageId === null) {
    const size = message.flags.includes("no_headers") ? place.sizeBytes : null; // all empty headers look alike
    return digest(["header", place.transport, message.headerDigest, size]);
  }
  return digest([
    "id",
    message.messageId,
    canonicalAddress(message.from?.address ?? ""),
    message.dateMs === null ? null : Math.floor(message.dateMs / 1000),
    canonicalSubject(message.subject),
  ]);
}

/** What must agree beside the identity. */
export interface Evidence {
  internalDateMs: number | null;
  structureDigest: string | null;
}

/** True when INTERNALDATE (to the second: IMAP knows no finer) or the body structure agrees; unknown never agrees. */
export function evidenceAgrees(a: Evidence, b: Evidence): boolean {
  const sameDate =
    a.internalDateMs !== null &&
    b.internalDateMs !== null &&
    Math.floor(a.internalDateMs / 1000) === Math.floor(b.internalDateMs / 1000);
  const sameStructure = a.structureDigest !== null && a.structureDigest === b.structureDigest;
  return sameDate || sameStructure;
}

export interface Candidate extends Evidence {
  id: string;
  /** Lower-case hex. */
  identity: string;
  conversationId: string;
  /** It has a live location in the folder (and epoch) that is being stored. */
  here: boolean;
}

export interface Placeable extends Evidence {
  key: string;
  identity: string;
}

/**
 * Gives each item of one folder the stored message it is another location of, or none. Two items of one folder never
 * share a message: a candidate that stands in the folder already, or was just taken, is passed over.
 *
 * @returns key → candidate, only for items that found one
 */
export function matchItems(
  items: readonly Placeable[],
  candidates: readonly Candidate[],
): Map<string, Candidate> {
  const free = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    if (candidate.here) continue;
    free.set(candidate.identity, [...(free.get(candidate.identity) ?? []), candidate]);
  }
  const matches = new Map<string, Candidate>();
  for (const item of items) {
    const list = free.get(item.identity) ?? [];
    const index = bestCandidate(item, list);
    if (index < 0) continue;
    matches.set(item.key, list[index]!);
    list.splice(index, 1);
  }
  return matches;
}

/** Both kinds of evidence before one: so that twins whose locations were renumbered find back to themselves. */
function bestCandidate(item: Placeable, list: readonly Candidate[]): number {
  const both = list.findIndex(
    (candidate) =>
      evidenceAgrees(item, { ...candidate, structureDigest: null }) &&
      evidenceAgrees(item, { ...candidate, internalDateMs: null }),
  );
  return both >= 0 ? both : list.findIndex((candidate) => evidenceAgrees(item, candidate));
}
