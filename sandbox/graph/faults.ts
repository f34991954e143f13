/**
 * What goes wrong by order: faults that a test puts on a mailbox, for a while or for a number of times. They are part of
 * this start alone and forgotten at its end.
 */
import {
  accessDenied,
  GraphError,
  mailboxNotEnabled,
  syncStateGone,
  syncStateNotFound,
  throttled,
} from "./errors.ts";

export const faultKinds = [
  /** 429 with Retry-After of `retryAfterSeconds` (default 10). */
  "throttled",
  /** 503 with Retry-After of `retryAfterSeconds`, without when that is not given. */
  "unavailable",
  /** ErrorAccessDenied, as when the permission was taken away. */
  "accessDenied",
  /** MailboxNotEnabledForRESTAPI. */
  "mailboxNotEnabled",
  /** Delta requests with a token are answered 410 SyncStateNotFound. */
  "deltaGone",
  /** The same as 404 syncStateNotFound. */
  "deltaNotFound",
  /** Each answer comes `ms` later. */
  "delay",
  /** In a batch the access token ends after `after` requests (default 1), for good. */
  "tokenEndsInBatch",
  /** Delta pages repeat entries of the page before. */
  "replays",
  /** Notifications never leave, leave twice, or `ms` later. */
  "notificationsLost",
  "notificationsDoubled",
  "notificationsDelayed",
] as const;

export type FaultKind = (typeof faultKinds)[number];

export type Fault = {
  kind: FaultKind;
  /** Milliseconds since 1970 at which it ends; null: by `times` or by order. */
  until: number | null;
  /** How often it still strikes; null: any number of times. */
  times: number | null;
  /** From 0 to 1. */
  probability: number;
  retryAfterSeconds: number | null;
  ms: number;
  after: number;
};

/** Reads the order for a fault; a text says what is wrong with it. Pure. `now` in milliseconds since 1970. */
export function parseFault(body: unknown, now: number): Fault | string {
  if (typeof body !== "object" || body === null) return "a JSON object is wanted";
  const kind = faultKinds.find((one) => one === Reflect.get(body, "fault"));
  if (!kind) return `'fault' must be one of ${faultKinds.join(", ")}`;
  const numbers: Record<string, number | null> = {};
  for (const name of ["forSeconds", "times", "probability", "retryAfterSeconds", "ms", "after"]) {
    const value: unknown = Reflect.get(body, name) ?? null;
    if (value !== null && (typeof value !== "number" || !(value >= 0))) return `'${name}' must be a number`;
    numbers[name] = value;
  }
  const { forSeconds = null, times = null, probability, retryAfterSeconds = null, ms, after } = numbers;
  return {
    kind,
    until: forSeconds === null ? null : now + forSeconds * 1000,
    times,
    probability: probability ?? 1,
    retryAfterSeconds,
    ms: ms ?? 1000,
    after: after ?? 1,
  };
}

export class Faults {
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #faults = new Map<number, Fault[]>();

  constructor(now: () => number, random: () => number) {
    this.#now = now;
    this.#random = random;
  }

  add(mailboxId: number, fault: Fault): void {
    this.#faults.set(mailboxId, [...this.of(mailboxId), fault]);
  }

  /** Those that can still strike. */
  of(mailboxId: number): Fault[] {
    const now = this.#now();
    const lasting = (this.#faults.get(mailboxId) ?? []).filter(
      (fault) => (fault.until === null || fault.until > now) && fault.times !== 0,
    );
    this.#faults.set(mailboxId, lasting);
    return lasting;
  }

  /** Ends those of a kind, or all. */
  clear(mailboxId: number, kind: FaultKind | null): void {
    const left = kind === null ? [] : this.of(mailboxId).filter((fault) => fault.kind !== kind);
    this.#faults.set(mailboxId, left);
  }

  /** The fault of that kind that strikes now, which counts as once; null if none does. */
  strikes(mailboxId: number, kind: FaultKind): Fault | null {
    const fault = this.of(mailboxId).find((one) => one.kind === kind);
    if (!fault || this.#random() >= fault.probability) return null;
    if (fault.times !== null) fault.times--;
    return fault;
  }

  /** Milliseconds by which an answer is late. */
  delayMs(mailboxId: number): number {
    return this.strikes(mailboxId, "delay")?.ms ?? 0;
  }

  /** @throws GraphError that a fault gives in place of the answer */
  refuse(mailboxId: number): void {
    if (this.strikes(mailboxId, "mailboxNotEnabled")) throw mailboxNotEnabled();
    if (this.strikes(mailboxId, "accessDenied")) throw accessDenied();
    const slow = this.strikes(mailboxId, "throttled");
    if (slow)
      throw throttled("Application is over its MailboxConcurrency limit.", slow.retryAfterSeconds ?? 10);
    const down = this.strikes(mailboxId, "unavailable");
    if (down) {
      const wait = down.retryAfterSeconds;
      throw new GraphError(
        503,
        "ServiceUnavailable",
        "The service is temporarily unavailable. Please retry after sometime.",
        wait === null ? {} : { "retry-after": String(wait) },
      );
    }
  }

  /** @throws GraphError that a fault gives in place of a delta round's next page */
  refuseDelta(mailboxId: number): void {
    if (this.strikes(mailboxId, "deltaGone")) throw syncStateGone();
    if (this.strikes(mailboxId, "deltaNotFound")) throw syncStateNotFound();
  }
}
