/**
 * What threading looks at, pure (sync.md 11). An edge between two messages depends on that pair alone, never on what
 * came first; a conversation is a connected component. So any order of arrival gives the same partition.
 *
 * Edges:
 * - A refers to B's Message-ID (In-Reply-To, References, X-Microsoft-Original-Message-ID), or both refer to one id;
 * - A and B carry the same Message-ID **and** agree in the subject (see `ownersAgree`): a repeated Message-ID alone
 *   joins nothing, since it is the sender's to repeat; as soon as somebody truly refers to that id, all its bearers join;
 * - by subject: see `joinedBySubject`.
 */
import { hash } from "node:crypto";
import type { ThreadableMessage } from "../store/inbox-port.ts";

/** References beyond these do not count: a message must not tie together whatever its sender can name. */
export const maxReferences = 200;
const maxInReplyTo = 20;
const maxRootReferences = 19;
const maxRecentReferences = 160;

export const subjectWindowMs = 7 * 24 * 3_600_000;
/** How much earlier a reply may seem than what it answers, since clocks differ. */
const clockSkewMs = 3_600_000;

/** `<left@right>` without white space; null for what names nothing: empty, `<>`, a few characters without `@`. */
export function normaliseRef(raw: string): string | null {
  const id = raw.trim().replace(/^<+/, "").replace(/>+$/, "").trim();
  if (id.length > 2_000 || /[\s<>]/.test(id)) return null;
  const isAddressLike = /^[^@]+@.*[\p{L}\p{N}].*$/u.test(id);
  return isAddressLike || (id.length >= 12 && /[\p{L}\p{N}]{6}/u.test(id)) ? `<${id}>` : null;
}

type Referring = Pick<ThreadableMessage, "messageId" | "originalMessageId" | "inReplyTo" | "references">;

/** The ids a message refers to: its own is not among them, nor more than `maxReferences`. */
export function referencesOf(message: Referring): string[] {
  const own = message.messageId === null ? null : normaliseRef(message.messageId);
  const raw = [
    ...message.inReplyTo.slice(0, maxInReplyTo),
    ...(message.originalMessageId === null ? [] : [message.originalMessageId]),
    ...message.references.slice(-maxRecentReferences),
    ...message.references.slice(0, maxRootReferences),
  ];
  const refs = new Set<string>();
  for (const text of raw) {
    const ref = normaliseRef(text);
    if (ref !== null && ref !== own) refs.add(ref);
  }
  return [...refs].slice(0, maxReferences);
}

const shortDigest = (text: string): string => hash("sha256", text, "base64url").slice(0, 24);

/** The key in `thread_refs` of a normalised Message-ID: hashed, since ids have any length. */
export const refKey = (ref: string): string => `m:${shortDigest(ref)}`;

/** The key at which transactions with mails of one subject in one mailbox meet. It joins nothing by itself. */
export const subjectMeetingKey = (mailboxId: string, subjectKey: string): string =>
  `s:${shortDigest(`${mailboxId}\n${subjectKey}`)}`;

export interface MailOwner {
  subjectKey: string;
  fromAddress: string;
}

/** Whether two bearers of one Message-ID are copies or parts of one exchange: same base subject; without any, same sender. */
export const ownersAgree = (a: MailOwner, b: MailOwner): boolean =>
  a.subjectKey === b.subjectKey &&
  (a.subjectKey !== "" || a.fromAddress.toLowerCase() === b.fromAddress.toLowerCase());

/** What the subject rule needs of a message. */
export type SubjectSide = Pick<
  ThreadableMessage,
  | "mailboxId"
  | "subjectKey"
  | "replyPrefix"
  | "inReplyTo"
  | "references"
  | "authorAddress"
  | "recipientAddresses"
  | "receivedAtMs"
  | "automatic"
>;

/** Whether the subject may join the message to another at all. */
export const canJoinBySubject = (message: SubjectSide): boolean =>
  message.subjectKey !== "" && !message.automatic;

/** A reply by its subject that names no parent. */
const isBareReply = (message: SubjectSide): boolean =>
  message.replyPrefix &&
  [...message.inReplyTo, ...message.references].every((raw) => normaliseRef(raw) === null);

/** True when the author of one (other than the mailbox itself) takes part in the other. */
function peopleMeet(a: SubjectSide, b: SubjectSide, ownAddress: string): boolean {
  const own = ownAddress.toLowerCase();
  const sends = (from: SubjectSide, to: SubjectSide): boolean => {
    const author = from.authorAddress.toLowerCase();
    if (author === "" || author === own) return false;
    return (
      author === to.authorAddress.toLowerCase() ||
      to.recipientAddresses.some((address) => address.toLowerCase() === author)
    );
  };
  return sends(a, b) || sends(b, a);
}

/**
 * Subject alone joins a reply (Re, AW, 回复 …) that names no parent to a mail of a person with the same base subject in
 * the same mailbox, at most 7 days older, where the author of one takes part in the other. Symmetric in its arguments.
 * Never the mails of a contact form: they are automatic, or share no person but the form and the mailbox itself.
 */
export function joinedBySubject(a: SubjectSide, b: SubjectSide, ownAddress: string): boolean {
  if (a.mailboxId !== b.mailboxId || a.subjectKey !== b.subjectKey) return false;
  if (!canJoinBySubject(a) || !canJoinBySubject(b)) return false;
  const answers = (reply: SubjectSide, other: SubjectSide): boolean =>
    isBareReply(reply) &&
    other.receivedAtMs - reply.receivedAtMs <= clockSkewMs &&
    reply.receivedAtMs - other.receivedAtMs <= subjectWindowMs;
  return (answers(a, b) || answers(b, a)) && peopleMeet(a, b, ownAddress);
}
