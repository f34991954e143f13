/** Changes of ours on their way to the server, and what `\Seen` means from either side. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { HitchpostError } from "../../src/core/errors.ts";
import type { MailSource } from "../../src/protocol/mail-source.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { listEvents } from "../../src/store/events.ts";
import { insertIntents, type IntentParams } from "../../src/store/intents.ts";
import { updateMailbox } from "../../src/store/mailboxes.ts";
import { runIntents } from "../../src/sync/intents.ts";
import { mail, type FakeFolder } from "../support/fake-source.ts";
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

interface IntentRig extends SyncRig {
  inbox: FakeFolder;
  want(kind: "flags" | "move" | "delete", params?: IntentParams): Promise<string[]>;
  states(): Promise<string[]>;
}

const rigged = async (count: number): Promise<IntentRig> => {
  const rig = await syncRig(database.pool, parser);
  const inbox = rig.server.folder("INBOX", "inbox");
  rig.server.folder("Sent", "sent");
  rig.server.folder("Deleted", "trash");
  await rig.choose("INBOX", "Sent");
  for (let n = 0; n < count; n++) inbox.add(mail({ id: `i${n}@x`, subject: `n ${n}` }));
  await rig.backfill();
  const { tenant, mailboxId } = rig.ctx;
  return {
    ...rig,
    inbox,
    want: async (kind, params = {}) => {
      const messageIds = (await rig.messages()).map((message) => message.id);
      return tenant.transaction((tx) =>
        insertIntents(tx, { mailboxId, kind, messageIds, params, createdBy: null }),
      );
    },
    states: async () => {
      const rows = await tenant.db
        .selectFrom("intents")
        .select("state")
        .where("workspace_id", "=", tenant.workspaceId)
        .orderBy("id")
        .execute();
      return rows.map((row) => row.state);
    },
  };
};

const dueAgain = async ({ ctx }: SyncRig): Promise<void> => {
  await ctx.tenant.db
    .updateTable("intents")
    .set({ next_try_at: new Date(0) })
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .execute();
};

test("a flag shows at once and reaches the server by one command for all messages", async () => {
  const rig = await rigged(20);
  await rig.want("flags", { add: ["\\Flagged"] });
  expect((await rig.messages()).every((message) => message.flagged)).toBe(true);
  await rig.look("INBOX");
  expect((await rig.messages()).every((message) => message.flagged)).toBe(true);
  rig.server.calls.length = 0;
  await runIntents(rig.ctx, rig.source);
  expect(rig.server.calls).toEqual(["apply INBOX"]);
  expect(rig.inbox.messages.every((message) => message.flags.has("\\Flagged"))).toBe(true);
  expect(new Set(await rig.states())).toEqual(new Set(["confirmed"]));
  await rig.look("INBOX");
  expect((await rig.messages()).every((message) => message.flagged)).toBe(true);
});

test("our own \\Seen is nobody's reading; from outside it is everybody's", async () => {
  const rig = await rigged(2);
  const [ours] = await rig.messages();
  await rig.ctx.tenant.transaction((tx) =>
    insertIntents(tx, {
      mailboxId: rig.ctx.mailboxId,
      kind: "flags",
      messageIds: [ours!.id],
      params: { add: ["\\Seen"] },
      createdBy: null,
    }),
  );
  await rig.look("INBOX");
  await runIntents(rig.ctx, rig.source);
  await rig.look("INBOX");
  expect(rig.inbox.messages.filter((message) => message.flags.has("\\Seen"))).toHaveLength(1);
  expect((await rig.messages()).map((message) => message.seen)).toEqual([false, false]);
  for (const message of rig.inbox.messages) message.flags.add("\\Seen");
  await rig.look("INBOX");
  expect((await rig.messages()).filter((message) => message.seen)).toHaveLength(1);
  for (const message of rig.inbox.messages) message.flags.delete("\\Seen");
  await rig.look("INBOX");
  for (const message of rig.inbox.messages) message.flags.add("\\Seen");
  await rig.look("INBOX");
  expect((await rig.messages()).map((message) => message.seen)).toEqual([true, true]);
});

test("our \\Seen stays ours when it is seen before its confirmation, and in another folder after a move", async () => {
  const rig = await rigged(1);
  const work = rig.server.folder("Work");
  await rig.choose("INBOX", "Sent", "Work");
  await rig.backfill();
  await rig.want("flags", { add: ["\\Seen"] });
  rig.inbox.messages[0]!.flags.add("\\Seen"); // the server did it, and the answer was lost
  await rig.look("INBOX");
  expect((await rig.messages())[0]?.seen).toBe(false);
  await runIntents(rig.ctx, rig.source);
  rig.server.move(rig.inbox.messages[0]!.uid, rig.inbox, work);
  await rig.look("INBOX");
  await rig.look("Work");
  expect((await rig.messages())[0]).toMatchObject({ seen: false, places: ["Work 1 in"] });
});

test("a change that keeps failing is tried again, then visibly undone", async () => {
  const rig = await rigged(1);
  await rig.want("flags", { add: ["\\Flagged"] });
  for (let n = 0; n < 8; n++) {
    rig.server.failures.set("apply", new HitchpostError("folder_unavailable", "no"));
    await runIntents(rig.ctx, rig.source);
    await dueAgain(rig);
  }
  expect(await rig.states()).toEqual(["undone"]);
  expect((await rig.messages())[0]?.flagged).toBe(false);
  const events = await listEvents(rig.ctx.tenant, 0, 1000);
  expect(
    events.filter((event) => event.type === "message.updated").map((event) => event.payload["intent"]),
  ).toMatchObject([{ state: "undone" }]);
});

test("what was wanted of a mail is undone as soon as that is proved to be gone, not after many tries", async () => {
  const rig = await rigged(1);
  await rig.want("flags", { add: ["\\Flagged"] });
  rig.inbox.remove(rig.inbox.messages[0]!.uid);
  await rig.look("INBOX");
  await runIntents(rig.ctx, rig.source);
  expect(await rig.states()).toEqual(["pending"]); // it may turn up in another folder
  expect(await rig.proveAll()).toBe(1);
  await runIntents(rig.ctx, rig.source);
  expect(await rig.states()).toEqual(["undone"]);
  expect((await rig.messages())[0]).toMatchObject({ flagged: false });
});

test("a lost connection leaves the change pending", async () => {
  const rig = await rigged(1);
  await rig.want("flags", { add: ["\\Flagged"] });
  rig.server.failures.set("apply", new HitchpostError("connection_lost", "gone"));
  await expect(runIntents(rig.ctx, rig.source)).rejects.toMatchObject({ code: "connection_lost" });
  expect(await rig.states()).toEqual(["pending"]);
  await dueAgain(rig);
  await runIntents(rig.ctx, rig.source);
  expect(await rig.states()).toEqual(["confirmed"]);
});

test("a change that the server refuses is tried again later; the mailbox goes on", async () => {
  const rig = await rigged(1);
  await rig.want("flags", { add: ["\\Flagged"] });
  rig.server.failures.set("apply", new HitchpostError("protocol_error", "NO [NOPERM]"));
  await runIntents(rig.ctx, rig.source);
  expect(await rig.states()).toEqual(["pending"]);
});

test.each([true, false])("a move keeps the message's row (COPYUID told: %s)", async (copyUid) => {
  const rig = await rigged(3);
  const target = rig.server.folder("Work");
  await rig.choose("INBOX", "Sent", "Work");
  await rig.backfill();
  rig.server.copyUid = copyUid;
  const before = await rig.messages();
  await rig.want("move", { targetFolderId: (await rig.folder("Work")).id });
  expect((await runIntents(rig.ctx, rig.source)).sort()).toEqual(["INBOX", "Work"]);
  expect(target.messages).toHaveLength(3);
  if (copyUid) expect((await rig.messages()).every((message) => message.places.length === 1)).toBe(true);
  rig.server.fetched.length = 0;
  for (const path of ["INBOX", "Work"]) await rig.look(path);
  expect(await rig.proveAll()).toBe(0);
  const after = await rig.messages();
  expect(after.map((message) => message.id)).toEqual(before.map((message) => message.id));
  expect(
    after.every((message) => message.places[0]?.startsWith("Work") && message.transit_since === null),
  ).toBe(true);
  expect(rig.server.fetched).toHaveLength(copyUid ? 0 : 3);
});

test("deleting moves to Deleted Items; where that folder is not synced, the message is gone after the proof", async () => {
  const rig = await rigged(1);
  await rig.want("delete");
  await runIntents(rig.ctx, rig.source);
  expect(rig.server.folder("Deleted").messages).toHaveLength(1);
  expect(await rig.states()).toEqual(["confirmed"]);
  expect(await rig.proveAll()).toBe(1);
});

test("a read-only mailbox takes no changes", async () => {
  const rig = await rigged(1);
  const { tenant } = rig.ctx;
  await tenant.db
    .updateTable("mailboxes")
    .set({ read_only: true })
    .where("workspace_id", "=", tenant.workspaceId)
    .execute();
  await expect(rig.want("flags", { add: ["\\Flagged"] })).rejects.toMatchObject({ code: "read_only" });
  expect((await rig.messages())[0]?.flagged).toBe(false);
});

test("set to read only, a mailbox is sent none of the changes that were waiting", async () => {
  const rig = await rigged(1);
  const { tenant, mailboxId } = rig.ctx;
  await rig.want("flags", { add: ["\\Flagged"] });
  await tenant.transaction((tx) => updateMailbox(tx, mailboxId, { readOnly: true }));
  await runIntents(rig.ctx, rig.source);
  expect(rig.inbox.messages[0]?.flags.size).toBe(0);
  expect(await rig.states()).toEqual(["undone"]);
  expect((await rig.messages())[0]?.flagged).toBe(false);
});

test("changing one's mind before the server heard of it sends only the last word", async () => {
  const rig = await rigged(1);
  await rig.want("flags", { add: ["\\Flagged"] });
  await rig.want("flags", { remove: ["\\Flagged"] });
  await runIntents(rig.ctx, rig.source);
  expect(await rig.states()).toEqual(["undone", "confirmed"]);
  expect((await rig.messages())[0]?.flagged).toBe(false);
});

test("several changes of one message are made one after the other, at once", async () => {
  const rig = await rigged(1);
  await rig.want("flags", { add: ["\\Flagged"] });
  await rig.want("flags", { add: ["\\Seen"] });
  await rig.want("delete");
  await runIntents(rig.ctx, rig.source);
  expect(await rig.states()).toEqual(["confirmed", "confirmed", "confirmed"]);
  const [deleted] = rig.server.folder("Deleted").messages;
  expect([...deleted!.flags].sort()).toEqual(["\\Flagged", "\\Seen"]);
});

test("the last word counts: a move that was put off does not come after a later one, nor do flags", async () => {
  const rig = await rigged(1);
  rig.server.folder("Work");
  rig.server.folder("Later");
  await rig.choose("INBOX", "Sent", "Work", "Later");
  await rig.backfill();
  const to = async (path: string) => rig.want("move", { targetFolderId: (await rig.folder(path)).id });
  const refuse = () => rig.server.failures.set("apply", new HitchpostError("folder_unavailable", "not now"));
  await rig.want("flags", { add: ["\\Seen", "\\Flagged"] });
  refuse();
  await runIntents(rig.ctx, rig.source);
  await rig.want("flags", { remove: ["\\Flagged"] });
  await to("Work");
  refuse();
  await runIntents(rig.ctx, rig.source);
  await to("Later");
  await runIntents(rig.ctx, rig.source);
  await dueAgain(rig);
  await runIntents(rig.ctx, rig.source);
  expect(rig.server.folder("Work").messages).toEqual([]);
  expect([...rig.server.folder("Later").messages[0]!.flags]).toEqual(["\\Seen"]);
  expect(await rig.states()).toEqual(["confirmed", "confirmed", "undone", "confirmed"]);
});

test("our own mail that is moved stays our own", async () => {
  const rig = await rigged(0);
  rig.server.folder("Work");
  rig.server.folder("Sent").add(mail({ id: "out@x", from: "support@example.com", to: "ann@example.org" }));
  await rig.choose("INBOX", "Sent", "Work");
  await rig.backfill();
  await rig.look("Sent");
  await rig.want("move", { targetFolderId: (await rig.folder("Work")).id });
  await runIntents(rig.ctx, rig.source);
  expect((await rig.messages()).map((message) => message.places)).toEqual([["Work 1 out"]]);
});

test.each(["INBOX and Archive", "INBOX and Work"])(
  "a mail that stands in %s is two messages when both come to stand in Work",
  async (places) => {
    const rig = await rigged(1);
    const other = places.endsWith("Work") ? "Work" : "Archive";
    for (const path of ["Archive", "Work"]) rig.server.folder(path);
    await rig.choose("INBOX", "Sent", "Archive", "Work");
    rig.server.folder(other).add(rig.inbox.messages[0]!.raw);
    await rig.backfill();
    expect(await rig.messages()).toHaveLength(1);
    await rig.want("move", { targetFolderId: (await rig.folder("Work")).id });
    await runIntents(rig.ctx, rig.source);
    for (const path of ["INBOX", "Archive", "Work"]) await rig.look(path);
    const standing = (await rig.messages()).map((message) =>
      message.places.map((place) => place.split(" ")[0]),
    );
    expect(standing).toEqual([["Work"], ["Work"]]);
    expect(await rig.states()).toEqual(["confirmed"]);
  },
);

interface CutOff {
  rig: IntentRig;
  work: FakeFolder;
}

/** A move into Work of the one mail there is, cut off when the server had copied it. */
async function cutOff(...others: string[]): Promise<CutOff> {
  const rig = await rigged(1);
  const work = rig.server.folder("Work");
  for (const path of others) rig.server.folder(path);
  await rig.choose("INBOX", "Sent", "Work", ...others);
  await rig.backfill();
  await rig.look("Work");
  await rig.want("move", { targetFolderId: (await rig.folder("Work")).id });
  const dying: MailSource["apply"] = async ({ keys, copying }) => {
    await copying!.note(keys, { epochKey: "1", uidNext: 1 });
    work.add(rig.inbox.messages[0]!.raw);
    throw new HitchpostError("connection_lost", "cut");
  };
  const cut = runIntents(rig.ctx, { ...rig.source, apply: dying });
  await expect(cut).rejects.toMatchObject({ code: "connection_lost" });
  return { rig, work };
}

test.each(["move", "delete"] as const)(
  "a move that was cut off is finished before a later %s begins: its copy is not left behind",
  async (kind) => {
    const { rig, work } = await cutOff("Deleted");
    const deleted = rig.server.folder("Deleted");
    await rig.want(kind, kind === "move" ? { targetFolderId: (await rig.folder("Deleted")).id } : {});
    await runIntents(rig.ctx, rig.source); // the first one's time has not come
    expect([rig.inbox, work, deleted].map((folder) => folder.messages.length)).toEqual([1, 1, 0]);
    await dueAgain(rig);
    const finishing: MailSource["apply"] = async (intent) => {
      if (intent.copying?.earlier.size !== 1) return rig.source.apply(intent);
      rig.inbox.remove(1);
      return { done: ["1"], missing: [], moved: [{ from: "1", to: "1", epochKey: "1" }] };
    };
    await runIntents(rig.ctx, { ...rig.source, apply: finishing });
    expect([rig.inbox, work, deleted].map((folder) => folder.messages.length)).toEqual([0, 0, 1]);
    expect(await rig.states()).toEqual(["confirmed", "confirmed"]);
    expect((await rig.messages()).map((message) => message.places)).toEqual([["Deleted 1 in"]]);
  },
);

test("while a renumbered target is being found again, a move that was cut off waits for it, however long", async () => {
  const { rig, work } = await cutOff();
  work.renumber();
  expect((await rig.look("Work")).renumbered).toBe(true);
  const known: (ReadonlySet<string> | string)[] = [];
  const asking: MailSource["apply"] = async ({ keys, copying }) => {
    const standing = await copying!.standing(keys, "2");
    known.push(standing);
    return typeof standing === "string"
      ? { done: [], missing: [], moved: [], waiting: keys }
      : { done: [...standing], missing: [], moved: [] };
  };
  const again = async () => {
    await dueAgain(rig);
    await runIntents(rig.ctx, { ...rig.source, apply: asking });
  };
  for (let n = 0; n < 10; n++) await again();
  expect(known).toEqual(Array.from({ length: 10 }, () => "later"));
  expect(await rig.states()).toEqual(["pending"]);
  await rig.backfill();
  await again();
  expect(known.at(-1)).toEqual(new Set(["1"]));
  expect(await rig.states()).toEqual(["confirmed"]);
  expect((await rig.messages()).map((message) => message.places)).toEqual([["Work 1000 in"]]);
});
