/** From a parsed message to its rows: pure. Bounds here are those of the indexes, not of taste. */
import { canonicalAddress } from "../protocol/mime/address.ts";
import { capBytes } from "../protocol/mime/body.ts";
import { packBody } from "../protocol/mime/packed-body.ts";
import { baseSubject, hasReplyPrefix } from "../protocol/mime/subject.ts";
import type { MailAddress, PackedMessage, ParseFlag } from "../protocol/mime/types.ts";
import type { ThreadableMessage } from "../store/inbox-port.ts";

/** A B-tree row takes 2,704 bytes at most. */
const indexedBytes = 2_400;
export const receivedSlackMs = 120_000;

export type Direction = "in" | "out";

/** Flags in one spelling: RFC 9051 2.3.2 compares them without case. `\Recent` says nothing about the message. */
export function normaliseFlags(flags: readonly string[]): string[] {
  const known: Record<string, string> = {
    "\\seen": "\\Seen",
    "\\flagged": "\\Flagged",
    "\\answered": "\\Answered",
    "\\deleted": "\\Deleted",
    "\\draft": "\\Draft",
  };
  const unique = new Set(flags.map((flag) => known[flag.toLowerCase()] ?? flag));
  for (const flag of unique) if (flag.toLowerCase() === "\\recent") unique.delete(flag);
  return [...unique].sort();
}

/**
 * Direction of a location: out in Sent and Drafts, and for our own mail elsewhere; but what stands in Inbox or Junk has
 * come in, whatever its From says (it may be forged, or be a mail to oneself).
 */
export function locationDirection(folderRole: string | null, fromOwn: boolean): Direction {
  if (folderRole === "sent" || folderRole === "drafts") return "out";
  return fromOwn && folderRole !== "inbox" && folderRole !== "junk" ? "out" : "in";
}

/**
 * Direction of a message from those of its locations. One that stands in Sent went out, even when a copy came back to
 * us; only a mail to nobody but ourselves counts as received.
 */
export function messageDirection(locations: readonly Direction[], onlyToSelf: boolean): Direction {
  if (!locations.includes("in")) return "out";
  return locations.includes("out") && !onlyToSelf ? "out" : "in";
}

export const isOwn = (address: MailAddress | null, own: string): boolean =>
  address !== null && canonicalAddress(address.address) === canonicalAddress(own);

/**
 * What two copies of one mail have in common beside its identity: all of it, but for our own mail only what we wrote. The
 * copy that came back to us has a longer header than the one in Sent.
 */
export const evidenceDigest = (parsed: PackedMessage, own: string): string | null =>
  isOwn(parsed.from, own) ? parsed.contentDigest : parsed.sourceDigest;

/** True for a mail from us to us and nobody else. */
export function isOnlyToSelf(parsed: PackedMessage, own: string): boolean {
  const recipients = [...parsed.to, ...parsed.cc, ...parsed.bcc];
  return (
    isOwn(parsed.from, own) && recipients.length > 0 && recipients.every((address) => isOwn(address, own))
  );
}

/** How an item that is stored for the first time came. */
export interface Arrival {
  origin: "head" | "tail";
  folder: { boundaryAtMs: number | null };
  seenUntilMs?: number;
}

/**
 * New is what came above the folder's boundary and was received after it (sync.md 10); clocks may differ by 2 minutes.
 * What the tail brings is not, but for mail that came to a folder after it was last looked at under numbers that are over.
 */
export function isNew({ origin, folder, seenUntilMs }: Arrival, receivedMs: number | null): boolean {
  if (folder.boundaryAtMs === null) return false;
  if (origin === "head") return receivedMs === null || receivedMs >= folder.boundaryAtMs - receivedSlackMs;
  if (seenUntilMs === undefined || receivedMs === null) return false;
  return receivedMs >= Math.max(seenUntilMs, folder.boundaryAtMs) - receivedSlackMs;
}

/** A time that PostgreSQL and JavaScript both take; years beyond are the sender's jokes. */
export function boundedTime(ms: number | null): number | null {
  return ms !== null && Number.isFinite(ms) && ms >= -62_135_596_800_000 && ms <= 253_402_300_799_000
    ? Math.trunc(ms)
    : null;
}

const clamp = (text: string): string => capBytes(text, indexedBytes);

export interface MessageFacts {
  id: string;
  mailboxId: string;
  mailboxAddress: string;
  parsed: PackedMessage;
  internalDateMs: number | null;
  nowMs: number;
}

/** What threading needs, with lengths that its indexes take. */
export function threadable({
  id,
  mailboxId,
  mailboxAddress,
  parsed,
  internalDateMs,
  nowMs,
}: MessageFacts): ThreadableMessage {
  const sentAtMs = boundedTime(parsed.dateMs);
  return {
    id,
    mailboxId,
    mailboxAddress,
    messageId: parsed.messageId === null ? null : clamp(parsed.messageId),
    originalMessageId: parsed.originalMessageId === null ? null : clamp(parsed.originalMessageId),
    inReplyTo: parsed.inReplyTo.slice(0, 50).map(clamp),
    references: parsed.references.slice(-200).map(clamp),
    subject: parsed.subject,
    subjectKey: clamp(baseSubject(parsed.subject)),
    replyPrefix: hasReplyPrefix(parsed.subject),
    fromAddress: canonicalAddress(parsed.from?.address ?? ""),
    authorAddress: canonicalAddress((parsed.replyTo[0] ?? parsed.from)?.address ?? ""),
    recipientAddresses: [...parsed.to, ...parsed.cc].map(({ address }) => canonicalAddress(address)),
    sentAtMs,
    receivedAtMs: boundedTime(internalDateMs) ?? Math.min(sentAtMs ?? nowMs, nowMs),
    automatic: parsed.automatic,
  };
}

/** Stands for a message of which nothing, or nothing storable, could be read; the flag says which. */
export function placeholder(flag: ParseFlag, place: string): PackedMessage {
  return {
    messageId: null,
    writtenMessageId: null,
    inReplyTo: [],
    references: [],
    originalMessageId: null,
    subject: "",
    from: null,
    sender: null,
    replyTo: [],
    to: [],
    cc: [],
    bcc: [],
    dateMs: null,
    body: packBody({ text: "", html: null }),
    snippet: "",
    searchText: new Uint8Array(),
    attachments: [],
    automatic: false,
    bounce: false,
    headerDigest: place,
    contentDigest: null,
    sourceDigest: null,
    textDigest: "",
    flags: [flag],
  };
}
