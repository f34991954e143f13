/** Importing into an empty database must not get slower with every message. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { createPool } from "../../src/store/pool.ts";
import { createSearchIndexer } from "../../src/sync/search-index.ts";
import { mail } from "../support/fake-source.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";
import { syncRig, testParser } from "../support/sync-rig.ts";

let database: TestDatabase;
let parser: ParsePool;
beforeAll(async () => {
  database = await testDatabase();
  parser = testParser();
});
afterAll(async () => {
  await parser.close();
  await database.close();
});

/** Rows of the table `messages` that were read through its indexes or without them. */
async function rowsRead(): Promise<number> {
  const { rows } = await database.pool.query<{ read: string }>(`
    SELECT (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'messages')
      + (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'messages') AS read`);
  return Number(rows[0]!.read);
}

test("the rows read for a message stay few while the mailbox grows", async () => {
  const count = 2_000;
  const pool = createPool(database.url, { log: silentLog, max: 4 });
  const rig = await syncRig(pool, parser);
  const inbox = rig.server.folder("INBOX", "inbox");
  await rig.choose("INBOX");
  for (let n = 0; n < count; n++) inbox.add(mail({ id: `i${n}@x`, subject: `Subject ${n}`, text: "hello" }));
  const indexer = createSearchIndexer(rig.ctx.tenant, {
    clock: systemClock,
    log: silentLog,
    way: rig.ctx.way,
  });
  await rig.backfill();
  indexer.poke();
  await indexer.idle();
  await rig.ctx.statistics.idle();
  await pool.end(); // a connection that ends hands in its counts
  expect((await rowsRead()) / count).toBeLessThan(200); // about 35; without statistics 930, and more with every message
});
