/** The search index behind the messages. */
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
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

test("every message is found by its words; a text that cannot be indexed does not hold up the others", async () => {
  const rig = await syncRig(database.pool, parser);
  const { tenant } = rig.ctx;
  const inbox = rig.server.folder("INBOX", "inbox");
  await rig.choose("INBOX");
  for (let n = 0; n < 5; n++)
    inbox.add(mail({ id: `i${n}@x`, subject: `Subject ${n}`, text: "zebra crossing" }));
  await rig.backfill();
  const [first] = await rig.messages();
  const tooLong = Array.from({ length: 200_000 }, (_, n) => `word${n}`).join(" ");
  await tenant.db
    .updateTable("search_queue")
    .set({ content: tooLong })
    .where("workspace_id", "=", tenant.workspaceId)
    .where("message_id", "=", first!.id)
    .execute();
  const indexer = createSearchIndexer(tenant, { clock: systemClock, log: silentLog });
  indexer.poke();
  await indexer.idle();
  const { rows } = await sql<{ found: number; waiting: number; indexed: number }>`
    SELECT count(*) FILTER (WHERE s.words @@ plainto_tsquery('simple', 'zebra'))::int AS found, count(s.message_id)::int AS indexed,
      count(q.message_id)::int AS waiting
    FROM messages m LEFT JOIN message_search s ON s.workspace_id = m.workspace_id AND s.message_id = m.id
    LEFT JOIN search_queue q ON q.workspace_id = m.workspace_id AND q.message_id = m.id
    WHERE m.workspace_id = ${tenant.workspaceId}::uuid`.execute(tenant.db);
  expect(rows[0]).toEqual({ found: 4, indexed: 5, waiting: 0 });
});
