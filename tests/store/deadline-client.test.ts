/** A database that falls silent: every wait for it ends, and nothing of the old connection is used again. */
import { sql } from "kysely";
import type { Pool } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readiness } from "../../src/app/readiness.ts";
import { withoutDeadline } from "../../src/store/deadline-client.ts";
import { createPool, isDatabaseOutage } from "../../src/store/pool.ts";
import { tenantDb } from "../../src/store/tenant-db.ts";
import { seedWorkspace, testDatabase, type TestDatabase } from "../support/postgres.ts";
import { startRelay, type Relay } from "../support/relay.ts";
import { silentLog } from "../support/silent-log.ts";

let database: TestDatabase;
let relay: Relay;
let pool: Pool;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  const direct = new URL(database.url);
  relay = await startRelay(Number(direct.port));
  const url = Object.assign(new URL(database.url), { hostname: "127.0.0.1", port: String(relay.port) });
  pool = createPool(url.href, {
    log: silentLog,
    statementTimeoutMs: 300,
    silenceMs: 200,
    acquireTimeoutMs: 500,
  });
  await pool.query("SELECT 1");
});
afterEach(async () => {
  await relay.stop();
  await pool.end();
});

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "answered",
    (error: unknown) => error,
  );

describe("a silent database", () => {
  test.each<[string, (pool: Pool) => Promise<unknown>]>([
    ["a query of the pool", (from) => from.query("SELECT 1")],
    ["one with values", (from) => from.query("SELECT $1::int", [1])],
    [
      "one of a client",
      async (from) => {
        const client = await from.connect();
        return client.query("SELECT 1").finally(() => client.release());
      },
    ],
  ])("%s ends as an outage, and the next one has a new connection", async (_name, ask) => {
    relay.freeze();
    expect(isDatabaseOutage(await failure(ask(pool)))).toBe(true);
    relay.thaw();
    const { rows } = await pool.query<{ two: number }>("SELECT 2 AS two");
    expect(rows).toEqual([{ two: 2 }]);
  });

  test("a transaction ends too", async () => {
    const { workspaceId } = await seedWorkspace(database.pool);
    const work = tenantDb(pool, workspaceId).transaction(async (tx) => {
      relay.freeze();
      await sql`SELECT ${workspaceId}::text`.execute(tx.db);
    });
    expect(isDatabaseOutage(await failure(work))).toBe(true);
  });

  test("readiness is told in time", async () => {
    relay.freeze();
    expect(await readiness(pool, { syncsHere: true })).toEqual({
      ready: false,
      problems: ["the database does not answer"],
    });
  });
});

test("work that may take long is not cut off", async () => {
  const slow = "BEGIN; SET LOCAL statement_timeout = 0; SELECT pg_sleep(1); COMMIT";
  expect(await failure(withoutDeadline(() => pool.query(slow)))).toBe("answered");
});
