import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { newId } from "../../src/core/ids.ts";
import { createEventHints, othersHints } from "../../src/store/event-hints.ts";
import { appendEvents, latestSeq, listEvents, oldestSeq } from "../../src/store/events.ts";
import { findMailbox } from "../../src/store/mailboxes.ts";
import type { NewEvent } from "../../src/store/new-event.ts";
import type { TenantDb } from "../../src/store/tenant-db.ts";
import { tenantDb } from "../../src/store/tenant-db.ts";
import { seedWorkspace, testDatabase, type TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const event = (n: number): NewEvent => ({
  type: "mailbox.progress",
  mailboxId: null,
  conversationId: null,
  payload: { n },
});

/** In the order of their numbers. */
const payloads = async (tenant: TenantDb) =>
  (await listEvents(tenant, 0, 100)).map(({ payload }) => payload["n"]);

/** Holds a transaction open between its work and its commit. */
const held = (tenant: TenantDb, work: (tx: TenantDb) => Promise<unknown>) => {
  const working = Promise.withResolvers<void>();
  const commit = Promise.withResolvers<void>();
  const done = tenant.transaction(async (tx) => {
    await work(tx);
    working.resolve();
    await commit.promise;
  });
  return { working: working.promise, commit: commit.resolve, done };
};

describe("events", () => {
  test("are numbered without gaps, in order within a transaction", async () => {
    const { tenant } = await seedWorkspace(database.pool);
    await tenant.transaction((tx) => appendEvents(tx, [event(1), event(2), event(3)]));
    await appendEvents(tenant, [event(4)]);
    await appendEvents(tenant, []);
    const events = await listEvents(tenant, 1, 2);
    expect(events.map(({ seq, payload }) => [seq, payload["n"]])).toEqual([
      [2, 2],
      [3, 3],
    ]);
    expect([await oldestSeq(tenant), await latestSeq(tenant)]).toEqual([1, 4]);
  });

  test("a reader that resumes after the last number it saw misses none, whatever commits when", async () => {
    const { tenant } = await seedWorkspace(database.pool);
    const seen: number[] = [];
    const read = async (): Promise<void> => {
      for (const one of await listEvents(tenant, seen.at(-1) ?? 0, 1000)) seen.push(one.seq);
    };
    const written = new AbortController();
    const reader = (async () => {
      while (!written.signal.aborted) await read();
    })();
    const writer = (n: number) =>
      tenant.transaction(async (tx) => {
        await tx.db.selectFrom("mailboxes").select("id").where("workspace_id", "=", tx.workspaceId).execute();
        await appendEvents(tx, [event(n), event(n)]);
      });
    await Promise.all(Array.from({ length: 60 }, (_, n) => writer(n)));
    written.abort();
    await reader;
    await read();
    expect(seen).toEqual(Array.from({ length: 120 }, (_, n) => n + 1));
  });

  test("an id made in code would lose one: why the number comes from the workspace's row", async () => {
    const { tenant, workspaceId } = await seedWorkspace(database.pool);
    const insert = (tx: TenantDb, id: string) =>
      tx.db
        .insertInto("thread_refs")
        .values({ workspace_id: workspaceId, ref: id, conversation_id: newId() })
        .execute();
    const readAfter = (ref: string) =>
      tenant.db
        .selectFrom("thread_refs")
        .select("ref")
        .where("workspace_id", "=", workspaceId)
        .where("ref", ">", ref)
        .execute();
    const earlier = newId();
    const slow = held(tenant, (tx) => insert(tx, earlier));
    await slow.working;
    await tenant.transaction((tx) => insert(tx, newId()));
    const firstRead = await readAfter("");
    slow.commit();
    await slow.done;
    const secondRead = await readAfter(firstRead.at(-1)!.ref);
    expect([...firstRead, ...secondRead].map((row) => row.ref)).not.toContain(earlier);
  });

  test("who has appended and does not commit, a process that is stopped, keeps nobody waiting", async () => {
    const { tenant } = await seedWorkspace(database.pool);
    const slow = held(tenant, (tx) => appendEvents(tx, [event(1)]));
    await slow.working;
    await appendEvents(tenant, [event(2)]);
    expect(await payloads(tenant)).toEqual([2]);
    slow.commit();
    await slow.done;
    expect(await payloads(tenant)).toEqual([2, 1]);
  });

  test("the numbers are taken in one message with the COMMIT, after all that was written", async () => {
    const { tenant, workspaceId } = await seedWorkspace(database.pool);
    const sent = vi.spyOn(Client.prototype, "query");
    await tenant.transaction(async (tx) => {
      await appendEvents(tx, [{ ...event(1), payload: { n: "O'Neil \\ \n $1 ?" } }]);
      await tx.transaction((inner) => appendEvents(inner, [event(2)]));
      await tx.db.selectFrom("mailboxes").select("id").where("workspace_id", "=", workspaceId).execute();
    });
    const texts = (sent.mock.calls as unknown[][]).map(([text]) => String(text).trim());
    sent.mockRestore();
    expect(texts.map((text) => text.split(" ")[0])).toEqual(["begin", "select", "WITH"]);
    expect(texts[2]).toMatch(/^WITH numbered[^;]*; COMMIT$/);
    expect(await payloads(tenant)).toEqual(["O'Neil \\ \n $1 ?", 2]);
  });

  test("events that cannot be written undo what was written with them", async () => {
    const { tenant, workspaceId, mailboxId } = await seedWorkspace(database.pool);
    const failing = tenant.transaction(async (tx) => {
      await tx.db.deleteFrom("mailboxes").where("workspace_id", "=", workspaceId).execute();
      await appendEvents(tx, [event(1), { ...event(2), mailboxId: "no uuid" }]);
    });
    await expect(failing).rejects.toThrow("invalid input syntax for type uuid");
    expect(await findMailbox(tenant, mailboxId)).not.toBeNull();
    expect(await latestSeq(tenant)).toBe(0);
    await appendEvents(tenant, [event(3)]); // the connection that came back is in no transaction any more
    expect(await latestSeq(tenant)).toBe(1);
    await expect(appendEvents(tenantDb(database.pool, newId()), [event(1)])).rejects.toThrow("null value");
  });

  test("a rolled back transaction leaves no gap", async () => {
    const { tenant } = await seedWorkspace(database.pool);
    const failing = tenant.transaction(async (tx) => {
      await appendEvents(tx, [event(1)]);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    await appendEvents(tenant, [event(2)]);
    expect(await latestSeq(tenant)).toBe(1);
  });
});

describe("hints", () => {
  test("reach this process before the commit's promise is answered, another one by NOTIFY, and rollbacks nobody", async () => {
    const otherPool = database.secondPool();
    const here = createEventHints(database.pool, { log: silentLog });
    const there = createEventHints(otherPool, { log: silentLog });
    await Promise.all([here.ready, there.ready]);
    const { tenant, workspaceId } = await seedWorkspace(database.pool);
    const mine: (string | null)[] = [];
    const arrived = Promise.withResolvers<void>();
    here.subscribe((id) => mine.push(id));
    there.subscribe((id) => id === workspaceId && arrived.resolve());
    await expect(
      tenant.transaction(async (tx) => {
        await appendEvents(tx, [event(1)]);
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(mine).toEqual([]);
    await tenant.transaction((tx) => appendEvents(tx, [event(1)]));
    expect(mine).toEqual([workspaceId]);
    await arrived.promise;
    expect(mine).toEqual([workspaceId]);
    await Promise.all([here.close(), there.close()]);
  });

  test("the listener comes back after its connection was cut, and says that it may have missed some", async () => {
    const pool = database.secondPool();
    const hints = createEventHints(pool, { log: silentLog });
    await hints.ready;
    const back = Promise.withResolvers<void>();
    hints.subscribe((id) => id === null && back.resolve());
    await database.pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    );
    await back.promise;
    const { tenant, workspaceId } = await seedWorkspace(database.pool);
    const heard = Promise.withResolvers<void>();
    hints.subscribe((id) => id === workspaceId && heard.resolve());
    await database.pool.query("SELECT pg_notify('hitchpost_events', $1)", [`other ${tenant.workspaceId}`]);
    await heard.promise;
    await hints.close();
  });

  test("our own payloads are not told twice", () => {
    expect(othersHints("me a,b", "me")).toEqual([]);
    expect(othersHints("you a,b", "me")).toEqual(["a", "b"]);
    expect(othersHints("", "me")).toEqual([]);
  });

  test("a handle made before the hints tells them too", async () => {
    const pool = database.secondPool();
    const seeded = await seedWorkspace(pool);
    const early = tenantDb(pool, seeded.workspaceId);
    const hints = createEventHints(pool, { log: silentLog });
    await hints.ready;
    const told: (string | null)[] = [];
    hints.subscribe((id) => told.push(id));
    await appendEvents(early, [event(1)]);
    expect(told).toEqual([seeded.workspaceId]);
    await hints.close();
  });
});
