/** Fresh databases and workspaces for tests on real PostgreSQL (postgres-setup.ts starts the server). */
import { randomBytes } from "node:crypto";
import type { Pool } from "pg";
import { inject } from "vitest";
import { newId } from "../../src/core/ids.ts";
import { createPool } from "../../src/store/pool.ts";
import type { Transport } from "../../src/store/transport.ts";
import { tenantDb, type TenantDb } from "../../src/store/tenant-db.ts";
import { databaseUrl, onServer } from "./postgres-setup.ts";
import { silentLog } from "./silent-log.ts";

export interface TestDatabase {
  pool: Pool;
  url: string;
  /** Another pool on the same database, as a second process would have; ended by `close`. */
  secondPool(): Pool;
  close(): Promise<void>;
}

/** A fresh, migrated database of this test file's own; `empty` leaves the schema out. Close it in `afterAll`. */
export async function testDatabase({ empty = false }: { empty?: boolean } = {}): Promise<TestDatabase> {
  const server = inject("postgresUrl");
  const name = `hitchpost_test_${randomBytes(6).toString("hex")}`;
  await onServer(
    server,
    `CREATE DATABASE ${name} TEMPLATE ${empty ? "template0 ENCODING 'UTF8'" : inject("postgresTemplate")} STRATEGY file_copy`,
  );
  const url = databaseUrl(server, name);
  const open = (): Pool => createPool(url, { log: silentLog, applicationName: "tests" });
  const pools = [open()];
  return {
    pool: pools[0]!,
    url,
    secondPool: () => {
      const pool = open();
      pools.push(pool);
      return pool;
    },
    close: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

export interface SeededWorkspace {
  workspaceId: string;
  tenant: TenantDb;
  /** A mailbox in state `live`, without owner, grant or folders. */
  mailboxId: string;
}

/** A workspace with one password mailbox. */
export async function seedWorkspace(
  pool: Pool,
  { transport = "imap" }: { transport?: Transport } = {},
): Promise<SeededWorkspace> {
  const workspaceId = newId();
  const mailboxId = newId();
  const tenant = tenantDb(pool, workspaceId);
  await tenant.db.insertInto("workspaces").values({ workspace_id: workspaceId, name: "Test" }).execute();
  await tenant.db
    .insertInto("mailboxes")
    .values({
      workspace_id: workspaceId,
      id: mailboxId,
      address: "support@example.com",
      provider: "imap",
      method: "password",
      transport,
      servers: JSON.stringify({ smtp: { host: "smtp.example.com", port: 587, security: "starttls" } }),
      principal: "support@example.com",
      state: "live",
    })
    .execute();
  return { workspaceId, tenant, mailboxId };
}
