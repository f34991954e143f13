/** What `settle` reads to tell the world of new messages and joined conversations. */
import { sql } from "kysely";
import type { SettledMessage } from "../store/inbox-port.ts";
import type { NewEvent } from "../store/new-event.ts";
import type { TenantDb } from "../store/tenant-db.ts";

/** `message.created` for what is new (sync.md 10), in order of reception. */
export async function describeNewMessages(
  tx: TenantDb,
  messages: readonly SettledMessage[],
): Promise<NewEvent[]> {
  const ids = messages.filter((message) => message.what === "new").map((message) => message.messageId);
  if (ids.length === 0) return [];
  const rows = await tx.db
    .selectFrom("messages")
    .select([
      "id",
      "mailbox_id",
      "conversation_id",
      "direction",
      "from_name",
      "from_address",
      "subject",
      "snippet",
    ])
    .select(["automatic", "bounce", "received_at"])
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "in", ids)
    .orderBy("received_at")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    type: "message.created",
    mailboxId: row.mailbox_id,
    conversationId: row.conversation_id,
    payload: {
      id: row.id,
      conversationId: row.conversation_id,
      mailboxId: row.mailbox_id,
      direction: row.direction,
      from: { name: row.from_name, address: row.from_address },
      subject: row.subject,
      snippet: row.snippet,
      automatic: row.automatic,
      bounce: row.bounce,
      receivedAt: row.received_at.toISOString(),
    },
  }));
}

/** Tells of the conversations that this transaction joined into others: `now()` is the transaction's time. */
export async function mergedThisTransaction(tx: TenantDb, survivors: string[]): Promise<NewEvent[]> {
  const { rows } = await sql<{ id: string; merged_into: string }>`
    SELECT id, merged_into FROM conversations
    WHERE workspace_id = ${tx.workspaceId} AND merged_into = ANY(${survivors}::uuid[]) AND updated_at = now()`.execute(
    tx.db,
  );
  return rows.map((row) => ({
    type: "conversation.updated",
    mailboxId: null,
    conversationId: row.id,
    payload: { id: row.id, mergedInto: row.merged_into },
  }));
}
