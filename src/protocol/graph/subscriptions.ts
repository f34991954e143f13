/**
 * Change notifications of a mailbox (learn.microsoft.com/graph/outlook-change-notifications-overview): a subscription to
 * all its messages, renewed before it ends and made anew when it was removed. It is a hint: what is lost is found by polling.
 *
 *   none ──create──→ active ──half its time──→ renew ─┬→ active
 *    ↑                 │ reauthorizationRequired ──→ ─┘└ 404 → none
 *    └─ removed, ended ┘          create refused → none, tried again within the hour
 */
import { z } from "zod";
import { isHitchpostError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { GraphClient } from "./client.ts";
import type { GraphPush } from "./watch.ts";

export interface StoredSubscription {
  id: string;
  /** Epoch milliseconds. */
  expiresAtMs: number;
}

/** What comes of a mailbox's notifications, from the one who receives them. */
export interface PushNews {
  /** `changed`: something in the mailbox; `missed`: notifications were lost; the others are of the subscription itself. */
  what: "changed" | "missed" | "removed" | "reauthorize";
}

export interface PushChannel {
  /** Where Graph sends to: https, reachable from outside. */
  notificationUrl: string;
  /** At most 128 characters; comes back with each notification. */
  clientState: string;
  load(): Promise<StoredSubscription | null>;
  save(subscription: StoredSubscription | null): Promise<void>;
  /** @returns ends it */
  listen(hear: (news: PushNews) => void): () => void;
}

/** Messages may be subscribed to for 10,080 minutes; two days do, and a mailbox that was removed is soon quiet. */
const lifeMs = 2 * 86_400_000;
const retryMs = 3_600_000;
const passingRetryMs = 60_000;
/** A notification that did not come may be lost, or its subscription is gone without a word: asked at most so often. */
const doubtMs = 600_000;

const subscriptionSchema = z.object({
  id: z.string().min(1),
  expirationDateTime: z.iso.datetime({ offset: true }),
});

const request = {
  what: "subscribing to changes",
  subject: "mailbox",
  urgency: "urgent",
  root: "version",
} as const;

const stored = ({ id, expirationDateTime }: z.infer<typeof subscriptionSchema>): StoredSubscription => ({
  id,
  expiresAtMs: Date.parse(expirationDateTime),
});

export async function createSubscription(
  client: GraphClient,
  { notificationUrl, clientState }: Pick<PushChannel, "notificationUrl" | "clientState">,
): Promise<StoredSubscription> {
  const made = await client.json(subscriptionSchema, {
    ...request,
    path: "/subscriptions",
    method: "POST",
    json: {
      changeType: "created,updated,deleted",
      notificationUrl,
      lifecycleNotificationUrl: notificationUrl,
      resource: `${client.mailboxPath.slice(1)}/messages`,
      expirationDateTime: new Date(client.clock.now() + lifeMs).toISOString(),
      clientState,
    },
  });
  return stored(made);
}

const subscriptionPath = (id: string): string => `/subscriptions/${encodeURIComponent(id)}`;

/** Renews, which also authorizes it anew. @returns null when it is not there any more */
export async function renewSubscription(client: GraphClient, id: string): Promise<StoredSubscription | null> {
  try {
    const renewed = await client.json(subscriptionSchema, {
      ...request,
      subject: "message",
      path: subscriptionPath(id),
      method: "PATCH",
      json: { expirationDateTime: new Date(client.clock.now() + lifeMs).toISOString() },
    });
    return stored(renewed);
  } catch (error) {
    if (isHitchpostError(error, "message_gone") || isHitchpostError(error, "not_connected")) return null;
    throw error;
  }
}

/** Keeps the mailbox subscribed while somebody watches it. */
export function createPush(client: GraphClient, channel: PushChannel, log: Log): GraphPush {
  let active = false;
  let doubtedAt = Number.NEGATIVE_INFINITY;
  const keepers = new Set<Keeper>();
  return {
    active: () => active,
    doubt() {
      const now = client.clock.monotonic();
      if (now - doubtedAt < doubtMs) return;
      doubtedAt = now;
      for (const keeper of keepers) keeper.hear("reauthorize");
    },
    subscribe(tell) {
      const stop = new AbortController();
      const keeper = new Keeper(client, channel, log, stop.signal, (now) => (active = now));
      const end = channel.listen(({ what }) => {
        keeper.hear(what);
        if (what !== "reauthorize") tell(null);
      });
      keepers.add(keeper);
      void keeper.run();
      return () => {
        keepers.delete(keeper);
        end();
        stop.abort(new Error("nobody watches the mailbox any more"));
        active = false;
      };
    },
  };
}

class Keeper {
  readonly #client: GraphClient;
  readonly #channel: PushChannel;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #tellActive: (now: boolean) => void;
  #wake: AbortController | null = null;
  #removed = false;
  #toRenew = false;

  constructor(
    client: GraphClient,
    channel: PushChannel,
    log: Log,
    signal: AbortSignal,
    tellActive: (now: boolean) => void,
  ) {
    this.#client = client;
    this.#channel = channel;
    this.#log = log;
    this.#signal = signal;
    this.#tellActive = tellActive;
    signal.addEventListener("abort", () => this.#wake?.abort(), { once: true });
  }

  hear(what: PushNews["what"]): void {
    if (what === "removed") this.#removed = true;
    else if (what === "reauthorize") this.#toRenew = true;
    else return;
    this.#wake?.abort();
  }

  /** Never rejects: without a subscription the mailbox is read by polling. */
  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      const waitMs = await this.#ensure().catch((error: unknown) => this.#failed(error));
      if (this.#signal.aborted) return;
      if (this.#removed || this.#toRenew) continue; // heard meanwhile
      this.#wake = new AbortController();
      await this.#client.clock.sleep(waitMs, this.#wake.signal).catch(() => undefined); // woken
      this.#wake = null;
    }
  }

  /** @returns milliseconds until it is to be looked after again */
  async #ensure(): Promise<number> {
    const [removed, toRenew] = [this.#removed, this.#toRenew];
    [this.#removed, this.#toRenew] = [false, false];
    const known = removed ? null : await this.#channel.load();
    const now = this.#client.clock.now();
    const isFresh = known !== null && !toRenew && known.expiresAtMs - now > lifeMs / 2;
    const kept = isFresh ? known : await this.#renewed(known, now);
    this.#tellActive(true);
    return Math.max(passingRetryMs, kept.expiresAtMs - this.#client.clock.now() - lifeMs / 2);
  }

  async #renewed(known: StoredSubscription | null, now: number): Promise<StoredSubscription> {
    const renewed =
      known !== null && known.expiresAtMs > now ? await renewSubscription(this.#client, known.id) : null;
    const kept = renewed ?? (await createSubscription(this.#client, this.#channel));
    await this.#channel.save(kept);
    return kept;
  }

  #failed(error: unknown): number {
    this.#tellActive(false);
    if (this.#signal.aborted) return 0;
    const passes = isHitchpostError(error) && error.retry === "later" && error.code !== "protocol_error";
    this.#log.warn({ err: error }, "Graph sends no notifications; the mailbox is read by polling");
    if (!passes) return retryMs;
    return Math.max(passingRetryMs, error.details.retryAfterMs ?? 0);
  }
}
