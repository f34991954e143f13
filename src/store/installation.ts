/** Facts of the installation, global: one JSON value a key. */
import { sql } from "kysely";
import type { Pool } from "pg";
import type { z } from "zod";
import { globalDb } from "./pool.ts";

/** The value of a key, parsed by its schema; null when there is none. */
export async function readInstallation<T>(pool: Pool, key: string, schema: z.ZodType<T>): Promise<T | null> {
  const row = await globalDb(pool)
    .selectFrom("installation")
    .select("value")
    .where("key", "=", key)
    .executeTakeFirst();
  return row ? schema.parse(row.value) : null;
}

/** Sets a key to plain JSON. */
export async function writeInstallation(pool: Pool, key: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value);
  await globalDb(pool)
    .insertInto("installation")
    .values({ key, value: text })
    .onConflict((conflict) =>
      conflict.column("key").doUpdateSet({ value: text, updated_at: sql<Date>`now()` }),
    )
    .execute();
}

/** Sets a key only when it has no value yet; returns the value that stands afterwards. Two processes get the same. */
export async function ensureInstallation<T>(
  pool: Pool,
  key: string,
  schema: z.ZodType<T>,
  value: T,
): Promise<T> {
  await globalDb(pool)
    .insertInto("installation")
    .values({ key, value: JSON.stringify(value) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await readInstallation(pool, key, schema)) ?? value;
}
