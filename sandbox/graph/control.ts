/** The admin's hand on Graph: counters, faults, and what happens to tokens and subscriptions. */
import type { MailControl } from "../contract.ts";
import type { GraphContext } from "./call.ts";
import { faultKinds, parseFault } from "./faults.ts";
import { outlookLimits } from "./limits.ts";
import type { Notifications } from "./notifications.ts";

const fieldOf = (body: unknown, name: string): unknown =>
  typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;

export function createControl(context: GraphContext, notifications: Notifications): MailControl {
  const { store, traffic, limits, faults, subscriptions, now } = context;
  return {
    counters: (mailboxId) => ({ ...traffic.read(mailboxId), limits: outlookLimits }),
    faults: (mailboxId) => faults.of(mailboxId),
    subscriptions: (mailboxId) => subscriptions.of(mailboxId),
    notifications: (mailboxId) => notifications.log.of(mailboxId),
    changes: {
      "/admin/counters/reset": (mailboxId) => {
        traffic.reset(mailboxId);
        limits.reset(mailboxId);
      },
      "/admin/faults": (mailboxId, body) => {
        const fault = parseFault(body, now());
        if (typeof fault === "string") return fault;
        faults.add(mailboxId, fault);
      },
      "/admin/faults/clear": (mailboxId, body) => {
        const wanted = fieldOf(body, "fault");
        const kind = faultKinds.find((one) => one === wanted) ?? null;
        if (wanted !== undefined && kind === null) return `'fault' must be one of ${faultKinds.join(", ")}`;
        faults.clear(mailboxId, kind);
      },
      "/admin/graph/deltas/expire": (mailboxId) => store.items.raiseEpoch(mailboxId),
      "/admin/graph/subscriptions/remove": (mailboxId, body) => {
        for (const subscription of subscriptions.of(mailboxId)) {
          subscriptions.remove(subscription.id);
          if (fieldOf(body, "notice") !== false) notifications.lifecycle(subscription, "subscriptionRemoved");
        }
      },
      "/admin/graph/subscriptions/lifecycle": (mailboxId, body) => {
        const event = fieldOf(body, "event");
        if (event !== "reauthorizationRequired" && event !== "missed") {
          return "'event' must be reauthorizationRequired or missed";
        }
        for (const subscription of subscriptions.of(mailboxId)) notifications.lifecycle(subscription, event);
      },
    },
  };
}
