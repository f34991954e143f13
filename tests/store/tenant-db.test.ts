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
