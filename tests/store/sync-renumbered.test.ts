/** Folders that the server renumbers while mail comes, or is being read. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
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

const rigged = (...extra: string[]): Promise<InboxAndSent> => inboxAndSent(database.pool, parser, ...extra);

const soon = (): number => Date.now() + 1_000;

test.each(["epoch = epoch + 1", "removed_at = now()"])(
  "a page that was read before (%s) is not stored under what the folder is now",
  async (change) => {
    const rig = await rigged();
    rig.inbox.add(mail({ id: "a@x" }));
    let changed: Promise<unknown> | null = null;
    const changing: typeof rig.ctx.parser = {
      ready: () => parser.ready(),
      parse: async (...asked) => {
        changed ??= database.pool.query(`UPDATE folders SET ${change} WHERE workspace_id = $1`, [
          rig.ctx.tenant.workspaceId,
        ]);
        await changed;
        return parser.parse(...asked);
      },
    };
    await rig.backfill({ ctx: { ...rig.ctx, parser: changing } });
    expect(changed).not.toBeNull();
    const { rows } = await database.pool.query(
      `SELECT l.epoch FROM message_locations l JOIN folders f ON f.workspace_id = l.workspace_id AND f.id = l.folder_id
       WHERE l.workspace_id = $1 AND (l.epoch <> f.epoch OR f.removed_at IS NOT NULL)`,
      [rig.ctx.tenant.workspaceId],
    );
    expect(rows).toEqual([]);
  },
);

test("what came to a folder between the last look and its renumbering is new, told once; the rest is not", async () => {
  const rig = await rigged();
  rig.inbox.add(mail({ id: "old@x" }), { internalDateMs: soon() - 30 * 60_000 });
  await rig.backfill();
  rig.inbox.add(mail({ id: "told@x" }), { internalDateMs: soon() });
  await rig.look("INBOX");
  rig.inbox.add(mail({ id: "moved@x" }), { internalDateMs: soon() - 30 * 60_000 });
  rig.inbox.add(mail({ id: "first@x" }), { internalDateMs: soon() });
  rig.inbox.renumber();
  expect((await rig.look("INBOX")).renumbered).toBe(true);
  await rig.look("INBOX");
  rig.inbox.renumber(); // once more, before its tail has run
  rig.inbox.add(mail({ id: "second@x" }), { internalDateMs: soon() });
  expect((await rig.look("INBOX")).renumbered).toBe(true);
  await rig.backfill({ page: 2 });
  const news = (await rig.messages()).filter(({ is_new }) => is_new).map(({ message_id }) => message_id);
  expect(news.sort()).toEqual(["<first@x>", "<second@x>", "<told@x>"]);
  const { tenant } = rig.ctx;
  const told = await tenant.db
    .selectFrom("events")
    .select("seq")
    .where("workspace_id", "=", tenant.workspaceId)
    .where("type", "=", "message.created")
    .execute();
  expect(told).toHaveLength(3);
});

test("a twin that came right before a renumbering is not taken for the mail whose header it repeats", async () => {
  const rig = await rigged();
  rig.inbox.add(mail({ id: "twin@x", text: "the first" }), { internalDateMs: soon() - 30 * 60_000 });
  await rig.backfill();
  rig.inbox.remove(1);
  rig.inbox.add(mail({ id: "twin@x", text: "the other" }), { internalDateMs: soon() });
  rig.inbox.renumber();
  await rig.look("INBOX");
  await rig.backfill();
  expect((await rig.messages()).map(({ places, is_new }) => [places, is_new])).toEqual([
    [[], false],
    [["INBOX 1000 in"], true],
  ]);
  const texts = await rig.ctx.tenant.db
    .selectFrom("messages")
    .select("snippet")
    .where("workspace_id", "=", rig.ctx.tenant.workspaceId)
    .orderBy("id")
    .execute();
  expect(texts.map(({ snippet }) => snippet)).toEqual(["the first", "the other"]);
});
