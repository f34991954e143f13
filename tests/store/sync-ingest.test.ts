/** What sync promises (sync.md), on a real database with a scripted server. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HitchpostError } from "../../src/core/errors.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { listEvents } from "../../src/store/events.ts";
import { syncFolderList } from "../../src/sync/folder-listing.ts";
import { mail } from "../support/fake-source.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { poisonedParser, inboxAndSent, testParser, type InboxAndSent } from "../support/sync-rig.ts";

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

describe("import", () => {
  test("stores every message of every folder once, with its conversation, body and cursor", async () => {
    const rig = await rigged("Work");
    for (let n = 0; n < 130; n++)
      rig.inbox.add(mail({ id: `i${n}@x`, subject: `Subject ${n}` }), { flags: n % 2 ? ["\\Seen"] : [] });
    rig.server.folder("Work").add(mail({ id: "w@x", subject: "Work" }));
    await rig.backfill({ page: 50 });
    const messages = await rig.messages();
    expect(messages).toHaveLength(131);
    expect(new Set(messages.map((message) => message.message_id)).size).toBe(131);
    expect(messages.filter((message) => message.seen)).toHaveLength(65);
    expect(messages.every((message) => !message.is_new && message.places.length === 1)).toBe(true);
    const inbox = await rig.folder("INBOX");
    expect(inbox).toMatchObject({ tailDone: true, tail: null, backfillDone: 130, backfillTotal: 130 });
  });

  test("the first page is the newest mail, Inbox before the others", async () => {
    const rig = await rigged("Archive");
    for (let n = 0; n < 60; n++) rig.inbox.add(mail({ id: `i${n}@x`, subject: `n ${n}` }));
    rig.server.folder("Archive").add(mail({ id: "a@x" }));
    const stop = new AbortController();
    const inbox = {
      ...rig.ctx.inbox,
      settle: async (...args: Parameters<typeof rig.ctx.inbox.settle>) => (
        stop.abort(new Error("enough")),
        rig.ctx.inbox.settle(...args)
      ),
    };
    await expect(rig.backfill({ page: 20, signal: stop.signal, ctx: { ...rig.ctx, inbox } })).rejects.toThrow(
      "enough",
    );
    const ids = (await rig.messages())
      .map((message) => message.message_id)
      .filter((id) => id?.startsWith("<i"));
    expect(ids).toContain("<i59@x>");
    expect(ids).not.toContain("<i0@x>");
  });

  test("interrupted at any batch, it goes on with nothing lost and nothing twice", async () => {
    const rig = await rigged();
    for (let n = 0; n < 70; n++) rig.inbox.add(mail({ id: `i${n}@x`, subject: `n ${n}` }));
    for (let round = 0; round < 12; round++) {
      let calls = 0;
      const inbox = {
        ...rig.ctx.inbox,
        settle: async (...args: Parameters<typeof rig.ctx.inbox.settle>) => {
          const events = await rig.ctx.inbox.settle(...args);
          if (++calls > 1) throw new Error("killed inside the transaction");
          return events;
        },
      };
      await rig.backfill({ page: 10, ctx: { ...rig.ctx, inbox } }).catch((error: unknown) => {
        if (!(error instanceof Error) || !error.message.startsWith("killed")) throw error;
      });
    }
    const messages = await rig.messages();
    expect(messages).toHaveLength(70);
    expect(new Set(messages.map((message) => message.message_id)).size).toBe(70);
    expect((await rig.folder("INBOX")).backfillDone).toBe(70);
  });

  test("a message that PostgreSQL refuses is stored with a flag, and its neighbours whole", async () => {
    const rig = await rigged();
    for (let n = 0; n < 9; n++)
      rig.inbox.add(mail({ id: `i${n}@x`, subject: n === 4 ? "bad" : `fine ${n}` }));
    await rig.backfill({ ctx: { ...rig.ctx, parser: poisonedParser(parser) } });
    const messages = await rig.messages();
    expect(messages).toHaveLength(9);
    const flagged = messages.filter((message) => message.parse_flags.includes("parse_failed"));
    expect(flagged.map((message) => message.places)).toEqual([["INBOX 5 in"]]);
    expect((await rig.folder("INBOX")).tailDone).toBe(true);
  });

  test("a parser that does not run stores nothing as broken: the import goes on when it runs again", async () => {
    const rig = await rigged();
    for (let n = 0; n < 5; n++) rig.inbox.add(mail({ id: `i${n}@x` }));
    const dead: ParsePool = {
      ...parser,
      ready: () => parser.ready(),
      parse: async () => {
        throw new HitchpostError("internal", "The threads that parse mail do not start");
      },
    };
    await expect(rig.backfill({ ctx: { ...rig.ctx, parser: dead } })).rejects.toThrow("do not start");
    expect(await rig.messages()).toHaveLength(0);
    await rig.backfill();
    expect((await rig.messages()).map((message) => message.parse_flags)).toEqual([[], [], [], [], []]);
  });

  test("what the server lists and gives nothing for is stored as unreadable", async () => {
    const rig = await rigged();
    rig.inbox.add(mail({ id: "a@x" }));
    rig.server.withheld.add(rig.inbox.add(mail({ id: "b@x" })));
    await rig.backfill();
    const messages = await rig.messages();
    expect(messages.map((message) => message.parse_flags.includes("unreadable")).sort()).toEqual([
      false,
      true,
    ]);
  });

  test("one folder that cannot be opened does not hold up the others", async () => {
    const rig = await rigged("Phantom");
    rig.inbox.add(mail({ id: "a@x" }));
    rig.server.failures.set("head Phantom", new HitchpostError("folder_unavailable", "listed, not there"));
    await rig.backfill();
    expect(await rig.messages()).toHaveLength(1);
    const phantom = await rig.folder("Phantom");
    expect(phantom.failures).toBe(1);
    expect(phantom.backoffUntilMs).toBeGreaterThan(Date.now());
  });
});

describe("live", () => {
  test("looking again stores nothing twice, and the same batch again neither", async () => {
    const rig = await rigged();
    await rig.backfill();
    rig.inbox.add(mail({ id: "a@x" }), { internalDateMs: soon() });
    const before = await rig.folder("INBOX");
    await rig.look("INBOX");
    await rig.ctx.tenant.db
      .updateTable("folders")
      .set({ head_cursor: JSON.stringify(before.headCursor) })
      .where("workspace_id", "=", rig.ctx.tenant.workspaceId)
      .where("id", "=", before.id)
      .execute();
    await rig.look("INBOX");
    await rig.look("INBOX");
    expect(await rig.messages()).toHaveLength(1);
    expect(rig.server.fetched).toHaveLength(1);
  });

  test("new is what came above the boundary and was received after it", async () => {
    const rig = await rigged();
    rig.inbox.add(mail({ id: "old@x", subject: "old" }));
    await rig.backfill();
    rig.inbox.add(mail({ id: "moved@x", subject: "moved in" }), { internalDateMs: Date.UTC(2020, 0, 1) });
    rig.inbox.add(mail({ id: "new@x", subject: "new" }), { internalDateMs: soon() });
    await rig.look("INBOX");
    const messages = await rig.messages();
    expect(messages.filter((message) => message.is_new).map((message) => message.message_id)).toEqual([
      "<new@x>",
    ]);
    const events = await listEvents(rig.ctx.tenant, 0, 1000);
    expect(events.filter((event) => event.type === "message.created")).toHaveLength(1);
  });

  test("flags follow the server, both ways", async () => {
    const rig = await rigged();
    const uid = rig.inbox.add(mail({ id: "a@x" }));
    await rig.backfill();
    rig.inbox.get(uid).flags.add("\\Seen").add("\\Flagged");
    await rig.look("INBOX");
    expect((await rig.messages())[0]).toMatchObject({ seen: true, flagged: true });
    rig.inbox.get(uid).flags.clear();
    await rig.look("INBOX");
    expect((await rig.messages())[0]).toMatchObject({ seen: false, flagged: false });
  });

  test("a removed message is in transit until every folder was proved, then gone; its conversation stays", async () => {
    const rig = await rigged();
    const uid = rig.inbox.add(mail({ id: "a@x" }));
    await rig.backfill();
    await rig.proveAll();
    rig.inbox.remove(uid);
    await rig.look("INBOX");
    const [transit] = await rig.messages();
    expect(transit).toMatchObject({ places: [], gone_at: null });
    expect(transit?.transit_since).not.toBeNull();
    rig.server.failures.set("listAll Sent", new HitchpostError("protocol_error", "incomplete listing"));
    await expect(rig.proveAll()).rejects.toThrow("incomplete");
    rig.server.failures.clear();
    expect((await rig.messages())[0]?.gone_at).toBeNull();
    expect(await rig.proveAll()).toBe(1);
    const [gone] = await rig.messages();
    expect(gone?.gone_at).not.toBeNull();
    expect(await rig.proveAll()).toBe(0);
  });

  test("a moved message keeps its row: in transit, then found, never gone", async () => {
    const rig = await rigged("Work");
    const uid = rig.inbox.add(mail({ id: "a@x" }));
    await rig.backfill();
    const [before] = await rig.messages();
    rig.server.move(uid, rig.inbox, rig.server.folder("Work"));
    await rig.look("INBOX");
    expect(await rig.proveAll()).toBe(0);
    const [after] = await rig.messages();
    expect(after).toMatchObject({
      id: before?.id,
      conversation_id: before?.conversation_id,
      transit_since: null,
      gone_at: null,
      places: ["Work 1 in"],
    });
    expect(after?.is_new).toBe(false);
  });

  test.each([
    ["INBOX", "Work"],
    ["Work", "INBOX"],
  ])(
    "put back to unread on its way to another folder, it is unread (%s is looked at first)",
    async (...looks) => {
      const rig = await rigged("Work");
      const uid = rig.inbox.add(mail({ id: "a@x" }));
      rig.inbox.get(uid).flags.add("\\Seen");
      await rig.backfill();
      expect((await rig.messages())[0]).toMatchObject({ seen: true });
      rig.inbox.get(uid).flags.clear();
      rig.server.move(uid, rig.inbox, rig.server.folder("Work"));
      for (const path of looks) await rig.look(path);
      expect((await rig.messages())[0]).toMatchObject({ seen: false, places: ["Work 1 in"] });
    },
  );

  test("a listing that fails half-way removes nothing", async () => {
    const rig = await rigged();
    for (let n = 0; n < 5; n++) rig.inbox.add(mail({ id: `i${n}@x` }));
    await rig.backfill();
    rig.server.failures.set(
      "head",
      new HitchpostError("throttled", "slow down", { details: { retryAfterMs: 5 } }),
    );
    await expect(rig.look("INBOX")).rejects.toThrow("slow down");
    expect((await rig.messages()).every((message) => message.places.length === 1)).toBe(true);
  });

  test("a renumbered folder keeps messages and conversations, and fetches no body again but those of twins", async () => {
    const rig = await rigged();
    for (let n = 0; n < 30; n++) rig.inbox.add(mail({ id: `i${n}@x`, subject: `n ${n}` }));
    rig.inbox.add(mail({ id: "twin@x" }));
    rig.inbox.add(mail({ id: "twin@x" }));
    rig.inbox.add(mail({ id: null, subject: "no id" }));
    await rig.backfill();
    const before = await rig.messages();
    rig.server.fetched.length = 0;
    rig.inbox.renumber();
    rig.inbox.add(mail({ id: "unknown@x", subject: "came meanwhile" }));
    expect((await rig.look("INBOX")).renumbered).toBe(true);
    expect(await rig.proveAll()).toBe(0);
    await rig.backfill({ page: 7 });
    const after = await rig.messages();
    expect(
      after
        .filter((message) => message.message_id !== "<unknown@x>")
        .map(({ id, conversation_id }) => [id, conversation_id]),
    ).toEqual(before.map(({ id, conversation_id }) => [id, conversation_id]));
    expect(
      after.every(
        (message) => message.places.length === 1 && message.transit_since === null && !message.is_new,
      ),
    ).toBe(true);
    expect(after).toHaveLength(34);
    expect(rig.server.fetched.filter((fetch) => fetch.what !== "header").map((fetch) => fetch.uid)).toEqual([
      1030, // whose header fits two
      1031,
      1033,
    ]);
    expect(await rig.proveAll()).toBe(0);
  });

  test("a hole below what is stored is found and filled, as old mail", async () => {
    const rig = await rigged();
    for (let n = 0; n < 3; n++)
      rig.inbox.add(mail({ id: `i${n}@x`, subject: `n ${n}` }), { internalDateMs: soon() });
    await rig.backfill();
    await rig.ctx.tenant.db
      .deleteFrom("message_locations")
      .where("workspace_id", "=", rig.ctx.tenant.workspaceId)
      .where("uid", "=", 2)
      .execute();
    await rig.look("INBOX");
    const messages = await rig.messages();
    expect(messages).toHaveLength(3);
    expect(messages.every((message) => message.places.length === 1 && !message.is_new)).toBe(true);
  });

  test("a renamed folder is followed by its content", async () => {
    const rig = await rigged("Project");
    rig.server.folder("Project").add(mail({ id: "p@x" }));
    await rig.backfill();
    const before = await rig.folder("Project");
    rig.server.folder("Project").path = "Project 2026";
    await syncFolderList(rig.ctx, rig.source, { chosen: true, newFolders: true });
    expect((await rig.folder("Project 2026")).id).toBe(before.id);
    expect((await rig.messages())[0]?.places).toEqual(["Project 2026 1 in"]);
  });

  test("a process that lost its fence writes nothing any more", async () => {
    const rig = await rigged();
    await rig.backfill();
    rig.inbox.add(mail({ id: "a@x" }), { internalDateMs: soon() });
    await rig.ctx.tenant.db
      .updateTable("mailboxes")
      .set((eb) => ({ fence: eb("fence", "+", 1) }))
      .where("workspace_id", "=", rig.ctx.tenant.workspaceId)
      .execute();
    await expect(rig.look("INBOX")).rejects.toMatchObject({ code: "fence_lost" });
    expect(await rig.messages()).toHaveLength(0);
  });
});
