/** Drafts of replies: one a person and conversation, written while they type. */
import { sql } from "kysely";
import type { TenantDb } from "./tenant-db.ts";

export interface Draft {
  /** Plain JSON of `inbox/`: parse it there. */
  content: unknown;
  updatedAt: Date;
}

/** The person's draft in a conversation; null when there is none. */
export async function readDraft(
  tenant: TenantDb,
  conversationId: string,
  userId: string,
): Promise<Draft | null> {
  const row = await tenant.db
    .selectFrom("drafts")
    .select(["content", "updated_at"])
    .where("workspace_id", "=", tenant.workspaceId)
    .where("conversation_id", "=", conversationId)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  return row ? { content: row.content, updatedAt: row.updated_at } : null;
}

/** Stores a draft in place of the one before. */
export async function saveDraft(
  tx: TenantDb,
  conversationId: string,
  userId: string,
  content: unknown,
): Promise<void> {
  const text = JSON.stringify(content);
  await tx.db
    .insertInto("drafts")
    .values({ workspace_id: tx.workspaceId, conversation_id: conversationId, user_id: userId, content: text })
    .onConflict((conflict) =>
      conflict
        .columns(["workspace_id", "conversation_id", "user_id"])
        .doUpdateSet({ content: text, updated_at: sql<Date>`clock_timestamp()` }),
    )
    .execute();
}

/** Deletes a draft: thrown away, or sent (in the transaction of the outbox row). */
export async function deleteDraft(tx: TenantDb, conversationId: string, userId: string): Promise<void> {
  await tx.db
    .deleteFrom("drafts")
    .where("workspace_id", "=", tx.workspaceId)
    .where("conversation_id", "=", conversationId)
    .where("user_id", "=", userId)
    .execute();
}
