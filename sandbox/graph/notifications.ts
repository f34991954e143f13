/**
 * Sends change notifications, and those of a subscription's life. What happens in one turn goes in one request.
 * https://learn.microsoft.com/graph/change-notifications-delivery-webhooks,
 * https://learn.microsoft.com/graph/change-notifications-lifecycle-events
 */
import type { ItemChange } from "../mail/store/item-store.ts";
import type { GraphContext } from "./call.ts";
import { messageId, readId } from "./ids.ts";
import { NotificationLog, type SentNotification } from "./notification-log.ts";
import type { ChangeType, Subscription } from "./subscription-list.ts";

/** Microsoft goes on for four hours; a test has not as long. Milliseconds. */
const retriesMs = [250, 1000, 5000, 15_000];
const answerMs = 10_000;

export type LifecycleEvent = "reauthorizationRequired" | "subscriptionRemoved" | "missed";

export type Notifications = {
  /** Tells a subscription's own address for such things; false where it has none. */
  lifecycle(subscription: Subscription, event: LifecycleEvent): boolean;
  log: NotificationLog;
  stop(): void;
};

type Poster = {
  log: NotificationLog;
  later(ms: number, work: () => void): void;
  post(mailboxId: number, url: string, body: { value: object[] }, attempt?: number): void;
  stop(): void;
};

/** Sends, and sends again what was not taken, until it is stopped. */
function createPoster(context: GraphContext): Poster {
  const timers = new Set<NodeJS.Timeout>();
  const log = new NotificationLog();
  let isStopped = false;
  const later = (ms: number, work: () => void): void => {
    if (isStopped) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  };
  const post: Poster["post"] = (mailboxId, url, body, attempt = 0) => {
    context.traffic.of(mailboxId).notificationsSent++;
    const sent = { at: context.now(), attempt, tells: body.value.map((one) => toldBy(context, one)) };
    const noted: SentNotification = { ...sent, status: null, answerMs: null };
    log.note(mailboxId, noted);
    void delivered(url, body, noted).then((isTaken) => {
      const wait = retriesMs[attempt];
      if (!isTaken && wait !== undefined) later(wait, () => post(mailboxId, url, body, attempt + 1));
      return isTaken;
    });
  };
  return {
    log,
    later,
    post,
    stop() {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** Begins to tell of every change from now on. */
export function startNotifications(context: GraphContext): Notifications {
  const { store } = context;
  const { log, later, post, stop } = createPoster(context);
  let told = store.items.lastChange("item_change");
  let isDue = false;
  const tell = (): void => {
    isDue = false;
    const changes = store.items.changesAfter(told);
    told = changes.at(-1)?.seq ?? told;
    for (const subscription of context.subscriptions.all()) {
      const { mailboxId, notificationUrl: url } = subscription;
      const value = changes.flatMap((change) => notification(context, subscription, change) ?? []);
      for (const { ms, value: sent } of departures(context, mailboxId, value))
        later(ms, () => post(mailboxId, url, { value: sent }));
    }
  };
  const unsubscribe = store.feed.subscribeAll(() => {
    if (context.subscriptions.all().length === 0) {
      told = store.items.lastChange("item_change");
      return;
    }
    if (!isDue) later(0, tell);
    isDue = true;
  });
  return {
    log,
    lifecycle(subscription, lifecycleEvent) {
      const { lifecycleNotificationUrl: url, mailboxId } = subscription;
      if (url !== null) post(mailboxId, url, { value: [{ ...common(subscription), lifecycleEvent }] });
      return url !== null;
    },
    stop() {
      unsubscribe();
      stop();
    },
  };
}

/** @param noted where the answer is written down */
async function delivered(url: string, body: object, noted: SentNotification): Promise<boolean> {
  const began = performance.now();
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(answerMs),
    });
    await response.arrayBuffer();
    noted.status = response.status;
    noted.answerMs = performance.now() - began;
    return response.ok;
  } catch {
    // Nobody there, or too slow: it is tried again.
    return false;
  }
}

/** When, and how often, each notification leaves: by the faults of the mailbox. */
function departures(
  { faults }: GraphContext,
  mailboxId: number,
  value: object[],
): { ms: number; value: object[] }[] {
  const byWait = new Map<number, object[]>();
  for (const one of value) {
    if (faults.strikes(mailboxId, "notificationsLost")) continue;
    const ms = faults.strikes(mailboxId, "notificationsDelayed")?.ms ?? 0;
    const times = faults.strikes(mailboxId, "notificationsDoubled") ? 2 : 1;
    for (let count = 0; count < times; count++) byWait.set(ms, [...(byWait.get(ms) ?? []), one]);
  }
  return [...byWait].map(([ms, sent]) => ({ ms, value: sent }));
}

/** For the log. */
function toldBy({ store }: GraphContext, notified: object): SentNotification["tells"][number] {
  const { changeType, lifecycleEvent, resourceData } = notified as {
    changeType?: string;
    lifecycleEvent?: string;
    resourceData?: { id: string };
  };
  const item = resourceData === undefined ? null : store.items.find(readId(resourceData.id).id);
  return { what: changeType ?? lifecycleEvent ?? "", messageId: item?.internetMessageId ?? null };
}

const common = (subscription: Subscription): object => ({
  subscriptionId: subscription.id,
  subscriptionExpirationDateTime: new Date(subscription.expiresAt).toISOString(),
  tenantId: subscription.tenantId,
  ...(subscription.clientState === null ? {} : { clientState: subscription.clientState }),
});

function notification(context: GraphContext, to: Subscription, change: ItemChange): object | null {
  const changeType: ChangeType = change.gone ? "deleted" : change.born === change.seq ? "created" : "updated";
  if (!to.changeTypes.includes(changeType)) return null;
  if (to.folderId !== null && to.folderId !== change.folderId) return null;
  if (context.store.folders.byId(change.folderId)?.mailboxId !== to.mailboxId) return null;
  const id = messageId(
    { mailboxId: to.mailboxId, id: change.messageId, entry: change.entry },
    to.immutableIds,
  );
  const resource = `Users/${to.ownerOid}/Messages/${id}`;
  return {
    ...common(to),
    changeType,
    resource,
    resourceData: {
      "@odata.type": "#Microsoft.Graph.Message",
      "@odata.id": resource,
      "@odata.etag": `W/"${change.seq}"`,
      id,
    },
  };
}
