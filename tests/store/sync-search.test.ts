/** The search index behind the messages. */
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock, type Clock } from "../../src/core/clock.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { createRightOfWay } from "../../src/sync/right-of-way.ts";
import { createSearchIndexer } from "../../src/sync/search-index.ts";
import { mail } from "../support/fake-source.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";
import { syncRig, testParser, type SyncRig } from "../support/sync-rig.ts";
import { eventually } from "../support/eventually.ts";

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
  const indexer = createSearchIndexer(tenant, {
    clock: systemClock,
    log: silentLog,
    way: createRightOfWay(systemClock),
  });
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

async function waiting(rig: SyncRig): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM search_queue WHERE workspace_id = ${rig.ctx.tenant.workspaceId}::uuid`.execute(
    rig.ctx.tenant.db,
  );
  return rows[0]!.n;
}

/** An import of three mails whose index was told that more is to come; its clock can be put forward. */
async function importing() {
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + aheadMs };
  const rig = await syncRig(database.pool, parser);
  const inbox = rig.server.folder("INBOX", "inbox");
  await rig.choose("INBOX");
  for (let n = 0; n < 3; n++) inbox.add(mail({ id: `w${n}@x`, subject: `Subject ${n}` }));
  await rig.backfill();
  const indexer = createSearchIndexer(rig.ctx.tenant, { clock, log: silentLog, way: rig.ctx.way });
  indexer.poke(true);
  return { rig, inbox, indexer, pass: (ms: number) => (aheadMs += ms) };
}

/** Longer than a batch of three takes. */
const aMoment = (): Promise<void> => systemClock.sleep(150, new AbortController().signal);

test("an import has its time to itself, though a page of it takes a while; its end starts the index at once", async () => {
  const { rig, indexer } = await importing();
  await systemClock.sleep(1_500, new AbortController().signal);
  expect(await waiting(rig)).toBe(3);
  indexer.poke(false);
  await indexer.idle();
  expect(await waiting(rig)).toBe(0);
});

test("new mail beside an import is found without waiting for its end, alone", async () => {
  const { rig, inbox, indexer } = await importing();
  await aMoment();
  inbox.add(mail({ id: "late@x", subject: "Late" }));
  await rig.look("INBOX");
  expect(await waiting(rig)).toBe(4);
  indexer.poke();
  await eventually(async () => expect(await waiting(rig)).toBe(3));
  const { rows } = await sql<{ subject: string }>`
    SELECT m.subject FROM message_search s JOIN messages m ON m.workspace_id = s.workspace_id AND m.id = s.message_id
    WHERE s.workspace_id = ${rig.ctx.tenant.workspaceId}::uuid`.execute(rig.ctx.tenant.db);
  expect(rows).toEqual([{ subject: "Late" }]);
  indexer.poke(false);
  await indexer.idle();
  expect(await waiting(rig)).toBe(0);
});

test("new mail whose text cannot be indexed does not hold up the rest of it beside an import", async () => {
  const { rig, inbox, indexer } = await importing();
  for (const n of [1, 2]) inbox.add(mail({ id: `late${n}@x`, subject: `Late ${n}` }));
  await rig.look("INBOX");
  const tooLong = Array.from({ length: 200_000 }, (_, n) => `word${n}`).join(" ");
  await sql`UPDATE search_queue SET content = ${tooLong} WHERE live AND message_id = (SELECT max(message_id::text)::uuid
    FROM search_queue WHERE live AND workspace_id = ${rig.ctx.tenant.workspaceId}::uuid)`.execute(
    rig.ctx.tenant.db,
  );
  indexer.poke();
  await eventually(async () => expect(await waiting(rig)).toBeLessThanOrEqual(3));
  await indexer.stop();
});

test("the index of an import gives way to a look at live mail", async () => {
  const { rig, indexer } = await importing();
  const look = Promise.withResolvers<void>();
  const looking = rig.ctx.way.first(() => look.promise);
  indexer.poke(false);
  await systemClock.sleep(80, new AbortController().signal); // less than it waits at most
  expect(await waiting(rig)).toBe(3);
  look.resolve();
  await looking;
  await indexer.idle();
  expect(await waiting(rig)).toBe(0);
});

test("an import that takes longer than a minute gives up a part of its time", async () => {
  const { rig, indexer, pass } = await importing();
  for (let n = 0; n < 70; n++) {
    pass(900);
    indexer.poke(true);
  }
  await eventually(async () => expect(await waiting(rig)).toBe(0));
  await indexer.stop();
});
