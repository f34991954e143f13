/**
 * Change notifications of Microsoft Graph on their way: from the public route, in whatever process it is asked, to the
 * source that watches the mailbox, in the process that owns it. Who tells us so proves it by a secret of the mailbox.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Pool } from "pg";
import type { MailboxRef } from "../connect/parts.ts";
import type { Log } from "../core/log.ts";
import type { PushChannel, PushNews } from "../protocol/graph/subscriptions.ts";
import type { EventHints } from "../store/event-hints.ts";
import { readSubscription, saveSubscription } from "../store/graph-subscriptions.ts";
import { tellOwner } from "../store/mailbox-requests.ts";
import { tenantDb } from "../store/tenant-db.ts";

export const notificationPath = "/v1/notifications/graph";

export interface GraphPushDesk {
  /** How a mailbox's source is told; undefined where Graph cannot reach us. */
  channelFor(of: MailboxRef, graphUrl: string): PushChannel | undefined;
  /** A notification came in. @returns false when its secret is not ours. Rejects when the database does */
  receive(clientState: string, what: PushNews["what"]): Promise<boolean>;
  /** For a mailbox of this process. */
  tell(mailboxId: string, what: PushNews["what"]): void;
}

interface Parts {
  pool: Pool;
  hints: Pick<EventHints, "hint">;
  log: Log;
  publicUrl: string;
  /** Secrets of this installation, for this purpose alone: the first signs, any is believed (a subscription outlives a rotation). */
  keys: readonly [Buffer, ...Buffer[]];
}

export function createGraphPushDesk({ pool, hints, log, publicUrl, keys }: Parts): GraphPushDesk {
  const listeners = new Map<string, Set<(news: PushNews) => void>>();
  const stateOf = ({ workspaceId, mailboxId }: MailboxRef, key: Buffer = keys[0]): string =>
    `${workspaceId}.${mailboxId}.${createHmac("sha256", key).update(`${workspaceId}.${mailboxId}`).digest("base64url")}`;
  const tell = (mailboxId: string, what: PushNews["what"]): boolean => {
    const here = listeners.get(mailboxId) ?? new Set();
    for (const hear of here) hear({ what });
    return here.size > 0;
  };
  return {
    channelFor(of, graphUrl) {
      if (!canBeNotified(publicUrl, graphUrl)) return undefined;
      const tenant = tenantDb(pool, of.workspaceId);
      return {
        notificationUrl: `${publicUrl}${notificationPath}`,
        clientState: stateOf(of),
        load: () => readSubscription(tenant, of.mailboxId),
        save: (subscription) => saveSubscription(tenant, of.mailboxId, subscription),
        listen: (hear) => listenTo(listeners, of.mailboxId, hear),
      };
    },
    async receive(clientState, what) {
      const of = readState(clientState);
      if (of === null || !keys.some((key) => sameText(clientState, stateOf(of, key)))) return false;
      if (tell(of.mailboxId, what)) return true;
      const told = await tellOwner(tenantDb(pool, of.workspaceId), of.mailboxId, what);
      if (told) hints.hint(of.workspaceId);
      log.debug({ mailboxId: of.mailboxId, what }, "a notification of Graph was passed on");
      return true;
    },
    tell: (mailboxId, what) => void tell(mailboxId, what),
  };
}

const isSecure = (url: string): boolean => URL.parse(url)?.protocol === "https:";

/** Graph sends to https alone; a stand-in that is itself spoken to in clear may send so, too. */
export function canBeNotified(publicUrl: string, graphUrl: string): boolean {
  return isSecure(publicUrl) || !isSecure(graphUrl);
}

function listenTo(
  listeners: Map<string, Set<(news: PushNews) => void>>,
  mailboxId: string,
  hear: (news: PushNews) => void,
): () => void {
  const here = listeners.get(mailboxId) ?? new Set();
  listeners.set(mailboxId, here.add(hear));
  return () => {
    here.delete(hear);
    if (here.size === 0 && listeners.get(mailboxId) === here) listeners.delete(mailboxId);
  };
}

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const statePattern = new RegExp(`^(${uuid})\\.(${uuid})\\.[\\w-]{43}$`);

function readState(clientState: string): MailboxRef | null {
  const [, workspaceId, mailboxId] = statePattern.exec(clientState) ?? [];
  return workspaceId === undefined || mailboxId === undefined ? null : { workspaceId, mailboxId };
}

/** In constant time. */
function sameText(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
