/** Replies on their way: queued, sent, recognised, refused, on real PostgreSQL. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { getMessage, listMessages } from "../../src/inbox/messages.ts";
import { queueReply } from "../../src/inbox/outbox/queue-reply.ts";
import { cancelReply, retryReply } from "../../src/inbox/outbox/reply-actions.ts";
import { runOutbox } from "../../src/inbox/outbox/run-outbox.ts";
import { saveDraft } from "../../src/store/drafts.ts";
import { seedWorkspace, testDatabase, type TestDatabase } from "../support/postgres.ts";
import { storeMessages, testMessage, testNow } from "./inbox-fixtures.ts";
import { outboxRig, type OutboxRig } from "./outbox-rig.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

let rig: OutboxRig;
beforeEach(async () => {
  rig = await outboxRig(database);
});

describe("the plain way", () => {
  test("a reply is shown at once, leaves once, and its renamed copy takes its place", async () => {
    const { id } = await rig.queue();
    const shown = await listMessages(rig.seed.tenant, rig.conversationId, { limit: 50 });
    expect(shown.items.map((item) => item.outbox?.state ?? null)).toEqual([null, "queued"]);
    await runOutbox(rig.context());
    await runOutbox(rig.context());
    expect(rig.server.delivered).toHaveLength(1);
    expect(rig.server.delivered[0]).toContain("In-Reply-To: <q@x.example>");
    expect(rig.server.appended).toHaveLength(0);
    const copy = await rig.syncSentCopy(id, {
      messageId: "<renamed-1@outlook.example>",
      originalMessageId: (await rig.outboxRow(id)).message_id,
    });
    const row = await rig.outboxRow(id);
    expect(row).toMatchObject({
      state: "done",
      sent_row: copy.id,
      sent_message_id: "<renamed-1@outlook.example>",
    });
    const after = await listMessages(rig.seed.tenant, rig.conversationId, { limit: 50 });
    expect(after.items.map((item) => [item.direction, item.outbox])).toEqual([
      ["in", null],
      ["out", null],
    ]);
    expect((await getMessage(rig.seed.tenant, id)).id).toBe(copy.id);
  });

  test("an answer to the renamed id joins, even before the copy is synced", async () => {
    await rig.queue();
    await runOutbox(rig.context());
    const answer = testMessage({
      mailboxId: rig.seed.mailboxId,
      messageId: "<a@x.example>",
      inReplyTo: ["<renamed-1@outlook.example>"],
      subject: "thanks",
    });
    const { conversationOf } = await storeMessages(rig.seed.tenant, [answer], "new");
    expect(conversationOf.get(answer.id)).toBe(rig.conversationId);
  });

  test("an answer to the id that we gave joins too, where the rig.server kept it", async () => {
    const { id } = await rig.queue();
    const { message_id: ours } = await rig.outboxRow(id);
    const answer = testMessage({ mailboxId: rig.seed.mailboxId, inReplyTo: [ours], subject: "thanks" });
    const { conversationOf } = await storeMessages(rig.seed.tenant, [answer], "new");
    expect(conversationOf.get(answer.id)).toBe(rig.conversationId);
  });

  test("a copy without our ids is known by people, subject, date and words; each reply by one copy", async () => {
    const first = await rig.queue();
    const second = await rig.queue();
    await runOutbox(rig.context());
    const copy = await rig.syncSentCopy(first.id, { messageId: "<new-1@outlook.example>" });
    await rig.syncSentCopy(second.id, { messageId: "<new-2@outlook.example>" });
    expect((await rig.outboxRow(first.id)).sent_row).toBe(copy.id);
    expect([await rig.stateOf(first.id), await rig.stateOf(second.id)]).toEqual(["done", "done"]);
  });

  test("Bcc stands in the envelope only", async () => {
    await rig.queue({ bcc: ["secret@example.org"] });
    await runOutbox(rig.context());
    expect(rig.server.envelopes[0]).toEqual(["customer@example.net", "secret@example.org"]);
    expect(rig.server.delivered[0]).not.toContain("secret@example.org");
  });
});

describe("queueing", () => {
  test("the same key and body is the same reply; another body is a conflict; ten at once are one", async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => rig.queue({ idempotencyKey: "k" })));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(all.filter(({ created }) => created)).toHaveLength(1);
    await expect(rig.queue({ idempotencyKey: "k", requestHash: "other" })).rejects.toMatchObject({
      code: "conflict",
    });
    const other = await seedWorkspace(database.pool);
    const rows = await other.tenant.db
      .selectFrom("outbox")
      .select("id")
      .where("workspace_id", "=", other.workspaceId)
      .execute();
    expect(rows).toHaveLength(0);
  });

  test("the draft ends with it", async () => {
    await saveDraft(rig.seed.tenant, rig.conversationId, "user-1", {});
    await rig.queue();
    const drafts = await rig.seed.tenant.db
      .selectFrom("drafts")
      .select("user_id")
      .where("workspace_id", "=", rig.seed.workspaceId)
      .execute();
    expect(drafts).toEqual([]);
  });

  test.each([
    [{ to: ["ok@example.org", "no address"] }, "to.1"],
    [{ cc: ["a@b\r\nBcc: x@y.example"] }, "cc.0"],
    [{ to: [] }, "to"],
  ])("refuses %j", async (more, field) => {
    await expect(rig.queue(more)).rejects.toMatchObject({ code: "recipient_invalid", details: { field } });
  });

  test("a subject with a line break cannot start a header", async () => {
    await expect(rig.queue({ subject: "Hi\r\nBcc: x@y.example" })).rejects.toMatchObject({
      code: "invalid_request",
    });
  });

  test("another workspace's conversation is not there", async () => {
    const other = await seedWorkspace(database.pool);
    const reply = queueReply(
      other.tenant,
      { conversationId: rig.conversationId, text: "x", uploads: [], requestHash: "h", userId: null },
      { clock: rig.clock, sendDelayMs: 0 },
    );
    await expect(reply).rejects.toMatchObject({ code: "not_found" });
  });

  test("it can be taken back until it leaves", async () => {
    const { id } = await rig.queue({}, 5_000);
    expect(await runOutbox(rig.context())).toBe(testNow + 5_000);
    await cancelReply(rig.seed.tenant, id, rig.clock);
    rig.clock.advance(6_000);
    await runOutbox(rig.context());
    expect(rig.server.delivered).toHaveLength(0);
    await expect(cancelReply(rig.seed.tenant, id, rig.clock)).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("failures", () => {
  test.each([
    ["rejected", true, "failed"],
    ["after_dot", false, "unknown"],
  ] as const)("%s: it brings its conversation back", async (breakAt, filesSent, state) => {
    await rig.setMailbox({ files_sent: filesSent });
    rig.server.breakAt = breakAt;
    const { id } = await rig.queue({ close: true });
    expect(await rig.statusOf(rig.conversationId)).toBe("closed");
    await runOutbox(rig.context());
    rig.clock.advance(121_000);
    await runOutbox(rig.context());
    expect([await rig.stateOf(id), await rig.statusOf(rig.conversationId)]).toEqual([state, "open"]);
  });

  test("refused for good: failed with the server's line; a person tries again", async () => {
    rig.server.breakAt = "rejected";
    const { id } = await rig.queue();
    await runOutbox(rig.context());
    expect(await rig.outboxRow(id)).toMatchObject({
      state: "failed",
      problem: "send_rejected",
      response: "550 no",
    });
    rig.server.breakAt = null;
    await retryReply(rig.seed.tenant, id, rig.clock);
    await runOutbox(rig.context());
    expect(rig.server.delivered).toHaveLength(1);
  });

  test("not reached: tried again later by itself", async () => {
    rig.server.breakAt = "before_data";
    const { id } = await rig.queue();
    const next = await runOutbox(rig.context());
    expect(await rig.stateOf(id)).toBe("queued");
    expect(next).toBeGreaterThan(rig.clock.now());
    rig.server.breakAt = null;
    rig.clock.set(next!);
    await runOutbox(rig.context());
    expect([await rig.stateOf(id), rig.server.delivered.length]).toEqual(["sent", 1]);
  });

  test("where the rig.server files no copies, ours is filed once", async () => {
    await rig.setMailbox({ files_sent: false });
    const { id } = await rig.queue();
    await runOutbox(rig.context());
    await runOutbox(rig.context());
    expect(rig.server.appended).toHaveLength(1);
    expect(rig.server.appended[0]).toContain((await rig.outboxRow(id)).message_id);
  });

  test("what the rig.server does with copies is learnt from the first reply", async () => {
    await rig.setMailbox({ files_sent: null });
    await rig.queue();
    await runOutbox(rig.context());
    expect(rig.server.appended).toHaveLength(0);
    rig.server.sentFolder = ["5"];
    rig.clock.advance(121_000);
    await runOutbox(rig.context());
    const { files_sent } = await rig.seed.tenant.db
      .selectFrom("mailboxes")
      .select("files_sent")
      .where("workspace_id", "=", rig.seed.workspaceId)
      .executeTakeFirstOrThrow();
    expect([files_sent, rig.server.appended.length]).toEqual([true, 0]);
  });
});
