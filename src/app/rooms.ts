/** Constructs what `serve` and `worker` have in common: hints, connecting, the inbox, and the sync. */
import { createHash } from "node:crypto";
import { systemClock } from "../core/clock.ts";
import { createConnectService, type ConnectService } from "../connect/service.ts";
import type { Log } from "../core/log.ts";
import { createInbox } from "../inbox/inbox.ts";
import { createParsePool } from "../protocol/mime/pool.ts";
import { createEventHints, type EventHints } from "../store/event-hints.ts";
import type { KeyRing, SecretKey } from "../store/secrets.ts";
import type { InboxPort } from "../store/inbox-port.ts";
import { startSupervisor, type Supervisor } from "../sync/supervisor.ts";
import { createApps, type SandboxLook } from "./apps.ts";
import type { Config } from "./config.ts";
import { createGraphPushDesk, type GraphPushDesk } from "./graph-push.ts";
import { createOutboxRunner } from "./outbox-runner.ts";
import { createNudge } from "./owner-hints.ts";
import { createMailServers } from "./servers.ts";
import type { Storage } from "./storage.ts";
import type { Teardown } from "./teardown.ts";

export interface Rooms {
  hints: EventHints;
  connect: ConnectService;
  inbox: InboxPort;
  /** Tells a mailbox's owner, in whatever process, that something was changed for it. */
  nudge(workspaceId: string, mailboxId: string): Promise<void>;
  /** Change notifications of Graph. */
  push: GraphPushDesk;
}

export interface RoomParts {
  config: Config;
  log: Log;
  storage: Storage;
  publicUrl: string;
  sandbox: SandboxLook;
  teardown: Teardown;
}

export function openRooms({ config, log, storage, publicUrl, sandbox, teardown }: RoomParts): Rooms {
  const { pool, ring } = storage;
  const clock = systemClock;
  const hints = createEventHints(pool, { log });
  teardown.add("the event hints", () => hints.close());
  const apps = createApps(config, publicUrl, clock, sandbox);
  const { allowPrivateHosts } = config;
  const push = createGraphPushDesk({ pool, hints, log, publicUrl, keys: keysFor("notifications", ring) });
  const servers = createMailServers({ allowPrivateHosts, apps, clock, log, push });
  const nudge = createNudge(pool, hints, log);
  const parts = { pool, clock, log, ring, apps, publicUrl, allowPrivateHosts, ...servers, nudge };
  const connect = createConnectService(parts);
  teardown.add("connecting", () => connect.close());
  return { hints, connect, inbox: createInbox({ clock }), nudge, push };
}

/** A key for one purpose, of the installation's own. */
export const keyFor = (what: string, ring: KeyRing): Buffer => keysFor(what, ring)[0];

/** The same, then those of the keys that a rotation has left behind. */
function keysFor(what: string, { current, others }: KeyRing): [Buffer, ...Buffer[]] {
  const derived = ({ key }: SecretKey): Buffer => createHash("sha256").update(what).update(key).digest();
  return [derived(current), ...others.map(derived)];
}

interface SyncParts extends Pick<RoomParts, "config" | "log" | "storage" | "teardown"> {
  rooms: Rooms;
}

/** Takes this process's share of the mailboxes until the teardown. */
export async function startSync(
  kind: "serve" | "worker",
  { config, log, storage, rooms, teardown }: SyncParts,
): Promise<Supervisor> {
  const { pool, blobs } = storage;
  const { hints, connect, inbox } = rooms;
  const clock = systemClock;
  const parser = createParsePool({ size: config.parseWorkers, log });
  teardown.add("the parsers", () => parser.close());
  parser.warm();
  const supervisor = await startSupervisor({
    pool,
    clock,
    log,
    facts: { kind, hostname: config.hostname, pid: process.pid, maxMailboxes: config.maxMailboxes },
    hints,
    inbox,
    parser,
    blobs,
    openSource: async (tenant, mailbox) => connect.openSource(tenant, mailbox),
    runOutbox: createOutboxRunner({ clock, log, blobs, connect }),
    onFailure: connect.onFailure,
    onNews: rooms.push.tell,
    onConnected: (tenant, mailbox) => connect.onRecovery(tenant, mailbox.id),
  });
  teardown.add("the sync", () => supervisor.stop());
  return supervisor;
}
