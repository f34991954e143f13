import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { knownMigrations, migrate, nextMigration } from "../../src/store/migrate.ts";
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

  test("a database of a newer program is refused", async () => {
    await empty.pool.query("INSERT INTO schema_migrations (name) VALUES ('9999-of-tomorrow')");
    await expect(migrate(empty.pool, { log: silentLog })).rejects.toMatchObject({ code: "database_newer" });
    expect(() => nextMigration(["0002-x"], [{ name: "0001-a", statements: [] }])).toThrow("0002-x");
  });
});
