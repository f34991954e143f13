/** Where keys are the mailbox's (Graph), a move keeps the row and fetches nothing; two live keys stay two messages. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { updateMailbox } from "../../src/store/mailboxes.ts";
import { lookAtHead } from "../../src/sync/head-round.ts";
import { createLeftKeys } from "../../src/sync/moved.ts";
import { fakeGraph } from "../support/fake-graph.ts";
import { mail } from "../support/fake-source.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { syncRig, testParser } from "../support/sync-rig.ts";
import { syncFolderList } from "../../src/sync/folder-listing.ts";

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

const sent = Date.UTC(2026, 0, 2);

/** Inbox and Archive over Graph, in step. */
async function overGraph() {
  const rig = await syncRig(database.pool, parser);
  const inbox = rig.server.folder("INBOX", "inbox");
  const archive = rig.server.folder("Archive", "archive");
  for (let n = 0; n < 3; n++)
    inbox.add(mail({ id: `m${n}@x`, to: "support@example.com" }), { internalDateMs: sent + n * 1_000 });
  const source = fakeGraph(rig.server);
  const ctx = { ...rig.ctx, transport: "graph" as const };
  await updateMailbox(ctx.tenant, ctx.mailboxId, { transport: "graph" });
  await syncFolderList(ctx, source, { chosen: false, newFolders: true });
  const folders = ctx.tenant.db.updateTable("folders").set({ selected: true });
  await folders.where("workspace_id", "=", ctx.tenant.workspaceId).execute();
  await rig.backfill({ ctx, source });
  const look = async (name: string): Promise<void> =>
    void (await lookAtHead(ctx, source, await rig.folder(`id of ${name}`), { range: { sinceMs: null } }));
  for (const name of ["INBOX", "Archive"]) await look(name);
  rig.server.fetched.length = 0;
  const facts = async () =>
    (await rig.messages()).map(({ id, message_id, conversation_id }) => ({
      id,
      message_id,
      conversation_id,
    }));
  return { rig, ctx, inbox, archive, look, facts };
}

test.each([
  ["the new place first", ["Archive", "INBOX"]],
  ["the old place first", ["INBOX", "Archive"]],
])("a move is known by its key, whichever is looked at first: %s", async (_, order) => {
  const { rig, inbox, archive, look, facts } = await overGraph();
  const before = await facts();
  inbox.get(2).flags.add("\\Flagged");
  rig.server.move(2, inbox, archive);
  for (const name of order) await look(name);
  expect(await facts()).toEqual(before);
  expect(rig.server.fetched).toEqual([]);
  const moved = (await rig.messages()).find((message) => message.message_id === "<m1@x>");
  expect(moved).toMatchObject({ flagged: true, gone_at: null, transit_since: null, is_new: false });
  expect(moved!.places).toEqual([expect.stringContaining("id of Archive")]);
  // And back, on the same day.
  rig.server.move(1, archive, inbox);
  for (const name of order) await look(name);
  expect(await facts()).toEqual(before);
  expect(rig.server.fetched).toEqual([]);
});

test("a copy has a key of its own: it is read, and in one folder they are two messages", async () => {
  const { rig, inbox, archive, look } = await overGraph();
  const { raw, internalDateMs } = inbox.get(1);
  archive.add(raw, { internalDateMs });
  await look("Archive");
  expect(rig.server.fetched.length).toBe(1);
  expect((await rig.messages()).length).toBe(3);
  // The original goes where its copy stands.
  rig.server.move(1, inbox, archive);
  for (const name of ["INBOX", "Archive"]) await look(name);
  const rows = (await rig.messages()).filter((message) => message.message_id === "<m0@x>");
  expect(rows.length).toBe(2);
  expect(rows.map(({ places }) => places.length)).toEqual([1, 1]);
});

test("keys that left are remembered up to a bound, the latest last; numbers of a folder are not", () => {
  const left = createLeftKeys(2);
  for (const key of ["a", "b", "c", "7"]) left.note(key, `message ${key}`);
  expect(["a", "b", "c", "7"].map((key) => left.messageOf(key))).toEqual([
    undefined,
    "message b",
    "message c",
    undefined,
  ]);
});
