/** A reply leaves once: deaths, lost leases and answers, late copies, on real PostgreSQL. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { HitchpostError } from "../../src/core/errors.ts";
import { newId } from "../../src/core/ids.ts";
import { resolveReply } from "../../src/inbox/outbox/reply-actions.ts";
import { runOutbox } from "../../src/inbox/outbox/run-outbox.ts";
import { tenantDb, type TenantDb } from "../../src/store/tenant-db.ts";
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

describe("deaths and hand-overs", () => {
  test("three runners over two processes send each reply once", async () => {
    const second = tenantDb(database.secondPool(), rig.seed.workspaceId);
    for (let n = 0; n < 12; n++) await rig.queue();
    const others = [rig.context(), rig.context({ tenant: second }), rig.context({ tenant: second })];
    // Connections are opened beforehand, so that the runners truly meet.
    await Promise.all(
      others
        .flatMap((ctx) => [rig.outboxRow(newId()), ctx.tenant.transaction(async () => 1)])
        .map((one) => one.catch(() => 0)),
    );
    await Promise.all(others.map((ctx) => runOutbox(ctx)));
    const ids = rig.server.delivered.map((raw) => /^Message-ID: (.*)$/im.exec(raw)?.[1]);
    expect([ids.length, new Set(ids).size]).toEqual([12, 12]);
  });

  test("killed after `sending` was committed: nothing leaves again before Sent is proved not to hold it", async () => {
    const { id } = await rig.queue();
    await Promise.race([
      runOutbox(rig.context({ openSender: () => new Promise(() => undefined) })),
      waitFor(async () => (await rig.stateOf(id)) === "sending"),
    ]);
    await rig.setMailbox({ fence: 2 });
    const heir = rig.context({ fence: 2 });
    await runOutbox(heir);
    rig.clock.advance(60_000);
    await runOutbox(heir);
    expect([rig.server.delivered.length, await rig.stateOf(id)]).toEqual([0, "sending"]);
    rig.clock.advance(61_000);
    await runOutbox(heir);
    expect([rig.server.delivered.length, rig.server.listings]).toEqual([1, 1]);
  });

  test.each(["login", "data", "answer"] as const)(
    "killed at %s: the heir sees to it that it leaves once, and so does a sender that wakes up late",
    async (at) => {
      rig.server.files = true;
      rig.server.hangAt = at;
      let valid = true;
      const { id } = await rig.queue();
      const old = runOutbox(rig.context({ leaseValid: () => valid }));
      await rig.server.hanging();
      // A hand-over may take minutes: when it began says nothing of when it ended.
      rig.clock.advance(4 * 60_000);
      valid = false;
      rig.server.hangAt = null;
      await rig.setMailbox({ fence: 2 });
      const heir = rig.context({ fence: 2 });
      const before = rig.server.delivered.length;
      await runOutbox(heir);
      expect([rig.server.delivered.length, rig.server.listings]).toEqual([before, 0]);
      expect(await rig.outboxRow(id)).toMatchObject({ state: "sending", problem: "send_unclear" });
      rig.clock.advance(121_000);
      await runOutbox(heir);
      expect([await rig.stateOf(id), rig.server.delivered.length]).toEqual(["sent", 1]);
      rig.server.release();
      await old.catch(() => undefined); // it has lost the mailbox
      await runOutbox(heir);
      expect([await rig.stateOf(id), rig.server.delivered.length]).toEqual(["sent", 1]);
    },
  );
});

describe("what became of it", () => {
  test("the late copy of an earlier try keeps the next one from leaving", async () => {
    rig.server.breakAt = "after_dot";
    const { id } = await rig.queue();
    await runOutbox(rig.context());
    rig.server.breakAt = "before_data";
    rig.clock.advance(121_000);
    await runOutbox(rig.context()); // not in Sent: tried again, in vain
    expect(await rig.outboxRow(id)).toMatchObject({ state: "queued", problem: "connection_lost" });
    rig.server.breakAt = null;
    const { message_id: ours } = await rig.outboxRow(id);
    await rig.syncSentCopy(id, { messageId: "<n@outlook.example>", originalMessageId: ours });
    rig.clock.advance(3_600_000);
    await runOutbox(rig.context());
    expect([await rig.stateOf(id), rig.server.delivered.length]).toEqual(["done", 1]);
  });

  test("a like reply's copy does not pass for one that waits for another try", async () => {
    rig.server.breakAt = "before_data";
    const waiting = await rig.queue();
    await runOutbox(rig.context());
    rig.server.breakAt = null;
    const other = await rig.queue();
    await runOutbox(rig.context());
    await rig.syncSentCopy(other.id, { messageId: "<n@outlook.example>" });
    expect([await rig.stateOf(waiting.id), await rig.stateOf(other.id)]).toEqual(["queued", "done"]);
  });

  test("a reply that left while the database was away is not taken for one that did not", async () => {
    await rig.setMailbox({ files_sent: false });
    const { id } = await rig.queue();
    let away = 3;
    const flaky: TenantDb = Object.create(rig.seed.tenant, {
      transaction: {
        value: async (work: Parameters<TenantDb["transaction"]>[0]) => {
          if (rig.server.delivered.length > 0 && away-- > 0) throw new Error("the connection ended");
          return rig.seed.tenant.transaction(work);
        },
      },
    }) as TenantDb;
    await runOutbox(rig.context({ tenant: flaky }));
    expect([await rig.stateOf(id), rig.server.delivered.length, away]).toEqual([
      "sent",
      1,
      expect.any(Number),
    ]);
    expect(away).toBeLessThanOrEqual(0);
  });

  test("a claim whose answer was lost is taken back: the reply leaves by the next run, not after ten minutes", async () => {
    const { id } = await rig.queue();
    let away = 2;
    const flaky: TenantDb = Object.create(rig.seed.tenant, {
      transaction: {
        value: async (work: Parameters<TenantDb["transaction"]>[0]) => {
          const done = away === 2 ? await rig.seed.tenant.transaction(work) : null;
          if (away-- > 0) throw new Error("the connection ended"); // first behind the COMMIT
          return done ?? rig.seed.tenant.transaction(work);
        },
      },
    }) as TenantDb;
    await expect(runOutbox(rig.context({ tenant: flaky }))).rejects.toThrow("the connection ended");
    expect([await rig.stateOf(id), rig.server.delivered.length]).toEqual(["queued", 0]);
    await runOutbox(rig.context());
    expect([await rig.stateOf(id), rig.server.delivered.length]).toEqual(["sent", 1]);
  });

  test("that it was not taken is written down though the database is away at that moment", async () => {
    const { id } = await rig.queue();
    let away = 0;
    const flaky: TenantDb = Object.create(rig.seed.tenant, {
      transaction: {
        value: async (work: Parameters<TenantDb["transaction"]>[0]) => {
          if (away-- > 0) throw new Error("the connection ended");
          return rig.seed.tenant.transaction(work);
        },
      },
    }) as TenantDb;
    const openSender = async (): Promise<never> => {
      away = 3;
      throw new HitchpostError("connection_lost", "the server is away");
    };
    await runOutbox(rig.context({ tenant: flaky, openSender }));
    expect(await rig.outboxRow(id)).toMatchObject({ state: "queued", problem: "connection_lost" });
  });

  test.each(["after_data", "after_dot"] as const)(
    "connection lost %s: found in Sent, it is sent",
    async (breakAt) => {
      rig.server.breakAt = breakAt;
      const { id } = await rig.queue();
      await runOutbox(rig.context());
      expect((await rig.outboxRow(id)).problem).toBe("send_unclear");
      rig.server.breakAt = null;
      rig.server.sentFolder = ["9"];
      rig.clock.advance(121_000);
      await runOutbox(rig.context());
      expect([await rig.stateOf(id), rig.server.delivered.length]).toEqual([
        "sent",
        breakAt === "after_dot" ? 1 : 0,
      ]);
    },
  );

  test("unclear and Sent cannot be listed whole: it waits, and after a day a person decides", async () => {
    rig.server.breakAt = "after_data";
    const { id } = await rig.queue();
    await runOutbox(rig.context());
    rig.server.breakAt = null;
    rig.server.listingFails = true;
    rig.clock.advance(3 * 60_000);
    await runOutbox(rig.context());
    expect(await rig.stateOf(id)).toBe("sending");
    rig.clock.advance(25 * 3_600_000);
    await runOutbox(rig.context());
    expect([await rig.stateOf(id), rig.server.delivered.length]).toEqual(["unknown", 0]);
  });

  test.each([false, null])(
    "unclear where the server files no copies (%s): unknown, and one click decides",
    async (filesSent) => {
      await rig.setMailbox({ files_sent: filesSent });
      rig.server.breakAt = "after_dot";
      const { id } = await rig.queue();
      await runOutbox(rig.context());
      rig.server.breakAt = null;
      rig.clock.advance(10 * 60_000);
      await runOutbox(rig.context());
      expect([await rig.stateOf(id), rig.server.delivered.length]).toEqual(["unknown", 1]);
      await resolveReply(rig.seed.tenant, id, "resend", rig.clock);
      await runOutbox(rig.context());
      expect([await rig.stateOf(id), rig.server.delivered.length]).toEqual(["sent", 2]);
      await expect(resolveReply(rig.seed.tenant, id, "sent", rig.clock)).rejects.toMatchObject({
        code: "conflict",
      });
    },
  );
});

describe("the lease, the fence, and copies", () => {
  test("the lease ends before the dot: nothing leaves, and the heir sends it", async () => {
    let valid = true;
    rig.server.beforeDot = () => {
      valid = false;
    };
    const { id } = await rig.queue();
    await runOutbox(rig.context({ leaseValid: () => valid }));
    expect([rig.server.delivered.length, await rig.stateOf(id)]).toEqual([0, "queued"]);
    await expect(runOutbox(rig.context({ leaseValid: () => valid }))).rejects.toMatchObject({
      code: "fence_lost",
    });
    rig.server.beforeDot = () => undefined;
    await rig.setMailbox({ fence: 2 });
    await runOutbox(rig.context({ fence: 2 }));
    expect(rig.server.delivered).toHaveLength(1);
  });

  test.each([
    ["data", 0, null, 1],
    ["answer", 1, "send_unclear", 1],
  ] as const)("we have to stop at %s", async (at, before, problem, after) => {
    const stop = new AbortController();
    Object.assign(rig.server, { files: true, hangAt: at });
    const [{ id }, other] = [await rig.queue(), await rig.queue()];
    const running = runOutbox(rig.context({ signal: stop.signal }));
    await rig.server.hanging();
    stop.abort(new Error("stopping"));
    await running;
    expect([rig.server.delivered.length, (await rig.outboxRow(id)).problem]).toEqual([before, problem]);
    expect(await rig.stateOf(other.id)).toBe("queued"); // it was not begun
    rig.server.release();
    await runOutbox(rig.context());
    rig.clock.advance(121_000);
    await runOutbox(rig.context());
    expect([await rig.stateOf(id), await rig.stateOf(other.id)]).toEqual(["sent", "sent"]);
    expect(rig.server.delivered).toHaveLength(after + 1);
  });

  test("the lease ends before the copy is filed: the heir files it, once", async () => {
    await rig.setMailbox({ files_sent: false });
    await rig.queue();
    let valid = true;
    const { listAll } = rig.server.source;
    const slow = { ...rig.server.source, listAll: (path: string) => ((valid = false), listAll(path)) };
    const lost = rig.context({ leaseValid: () => valid, withSource: (work) => work(slow) });
    await expect(runOutbox(lost)).rejects.toMatchObject({ code: "fence_lost" });
    expect(rig.server.appended).toHaveLength(0);
    await rig.setMailbox({ fence: 2 });
    await runOutbox(rig.context({ fence: 2 }));
    expect([rig.server.delivered.length, rig.server.appended.length]).toEqual([1, 1]);
  });

  test("an old fence cannot claim", async () => {
    const { id } = await rig.queue();
    await rig.setMailbox({ fence: 2 });
    await expect(runOutbox(rig.context())).rejects.toMatchObject({ code: "fence_lost" });
    expect([rig.server.delivered.length, await rig.stateOf(id)]).toEqual([0, "queued"]);
  });

  test.each([false, null])(
    "unclear, and it stands in Sent though nobody knew of copies (%s): sent",
    async (filesSent) => {
      await rig.setMailbox({ files_sent: filesSent });
      Object.assign(rig.server, { breakAt: "after_dot", files: true });
      const { id } = await rig.queue();
      await runOutbox(rig.context());
      rig.clock.advance(121_000);
      await runOutbox(rig.context());
      expect([await rig.stateOf(id), rig.server.delivered.length, rig.server.appended.length]).toEqual([
        "sent",
        1,
        0,
      ]);
    },
  );

  test("a copy that syncs while we wait for proof settles it", async () => {
    rig.server.breakAt = "after_dot";
    const { id } = await rig.queue();
    await runOutbox(rig.context());
    await rig.syncSentCopy(id, {
      messageId: "<n@outlook.example>",
      originalMessageId: (await rig.outboxRow(id)).message_id,
    });
    rig.clock.advance(10 * 60_000);
    await runOutbox(rig.context());
    expect([await rig.stateOf(id), rig.server.delivered.length]).toEqual(["done", 1]);
    expect(await rig.answeredFlags()).toEqual([["\\Answered"]]);
  });

  test("the copy is there before the server's answer", async () => {
    rig.server.hangAt = "answer";
    const { id } = await rig.queue();
    const running = runOutbox(rig.context());
    await rig.server.hanging();
    const { message_id: ours } = await rig.outboxRow(id);
    await rig.syncSentCopy(id, { messageId: "<n@outlook.example>", originalMessageId: ours });
    rig.server.release();
    await running;
    expect([await rig.stateOf(id), rig.server.delivered.length, rig.server.appended.length]).toEqual([
      "done",
      1,
      0,
    ]);
    expect(await rig.answeredFlags()).toEqual([["\\Answered"]]);
  });
});

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
