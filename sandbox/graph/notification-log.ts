/** What was sent to clients' own addresses and how they answered: the newest of each mailbox, for whoever measures a client. */

export type SentNotification = {
  /** Milliseconds since 1970. */
  at: number;
  /** From 0. */
  attempt: number;
  /** What it tells of: `created`, `missed`; the Message-ID where there is a message still. */
  tells: { what: string; messageId: string | null }[];
  /** The answer's; null: not yet, or none came. */
  status: number | null;
  /** Until the answer. */
  answerMs: number | null;
};

const keptOfMailbox = 1000;

export class NotificationLog {
  readonly #sent = new Map<number, SentNotification[]>();

  note(mailboxId: number, sent: SentNotification): void {
    const list = this.#sent.get(mailboxId) ?? [];
    this.#sent.set(mailboxId, list);
    list.push(sent);
    if (list.length > keptOfMailbox) list.shift();
  }

  /** Oldest first. */
  of(mailboxId: number): SentNotification[] {
    return [...(this.#sent.get(mailboxId) ?? [])];
  }
}
