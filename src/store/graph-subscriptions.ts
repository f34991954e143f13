/** The subscription to change notifications of a mailbox (protocol/graph/subscriptions.ts): one at a time. */
import { sql } from "kysely";
import type { TenantDb } from "./tenant-db.ts";

export interface GraphSubscription {
  id: string;
  /** Epoch milliseconds. */
  expiresAtMs: number;
}

export async function readSubscription(db: TenantDb, mailboxId: string): Promise<GraphSubscription | null> {
  const row = await db.db
    .selectFrom("graph_subscriptions")
    .select(["subscription_id", "expires_at"])
    .where("workspace_id", "=", db.workspaceId)
    .where("mailbox_id", "=", mailboxId)
    .executeTakeFirst();
  return row === undefined ? null : { id: row.subscription_id, expiresAtMs: row.expires_at.getTime() };
}

/** null: there is none any more. Of a mailbox that was removed meanwhile nothing is written. */
export async function saveSubscription(
  db: TenantDb,
  mailboxId: string,
  subscription: GraphSubscription | null,
): Promise<void> {
  if (subscription === null) {
    await sql`
      DELETE FROM graph_subscriptions
      WHERE workspace_id = ${db.workspaceId}::uuid AND mailbox_id = ${mailboxId}::uuid`.execute(db.db);
    return;
  }
  await sql`
    INSERT INTO graph_subscriptions (workspace_id, mailbox_id, subscription_id, expires_at)
    SELECT workspace_id, id, ${subscription.id}, ${new Date(subscription.expiresAtMs)} FROM mailboxes
    WHERE workspace_id = ${db.workspaceId}::uuid AND id = ${mailboxId}::uuid AND removed_at IS NULL
    ON CONFLICT (workspace_id, mailbox_id) DO UPDATE
    SET subscription_id = excluded.subscription_id, expires_at = excluded.expires_at`.execute(db.db);
}
