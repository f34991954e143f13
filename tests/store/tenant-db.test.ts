import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/core/ids.ts";
import { findMailbox, listMailboxes } from "../../src/store/mailboxes.ts";
import { tenantDb } from "../../src/store/tenant-db.ts";
import { seedWorkspace, testDatabase, type TestDatabase } from "../support/postgres.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

describe("a tenant's handle", () => {
  test("refuses a statement that does not name its workspace, in and outside of transactions", async () => {
    const { tenant } = await seedWorkspace(database.pool);
    await expect(tenant.db.selectFrom("mailboxes").selectAll().execute()).rejects.toThrow(
      "without its workspace",
    );
    await expect(tenant.db.deleteFrom("mailboxes").execute()).rejects.toThrow("without its workspace");
    await expect(sql`SELECT 1`.execute(tenant.db)).rejects.toThrow("without its workspace");
    await expect(
      tenant.transaction((tx) => tx.db.selectFrom("messages").selectAll().execute()),
    ).rejects.toThrow("without its workspace");
    const { workspaceId: foreign } = await seedWorkspace(database.pool);
    await expect(
      tenant.db.selectFrom("mailboxes").selectAll().where("workspace_id", "=", foreign).execute(),
    ).rejects.toThrow("without its workspace");
  });

  test("does not see another workspace's rows", async () => {
    const ours = await seedWorkspace(database.pool);
    const theirs = await seedWorkspace(database.pool);
    expect(await findMailbox(ours.tenant, theirs.mailboxId)).toBeNull();
    expect((await listMailboxes(ours.tenant)).map((mailbox) => mailbox.id)).toEqual([ours.mailboxId]);
  });

  test("a failed transaction leaves nothing behind and gives its connection back", async () => {
    const { tenant, workspaceId, mailboxId } = await seedWorkspace(database.pool);
    for (let i = 0; i < 30; i++) {
      const failing = tenant.transaction(async (tx) => {
        await tx.db.deleteFrom("mailboxes").where("workspace_id", "=", workspaceId).execute();
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
    }
    expect(await findMailbox(tenant, mailboxId)).not.toBeNull();
  });

  test("what is asked together goes out together, and is carried out in the transaction", async () => {
    const { tenant, workspaceId } = await seedWorkspace(database.pool);
    const facts = await tenant.transaction((tx) =>
      Promise.all(
        [1, 2, 3].map(async () => {
          const { rows } = await sql<{ transaction: string; pid: number }>`
            SELECT txid_current()::text AS transaction, pg_backend_pid() AS pid WHERE ${workspaceId} <> ''`.execute(
            tx.db,
          );
          return rows[0]!;
        }),
      ),
    );
    expect(new Set(facts.map(({ transaction }) => transaction)).size).toBe(1);
    expect(new Set(facts.map(({ pid }) => pid)).size).toBe(1);
  });

  test("a statement that comes behind its transaction is refused, and not carried out outside of it", async () => {
    const { tenant, workspaceId, mailboxId } = await seedWorkspace(database.pool);
    const late: Promise<unknown>[] = [];
    const failing = tenant.transaction(async (tx) => {
      const slow = async (): Promise<unknown> => {
        await failing.catch(() => undefined);
        return tx.db.deleteFrom("mailboxes").where("workspace_id", "=", workspaceId).execute();
      };
      late.push(slow());
      late[0]!.catch(() => undefined);
      await sql`SELECT 1 / 0 WHERE ${workspaceId} <> ''`.execute(tx.db);
    });
    await expect(failing).rejects.toThrow("division by zero");
    await expect(late[0]).rejects.toThrow("behind its transaction");
    expect(await findMailbox(tenant, mailboxId)).not.toBeNull();
  });

  test("one that fails fails those asked with it, and nothing of them stays", async () => {
    const { tenant, workspaceId, mailboxId } = await seedWorkspace(database.pool);
    const failing = tenant.transaction((tx) =>
      Promise.all([
        sql`SELECT 1 / 0 WHERE ${workspaceId} <> ''`.execute(tx.db),
        tx.db.deleteFrom("mailboxes").where("workspace_id", "=", workspaceId).execute(),
      ]),
    );
    await expect(failing).rejects.toThrow("division by zero");
    expect(await findMailbox(tenant, mailboxId)).not.toBeNull();
  });

  test("a workspace that is not there has no rows", async () => {
    expect(await listMailboxes(tenantDb(database.pool, newId()))).toEqual([]);
  });
});

test("int8 is a number, timestamptz a Date, and a NUL in a text is refused, not cut", async () => {
  const { tenant, workspaceId } = await seedWorkspace(database.pool);
  const row = await tenant.db
    .selectFrom("workspaces")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .executeTakeFirstOrThrow();
  expect(row.event_seq).toBe(0);
  expect(row.created_at).toBeInstanceOf(Date);
  const update = tenant.db
    .updateTable("workspaces")
    .set({ name: "a\0b" })
    .where("workspace_id", "=", workspaceId);
  await expect(update.execute()).rejects.toThrow();
});
