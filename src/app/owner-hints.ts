/** Tells the process that owns a mailbox, whichever it is, that something was changed for it. */
import type { Pool } from "pg";
import type { Log } from "../core/log.ts";
import type { EventHints } from "../store/event-hints.ts";
import { requestRetry } from "../store/mailbox-requests.ts";
import { tenantDb } from "../store/tenant-db.ts";

/**
 * A hint to all processes; for a mailbox that waits after a failure, a request to try again now as well.
 *
 * @returns never rejects
 */
export const createNudge =
  (pool: Pool, hints: EventHints, log: Log) =>
  async (workspaceId: string, mailboxId: string): Promise<void> => {
    await requestRetry(tenantDb(pool, workspaceId), mailboxId).catch((error: unknown) =>
      log.warn({ err: error, mailboxId }, "a mailbox was not asked to try again now; it does so at its time"),
    );
    hints.hint(workspaceId);
  };
