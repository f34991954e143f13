/** Graph mail over the sandbox's mailboxes, put together. */
import { join } from "node:path";
import type { HttpFront, MailControl, TokenVerifier } from "../contract.ts";
import type { MailStore } from "../mail/store/mail-store.ts";
import type { Persona } from "../personas.ts";
import type { Switches } from "../switches.ts";
import type { GraphContext } from "./call.ts";
import { createControl } from "./control.ts";
import { Faults } from "./faults.ts";
import { handleGraph } from "./front.ts";
import { Limits } from "./limits.ts";
import { startNotifications } from "./notifications.ts";
import { SubscriptionList } from "./subscription-list.ts";
import { Uploads } from "./uploads.ts";

export type GraphOptions = {
  graphUrl: string;
  /** Where subscriptions are kept; without it they end with the process. */
  dataDir?: string;
  store: MailStore;
  personas: readonly Persona[];
  tokens: TokenVerifier;
  switches: Switches;
  now: () => number;
  /** From 0 up to 1, for faults that strike now and then. Default Math.random. */
  random?: () => number;
  log: (error: unknown) => void;
};

export type Graph = {
  context: GraphContext;
  handle: HttpFront;
  control: MailControl;
  /** No more notifications. */
  stop(): void;
};

export function createGraph(options: GraphOptions): Graph {
  const { now, random = Math.random } = options;
  const file = options.dataDir === undefined ? null : join(options.dataDir, "subscriptions.json");
  const context: GraphContext = {
    ...options,
    random,
    traffic: options.store.traffic,
    limits: new Limits(now),
    faults: new Faults(now, random),
    uploads: new Uploads(),
    subscriptions: new SubscriptionList(file, now),
    endedTokens: new Set(),
  };
  const notifications = startNotifications(context);
  return {
    context,
    handle: (req, res, path) => handleGraph(context, req, res, path),
    control: createControl(context, notifications),
    stop: () => notifications.stop(),
  };
}
