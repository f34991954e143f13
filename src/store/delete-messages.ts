/**
 * Deleting messages with all that belongs to them: no foreign key does it (docs/adr/0011). Only a mailbox's owner, under its
 * fence, and the erasing of a mailbox, which has taken its row, delete any.
 */
import { sql } from "kysely";
import type { TenantDb } from "./tenant-db.ts";

/**
 * Rows that belong to a message by its id, in the order of deleting. The search index takes its message out of the queue
 * first and then writes its words: whoever deletes them in this order waits for it, and finds what it wrote.
 */
const ownedByMessage = ["search_queue", "message_search", "message_bodies", "message_locations"] as const;

/** Deletes these messages of the workspace; intents and files (`message_blobs`) by their foreign keys. */
export async function deleteMessages(tx: TenantDb, ids: readonly string[]): Promise<void> {
  for (const table of ownedByMessage)
    await sql`DELETE FROM ${sql.table(table)} WHERE workspace_id = ${tx.workspaceId}::uuid
      AND message_id = ANY (${[...ids]}::uuid[])`.execute(tx.db);
  await sql`DELETE FROM messages WHERE workspace_id = ${tx.workspaceId}::uuid AND id = ANY (${[...ids]}::uuid[])`.execute(
    tx.db,
  );
}

/** Deletes all messages of a mailbox. */
export async function deleteMessagesOf(tx: TenantDb, mailboxId: string): Promise<void> {
  for (const table of ownedByMessage)
    await sql`DELETE FROM ${sql.table(table)} t USING messages m
      WHERE t.workspace_id = ${tx.workspaceId}::uuid AND m.workspace_id = t.workspace_id AND m.id = t.message_id
        AND m.mailbox_id = ${mailboxId}::uuid`.execute(tx.db);
  await sql`DELETE FROM messages WHERE workspace_id = ${tx.workspaceId}::uuid AND mailbox_id = ${mailboxId}::uuid`.execute(
    tx.db,
  );
}
