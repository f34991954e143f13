/** What is done from time to time: wakes snoozed conversations, prunes old events, attempts, uploads and blobs. */
import type { Pool } from "pg";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { wakeSnoozed } from "../inbox/conversation-update.ts";
import { pruneAttempts } from "../store/attempts.ts";
import type { Blobs } from "../store/blobs.ts";
import { pruneEvents } from "../store/events.ts";
import { listWorkspaceIds } from "../store/people.ts";
import { sweepBlobs } from "../store/sweep-blobs.ts";
import { tenantDb, type TenantDb } from "../store/tenant-db.ts";
import { pruneUploads } from "../store/uploads.ts";

interface UpkeepParts {
  pool: Pool;
  blobs: Blobs;
  clock: Clock;
  log: Log;
  /** What connecting has left behind. */
  tidy(tenant: TenantDb): Promise<void>;
  /** Writes to people about mailboxes that need somebody. */
  notify(tenant: TenantDb): Promise<number>;
}

const everyMs = 30_000;
/** Pruning is done once in so many rounds: about hourly. */
const pruneEveryRounds = 120;
const keepEventsMs = 7 * 86_400_000;

export function startUpkeep({ pool, blobs, clock, log, tidy, notify }: UpkeepParts): {
  stop(): Promise<void>;
} {
  const stopping = new AbortController();
  const prune = async (tenant: TenantDb): Promise<void> => {
    await pruneEvents(tenant, new Date(clock.now() - keepEventsMs));
    await pruneAttempts(tenant);
    await pruneUploads(tenant, blobs);
    await sweepBlobs(blobs, tenant, clock.now());
  };
  const round = async (number: number): Promise<void> => {
    for (const workspaceId of await listWorkspaceIds(pool)) {
      stopping.signal.throwIfAborted();
      const tenant = tenantDb(pool, workspaceId);
      await wakeSnoozed(tenant, clock);
      await tidy(tenant);
      await notify(tenant);
      if (number % pruneEveryRounds === pruneEveryRounds - 1) await prune(tenant);
    }
  };
  const loop = async (): Promise<void> => {
    for (let number = 0; !stopping.signal.aborted; number++) {
      await clock.sleep(everyMs, stopping.signal).catch(() => undefined); // stopping: the loop's condition ends it
      if (stopping.signal.aborted) return;
      await round(number).catch((error: unknown) => {
        if (!stopping.signal.aborted)
          log.warn({ err: error }, "a round of upkeep failed; the next one tries again");
      });
    }
  };
  const running = loop();
  return {
    stop: async () => {
      stopping.abort(new Error("stopping"));
      await running;
    },
  };
}
