/**
 * Which of our replies a message in Sent is (sync.md, "A reply leaves once"): by X-Microsoft-Original-Message-ID, else
 * by Message-ID, else by From, To, canonical subject, Date ± 2 minutes and text digest. Pure.
 */
import { canonicalAddress } from "../../protocol/mime/address.ts";
import { canonicalSubject } from "../../protocol/mime/subject.ts";

export const sentDateWindowMs = 120_000;

/** A reply that was or may have been handed over. */
export interface OutgoingRow {
  id: string;
  mailboxId: string;
  conversationId: string;
  /** The Message-ID we gave it. */
  messageId: string;
  /** What the server's answer said it became. */
  sentMessageId: string | null;
  from: string;
  to: string[];
  subject: string;
  /** Its Date header. */
  dateMs: number;
  /** Empty: known by its ids alone. */
  textDigest: string;
}

/** A message that stands, or may stand, in Sent. */
export interface SentCopy {
  mailboxId: string;
  messageId: string | null;
  originalMessageId: string | null;
  from: string;
  to: string[];
  subject: string;
  sentAtMs: number | null;
  textDigest: string;
}

const sameAddresses = (a: string[], b: string[]): boolean => {
  const [left, right] = [a, b].map((list) => [...new Set(list.map(canonicalAddress))].sort().join("\n"));
  return left === right;
};

const looksLike = (row: OutgoingRow, copy: SentCopy): boolean =>
  copy.sentAtMs !== null &&
  row.textDigest !== "" &&
  Math.abs(copy.sentAtMs - row.dateMs) <= sentDateWindowMs &&
  row.textDigest === copy.textDigest &&
  canonicalAddress(row.from) === canonicalAddress(copy.from) &&
  canonicalSubject(row.subject) === canonicalSubject(copy.subject) &&
  sameAddresses(row.to, copy.to);

/** The reply that the copy is of; undefined when it is none of them. */
export function matchSent(rows: readonly OutgoingRow[], copy: SentCopy): OutgoingRow | undefined {
  const here = rows.filter((row) => row.mailboxId === copy.mailboxId);
  const byId = (id: string | null) =>
    id === null ? undefined : here.find((row) => row.messageId === id || row.sentMessageId === id);
  return (
    byId(copy.originalMessageId) ??
    byId(copy.messageId) ??
    (copy.originalMessageId === null ? here.find((row) => looksLike(row, copy)) : undefined)
  );
}
