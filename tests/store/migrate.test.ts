import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { knownMigrations, migrate, nextMigration } from "../../src/store/migrate.ts";
import { createPool } from "../../src/store/pool.ts";
import { seedWorkspace, testDatabase, type TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";

let empty: TestDatabase;
beforeAll(async () => {
  empty = await testDatabase({ empty: true });
});
afterAll(() => empty.close());

describe("migrations", () => {
  test("three processes at once run each migration once, and a second start runs none", async () => {
    const other = empty.secondPool();
    const ran = await Promise.all(
      [empty.pool, other, empty.pool].map((pool) => migrate(pool, { log: silentLog })),
    );
    expect(ran.flat().sort()).toEqual(knownMigrations.map(({ name }) => name));
    expect(await migrate(empty.pool, { log: silentLog })).toEqual([]);
    await expect(seedWorkspace(empty.pool)).resolves.toMatchObject({
      workspaceId: expect.any(String) as string,
    });
  });

  test("a migration that fails leaves nothing behind and is not recorded", async () => {
    const broken = {
      name: "9998-broken",
      statements: ["CREATE TABLE half_done (id int)", "SELECT nonsense"],
    };
    const all = [...knownMigrations, broken];
    await expect(migrate(empty.pool, { log: silentLog, all })).rejects.toThrow("nonsense");
    const { rows } = await empty.pool.query("SELECT to_regclass('half_done') AS here");
    expect(rows).toEqual([{ here: null }]);
  });

  test("a user who may not make tables is told what to do", async () => {
    const database = await testDatabase({ empty: true });
    const name = `bare_${process.pid}`;
    await database.pool.query(`CREATE ROLE ${name} LOGIN PASSWORD 'bare'`);
    const url = Object.assign(new URL(database.url), { username: name, password: "bare" });
    const bare = createPool(url.href, { log: silentLog });
    try {
      await expect(migrate(bare, { log: silentLog })).rejects.toMatchObject({
        code: "config_invalid",
        message: expect.stringContaining("DATABASE_URL") as string,
      });
    } finally {
      await bare.end();
      await database.pool.query(`DROP ROLE ${name}`);
      await database.close();
    }
  });

  test("a database of a newer program is refused", async () => {
    await empty.pool.query("INSERT INTO schema_migrations (name) VALUES ('9999-of-tomorrow')");
    await expect(migrate(empty.pool, { log: silentLog })).rejects.toMatchObject({ code: "database_newer" });
    expect(() => nextMigration(["0002-x"], [{ name: "0001-a", statements: [] }])).toThrow("0002-x");
  });
});

/** What Citus asks of a table that is distributed by `workspace_id`. */
describe("the schema", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());

  const tenantTables = `SELECT attrelid FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE attname = 'workspace_id' AND relkind = 'r' AND relnamespace = 'public'::regnamespace`;

  test("every key of a tenant table begins with workspace_id", async () => {
    const { rows } = await database.pool.query<{ place: string; first: string }>(
      `SELECT indrelid::regclass || ' ' || indexrelid::regclass AS place,
              pg_get_indexdef(indexrelid, 1, true) AS first
       FROM pg_index WHERE indisunique AND indrelid IN (${tenantTables})`,
    );
    expect(rows.length).toBeGreaterThan(25);
    expect(rows.filter(({ first }) => first !== "workspace_id")).toEqual([]);
  });

  test("a foreign key of a tenant table leads to one of the same workspace", async () => {
    const { rows } = await database.pool.query<{ place: string; pairs: string; global: boolean }>(
      `SELECT conrelid::regclass || ' ' || conname AS place, pg_get_constraintdef(oid) AS pairs,
              confrelid NOT IN (${tenantTables}) AS global
       FROM pg_constraint WHERE contype = 'f' AND conrelid IN (${tenantTables})`,
    );
    expect(rows.length).toBeGreaterThan(20);
    const wrong = rows.filter(
      ({ pairs, global }) =>
        global || !/^FOREIGN KEY \(workspace_id[,)].*REFERENCES \w+\(workspace_id[,)]/.test(pairs),
    );
    expect(wrong).toEqual([]);
  });

  test("there are no triggers and no sequences", async () => {
    const { rows } = await database.pool.query(
      `SELECT tgname AS name FROM pg_trigger WHERE NOT tgisinternal
       UNION ALL SELECT relname FROM pg_class WHERE relkind = 'S'`,
    );
    expect(rows).toEqual([]);
  });
});
