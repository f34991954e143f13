/** What was asked of each mailbox, counted since the start or the last reset, so that tests and benches can judge a client. */

export type Front = "imap" | "graph" | "pop3";

export type TrafficCounts = {
  /** Graph requests, those inside of batches not counted. */
  requests: number;
  batches: number;
  /** Requests inside of batches. */
  subRequests: number;
  /** Answers by status, sub-requests included. */
  byStatus: Record<string, number>;
  /** Graph requests by what they did: `GET messages/delta`. */
  byKind: Record<string, number>;
  bytesIn: number;
  bytesOut: number;
  /** The most that ran at once, refused ones included: 5 says that the limit was passed. */
  mostAtOnce: number;
  /** The most in any 10 minutes, refused ones included. */
  mostInTenMinutes: number;
  /** Answers of 429 because of Outlook's own limits, faults not counted. */
  overLimit: number;
  notificationsSent: number;
  /** Times that a message's body was handed out, by front. */
  bodies: Record<Front, number>;
  /** Messages whose body was handed out more than once, over all fronts. */
  bodiesAgain: number;
};

type Counted = TrafficCounts & { perMessage: Map<number, number> };

const nothing = (): Counted => ({
  requests: 0,
  batches: 0,
  subRequests: 0,
  byStatus: {},
  byKind: {},
  bytesIn: 0,
  bytesOut: 0,
  mostAtOnce: 0,
  mostInTenMinutes: 0,
  overLimit: 0,
  notificationsSent: 0,
  bodies: { imap: 0, graph: 0, pop3: 0 },
  bodiesAgain: 0,
  perMessage: new Map(),
});

export class Traffic {
  readonly #counts = new Map<number, Counted>();

  of(mailboxId: number): Counted {
    const known = this.#counts.get(mailboxId);
    if (known) return known;
    const made = nothing();
    this.#counts.set(mailboxId, made);
    return made;
  }

  /** `messageId` is the store's lasting number of the message. */
  bodyHandedOut(mailboxId: number, messageId: number, front: Front): void {
    const counts = this.of(mailboxId);
    counts.bodies[front]++;
    const times = (counts.perMessage.get(messageId) ?? 0) + 1;
    counts.perMessage.set(messageId, times);
    if (times === 2) counts.bodiesAgain++;
  }

  read(mailboxId: number): TrafficCounts {
    const { perMessage: _, ...counts } = this.of(mailboxId);
    return structuredClone(counts);
  }

  reset(mailboxId: number): void {
    this.#counts.delete(mailboxId);
  }
}
