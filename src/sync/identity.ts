/**
 * Which locations share a message (sync.md 2). All that identity is made of is the sender's to repeat, by mistake or on
 * purpose: hiding real mail is worse than showing it twice, so every doubt makes two messages.
 */
import { hash } from "node:crypto";
import { canonicalAddress } from "../protocol/mime/address.ts";
import { sameContent } from "../protocol/mime/digests.ts";
import { canonicalSubject } from "../protocol/mime/subject.ts";
import type { PackedMessage } from "../protocol/mime/types.ts";
import type { Transport } from "../store/transport.ts";

type IdentityParts = Pick<
  PackedMessage,
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

const digest = (parts: (string | number | null)[]): Buffer => hash("sha256", JSON.stringify(parts), "buffer");

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
  /** Of what two copies have in common (`evidenceDigest`); null where only the header was read. */
  contentDigest: string | null;
  /** The transport that brought the content. */
  readOver: Transport;
  /** Of its text as a person reads it; null where only the header was read. */
  textDigest: string | null;
}

const isSame = <T>(a: T | null, b: T | null): boolean => a !== null && a === b;

/** To the second: IMAP knows no finer. */
const second = (ms: number | null): number | null => (ms === null ? null : Math.floor(ms / 1000));

const sameDate = (a: Evidence, b: Evidence): boolean =>
  isSame(second(a.internalDateMs), second(b.internalDateMs));
const sameStructure = (a: Evidence, b: Evidence): boolean => isSame(a.structureDigest, b.structureDigest);

/**
 * True when INTERNALDATE or the body structure agrees; unknown never agrees. Where both mails were read, other content or
 * another structure makes them two, whatever their header says: mails that are moved or copied by the thousand have one
 * INTERNALDATE. (Where only the header was read, a server that was exchanged may count its sizes differently.)
 */
export function evidenceAgrees(a: Evidence, b: Evidence): boolean {
  if (a.contentDigest === null || b.contentDigest === null) return sameDate(a, b) || sameStructure(a, b);
  const same = sameContent(a.contentDigest, b.contentDigest);
  if (a.readOver !== b.readOver) return same || (sameDate(a, b) && sameText(a, b));
  if (isBare(a) && isBare(b)) return same;
  return same && !structuresDiffer(a, b) && (sameDate(a, b) || sameStructure(a, b));
}

/** Read over POP3, from a mail that names no time of its receipt: the octets are all there is. */
const isBare = ({ internalDateMs, structureDigest }: Evidence): boolean =>
  internalDateMs === null && structureDigest === null;

/**
 * Transports write one mail in other octets at times: then the text that a person reads must be the same, and the second
 * at which it came. Where the octets are the same, one of them may give no date and no structure (POP3).
 */
const sameText = (a: Evidence, b: Evidence): boolean => isSame(a.textDigest, b.textDigest);

/** Both kinds of evidence: the place of a mail that was told by its header alone, and by nothing of its content. */
const agreesInBoth = (a: Evidence, b: Evidence): boolean =>
  evidenceAgrees(a, b) && sameDate(a, b) && sameStructure(a, b);

/**
 * Items that a header alone tells to be stored messages: identity, second and structure name one item and one message, so
 * that no twin is taken for another. Another transport describes the structure otherwise or not at all: then without it.
 * A message of which the second or the structure is not known (POP3 tells neither) may be any of its identity.
 *
 * @returns keys of `items`
 */
export function onlyOnes(
  items: readonly Placeable[],
  candidates: readonly Candidate[],
  by: "structure" | "second",
): ReadonlySet<string> {
  const listed = Map.groupBy(items, ({ identity }) => identity);
  const stored = Map.groupBy(candidates, ({ identity }) => identity);
  const isOne = (item: Placeable): boolean => {
    const isIt = (other: Evidence): boolean => nameAgrees(item, other, by, false);
    const mayBe = (other: Evidence): boolean => nameAgrees(item, other, by, true);
    const messages = (stored.get(item.identity) ?? []).filter(mayBe);
    const others = (listed.get(item.identity) ?? []).filter(mayBe);
    return others.length === 1 && messages.length === 1 && isIt(item) && isIt(messages[0]!);
  };
  return new Set(items.filter(isOne).map(({ key }) => key));
}

/** @param unknown what stands for a second or a structure that is not known */
function nameAgrees(a: Evidence, b: Evidence, by: "structure" | "second", unknown: boolean): boolean {
  const agree = <T>(one: T | null, other: T | null): boolean =>
    one === null || other === null ? unknown : one === other;
  return (
    agree(second(a.internalDateMs), second(b.internalDateMs)) &&
    (by === "second" || agree(a.structureDigest, b.structureDigest))
  );
}

const structuresDiffer = (a: Evidence, b: Evidence): boolean =>
  a.structureDigest !== null && b.structureDigest !== null && a.structureDigest !== b.structureDigest;

const sameOctets = (a: Evidence, b: Evidence): boolean =>
  a.contentDigest !== null &&
  b.contentDigest !== null &&
  sameContent(a.contentDigest, b.contentDigest) &&
  evidenceAgrees(a, b);

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
  // Both kinds of evidence before one, for all items: so that twins whose locations were renumbered find back to themselves.
  // And the very octets before what only reads alike.
  for (const agrees of [agreesInBoth, sameOctets, evidenceAgrees]) {
    for (const item of items) {
      if (matches.has(item.key)) continue;
      const list = free.get(item.identity) ?? [];
      const index = list.findIndex((candidate) => agrees(item, candidate));
      if (index < 0) continue;
      matches.set(item.key, list[index]!);
      list.splice(index, 1);
    }
  }
  return matches;
}
