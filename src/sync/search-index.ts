/**
 * The search index, in batches behind the messages: within their transaction it would double its cost. An import comes first:
 * its index waits for its end, and one that takes longer than a minute gives up a tenth of its time. New mail that comes
 * meanwhile waits for neither: it is indexed alone, at once. A batch keeps a processor busy, so that all but new mail gives
 * way to looks at live mail.
 */
import { sql } from "kysely";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import type { RightOfWay } from "./right-of-way.ts";
import { createWake, type Wake } from "./wake.ts";

const batchSize = 40;

type Which = "all" | "live";
const only = (which: Which) => (which === "all" ? sql`` : sql`AND live`);

/**
 * Indexes one batch of what waits in the workspace, or of what no import brought; processes may do it side by side.
 *
 * @returns how many were taken; fewer than the batch: all done
 */
async function indexBatch(tenant: TenantDb, limit: number, which: Which): Promise<number> {
  return tenant.transaction(async (tx) => {
    const { rows } = await sql<{ message_id: string }>`
      WITH waiting AS (
        SELECT message_id FROM search_queue WHERE workspace_id = ${tx.workspaceId}::uuid ${only(which)}
        ORDER BY message_id DESC LIMIT ${limit} FOR UPDATE SKIP LOCKED),
      taken AS (
        DELETE FROM search_queue q USING waiting
        WHERE q.workspace_id = ${tx.workspaceId}::uuid AND q.message_id = waiting.message_id
        RETURNING q.message_id, q.content)
      INSERT INTO message_search (workspace_id, message_id, words)
      SELECT ${tx.workspaceId}::uuid, message_id, to_tsvector('simple', content) FROM taken
      ON CONFLICT (workspace_id, message_id) DO UPDATE SET words = excluded.words
      RETURNING message_id, set_config('synchronous_commit', 'off', true)
    `.execute(tx.db); // a batch that a crash undoes stands in the queue again: nobody waits for the disk
    return rows.length;
  });
}

export interface SearchIndexer {
  /**
   * There is something to index; returns at once.
   *
   * @param importing true: more is to come right behind it; false: that was the last of an import
   */
  poke(importing?: boolean): void;
  /** Resolves when nothing waits any more, or the failed batch was logged. */
  idle(): Promise<void>;
  /** Ends after the batch that is under way; what waits is indexed after the next start. */
  stop(): Promise<void>;
}

const giveUpAfter = 3;
/** Batches at a time when nothing is imported. */
const lanes = 2;
/** An import has all of its time at first … */
const importAloneMs = 60_000;
/** … then the index takes one part in so many. */
const share = 10;
const longestPauseMs = 5_000;
/**
 * An import that has said nothing for so long waits for its server: the index need not stand back. On a busy machine a page
 * takes a second or two.
 */
const importingForMs = 5_000;
const longestWaitMs = 1_000;

interface IndexerDeps {
  clock: Clock;
  log: Log;
  way: RightOfWay;
}

/** Indexes in the background; one text that PostgreSQL refuses is indexed as empty. */
export function createSearchIndexer(tenant: TenantDb, deps: IndexerDeps): SearchIndexer {
  return new Indexer(tenant, deps);
}

class Indexer implements SearchIndexer {
  readonly #tenant: TenantDb;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #way: RightOfWay;
  /** Something changed that a pause may have waited for. */
  readonly #change: Wake;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  #again = false;
  #importBegan = Number.NEGATIVE_INFINITY;
  #importingUntil = Number.NEGATIVE_INFINITY;
  /** New mail may have been stored beside the import. */
  #fresh = false;

  constructor(tenant: TenantDb, { clock, log, way }: IndexerDeps) {
    this.#tenant = tenant;
    this.#clock = clock;
    this.#log = log;
    this.#way = way;
    this.#change = createWake(clock);
  }

  poke(importing?: boolean): void {
    if (importing === true) this.#noteImport();
    else {
      if (importing === false) this.#importingUntil = Number.NEGATIVE_INFINITY;
      else this.#fresh = true;
      this.#change.notify();
    }
    this.#again = true;
    this.#running ??= this.#work()
      .catch((error: unknown) => {
        if (!this.#stopped) this.#log.warn({ err: error }, "the search index waits for the next message");
      })
      .finally(() => {
        this.#running = null;
      });
  }

  async idle(): Promise<void> {
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("stopping"));
    await this.idle();
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #work(): Promise<void> {
    for (let failures = 0; !this.#stopped;) {
      this.#again = false;
      try {
        while (!this.#stopped && (await this.#step()));
        failures = 0;
      } catch (error) {
        if (this.#stopped) return;
        this.#log.warn({ err: error, failures }, "a batch of the search index failed");
        if (++failures > giveUpAfter) return;
        if ((await indexOneByOne(this.#tenant, this.#log)) === 0)
          await this.#clock.sleep(1_000 * failures, this.#stopping.signal);
        this.#again = true;
      }
      if (!this.#again) return;
    }
  }

  #noteImport(): void {
    const now = this.#clock.monotonic();
    if (now >= this.#importingUntil) this.#importBegan = now;
    this.#importingUntil = now + importingForMs;
  }

  get #importing(): boolean {
    return this.#clock.monotonic() < this.#importingUntil;
  }

  /** Returns whether more may wait. */
  async #step(): Promise<boolean> {
    await this.#letImportsGoFirst();
    if (!this.#importing) return this.#untilNoneWaits();
    if (this.#fresh) {
      this.#fresh = false; // first: more may come meanwhile
      while ((await indexBatch(this.#tenant, batchSize, "live")) === batchSize && !this.#stopped);
      return true;
    }
    const began = this.#clock.monotonic();
    const indexed = await this.#indexBulk();
    if (!this.#importing) return indexed > 0;
    const pauseMs = Math.min(longestPauseMs, (this.#clock.monotonic() - began) * (share - 1));
    await this.#change.wait(pauseMs, this.#stopping.signal);
    return indexed > 0;
  }

  async #letImportsGoFirst(): Promise<void> {
    while (this.#importing && !this.#fresh) {
      const now = this.#clock.monotonic();
      const aloneMs = this.#importBegan + importAloneMs - now;
      if (aloneMs <= 0) break;
      const waitMs = Math.min(aloneMs, this.#importingUntil - now, longestWaitMs);
      await this.#change.wait(waitMs, this.#stopping.signal);
    }
  }

  async #indexBulk(): Promise<number> {
    await this.#way.giveWay();
    return indexBatch(this.#tenant, batchSize, "all");
  }

  /** Several batches side by side; all of them end at the first that finds nothing more, or when an import begins. */
  async #untilNoneWaits(): Promise<boolean> {
    let indexed = await this.#indexBulk();
    const lane = async (): Promise<void> => {
      for (let last = batchSize; last === batchSize && !this.#stopped && !this.#importing;) {
        last = await this.#indexBulk();
        indexed += last;
      }
    };
    if (indexed === batchSize) {
      const results = await Promise.allSettled(Array.from({ length: lanes }, lane));
      for (const result of results) if (result.status === "rejected") throw result.reason;
    }
    return indexed > 0;
  }
}

/** Finds the text that the batch stumbled over, and indexes it as empty. */
async function indexOneByOne(tenant: TenantDb, log: Log): Promise<number> {
  let done = 0;
  for (const which of ["live", "all"] as const) {
    for (; done < batchSize; done++) {
      try {
        if ((await indexBatch(tenant, 1, which)) === 0) break;
      } catch (error) {
        log.warn({ err: error }, "a text cannot be indexed; its message is not found by its words");
        await sql`
          UPDATE search_queue SET content = '' WHERE workspace_id = ${tenant.workspaceId}::uuid AND message_id = (
            SELECT message_id FROM search_queue WHERE workspace_id = ${tenant.workspaceId}::uuid ${only(which)}
            ORDER BY message_id DESC LIMIT 1)
        `.execute(tenant.db);
      }
    }
  }
  return done;
}
