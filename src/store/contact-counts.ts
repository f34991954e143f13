/** How often somebody had us contact other servers, counted in the database: one count for all processes. */
import { sql } from "kysely";
import type { TenantDb } from "./tenant-db.ts";

export interface ContactCount {
  /** Since the window began, this one included. */
  count: number;
  beganAt: Date;
}

/**
 * Counts one contact; a window that has run out begins anew.
 *
 * @param who a person's or key's id; `*` for the workspace
 * @param what which kind of contact
 * @param windowMs how long a window lasts
 */
export async function countContact(
  tenant: TenantDb,
  { who, what, windowMs, nowMs }: { who: string; what: string; windowMs: number; nowMs: number },
): Promise<ContactCount> {
  const now = new Date(nowMs);
  const oldest = new Date(nowMs - windowMs);
  const row = await tenant.db
    .insertInto("contact_counts")
    .values({ workspace_id: tenant.workspaceId, who, what, began_at: now, count: 1 })
    .onConflict((conflict) =>
      conflict.columns(["workspace_id", "who", "what"]).doUpdateSet({
        count: sql<number>`CASE WHEN contact_counts.began_at <= ${oldest} THEN 1 ELSE contact_counts.count + 1 END`,
        began_at: sql<Date>`CASE WHEN contact_counts.began_at <= ${oldest} THEN ${now}::timestamptz ELSE contact_counts.began_at END`,
      }),
    )
    .returning(["count", "began_at"])
    .executeTakeFirstOrThrow();
  return { count: row.count, beganAt: row.began_at };
}
