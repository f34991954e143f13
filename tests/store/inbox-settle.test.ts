/** Status, unread and what a conversation shows, after messages came. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../src/core/ids.ts";
import { updateConversation, wakeSnoozed } from "../../src/inbox/conversation-update.ts";
import { getConversation, type Conversation } from "../../src/inbox/conversations.ts";
import type { SettledMessage } from "../../src/store/inbox-port.ts";
import { seedWorkspace, testDatabase, type SeededWorkspace, type TestDatabase } from "../support/postgres.ts";
import {
  fakeClock,
  storeMessages,
  testInbox,
  testMessage,
  testNow,
  type MessageInput,
  type TestMessage,
} from "./inbox-fixtures.ts";

let database: TestDatabase;
let seed: SeededWorkspace;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  seed = await seedWorkspace(database.pool);
});

const day = 24 * 3_600_000;
const clock = fakeClock();
const ann = { userId: "ann", clock };
const bob = { userId: "bob", clock };

/** Stores one more message of the same conversation and returns it. */
async function arrive(
  what: SettledMessage["what"],
  more: Partial<MessageInput> = {},
): Promise<{ id: string; message: TestMessage }> {
  const message = testMessage({
    mailboxId: seed.mailboxId,
    references: ["<root@x.example>"],
    subject: "Order",
    ...more,
  });
  const { conversationOf } = await storeMessages(seed.tenant, [message], what);
  return { id: conversationOf.get(message.id)!, message };
}

const read = (id: string, userId: string | null = "ann"): Promise<Conversation> =>
  getConversation(seed.tenant, id, userId);

describe("status", () => {
  test.each([
    ["imported, read", "imported", { seen: true }, "closed"],
    ["imported, unread and young", "imported", { receivedAtMs: testNow - 29 * day }, "open"],
    ["imported, unread and old", "imported", { receivedAtMs: testNow - 31 * day }, "closed"],
    ["new", "new", {}, "open"],
    ["new, from a machine", "new", { automatic: true }, "open"],
    ["written in Outlook", "new", { direction: "out", fromAddress: "support@example.com" }, "closed"],
  ] as const)("%s", async (_, what, more, status) => {
    const { id } = await arrive(what, more);
    expect((await read(id)).status).toBe(status);
  });

  test.each(["closed", "snoozed"] as const)(
    "new mail brings a %s one back; what is imported or sent does not",
    async (status) => {
      const { id } = await arrive("new");
      await updateConversation(seed.tenant, id, { status, snoozedUntil: new Date(testNow + day) }, ann);
      await arrive("imported", { receivedAtMs: testNow - day });
      await arrive("new", {
        direction: "out",
        receivedAtMs: testNow + 1,
        fromAddress: "support@example.com",
      });
      expect((await read(id)).status).toBe(status);
      await arrive("new", { receivedAtMs: testNow + 2 });
      expect(await read(id)).toMatchObject({ status: "open", snoozedUntil: null });
    },
  );

  test("a snooze ends by itself, and must lie ahead", async () => {
    const { id } = await arrive("new");
    const past = updateConversation(
      seed.tenant,
      id,
      { status: "snoozed", snoozedUntil: new Date(testNow - 1) },
      ann,
    );
    await expect(past).rejects.toMatchObject({ code: "invalid_request", details: { field: "snoozedUntil" } });
    await updateConversation(
      seed.tenant,
      id,
      { status: "snoozed", snoozedUntil: new Date(testNow + day) },
      ann,
    );
    expect(await wakeSnoozed(seed.tenant, clock)).toBe(0);
    expect(await wakeSnoozed(seed.tenant, fakeClock(testNow + day))).toBe(1);
    expect((await read(id)).status).toBe("open");
  });

  test("only members can be assigned", async () => {
    const { id } = await arrive("new");
    await expect(updateConversation(seed.tenant, id, { assignee: "stranger" }, ann)).rejects.toMatchObject({
      code: "invalid_request",
    });
    await seed.tenant.db
      .insertInto("members")
      .values({ workspace_id: seed.workspaceId, user_id: "ann", role: "agent" })
      .execute();
    expect((await updateConversation(seed.tenant, id, { assignee: "ann" }, bob)).conversation.assignee).toBe(
      "ann",
    );
  });
});

describe("what it shows", () => {
  test("subject of the first, words of the last, people before machines and ourselves", async () => {
    const { id } = await arrive("imported", {
      subject: "Re: Order",
      text: "last words",
      receivedAtMs: testNow,
      fromName: "Ann",
    });
    await arrive("imported", {
      subject: "Order",
      automatic: true,
      fromAddress: "noreply@shop.example",
      receivedAtMs: testNow - day,
      attachments: [
        { n: 1, disposition: "attachment" },
        { n: 2, disposition: "inline" },
      ],
    });
    await arrive("imported", {
      direction: "out",
      fromAddress: "support@example.com",
      to: ["boss@example.net"],
      receivedAtMs: testNow - 2 * 3_600_000,
    });
    const conversation = await read(id);
    expect(conversation).toMatchObject({
      subject: "Order",
      snippet: "last words",
      messageCount: 3,
      attachmentCount: 1,
      lastDirection: "in",
      mailboxIds: [seed.mailboxId],
    });
    expect(conversation.participants.map(({ address }) => address)).toEqual([
      "customer@example.net",
      "noreply@shop.example",
      "boss@example.net",
    ]);
    expect(conversation.participants[0]?.name).toBe("Ann");
  });

  test("gone when all its messages are", async () => {
    const { id, message } = await arrive("new");
    await seed.tenant.transaction(async (tx) => {
      await tx.db
        .updateTable("messages")
        .set({ gone_at: new Date() })
        .where("workspace_id", "=", seed.workspaceId)
        .execute();
      await testInbox.settle(tx, [{ conversationId: id, messageId: message.id, what: "changed" }]);
    });
    expect(await read(id)).toMatchObject({ gone: true, unread: false, status: "open" });
  });

  test("events: message.created for new mail only, one event a conversation", async () => {
    const message = (text: string) =>
      testMessage({ mailboxId: seed.mailboxId, references: ["<e@x.example>"], text });
    const imported = await storeMessages(seed.tenant, [message("1"), message("2")], "imported");
    expect(imported.events.map(({ type }) => type)).toEqual(["conversation.created"]);
    const fresh = await storeMessages(seed.tenant, [message("3")], "new");
    expect(fresh.events.map(({ type }) => type)).toEqual(["message.created", "conversation.updated"]);
  });
});

const intents = async () =>
  (
    await seed.tenant.db
      .selectFrom("intents")
      .select(["params", "state"])
      .where("workspace_id", "=", seed.workspaceId)
      .orderBy("id")
      .execute()
  ).map(({ params }) => params);

async function located(): Promise<string> {
  const { id, message } = await arrive("new");
  const folder = newId();
  await seed.tenant.db
    .insertInto("folders")
    .values({
      workspace_id: seed.workspaceId,
      id: folder,
      mailbox_id: seed.mailboxId,
      path: "INBOX",
      name: "INBOX",
      role: "inbox",
    })
    .execute();
  await seed.tenant.db
    .insertInto("message_locations")
    .values({
      workspace_id: seed.workspaceId,
      mailbox_id: seed.mailboxId,
      folder_id: folder,
      epoch: 0,
      remote_key: "1",
      message_id: message.id,
    })
    .execute();
  return id;
}

describe("unread", () => {
  test("is each person's own; the server's flag is set once, by the first", async () => {
    const id = await located();
    expect([
      (await read(id, "ann")).unread,
      (await read(id, "bob")).unread,
      (await read(id, null)).unread,
    ]).toEqual([true, true, true]);
    expect((await updateConversation(seed.tenant, id, { read: true }, ann)).nudge).toEqual([seed.mailboxId]);
    expect((await updateConversation(seed.tenant, id, { read: true }, bob)).nudge).toEqual([]);
    expect(await intents()).toEqual([{ add: ["\\Seen"] }]);
    await updateConversation(seed.tenant, id, { read: false }, bob);
    expect([(await read(id, "ann")).unread, (await read(id, "bob")).unread]).toEqual([false, true]);
    expect(await intents()).toContainEqual({ remove: ["\\Seen"] });
  });

  test("put back to unread by one person stays so, whatever the server says", async () => {
    const { id, message } = await arrive("imported", { seen: true });
    await seed.tenant.db
      .updateTable("mailboxes")
      .set({ read_only: true })
      .where("workspace_id", "=", seed.workspaceId)
      .execute();
    await updateConversation(seed.tenant, id, { read: false }, ann);
    expect([message.seen, (await read(id, "ann")).unread, (await read(id, "bob")).unread]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("new mail is unread again for those who had read", async () => {
    const id = await located();
    await updateConversation(seed.tenant, id, { read: true }, ann);
    await arrive("new", { receivedAtMs: testNow + 60_000 });
    expect((await read(id)).unread).toBe(true);
  });

  test.each([{ read_only: true }, { seen_policy: "never" as const }])(
    "changes nothing on the server with %j",
    async (set) => {
      const id = await located();
      await seed.tenant.db
        .updateTable("mailboxes")
        .set(set)
        .where("workspace_id", "=", seed.workspaceId)
        .execute();
      await updateConversation(seed.tenant, id, { read: true }, ann);
      await updateConversation(seed.tenant, id, { read: false }, ann);
      expect(await intents()).toEqual([]);
      expect((await read(id)).unread).toBe(true);
    },
  );

  test("a join stays unread for those who read only one part", async () => {
    const left = await arrive("new", { references: ["<l@x.example>"] });
    const right = await arrive("new", { references: ["<r@x.example>"] });
    await updateConversation(seed.tenant, left.id, { read: true }, ann);
    for (const { id } of [left, right]) await updateConversation(seed.tenant, id, { read: true }, bob);
    await arrive("new", {
      references: ["<l@x.example>", "<r@x.example>"],
      direction: "out",
      fromAddress: "support@example.com",
    });
    const [winner, loser] = [left.id, right.id].sort() as [string, string];
    expect([(await read(winner, "ann")).unread, (await read(winner, "bob")).unread]).toEqual([true, false]);
    expect((await read(loser)).mergedInto).toBe(winner);
    expect((await updateConversation(seed.tenant, loser, { read: true }, ann)).conversation.id).toBe(winner);
  });
});
