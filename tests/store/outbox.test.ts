/** Replies on their way: queued, sent, recognised, on real PostgreSQL. */
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../src/core/ids.ts";
import { getReplyDraft } from "../../src/inbox/drafts.ts";
import { parseMessage } from "../../src/protocol/mime/parse.ts";
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

  test("an answer to the id that we gave joins too, where the server kept it", async () => {
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

  test("Bcc stands in the envelope only, and here", async () => {
    const { id } = await rig.queue({ bcc: ["secret@example.org"] });
    await runOutbox(rig.context());
    expect(rig.server.envelopes[0]).toEqual(["customer@example.net", "secret@example.org"]);
    expect(rig.server.delivered[0]).not.toContain("secret@example.org");
    const bcc = [{ name: "", address: "secret@example.org" }];
    expect(await getMessage(rig.seed.tenant, id)).toMatchObject({ bcc, outbox: { state: "sent" } });
    await rig.syncSentCopy(id, { messageId: "<renamed-1@outlook.example>" });
    expect(await getMessage(rig.seed.tenant, id)).toMatchObject({ bcc, outbox: null });
  });
});

const failedReply = async (): Promise<string> => {
  rig.server.breakAt = "rejected";
  const { id } = await rig.queue();
  await runOutbox(rig.context());
  rig.server.breakAt = null;
  return id;
};

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

  test("two bodies at once under one key: one leaves, the other is told", async () => {
    const hashes = ["a", "b", "a", "b"];
    const all = await Promise.allSettled(
      hashes.map((requestHash) => rig.queue({ idempotencyKey: "k", requestHash })),
    );
    const taken = all.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const refused = all.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    expect(taken.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(taken.map(({ id }) => id)).size).toBe(1);
    expect(refused).toEqual([1, 2].map(() => expect.objectContaining({ code: "conflict" }) as unknown));
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

  test("nobody stands in it twice, and people keep the names they have", async () => {
    await rig.seed.tenant.db
      .updateTable("messages")
      .set({ from_name: "Cus Tomer" })
      .where("workspace_id", "=", rig.seed.workspaceId)
      .execute();
    await rig.queue({
      to: ["Customer@example.net", "a@example.org"],
      cc: ["A@example.org", "b@example.org"],
      bcc: ["customer@example.net", "c@example.org", "B@example.org"],
    });
    await runOutbox(rig.context());
    expect(rig.server.envelopes).toEqual([
      ["Customer@example.net", "a@example.org", "b@example.org", "c@example.org"],
    ]);
    expect(rig.server.delivered[0]).toContain("To: Cus Tomer <Customer@example.net>, a@example.org\r\n");
  });

  test("a file that says it is a mail, or parts, does not become part of ours", async () => {
    const { tenant, workspaceId } = rig.seed;
    const types = ["message/rfc822", "multipart/mixed", "text/html"];
    const uploads = types.map(() => newId());
    await sql`INSERT INTO blobs (workspace_id, hash, size_bytes) VALUES (${workspaceId}::uuid, 'h', 0)`.execute(
      tenant.db,
    );
    await sql`
      INSERT INTO uploads (workspace_id, id, filename, content_type, size_bytes, hash)
      SELECT ${workspaceId}::uuid, u.id, 'offer.eml', u.type, 0, 'h' FROM unnest(${uploads}::uuid[], ${types}::text[]) u (id, type)`.execute(
      tenant.db,
    );
    await rig.queue({ uploads });
    const bytes = Buffer.from("Subject: inner\n\n.\nbody\n");
    await runOutbox(rig.context({ blobs: { readBytes: async () => bytes } }));
    const sent = rig.server.delivered[0]!;
    const { attachments } = await parseMessage(Buffer.from(sent));
    expect(attachments.map(({ contentType, filename }) => [contentType, filename])).toEqual([
      ["application/octet-stream", "offer.eml"],
      ["application/octet-stream", "offer.eml"],
      ["text/html", "offer.eml"],
    ]);
    expect(sent.split(bytes.toString("base64"))).toHaveLength(4);
  });

  test("a bounce is not what is answered", async () => {
    const bounce = testMessage({
      mailboxId: rig.seed.mailboxId,
      inReplyTo: ["<q@x.example>"],
      fromAddress: "mailer-daemon@example.net",
      receivedAtMs: testNow + 1_000,
    });
    await storeMessages(rig.seed.tenant, [bounce], "new");
    await rig.seed.tenant.db
      .updateTable("messages")
      .set({ bounce: true })
      .where("workspace_id", "=", rig.seed.workspaceId)
      .where("id", "=", bounce.id)
      .execute();
    await rig.queue();
    await runOutbox(rig.context());
    expect(rig.server.envelopes).toEqual([["customer@example.net"]]);
  });

  test.each([
    [{ removed_at: new Date() }, "cannot_send"],
    [{ servers: JSON.stringify({ smtp: null }) }, "cannot_send"],
    [{ read_only: true }, "read_only"],
  ])("a mailbox that cannot send says so before anything is queued: %j", async (set, code) => {
    const failed = await failedReply();
    await rig.setMailbox(set);
    const refused = { code, details: { field: "mailboxId" } };
    await expect(rig.queue()).rejects.toMatchObject(refused);
    await expect(retryReply(rig.seed.tenant, failed, rig.clock)).rejects.toMatchObject(refused);
    expect(await rig.stateOf(failed)).toBe("failed");
  });

  test.each([
    [{ text: " " }, "invalid_request", "text"],
    [{ text: undefined, html: "<p>&nbsp;</p>" }, "invalid_request", "html"],
    [{ uploads: [newId()] }, "not_found", "uploads"],
    [{ messageId: newId() }, "not_found", "messageId"],
    [{ mailboxId: newId() }, "not_found", "mailboxId"],
    [{ subject: "a\nb" }, "invalid_request", "subject"],
  ])("names the field at fault: %j", async (more, code, field) => {
    await expect(rig.queue(more)).rejects.toMatchObject({ code, details: { field } });
  });

  test("taken back, it is the person's draft again, before what was begun there since", async () => {
    const by = { clock: rig.clock, userId: "user-1" };
    const { id } = await rig.queue({ html: "<p>First</p>", cc: ["b@example.org"] }, 5_000);
    await cancelReply(rig.seed.tenant, id, by);
    const draftOf = async () => (await getReplyDraft(rig.seed.tenant, rig.conversationId, "user-1")).draft;
    expect(await draftOf()).toMatchObject({
      html: "<p>First</p>",
      to: [{ address: "customer@example.net" }],
      cc: [{ address: "b@example.org" }],
      uploads: [],
    });
    const other = await rig.queue({ html: "<p>Second</p>", userId: "user-2" }, 5_000);
    await cancelReply(rig.seed.tenant, other.id, by);
    expect((await draftOf())?.html).toBe("<p>Second</p><p>First</p>");
    const byKey = await rig.queue({ html: "<p>Third</p>", userId: null }, 5_000);
    await cancelReply(rig.seed.tenant, byKey.id, { ...by, userId: null });
    expect((await draftOf())?.html).toBe("<p>Second</p><p>First</p>");
  });

  test("it can be taken back until it leaves", async () => {
    const { id } = await rig.queue({}, 5_000);
    expect(await runOutbox(rig.context())).toBe(testNow + 5_000);
    await cancelReply(rig.seed.tenant, id, { clock: rig.clock, userId: "user-1" });
    rig.clock.advance(6_000);
    await runOutbox(rig.context());
    expect(rig.server.delivered).toHaveLength(0);
    await expect(
      cancelReply(rig.seed.tenant, id, { clock: rig.clock, userId: "user-1" }),
    ).rejects.toMatchObject({ code: "conflict" });
  });
});
