/** Messages that the server listed and did not give out: asked for again, a bounded number of times, and replaced when they come. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock, type Clock } from "../../src/core/clock.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { insertIntents } from "../../src/store/intents.ts";
import { rereadUnreadable, type Asked } from "../../src/sync/reread.ts";
import { mail } from "../support/fake-source.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
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

const minute = 60_000;

interface Waited {
  rig: SyncRig;
  asked: Asked;
  pass(ms: number): void;
  reread(): Promise<number>;
}

/** An Inbox of two mails, of which the server withholds the first: the question that the second answers to. */
async function withheld(): Promise<Waited> {
  let offset = 0;
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + offset,
    monotonic: () => systemClock.monotonic() + offset,
  };
  const rig = await syncRig(database.pool, parser, clock);
  const inbox = rig.server.folder("INBOX", "inbox");
  rig.server.withheld.add(inbox.add(mail({ id: "q@x", subject: "Where is it?" }), { flags: ["\\Flagged"] }));
  inbox.add(mail({ id: "again@x", subject: "Re: Where is it?", headers: "In-Reply-To: <q@x>" }), {
    internalDateMs: Date.UTC(2026, 0, 2),
  });
  await rig.choose("INBOX");
  await rig.backfill();
  const asked: Asked = new Map();
  return {
    rig,
    asked,
    pass: (ms) => (offset += ms),
    reread: () => rereadUnreadable(rig.ctx, rig.source, asked),
  };
}

const unreadable = async ({ rig }: Waited) =>
  (await rig.messages()).find((message) => message.parse_flags.includes("unreadable"));

test("one that comes takes the place of the one that stood for it, with what people did to that", async () => {
  const waited = await withheld();
  const { rig, pass, reread } = waited;
  const before = (await unreadable(waited))!;
  const { tenant, mailboxId } = rig.ctx;
  await database.pool.query("UPDATE conversations SET assignee = 'ann' WHERE id = $1", [
    before.conversation_id,
  ]);
  await tenant.transaction((tx) =>
    insertIntents(tx, {
      mailboxId,
      kind: "flags",
      messageIds: [before.id],
      params: { add: ["\\Answered"] },
      createdBy: null,
    }),
  );
  rig.server.withheld.clear();
  expect(await reread()).toBe(0); // not within the first minute
  pass(minute);
  expect(await reread()).toBe(1);
  const messages = await rig.messages();
  expect(messages.map(({ message_id }) => message_id).sort()).toEqual(["<again@x>", "<q@x>"]);
  const question = messages.find(({ message_id }) => message_id === "<q@x>")!;
  expect(question).toMatchObject({ parse_flags: [], flagged: true, places: ["INBOX 1 in"], is_new: false });
  expect(new Set(messages.map(({ conversation_id }) => conversation_id)).size).toBe(1);
  const { rows: living } = await database.pool.query(
    "SELECT assignee, subject, message_count FROM conversations WHERE workspace_id = $1 AND merged_into IS NULL",
    [tenant.workspaceId],
  );
  expect(living).toEqual([{ assignee: "ann", subject: "Where is it?", message_count: 2 }]);
  const { rows: intents } = await database.pool.query(
    "SELECT message_id, state FROM intents WHERE workspace_id = $1",
    [tenant.workspaceId],
  );
  expect(intents).toEqual([{ message_id: question.id, state: "pending" }]);
  expect(await reread()).toBe(0);
});

test("a server that never gives it is asked a dozen times, and after a week no more", async () => {
  const waited = await withheld();
  const { rig, pass, reread, asked } = waited;
  const fetches = (): number => rig.server.calls.filter((call) => call === "fetch INBOX").length;
  const before = fetches();
  for (let n = 0; n < 7 * 24 * 12; n++) {
    pass(5 * minute);
    await reread();
  }
  const tries = fetches() - before;
  expect(tries).toBeGreaterThan(8);
  expect(tries).toBeLessThan(30);
  pass(60 * minute);
  asked.clear(); // another session
  rig.server.withheld.clear();
  expect(await reread()).toBe(0);
  expect(fetches() - before).toBe(tries);
});

test("one that left its place meanwhile is not brought back", async () => {
  const waited = await withheld();
  const { rig, pass, reread } = waited;
  rig.server.withheld.clear();
  pass(minute);
  rig.server.afterFetch = async () => {
    rig.server.afterFetch = null;
    rig.server.folder("INBOX").remove(1);
    await rig.look("INBOX");
  };
  expect(await reread()).toBe(0);
  expect((await rig.messages()).map(({ message_id, places }) => [message_id, places])).toEqual(
    expect.arrayContaining([
      ["<again@x>", ["INBOX 2 in"]],
      [null, []],
    ]),
  );
});
