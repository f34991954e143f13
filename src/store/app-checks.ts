/** What the last check of an app found. */
import type { TenantDb } from "./tenant-db.ts";

export interface StoredCheck {
  checkedAt: Date;
  /** Plain JSON of `connect/`: parse it there. */
  result: unknown;
}

/** Keeps the newest check of an app in place of the one before. @param app its id, or `environment` */
export async function storeAppCheck(
  tenant: TenantDb,
  app: string,
  { checkedAt, result }: StoredCheck,
): Promise<void> {
  const values = { checked_at: checkedAt, result: JSON.stringify(result) };
  await tenant.db
    .insertInto("app_checks")
    .values({ workspace_id: tenant.workspaceId, app, ...values })
    .onConflict((conflict) => conflict.columns(["workspace_id", "app"]).doUpdateSet(values))
    .execute();
}

/** The newest checks by app. */
export async function readAppChecks(tenant: TenantDb): Promise<Map<string, StoredCheck>> {
  const rows = await tenant.db
    .selectFrom("app_checks")
    .selectAll()
    .where("workspace_id", "=", tenant.workspaceId)
    .execute();
  return new Map(rows.map((row) => [row.app, { checkedAt: row.checked_at, result: row.result }]));
}

/** Forgets an app's check: its settings are others now. */
export async function forgetAppCheck(tx: TenantDb, app: string): Promise<void> {
  await tx.db
    .deleteFrom("app_checks")
    .where("workspace_id", "=", tx.workspaceId)
    .where("app", "=", app)
    .execute();
}
