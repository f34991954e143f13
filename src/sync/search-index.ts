/** The search index, in batches right behind the messages: within their transaction it would double its cost (traps). */
import { sql } from "kysely";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { TenantDb } from "../store/tenant-db.ts";

const batchSize = 200;

/**
 * Indexes one batch of what waits in the workspace; processes may do it side by side.
 *
 * @returns how many were taken; fewer than the batch: all done
 */
export async function indexBatch(tenant: TenantDb, limit = batchSize): Promise<number> {
  return tenant.transaction(async (tx) => {
    const { rows } = await sql<{ id: string }>`
      WITH waiting AS (
        SELECT id, search_pending FROM messages
        WHERE workspace_id = ${tx.workspaceId}::uuid AND search_pending IS NOT NULL
        ORDER BY id DESC LIMIT ${limit} FOR NO KEY UPDATE SKIP LOCKED),
      indexed AS (
        INSERT INTO message_search (workspace_id, message_id, words)
        SELECT ${tx.workspaceId}::uuid, id, to_tsvector('simple', search_pending) FROM waiting
        ON CONFLICT (workspace_id, message_id) DO UPDATE SET words = excluded.words)
      UPDATE messages m SET search_pending = NULL FROM waiting
      WHERE m.workspace_id = ${tx.workspaceId}::uuid AND m.id = waiting.id
      RETURNING m.id
    `.execute(tx.db);
    return rows.length;
  });
}

export interface SearchIndexer {
  /** There is something to index; returns at once. */
  poke(): void;
  /** Resolves when nothing waits any more, or the failed batch was logged. */
  idle(): Promise<void>;
}

const giveUpAfter = 3;

/** Indexes in the background, one batch after the other; one text that PostgreSQL refuses is indexed as empty. */
export function createSearchIndexer(
  tenant: TenantDb,
  { clock, log }: { clock: Clock; log: Log },
): SearchIndexer {
  let running: Promise<void> | null = null;
  let again = false;
  const work = async (): Promise<void> => {
    for (let failures = 0; ;) {
      again = false;
      try {
        while ((await indexBatch(tenant)) > 0);
        failures = 0;
      } catch (error) {
        log.warn({ err: error, failures }, "a batch of the search index failed");
        if (++failures > giveUpAfter) return;
        if ((await indexOneByOne(tenant, log)) === 0) await clock.sleep(1_000 * failures);
        again = true;
      }
      if (!again) return;
    }
  };
  const start = (): void => {
    running ??= work()
      .catch((error: unknown) => log.warn({ err: error }, "the search index waits for the next message"))
      .finally(() => {
        running = null;
      });
  };
  return {
    poke() {
      again = true;
      start();
    },
    idle: async () => {
      await running;
    },
  };
}

/** Finds the text that the batch stumbled over, and indexes it as empty. */
async function indexOneByOne(tenant: TenantDb, log: Log): Promise<number> {
  for (let done = 0; done < batchSize; done++) {
    try {
      if ((await indexBatch(tenant, 1)) === 0) return done;
    } catch (error) {
      log.warn({ err: error }, "a text cannot be indexed; its message is not found by its words");
      await sql`
        UPDATE messages SET search_pending = '' WHERE workspace_id = ${tenant.workspaceId}::uuid AND id = (
          SELECT id FROM messages WHERE workspace_id = ${tenant.workspaceId}::uuid AND search_pending IS NOT NULL ORDER BY id DESC LIMIT 1)
      `.execute(tenant.db);
    }
  }
  return batchSize;
}
