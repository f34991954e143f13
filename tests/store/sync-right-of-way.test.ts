/** What is live goes before what is imported: who gives way, and what is parsed first. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { MailSource } from "../../src/protocol/mail-source.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import type { SyncContext } from "../../src/sync/context.ts";
import { createLive } from "../../src/sync/live.ts";
import type { RightOfWay } from "../../src/sync/right-of-way.ts";
import { lookAtHead } from "../../src/sync/head-round.ts";
import { mail } from "../support/fake-source.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { quickTempo } from "../support/sync-life.ts";
import { syncRig, testParser } from "../support/sync-rig.ts";
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

const whole = { sinceMs: null };

/** A mailbox of some mails that notes who gives way, who goes first, and what is parsed as urgent. */
async function noted(mails = 30) {
  const rig = await syncRig(database.pool, parser);
  const inbox = rig.server.folder("INBOX", "inbox");
  await rig.choose("INBOX");
  for (let n = 0; n < mails; n++) inbox.add(mail({ id: `w${n}@x`, subject: `w ${n}` }));
  const seen = { gaveWay: 0, first: 0, urgent: 0, later: 0, news: 0 };
  const way: RightOfWay = {
    giveWay: async () => void seen.gaveWay++,
    first: (look) => (seen.first++, look()),
    noteNews: () => void seen.news++,
    get newsLately() {
      return seen.news > 0;
    },
  };
  const noting: SyncContext["parser"] = {
    ready: () => parser.ready(),
    parse: (content, urgent) => (seen[urgent === true ? "urgent" : "later"]++, parser.parse(content, urgent)),
  };
  const ctx: SyncContext = { ...rig.ctx, way, parser: noting };
  return { rig, inbox, seen, ctx };
}

/** Has a folder looked at by the live part of a mailbox in that state. */
async function looking(
  ctx: SyncContext,
  source: MailSource,
  state: SyncContext["said"]["state"],
  path: string,
): Promise<void> {
  const stop = new AbortController();
  const inStep = vi.fn(async () => undefined);
  const live = createLive({ ...ctx, said: { state } }, source, {
    range: async () => whole,
    signal: stop.signal,
    tempo: { ...quickTempo, rereadMs: 60_000 },
    relist: async () => false,
    needsBackfill: () => undefined,
    inStep,
  });
  const running = live.run().catch(() => undefined);
  live.nudge({ path });
  await eventually(() => expect(inStep).toHaveBeenCalled());
  stop.abort(new Error("seen"));
  await running;
}

test("an import gives way before each page and each message; its first page is urgent", async () => {
  const { rig, seen, ctx } = await noted();
  await rig.backfill({ ctx, page: 10 });
  expect(seen).toMatchObject({ first: 0, urgent: 10, later: 20 });
  expect(seen.gaveWay).toBeGreaterThanOrEqual(3 + 20);
});

test.each([
  [false, [40, 40, 40]],
  [true, [40, 12, 12, 12, 12, 12, 12, 8]],
])("an import takes small steps while new mail comes (%s)", async (news, pages) => {
  const { rig, seen, ctx } = await noted(120);
  if (news) ctx.way.noteNews();
  const { tail } = rig.source;
  const brought: number[] = [];
  rig.source.tail = async (...asked) => {
    const page = await tail.apply(rig.source, asked);
    brought.push(page.items.length);
    return page;
  };
  await rig.backfill({ ctx, page: 40 });
  expect(brought).toEqual(pages);
  expect(seen.urgent + seen.later).toBe(120);
});

test("what is new is urgent, and gives way to nobody", async () => {
  const { rig, inbox, seen, ctx } = await noted();
  await rig.backfill();
  inbox.add(mail({ id: "new@x", subject: "new" }));
  await lookAtHead(ctx, rig.source, await rig.folder("INBOX"), { range: whole });
  expect(seen).toEqual({ first: 0, urgent: 1, later: 0, gaveWay: 0, news: 0 });
});

test.each([
  ["live", "goes first"],
  ["backfilling", "waits with its own import"],
] as const)("a look of a mailbox that is %s %s", async (state, _what) => {
  const { rig, seen, ctx } = await noted();
  await rig.backfill();
  await looking(ctx, rig.source, state, "INBOX");
  if (state === "live") expect(seen.first).toBeGreaterThan(0);
  else expect(seen.first).toBe(0);
  expect(seen.news).toBe(0);
});

test("a look that finds new mail says so", async () => {
  const { rig, inbox, seen, ctx } = await noted();
  await rig.backfill();
  inbox.add(mail({ id: "news@x", subject: "News" }));
  await looking(ctx, rig.source, "live", "INBOX");
  expect(seen.news).toBe(1);
});
