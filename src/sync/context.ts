/** What every part of one mailbox's sync works with, and the one way it writes: fenced, serial, events last. */
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { FetchedMessage } from "../protocol/mail-source.ts";
import type { PackedMessage } from "../protocol/mime/types.ts";
import { appendEvents } from "../store/events.ts";
import { withFence, type Fence, type FenceOptions } from "../store/fence.ts";
import type { InboxPort } from "../store/inbox-port.ts";
import type { NewEvent } from "../store/new-event.ts";
import type { MailboxState } from "../store/mailboxes.ts";
import type { PlannerStatistics } from "../store/planner-statistics.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import type { Transport } from "../store/transport.ts";
import type { LeftKeys } from "./moved.ts";
import type { Mutex } from "./mutex.ts";
import type { OriginalBlobs } from "./originals.ts";
import type { RightOfWay } from "./right-of-way.ts";

/** Turns fetched content into a message; the pool of worker threads implements it. Never throws for bad content. */
export interface Parser {
  /** @param urgent before all that is not: somebody waits for it */
  parse(content: FetchedMessage["content"], urgent?: boolean): Promise<PackedMessage>;
  /** Resolves when there is room for more. */
  ready(): Promise<void>;
}

export interface SyncContext {
  tenant: TenantDb;
  mailboxId: string;
  /** The mailbox's own address, as the user wrote it. */
  address: string;
  transport: Transport;
  /** The mailbox's state as it was read when this turn began, then as we last wrote it. */
  said: { state: MailboxState };
  owner: string;
  fence: number;
  clock: Clock;
  log: Log;
  inbox: InboxPort;
  parser: Parser;
  statistics: PlannerStatistics;
  /** Null: originals are never kept. */
  blobs: OriginalBlobs | null;
  /** Of this process: imports give way to looks at live mail. */
  way: RightOfWay;
  /** Transactions of this mailbox run one after the other in this process; the fence keeps other processes out. */
  writes: Mutex;
  /** Places that were taken away, by their keys. */
  left: LeftKeys;
  /** Looks at the server that decide removals, and changes of ours there, must not overlap. */
  looks: Mutex;
}

const maxSerialisationTries = 4;

const isSerialisationFailure = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "40P01" || error.code === "40001");

/**
 * One sync transaction: the fence is checked first, `work` writes, the events it collected get their numbers last
 * (sync.md 3 and 12). Deadlocks are tried again. `exclusive` for work that changes the mailbox's own row.
 *
 * @throws `fence_lost` when another process owns the mailbox
 */
export async function writeMailbox<T>(
  ctx: SyncContext,
  work: (tx: TenantDb, events: NewEvent[]) => Promise<T>,
  options: FenceOptions = {},
): Promise<T> {
  return ctx.writes.run(async () => {
    for (let tries = 1; ; tries++) {
      try {
        return await withFence(ctx.tenant, fenceOf(ctx), (tx) => numbered(tx, work), {
          ...options,
          log: ctx.log,
        });
      } catch (error) {
        if (!isSerialisationFailure(error) || tries >= maxSerialisationTries) throw error;
      }
    }
  });
}

const fenceOf = ({ mailboxId, owner, fence }: SyncContext): Fence => ({ mailboxId, owner, fence });

async function numbered<T>(tx: TenantDb, work: (tx: TenantDb, events: NewEvent[]) => Promise<T>): Promise<T> {
  const events: NewEvent[] = [];
  const result = await work(tx, events);
  await appendEvents(tx, events);
  return result;
}
