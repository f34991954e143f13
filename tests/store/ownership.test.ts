import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { newId } from "../../src/core/ids.ts";
import { countForsaken } from "../../src/store/census.ts";
import { withFence } from "../../src/store/fence.ts";
import {
  claimMailboxes,
  heartbeat,
  ownedMailboxes,
  registerProcess,
  releaseMailboxes,
  unregisterProcess,
  workspacesToClaim,
} from "../../src/store/leases.ts";
import { startHeart } from "../../src/store/process-heart.ts";
import { removeMailbox } from "../../src/store/remove-mailbox.ts";
import { tenantDb } from "../../src/store/tenant-db.ts";
import { seedWorkspace, testDatabase, type TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const noop = async (): Promise<void> => undefined;
const facts = { kind: "serve", hostname: "test", pid: 1 };

/** Makes a process look as if it had been silent for that long. */
const silence = (processId: string, seconds: number) =>
  database.pool.query("UPDATE processes SET heartbeat_at = now() - make_interval(secs => $2) WHERE id = $1", [
    processId,
    seconds,
  ]);

const owned = async () => {
  const seeded = await seedWorkspace(database.pool);
  const owner = await registerProcess(database.pool, facts);
  const [claim] = await claimMailboxes(database.pool, seeded.tenant, { processId: owner, limit: 10 });
  return { ...seeded, owner, fence: claim!.fence };
};

describe("leases", () => {
  test("a mailbox is claimed once, by one process, with the next fence", async () => {
    const { tenant, workspaceId, mailboxId } = await seedWorkspace(database.pool);
    const [a, b] = await Promise.all([
      registerProcess(database.pool, facts),
      registerProcess(database.pool, facts),
    ]);
    expect(await workspacesToClaim(database.pool, 1000)).toContain(workspaceId);
    const claims = await Promise.all(
      [a, b].map((processId) => claimMailboxes(database.pool, tenant, { processId, limit: 5 })),
    );
    expect(claims.flat()).toEqual([{ mailboxId, fence: 1 }]);
    expect(await workspacesToClaim(database.pool, 1000)).not.toContain(workspaceId);
  });

  test("nobody takes from a living owner; a silent one is taken over with fence + 1 and can write no more", async () => {
    const { tenant, mailboxId, owner, fence } = await owned();
    const other = await registerProcess(database.pool, facts);
    await silence(owner, 9);
    expect(await claimMailboxes(database.pool, tenant, { processId: other, limit: 5 })).toEqual([]);
    await silence(owner, 11);
    expect(await claimMailboxes(database.pool, tenant, { processId: other, limit: 5 })).toEqual([
      { mailboxId, fence: fence + 1 },
    ]);
    expect(await heartbeat(database.pool, owner)).toBe(false);
    const warned: object[] = [];
    const log = { ...silentLog, warn: (fields: object) => void warned.push(fields) };
    const late = withFence(tenant, { mailboxId, owner, fence }, async () => "written", { log });
    await expect(late).rejects.toMatchObject({ code: "fence_lost" });
    expect(warned).toEqual([{ mailboxId, owner, fence, ownerNow: other, fenceNow: fence + 1 }]);
    await expect(
      withFence(tenant, { mailboxId, owner: other, fence: fence + 1 }, async () => "written"),
    ).resolves.toBe("written");
  });

  test("released and unregistered mailboxes are free at once", async () => {
    const { tenant, mailboxId, owner } = await owned();
    const other = await registerProcess(database.pool, facts);
    expect(await ownedMailboxes(tenant, owner)).toEqual({
      owned: [{ mailboxId, fence: 1, state: "live", chosenAtMs: 0 }],
      unowned: false,
    });
    expect(await releaseMailboxes(tenant, other, [mailboxId])).toBe(0);
    expect(await releaseMailboxes(tenant, owner, [mailboxId])).toBe(1);
    expect(await claimMailboxes(database.pool, tenant, { processId: other, limit: 5 })).toEqual([
      { mailboxId, fence: 2 },
    ]);
    await unregisterProcess(database.pool, other);
    const third = await registerProcess(database.pool, facts);
    expect(
      await claimMailboxes(database.pool, tenant, { processId: third, limit: 5, only: newId() }),
    ).toEqual([]);
    expect(
      await claimMailboxes(database.pool, tenant, { processId: third, limit: 5, only: mailboxId }),
    ).toEqual([{ mailboxId, fence: 3 }]);
  });

  test("the heart keeps the lease, tells when it was lost, and goes on under a new id", async () => {
    let nowMs = 0;
    let tick = Promise.withResolvers<void>();
    const clock = {
      now: () => nowMs,
      monotonic: () => nowMs,
      sleep: (_ms: number, signal?: AbortSignal) =>
        Promise.race([
          tick.promise,
          new Promise<void>((_, reject) =>
            signal?.addEventListener("abort", () => reject(new Error("stop"))),
          ),
        ]),
    };
    const lost = Promise.withResolvers<void>();
    const heart = await startHeart({
      pool: database.pool,
      clock,
      log: silentLog,
      facts,
      onLost: lost.resolve,
    });
    const first = heart.processId;
    expect(heart.leaseLeftMs()).toBe(9_000);
    nowMs = 9_500;
    expect(heart.leaseLeftMs()).toBeLessThan(0);
    await silence(first, 60);
    // It is no newcomer under its new id: nobody waits to see whose successor it is before it gets its share.
    await database.pool.query("UPDATE processes SET started_at = now() - interval '1 hour' WHERE id = $1", [
      first,
    ]);
    const now = tick;
    tick = Promise.withResolvers();
    now.resolve();
    await lost.promise;
    await heart.close();
    expect(heart.processId).not.toBe(first);
    const { rows } = await database.pool.query(
      "SELECT started_at < now() - interval '59 minutes' AS known FROM processes WHERE id = $1",
      [heart.processId],
    );
    expect(rows).toEqual([{ known: true }]);
    expect(await heartbeat(database.pool, heart.processId)).toBe(false);
  });
});

test("a mailbox is forsaken once nobody alive has owned it for 15 s, unless it is paused", async () => {
  const { pool } = database;
  const set = (text: string) => pool.query(`UPDATE mailboxes SET ${text} WHERE removed_at IS NULL`);
  const { owner, mailboxId } = await owned();
  await pool.query("UPDATE mailboxes SET removed_at = now() WHERE id <> $1", [mailboxId]);
  await set("created_at = now() - interval '1 hour', state_since = now() - interval '1 hour'");
  const seen: [string, number][] = [];
  for (const seconds of [0, 14, 16]) {
    await silence(owner, seconds);
    await set("owner_since = now() - interval '1 hour'");
    seen.push([`owner silent for ${seconds} s`, await countForsaken(pool)]);
  }
  for (const seconds of [0, 14, 16]) {
    await set(`owner = NULL, owner_since = now() - interval '${seconds} seconds'`);
    seen.push([`given back ${seconds} s ago`, await countForsaken(pool)]);
  }
  await set("state_since = now()"); // resumed: it had no owner while it was paused
  seen.push(["just resumed", await countForsaken(pool)]);
  await set("state = 'paused', state_since = now() - interval '1 hour'");
  seen.push(["paused", await countForsaken(pool)]);
  expect(seen).toEqual([
    ["owner silent for 0 s", 0],
    ["owner silent for 14 s", 0],
    ["owner silent for 16 s", 1],
    ["given back 0 s ago", 0],
    ["given back 14 s ago", 0],
    ["given back 16 s ago", 1],
    ["just resumed", 0],
    ["paused", 0],
  ]);
});

describe("the fence", () => {
  test("a removed mailbox and a wrong fence are refused", async () => {
    const { tenant, mailboxId, owner, fence } = await owned();
    await expect(withFence(tenant, { mailboxId, owner, fence: fence + 1 }, noop)).rejects.toMatchObject({
      code: "fence_lost",
    });
    await expect(withFence(tenant, { mailboxId, owner: newId(), fence }, noop)).rejects.toMatchObject({
      code: "fence_lost",
    });
    await tenant.transaction((tx) => removeMailbox(tx, mailboxId, "keep"));
    await expect(withFence(tenant, { mailboxId, owner, fence }, noop)).rejects.toMatchObject({
      code: "fence_lost",
    });
  });

  test("transactions of one mailbox run side by side, a take-over waits for them", async () => {
    const { tenant, mailboxId, owner, fence } = await owned();
    const other = await registerProcess(database.pool, facts);
    const both = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    let inside = 0;
    const work = async (): Promise<void> => {
      if (++inside === 2) both.resolve();
      await end.promise;
    };
    const writers = [1, 2].map(() => withFence(tenant, { mailboxId, owner, fence }, work));
    await both.promise;
    await silence(owner, 60);
    // Locked rows are passed over: the next look finds them free.
    expect(await claimMailboxes(database.pool, tenant, { processId: other, limit: 5 })).toEqual([]);
    end.resolve();
    await Promise.all(writers);
    expect(await claimMailboxes(database.pool, tenant, { processId: other, limit: 5 })).toHaveLength(1);
  });

  test("exclusive transactions that write the mailbox's row do not deadlock", async () => {
    const { tenant, workspaceId, mailboxId, owner, fence } = await owned();
    const write = () =>
      withFence(
        tenant,
        { mailboxId, owner, fence },
        (tx) =>
          tx.db
            .updateTable("mailboxes")
            .set({ display_name: "x" })
            .where("workspace_id", "=", workspaceId)
            .where("id", "=", mailboxId)
            .execute(),
        { exclusive: true },
      );
    await expect(Promise.all(Array.from({ length: 8 }, write))).resolves.toHaveLength(8);
  });

  test("an owner that is stopped inside its transaction is cut off after 5 s, and cannot commit", async () => {
    const { workspaceId, mailboxId, owner, fence } = await owned();
    const stopped = tenantDb(database.secondPool(), workspaceId);
    const holding = Promise.withResolvers<void>();
    const resume = Promise.withResolvers<void>();
    const writing = withFence(stopped, { mailboxId, owner, fence }, async (tx) => {
      holding.resolve();
      await resume.promise;
      await tx.db
        .updateTable("mailboxes")
        .set({ display_name: "late" })
        .where("workspace_id", "=", workspaceId)
        .execute();
    });
    writing.catch(() => undefined);
    await holding.promise;
    const before = systemClock.monotonic();
    await database.pool.query("UPDATE mailboxes SET fence = fence + 1 WHERE workspace_id = $1 AND id = $2", [
      workspaceId,
      mailboxId,
    ]);
    const waitedMs = systemClock.monotonic() - before;
    resume.resolve();
    await expect(writing).rejects.toThrow();
    expect(waitedMs).toBeGreaterThan(3_000);
    expect(waitedMs).toBeLessThan(7_000);
    const { rows } = await database.pool.query("SELECT display_name FROM mailboxes WHERE id = $1", [
      mailboxId,
    ]);
    expect(rows).toEqual([{ display_name: "" }]);
  });
});
