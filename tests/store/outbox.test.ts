/** A reply leaves once: every way in which sending can break, on real PostgreSQL. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../src/core/ids.ts";
import { getMessage, listMessages } from "../../src/inbox/messages.ts";
import type { OutboxContext } from "../../src/inbox/outbox/outbox-context.ts";
import { queueReply, type ReplyRequest } from "../../src/inbox/outbox/queue-reply.ts";
import { cancelReply, resolveReply, retryReply } from "../../src/inbox/outbox/reply-actions.ts";
import { runOutbox } from "../../src/inbox/outbox/run-outbox.ts";
import { saveDraft } from "../../src/store/drafts.ts";
import { tenantDb } from "../../src/store/tenant-db.ts";
import { seedWorkspace, testDatabase, type SeededWorkspace, type TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";
import { fakeClock, storeMessages, testMessage, testNow } from "./inbox-fixtures.ts";
import { FakeServer } from "./outbox-fake-server.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const owner = newId();

let seed: SeededWorkspace;
let server: FakeServer;
let clock: ReturnType<typeof fakeClock>;
let conversationId: string;

beforeEach(async () => {
  seed = await seedWorkspace(database.pool);
  server = new FakeServer();
  clock = fakeClock();
  await setMailbox({ owner, fence: 1, files_sent: true });
  await seed.tenant.db
    .insertInto("folders")
    .values({
      workspace_id: seed.workspaceId,
      id: newId(),
      mailbox_id: seed.mailboxId,
      path: "Sent",
      name: "Sent",
      role: "sent",
    })
    .execute();
  const question = testMessage({
    mailboxId: seed.mailboxId,
    messageId: "<q@x.example>",
    subject: "Order 7",
    text: "Where is it?",
  });
  conversationId = [...(await storeMessages(seed.tenant, [question], "new")).conversationOf.values()][0]!;
});

const setMailbox = (set: { owner?: string; fence?: number; files_sent?: boolean | null }): Promise<unknown> =>
  seed.tenant.db
    .updateTable("mailboxes")
    .set(set)
    .where("workspace_id", "=", seed.workspaceId)
    .where("id", "=", seed.mailboxId)
    .execute();

const context = (more: Partial<OutboxContext> = {}): OutboxContext => ({
  tenant: seed.tenant,
  mailboxId: seed.mailboxId,
  owner,
  fence: 1,
  clock,
  log: silentLog,
  leaseValid: () => true,
  openSender: async () => server.sender,
  withSource: (work) => work(server.source),
  blobs: { readBytes: async () => new Uint8Array() },
  ...more,
});

const queue = (more: Partial<ReplyRequest> = {}, sendDelayMs = 0) =>
  queueReply(
    seed.tenant,
    {
      conversationId,
      text: "It is on its way. 谢谢",
      uploads: [],
      requestHash: "h",
      userId: "user-1",
      ...more,
    },
    { clock, sendDelayMs },
  );

const outboxRow = (id: string) =>
  seed.tenant.db
    .selectFrom("outbox")
    .selectAll()
    .where("workspace_id", "=", seed.workspaceId)
    .where("id", "=", id)
    .executeTakeFirstOrThrow();

const stateOf = async (id: string): Promise<string> => (await outboxRow(id)).state;

/** The server's Sent copy as sync brings it. */
async function syncSentCopy(id: string, more: { messageId: string; originalMessageId?: string | null }) {
  const row = await outboxRow(id);
  const copy = testMessage({
    mailboxId: seed.mailboxId,
    originalMessageId: null,
    ...more,
    inReplyTo: ["<q@x.example>"],
    subject: row.subject,
    fromAddress: "support@example.com",
    to: ["customer@example.net"],
    direction: "out",
    seen: true,
    textDigest: row.text_digest,
    receivedAtMs: (row.sending_at ?? row.created_at).getTime() + 1_000,
  });
  await storeMessages(seed.tenant, [copy], "new");
  return copy;
}

describe("the plain way", () => {
  test("a reply is shown at once, leaves once, and its renamed copy takes its place", async () => {
    const { id } = await queue();
    const shown = await listMessages(seed.tenant, conversationId, { limit: 50 });
    expect(shown.items.map((item) => item.outbox?.state ?? null)).toEqual([null, "queued"]);
    await runOutbox(context());
    await runOutbox(context());
    expect(server.delivered).toHaveLength(1);
    expect(server.delivered[0]).toContain("In-Reply-To: <q@x.example>");
    expect(server.appended).toHaveLength(0);
    const copy = await syncSentCopy(id, {
      messageId: "<renamed-1@outlook.example>",
      originalMessageId: (await outboxRow(id)).message_id,
    });
    const row = await outboxRow(id);
    expect(row).toMatchObject({
      state: "done",
      sent_row: copy.id,
      sent_message_id: "<renamed-1@outlook.example>",
    });
    const after = await listMessages(seed.tenant, conversationId, { limit: 50 });
    expect(after.items.map((item) => [item.direction, item.outbox])).toEqual([
      ["in", null],
      ["out", null],
    ]);
    expect((await getMessage(seed.tenant, id)).id).toBe(copy.id);
  });

  test("an answer to the renamed id joins, even before the copy is synced", async () => {
    await queue();
    await runOutbox(context());
    const answer = testMessage({
      mailboxId: seed.mailboxId,
      messageId: "<a@x.example>",
      inReplyTo: ["<renamed-1@outlook.example>"],
      subject: "thanks",
    });
    const { conversationOf } = await storeMessages(seed.tenant, [answer], "new");
    expect(conversationOf.get(answer.id)).toBe(conversationId);
  });

  test("an answer to the id that we gave joins too, where the server kept it", async () => {
    const { id } = await queue();
    const { message_id: ours } = await outboxRow(id);
    const answer = testMessage({ mailboxId: seed.mailboxId, inReplyTo: [ours], subject: "thanks" });
    const { conversationOf } = await storeMessages(seed.tenant, [answer], "new");
    expect(conversationOf.get(answer.id)).toBe(conversationId);
  });

  test("a copy without our ids is known by people, subject, date and words; each reply by one copy", async () => {
    const first = await queue();
    const second = await queue();
    await runOutbox(context());
    const copy = await syncSentCopy(first.id, { messageId: "<new-1@outlook.example>" });
    await syncSentCopy(second.id, { messageId: "<new-2@outlook.example>" });
    expect((await outboxRow(first.id)).sent_row).toBe(copy.id);
    expect([await stateOf(first.id), await stateOf(second.id)]).toEqual(["done", "done"]);
  });

  test("Bcc stands in the envelope only", async () => {
    await queue({ bcc: ["secret@example.org"] });
    await runOutbox(context());
    expect(server.envelopes[0]).toEqual(["customer@example.net", "secret@example.org"]);
    expect(server.delivered[0]).not.toContain("secret@example.org");
  });
});

describe("queueing", () => {
  test("the same key and body is the same reply; another body is a conflict; ten at once are one", async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => queue({ idempotencyKey: "k" })));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(all.filter(({ created }) => created)).toHaveLength(1);
    await expect(queue({ idempotencyKey: "k", requestHash: "other" })).rejects.toMatchObject({
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
    await saveDraft(seed.tenant, conversationId, "user-1", {});
    await queue();
    const drafts = await seed.tenant.db
      .selectFrom("drafts")
      .select("user_id")
      .where("workspace_id", "=", seed.workspaceId)
      .execute();
    expect(drafts).toEqual([]);
  });

  test.each([
    [{ to: ["ok@example.org", "no address"] }, "to.1"],
    [{ cc: ["a@b\r\nBcc: x@y.example"] }, "cc.0"],
    [{ to: [] }, "to"],
  ])("refuses %j", async (more, field) => {
    await expect(queue(more)).rejects.toMatchObject({ code: "recipient_invalid", details: { field } });
  });

  test("a subject with a line break cannot start a header", async () => {
    await expect(queue({ subject: "Hi\r\nBcc: x@y.example" })).rejects.toMatchObject({
      code: "invalid_request",
    });
  });

  test("another workspace's conversation is not there", async () => {
    const other = await seedWorkspace(database.pool);
    const reply = queueReply(
      other.tenant,
      { conversationId, text: "x", uploads: [], requestHash: "h", userId: null },
      { clock, sendDelayMs: 0 },
    );
    await expect(reply).rejects.toMatchObject({ code: "not_found" });
  });

  test("it can be taken back until it leaves", async () => {
    const { id } = await queue({}, 5_000);
    expect(await runOutbox(context())).toBe(testNow + 5_000);
    await cancelReply(seed.tenant, id, clock);
    clock.advance(6_000);
    await runOutbox(context());
    expect(server.delivered).toHaveLength(0);
    await expect(cancelReply(seed.tenant, id, clock)).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("never twice", () => {
  test("three runners over two processes send each reply once", async () => {
    const second = tenantDb(database.secondPool(), seed.workspaceId);
    for (let n = 0; n < 12; n++) await queue();
    const others = [context(), context({ tenant: second }), context({ tenant: second })];
    // Connections are opened beforehand, so that the runners truly meet.
    await Promise.all(
      others
        .flatMap((ctx) => [outboxRow(newId()), ctx.tenant.transaction(async () => 1)])
        .map((one) => one.catch(() => 0)),
    );
    await Promise.all(others.map((ctx) => runOutbox(ctx)));
    const ids = server.delivered.map((raw) => /^Message-ID: (.*)$/im.exec(raw)?.[1]);
    expect([ids.length, new Set(ids).size]).toEqual([12, 12]);
  });

  test("killed after `sending` was committed: nothing leaves again before Sent is proved not to hold it", async () => {
    const { id } = await queue();
    await Promise.race([
      runOutbox(context({ openSender: () => new Promise(() => undefined) })),
      waitFor(async () => (await stateOf(id)) === "sending"),
    ]);
    await setMailbox({ fence: 2 });
    const heir = context({ fence: 2 });
    await runOutbox(heir);
    clock.advance(60_000);
    await runOutbox(heir);
    expect([server.delivered.length, await stateOf(id)]).toEqual([0, "sending"]);
    clock.advance(61_000);
    await runOutbox(heir);
    expect([server.delivered.length, server.listings]).toEqual([1, 1]);
  });

  test.each(["after_data", "after_dot"] as const)(
    "connection lost %s: found in Sent, it is sent",
    async (breakAt) => {
      server.breakAt = breakAt;
      const { id } = await queue();
      await runOutbox(context());
      expect((await outboxRow(id)).problem).toBe("send_unclear");
      server.breakAt = null;
      server.sentFolder = ["9"];
      clock.advance(121_000);
      await runOutbox(context());
      expect([await stateOf(id), server.delivered.length]).toEqual(["sent", breakAt === "after_dot" ? 1 : 0]);
    },
  );

  test("unclear and Sent cannot be listed whole: it waits, and after a day a person decides", async () => {
    server.breakAt = "after_data";
    const { id } = await queue();
    await runOutbox(context());
    server.breakAt = null;
    server.listingFails = true;
    clock.advance(3 * 60_000);
    await runOutbox(context());
    expect(await stateOf(id)).toBe("sending");
    clock.advance(25 * 3_600_000);
    await runOutbox(context());
    expect([await stateOf(id), server.delivered.length]).toEqual(["unknown", 0]);
  });

  test.each([false, null])(
    "unclear where the server files no copies (%s): unknown, and one click decides",
    async (filesSent) => {
      await setMailbox({ files_sent: filesSent });
      server.breakAt = "after_dot";
      const { id } = await queue();
      await runOutbox(context());
      server.breakAt = null;
      clock.advance(10 * 60_000);
      await runOutbox(context());
      expect([await stateOf(id), server.delivered.length]).toEqual(["unknown", 1]);
      await resolveReply(seed.tenant, id, "resend", clock);
      await runOutbox(context());
      expect([await stateOf(id), server.delivered.length]).toEqual(["sent", 2]);
      await expect(resolveReply(seed.tenant, id, "sent", clock)).rejects.toMatchObject({ code: "conflict" });
    },
  );

  test("the lease ends before the dot: nothing leaves, and the heir sends it", async () => {
    let valid = true;
    server.beforeDot = () => {
      valid = false;
    };
    const { id } = await queue();
    await runOutbox(context({ leaseValid: () => valid }));
    expect([server.delivered.length, await stateOf(id)]).toEqual([0, "queued"]);
    await expect(runOutbox(context({ leaseValid: () => valid }))).rejects.toMatchObject({
      code: "fence_lost",
    });
    server.beforeDot = () => undefined;
    await setMailbox({ fence: 2 });
    await runOutbox(context({ fence: 2 }));
    expect(server.delivered).toHaveLength(1);
  });

  test("an old fence cannot claim", async () => {
    const { id } = await queue();
    await setMailbox({ fence: 2 });
    await expect(runOutbox(context())).rejects.toMatchObject({ code: "fence_lost" });
    expect([server.delivered.length, await stateOf(id)]).toEqual([0, "queued"]);
  });

  test("a copy that syncs while we wait for proof settles it", async () => {
    server.breakAt = "after_dot";
    const { id } = await queue();
    await runOutbox(context());
    await syncSentCopy(id, {
      messageId: "<n@outlook.example>",
      originalMessageId: (await outboxRow(id)).message_id,
    });
    clock.advance(10 * 60_000);
    await runOutbox(context());
    expect([await stateOf(id), server.delivered.length]).toEqual(["done", 1]);
  });
});

describe("failures", () => {
  test("refused for good: failed with the server's line; a person tries again", async () => {
    server.breakAt = "rejected";
    const { id } = await queue();
    await runOutbox(context());
    expect(await outboxRow(id)).toMatchObject({
      state: "failed",
      problem: "send_rejected",
      response: "550 no",
    });
    server.breakAt = null;
    await retryReply(seed.tenant, id, clock);
    await runOutbox(context());
    expect(server.delivered).toHaveLength(1);
  });

  test("not reached: tried again later by itself", async () => {
    server.breakAt = "before_data";
    const { id } = await queue();
    const next = await runOutbox(context());
    expect(await stateOf(id)).toBe("queued");
    expect(next).toBeGreaterThan(clock.now());
    server.breakAt = null;
    clock.set(next!);
    await runOutbox(context());
    expect([await stateOf(id), server.delivered.length]).toEqual(["sent", 1]);
  });

  test("where the server files no copies, ours is filed once", async () => {
    await setMailbox({ files_sent: false });
    const { id } = await queue();
    await runOutbox(context());
    await runOutbox(context());
    expect(server.appended).toHaveLength(1);
    expect(server.appended[0]).toContain((await outboxRow(id)).message_id);
  });

  test("what the server does with copies is learnt from the first reply", async () => {
    await setMailbox({ files_sent: null });
    await queue();
    await runOutbox(context());
    expect(server.appended).toHaveLength(0);
    server.sentFolder = ["5"];
    clock.advance(121_000);
    await runOutbox(context());
    const { files_sent } = await seed.tenant.db
      .selectFrom("mailboxes")
      .select("files_sent")
      .where("workspace_id", "=", seed.workspaceId)
      .executeTakeFirstOrThrow();
    expect([files_sent, server.appended.length]).toEqual([true, 0]);
  });
});

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
