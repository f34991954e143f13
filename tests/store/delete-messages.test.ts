/** No foreign key deletes what belongs to a message (docs/adr/0011): whatever table has rows of messages, none is left behind. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { deleteMessages } from "../../src/store/delete-messages.ts";
import { insertIntents } from "../../src/store/intents.ts";
import { insertOriginals } from "../../src/store/message-blobs.ts";
import { removeMailbox } from "../../src/store/remove-mailbox.ts";
import { createRightOfWay } from "../../src/sync/right-of-way.ts";
import { createSearchIndexer } from "../../src/sync/search-index.ts";
import { mail } from "../support/fake-source.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";
import { syncRig, testParser, type SyncRig } from "../support/sync-rig.ts";

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

/** Every table of the schema with this column. */
async function tablesWith(column: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE a.attname = $1 AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1`,
    [column],
  );
  return rows.map(({ name }) => name);
}

/** Table → how many rows of the workspace it has. */
async function count(rig: SyncRig, tables: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of tables) {
    const { rows } = await database.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM ${table} WHERE workspace_id = $1`,
      [rig.ctx.tenant.workspaceId],
    );
    counts[table] = rows[0]!.n;
  }
  return counts;
}

/** Two messages, one indexed and one that waits for it; each with an original and an intent. */
async function mailboxOfTwo(): Promise<SyncRig> {
  const rig = await syncRig(database.pool, parser);
  const { tenant, mailboxId } = rig.ctx;
  const inbox = rig.server.folder("INBOX", "inbox");
  await rig.choose("INBOX");
  inbox.add(mail({ id: "a@x", subject: "One" }));
  await rig.backfill();
  const indexer = createSearchIndexer(tenant, {
    clock: systemClock,
    log: silentLog,
    way: createRightOfWay(systemClock),
  });
  indexer.poke();
  await indexer.idle();
  inbox.add(mail({ id: "b@x", subject: "Two" }));
  await rig.look("INBOX");
  const ids = (await rig.messages()).map(({ id }) => id);
  await tenant.db
    .insertInto("blobs")
    .values({ workspace_id: tenant.workspaceId, hash: "h", size_bytes: 2, ref_count: 2 })
    .execute();
  await insertOriginals(
    tenant,
    ids.map((messageId, start) => ({ messageId, hash: "h", start, size: 1 })),
  );
  await tenant.transaction((tx) =>
    insertIntents(tx, { mailboxId, kind: "flags", messageIds: ids, params: {}, createdBy: null }),
  );
  return rig;
}

test("of an erased mailbox no row is left that names a message, a mailbox or a conversation", async () => {
  const rig = await mailboxOfTwo();
  const ofMessages = await tablesWith("message_id");
  expect(ofMessages.length).toBeGreaterThan(6);
  const before = await count(rig, [...ofMessages, "messages", "conversations", "thread_refs"]);
  for (const table of [
    "message_bodies",
    "message_search",
    "search_queue",
    "message_locations",
    "message_blobs",
  ])
    expect(before[table], table).toBeGreaterThan(0);
  await rig.ctx.tenant.transaction((tx) => removeMailbox(tx, rig.ctx.mailboxId, "erase"));
  const tables = new Set([
    ...ofMessages,
    ...(await tablesWith("mailbox_id")),
    ...(await tablesWith("conversation_id")),
    "messages",
    "conversations",
  ]);
  tables.delete("events"); // that it was removed
  const after = await count(rig, [...tables]);
  expect(Object.entries(after).filter(([, rows]) => rows > 0)).toEqual([]);
});

test("of a deleted message no row is left, and the others keep theirs", async () => {
  const rig = await mailboxOfTwo();
  const [gone, kept] = await rig.messages();
  await rig.ctx.tenant.transaction((tx) => deleteMessages(tx, [gone!.id]));
  for (const table of await tablesWith("message_id")) {
    const { rows } = await database.pool.query<{ message_id: string }>(
      `SELECT message_id::text FROM ${table} WHERE workspace_id = $1`,
      [rig.ctx.tenant.workspaceId],
    );
    expect(
      rows.map((row) => row.message_id),
      table,
    ).not.toContain(gone!.id);
    if (table === "message_bodies") expect(rows).toEqual([{ message_id: kept!.id }]);
  }
  expect((await rig.messages()).map(({ id }) => id)).toEqual([kept!.id]);
});
