/** A mailbox that changes its transport keeps its folders, messages and conversations; in doubt there are two (sync.md 2). */
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { unpackBody } from "../../src/protocol/mime/packed-body.ts";
import { insertIntents } from "../../src/store/intents.ts";
import { updateMailbox } from "../../src/store/mailboxes.ts";
import type { Transport } from "../../src/store/transport.ts";
import { syncFolderList } from "../../src/sync/folder-listing.ts";
import { runIntents } from "../../src/sync/intents.ts";
import { syncedFolders } from "../../src/sync/folder-rows.ts";
import { lookAtHead } from "../../src/sync/head-round.ts";
import { proveFolder, sweepGone } from "../../src/sync/transit.ts";
import { fakeGraph } from "../support/fake-graph.ts";
import { mail } from "../support/fake-source.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { inboxAndSent, testParser, type InboxAndSent } from "../support/sync-rig.ts";

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

const whole = { sinceMs: null };

/** The mailbox under another transport, in step. */
async function change(rig: InboxAndSent, transport: Transport, { page = 3, anew = true } = {}) {
  const source = transport === "graph" ? fakeGraph(rig.server, { anew }) : rig.source;
  const ctx = { ...rig.ctx, transport };
  await updateMailbox(ctx.tenant, ctx.mailboxId, { transport });
  await syncFolderList(ctx, source, { chosen: true, newFolders: true });
  await rig.backfill({ ctx, source, page });
  const prove = async () => {
    for (const folder of await syncedFolders(ctx.tenant, ctx.mailboxId))
      await lookAtHead(ctx, source, folder, { range: whole });
    for (const folder of await syncedFolders(ctx.tenant, ctx.mailboxId))
      await proveFolder(ctx, source, folder, whole);
    return sweepGone(ctx);
  };
  return { ctx, source, gone: await prove() };
}

const bodiesFetched = (rig: InboxAndSent): number =>
  rig.server.fetched.filter(({ what }) => what !== "header").length;

const facts = async (rig: InboxAndSent) =>
  (await rig.messages()).map(({ id, conversation_id, gone_at }) => ({ id, conversation_id, gone_at }));

const at = (second: number) => ({ internalDateMs: Date.UTC(2026, 0, 1, 0, 0, second) + 700 });

async function filled(): Promise<InboxAndSent> {
  const rig = await inboxAndSent(database.pool, parser, "Orders");
  for (let n = 0; n < 7; n++) rig.inbox.add(mail({ id: `in${n}@x`, subject: `Größe ${n}` }), at(n));
  rig.sent.add(mail({ id: "out@x", from: "support@example.com", to: "ann@example.org" }), at(9));
  rig.server.folder("Orders").add(mail({ id: "kept@x" }), at(10));
  await rig.backfill();
  return rig;
}

test("IMAP, Graph and IMAP again: the same messages and conversations, and no body is fetched a second time", async () => {
  const rig = await filled();
  const [before, folders] = [await facts(rig), await rig.folder("INBOX")];
  rig.server.fetched.length = 0;
  const { gone } = await change(rig, "graph");
  expect(gone).toBe(0);
  expect(await facts(rig)).toEqual(before);
  const places = (await rig.messages()).map((message) => message.places.length);
  expect(places).toEqual(before.map(() => 1));
  expect(bodiesFetched(rig)).toBe(0);
  const inbox = (await syncedFolders(rig.ctx.tenant, rig.ctx.mailboxId)).find(
    ({ role }) => role === "inbox",
  )!;
  expect(inbox).toMatchObject({
    id: folders.id,
    path: "id of INBOX",
    epoch: folders.epoch + 1,
    tailDone: true,
  });
  expect((await change(rig, "imap")).gone).toBe(0);
  expect(await facts(rig)).toEqual(before);
  expect(bodiesFetched(rig)).toBe(0);
});

test("flags are the server's; what a transport does not tell stays; what came and went meanwhile is told", async () => {
  const rig = await filled();
  await rig.look("INBOX");
  rig.inbox.get(1).flags.add("\\Answered").add("\\Flagged").add("\\Seen");
  await rig.look("INBOX");
  rig.inbox.get(1).flags.delete("\\Flagged");
  rig.inbox.get(2).flags.add("\\Flagged");
  rig.inbox.remove(3);
  rig.inbox.add(mail({ id: "late@x" }), { internalDateMs: Date.now() });
  const { gone } = await change(rig, "graph");
  expect(gone).toBe(1);
  const byId = new Map((await rig.messages()).map((message) => [message.message_id, message]));
  expect(byId.get("<in0@x>")).toMatchObject({ seen: true, flagged: false, answered: true });
  expect(byId.get("<in1@x>")).toMatchObject({ flagged: true });
  expect(byId.get("<in2@x>")).toMatchObject({ places: [], gone_at: expect.any(Date) as Date });
  expect(byId.get("<late@x>")).toMatchObject({
    is_new: true,
    places: [expect.stringContaining("id of INBOX")],
  });
});

test("a change of ours that waits is carried out over the new transport, or undone where that cannot", async () => {
  const rig = await filled();
  const [first] = await rig.messages();
  const flag = () =>
    rig.ctx.tenant.transaction((tx) =>
      insertIntents(tx, {
        mailboxId: rig.ctx.mailboxId,
        kind: "flags",
        messageIds: [first!.id],
        params: { add: ["\\Flagged"] },
        createdBy: null,
      }),
    );
  await flag();
  const { ctx, source } = await change(rig, "graph");
  const applied: string[][] = [];
  const writing = {
    ...source,
    apply: async ({ keys }: { keys: string[] }) => {
      applied.push(keys);
      return { done: keys, missing: [], moved: [] };
    },
  };
  expect((await rig.messages())[0]).toMatchObject({ flagged: true });
  await runIntents(ctx, writing);
  expect(applied).toEqual([[expect.stringContaining("AAMk")]]);
  await rig.ctx.tenant.db
    .updateTable("intents")
    .set({ state: "pending" })
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .execute();
  await updateMailbox(ctx.tenant, ctx.mailboxId, { transport: "pop3" });
  await runIntents({ ...ctx, transport: "pop3" }, source);
  const { state, problem } = await rig.ctx.tenant.db
    .selectFrom("intents")
    .select(["state", "problem"])
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .executeTakeFirstOrThrow();
  expect({ state, problem }).toEqual({ state: "undone", problem: "no_write_back" });
  await expect(flag()).rejects.toMatchObject({ code: "read_only" });
});

test("a folder that was renamed meanwhile is known by what it holds; one that is not there is gone", async () => {
  const rig = await filled();
  const before = await rig.folder("Orders");
  rig.server.folder("Orders").path = "Bestellungen";
  await change(rig, "graph");
  const now = await syncedFolders(rig.ctx.tenant, rig.ctx.mailboxId);
  expect(now.find(({ path }) => path === "id of Bestellungen")?.id).toBe(before.id);
  rig.server.folders.splice(rig.server.folders.indexOf(rig.server.folder("Bestellungen")), 1);
  const { gone } = await change(rig, "imap");
  expect(gone).toBe(1);
});

interface Spec {
  folder: 0 | 1;
  id: number;
  second: number;
  text: number;
}

const specs = fc.array(
  fc.record<Spec>({
    folder: fc.constantFrom(0, 1),
    id: fc.integer({ min: 0, max: 2 }),
    second: fc.integer({ min: 0, max: 2 }),
    text: fc.integer({ min: 0, max: 2 }),
  }),
  { minLength: 1, maxLength: 9 },
);

test("mails that repeat each other's header: none is hidden, and a change makes none twice that was told apart", async () => {
  await fc.assert(
    fc.asyncProperty(specs, fc.integer({ min: 1, max: 4 }), fc.boolean(), async (list, page, anew) => {
      const rig = await inboxAndSent(database.pool, parser, "Orders");
      for (const { folder, id, second, text } of list) {
        const into = folder === 0 ? rig.inbox : rig.server.folder("Orders");
        const raw = mail({ id: `repeated${id}@x`, text: `Words ${text}` });
        into.add(raw, { internalDateMs: Date.UTC(2026, 0, 1, 0, 0, second) });
      }
      await rig.backfill();
      const before = await facts(rig);
      await change(rig, "graph", { page, anew });
      await assertShown(rig, list.length);
      if (!anew) expect(await facts(rig)).toEqual(before);
      await change(rig, "imap", { page });
      await assertShown(rig, list.length);
      if (!anew) expect(await facts(rig)).toEqual(before);
    }),
    { numRuns: 10, seed: 4 },
  );
});

test.each(["graph", "imap"] as const)(
  "in the middle of an import, over %s: what was not stored yet is not taken for its twin in another folder",
  async (transport) => {
    const rig = await inboxAndSent(database.pool, parser, "Orders");
    const orders = rig.server.folder("Orders");
    rig.inbox.add(mail({ id: "twin@x", text: "Words 1" }), at(1));
    orders.add(mail({ id: "twin@x", text: "Words 2" }), at(1));
    for (const path of ["INBOX", "Orders"]) await rig.look(path);
    await select(rig, false);
    await rig.backfill(); // the Inbox alone
    await select(rig, true);
    if (transport === "imap") orders.renumber();
    const { ctx, source } = await change(rig, transport);
    await rig.backfill({ ctx, source }); // over IMAP only the look finds it renumbered
    await assertShown(rig, 2);
  },
);

const select = ({ ctx }: InboxAndSent, selected: boolean) =>
  database.pool.query("UPDATE folders SET selected = $2 WHERE workspace_id = $1 AND path = 'Orders'", [
    ctx.tenant.workspaceId,
    selected,
  ]);

const wordsOf = (text: string): string => /Words \d/.exec(text)?.[0] ?? "";

/** Every mail of the server stands here as it reads there. */
async function assertShown(rig: InboxAndSent, total: number): Promise<void> {
  const { rows } = await database.pool.query<{ content: Buffer; name: string }>(
    `SELECT b.content, f.name FROM message_locations l
     JOIN folders f ON f.workspace_id = l.workspace_id AND f.id = l.folder_id AND f.epoch = l.epoch
     JOIN message_bodies b ON b.workspace_id = l.workspace_id AND b.message_id = l.message_id WHERE l.workspace_id = $1`,
    [rig.ctx.tenant.workspaceId],
  );
  const here = rows.map(
    ({ content, name }) => `${name === "Orders" ? 1 : 0} ${wordsOf(unpackBody(content).text)}`,
  );
  const there = rig.server.folders.flatMap(({ path, messages }) =>
    messages.map(({ raw }) => `${path === "Orders" ? 1 : 0} ${wordsOf(raw)}`),
  );
  expect(here.length).toBe(total);
  expect(here.sort()).toEqual(there.sort());
}
