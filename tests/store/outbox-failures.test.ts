/** Replies that do not leave: refused, not reached, undecided, disconnected; and their copies where we file them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { getMessage } from "../../src/inbox/messages.ts";
import { resolveReply, retryReply } from "../../src/inbox/outbox/reply-actions.ts";
import { runOutbox } from "../../src/inbox/outbox/run-outbox.ts";
import { removeMailbox } from "../../src/store/remove-mailbox.ts";
import { hurryReplies } from "../../src/store/waiting-replies.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
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

describe("failures", () => {
  test("disconnecting the mailbox leaves what was being handed over to a person", async () => {
    rig.server.hangAt = "answer";
    const { id } = await rig.queue();
    const running = runOutbox(rig.context());
    await rig.server.hanging();
    const waiting = await rig.queue();
    await rig.seed.tenant.transaction((tx) => removeMailbox(tx, rig.seed.mailboxId, "keep"));
    rig.server.release();
    await running.catch(() => undefined); // it has lost the mailbox
    expect([await rig.stateOf(id), await rig.stateOf(waiting.id)]).toEqual(["unknown", "cancelled"]);
    expect(rig.server.delivered).toHaveLength(1);
  });

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

  test.each([
    ["login", 1],
    ["before_data", 1],
    ["greylisted", 3],
    ["rejected", 3],
  ] as const)("%s: the others wait only where the server itself is closed to us", async (breakAt, visits) => {
    rig.server.breakAt = breakAt;
    const ids = [];
    for (let n = 0; n < 3; n++) ids.push((await rig.queue()).id);
    const next = await runOutbox(rig.context());
    await runOutbox(rig.context());
    expect(rig.server.visits).toBe(visits);
    const rows = await Promise.all(ids.map((id) => rig.outboxRow(id)));
    expect(new Set(rows.map(({ problem }) => problem)).size).toBe(1);
    rig.server.breakAt = null;
    if (next !== null) rig.clock.set(next + 120_000);
    await runOutbox(rig.context());
    expect(rig.server.delivered).toHaveLength(breakAt === "rejected" ? 0 : 3);
  });

  test.each([
    ["login", true],
    ["before_data", false],
  ] as const)("a new sign-in hurries what waited for it (%s: %s)", async (breakAt, hurried) => {
    rig.server.breakAt = breakAt;
    const { id } = await rig.queue();
    await runOutbox(rig.context());
    const before = (await rig.outboxRow(id)).next_try_at.getTime();
    await hurryReplies(rig.seed.tenant, rig.seed.mailboxId);
    expect((await rig.outboxRow(id)).next_try_at.getTime() !== before).toBe(hurried);
  });

  test("set to read only before it leaves, nothing leaves and nothing is filed", async () => {
    await rig.setMailbox({ files_sent: null });
    const sent = await rig.queue();
    await runOutbox(rig.context());
    const { id } = await rig.queue();
    await rig.setMailbox({ read_only: true });
    rig.clock.advance(121_000);
    await runOutbox(rig.context());
    expect(await rig.outboxRow(id)).toMatchObject({ state: "failed", problem: "read_only" });
    expect(await rig.outboxRow(sent.id)).toMatchObject({ state: "sent", problem: null });
    expect([rig.server.delivered.length, rig.server.appended.length]).toEqual([1, 0]);
  });
});

describe("copies that we file", () => {
  test("where the server files no copies, ours is filed once", async () => {
    await rig.setMailbox({ files_sent: false });
    const { id } = await rig.queue();
    await runOutbox(rig.context());
    await runOutbox(rig.context());
    expect(rig.server.appended).toHaveLength(1);
    expect(rig.server.appended[0]).toContain((await rig.outboxRow(id)).message_id);
  });

  test("of two replies to one person within two minutes each is filed, though the first one's copy is not read yet", async () => {
    await rig.setMailbox({ files_sent: false });
    const replies = [await rig.queue(), await rig.queue({ text: "And here is its number." })];
    await runOutbox(rig.context());
    const ids = await Promise.all(replies.map(async ({ id }) => (await rig.outboxRow(id)).message_id));
    expect(rig.server.appended).toHaveLength(2);
    for (const [n, id] of ids.entries()) expect(rig.server.appended[n]).toContain(`Message-ID: ${id}`);
  });

  test("the answer to filing it is lost: it is not filed again", async () => {
    await rig.setMailbox({ files_sent: false });
    rig.server.appendAnswerLost = true;
    const { id } = await rig.queue();
    const next = await runOutbox(rig.context());
    expect(next).toBeGreaterThan(rig.clock.now());
    rig.clock.set(next!);
    rig.server.appendAnswerLost = false;
    expect(await runOutbox(rig.context())).toBeNull();
    expect(await rig.stateOf(id)).toBe("sent");
    expect([rig.server.appended.length, rig.server.delivered.length]).toEqual([1, 1]);
    const shown = await getMessage(rig.seed.tenant, id);
    expect(shown.outbox).toMatchObject({ state: "sent", problem: null });
  });

  test("a person's word that it was sent files the copy that is missing, where we file them", async () => {
    await rig.setMailbox({ files_sent: false });
    rig.server.breakAt = "after_dot";
    const { id } = await rig.queue();
    await runOutbox(rig.context());
    rig.clock.advance(121_000);
    await runOutbox(rig.context());
    expect(await rig.stateOf(id)).toBe("unknown");
    await resolveReply(rig.seed.tenant, id, "sent", rig.clock);
    await runOutbox(rig.context());
    expect(await rig.stateOf(id)).toBe("sent");
    expect([rig.server.appended.length, rig.server.delivered.length]).toEqual([1, 1]);
    expect(await rig.answeredFlags()).toEqual([["\\Answered"]]);
  });

  test("what the server does with copies is learnt from the first reply", async () => {
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
