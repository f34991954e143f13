/** Disconnecting a mailbox: its grant goes at once; its mail here is kept, or erased. Nothing is changed on the server. */
import { sql } from "kysely";
import { HitchpostError } from "../core/errors.ts";
import { deleteMessagesOf } from "./delete-messages.ts";
import type { NewEvent } from "./new-event.ts";
import type { TenantDb } from "./tenant-db.ts";

export interface RemovedMailbox {
  events: NewEvent[];
  /** With `erase`: conversations that also hold mail of other mailboxes, to be settled by `inbox/`. */
  conversationIds: string[];
}

/**
 * Removes the mailbox: nobody owns it any more, and its fence moves on, so that a sync under way stops at its next
 * write. What waits to be sent or changed is given up. With `erase`, its messages, conversations of its own and their
 * blobs' references go too (`sweepBlobs` deletes the files).
 *
 * @throws HitchpostError not_found
 */
export async function removeMailbox(
  tx: TenantDb,
  id: string,
  data: "keep" | "erase",
): Promise<RemovedMailbox> {
  const query = tx.db
    .updateTable("mailboxes")
    .set((set) => ({
      state: "removed",
      state_since: sql<Date>`now()`,
      removed_at: sql<Date>`now()`,
      owner: null,
      owner_since: sql<Date>`now()`,
      fence: set("fence", "+", 1),
    }))
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", id)
    .returning("address");
  // What was disconnected before, its mail kept, can still be erased.
  const row = await (data === "erase" ? query : query.where("removed_at", "is", null)).executeTakeFirst();
  if (!row) throw new HitchpostError("not_found", "No such mailbox.");
  await tx.db
    .deleteFrom("grants")
    .where("workspace_id", "=", tx.workspaceId)
    .where("mailbox_id", "=", id)
    .execute();
  await tx.db
    .deleteFrom("connect_attempts")
    .where("workspace_id", "=", tx.workspaceId)
    .where("mailbox_id", "=", id)
    .execute();
  await giveUpWaiting(tx, id);
  const conversationIds = data === "erase" ? await eraseMail(tx, id) : [];
  const event: NewEvent = {
    type: "mailbox.removed",
    mailboxId: id,
    conversationId: null,
    payload: { address: row.address, data },
  };
  return { events: [event], conversationIds };
}

async function giveUpWaiting(tx: TenantDb, mailboxId: string): Promise<void> {
  await tx.db
    .updateTable("outbox")
    .set({ state: "cancelled", problem: "mailbox_removed" })
    .where("workspace_id", "=", tx.workspaceId)
    .where("mailbox_id", "=", mailboxId)
    .where("state", "=", "queued")
    .execute();
  // Being handed over just now, or unclear: nobody will look into Sent for them any more.
  await tx.db
    .updateTable("outbox")
    .set({ state: "unknown", problem: "mailbox_removed" })
    .where("workspace_id", "=", tx.workspaceId)
    .where("mailbox_id", "=", mailboxId)
    .where("state", "=", "sending")
    .execute();
  await tx.db
    .updateTable("intents")
    .set({ state: "undone", problem: "mailbox_removed" })
    .where("workspace_id", "=", tx.workspaceId)
    .where("mailbox_id", "=", mailboxId)
    .where("state", "in", ["pending", "applied"])
    .execute();
}

/** Gives back the references to files of its messages and its replies: by hand, not by cascade, so that each is counted. */
async function releaseFiles(tx: TenantDb, mailboxId: string): Promise<void> {
  const workspaceId = tx.workspaceId;
  await sql`
    WITH of_messages AS (
      DELETE FROM message_blobs b USING messages m
      WHERE b.workspace_id = ${workspaceId} AND m.workspace_id = b.workspace_id AND m.id = b.message_id AND m.mailbox_id = ${mailboxId}
      RETURNING b.hash
    ), of_replies AS (
      DELETE FROM uploads u USING outbox o
      WHERE u.workspace_id = ${workspaceId} AND o.workspace_id = u.workspace_id AND o.mailbox_id = ${mailboxId} AND u.id = ANY (o.uploads)
      RETURNING u.hash
    ), gone AS (SELECT hash FROM of_messages UNION ALL SELECT hash FROM of_replies),
    counted AS (SELECT hash, count(*)::int AS times FROM gone GROUP BY hash)
    UPDATE blobs SET ref_count = ref_count - counted.times FROM counted
    WHERE blobs.workspace_id = ${workspaceId} AND blobs.hash = counted.hash`.execute(tx.db);
}

/** Deletes everything of the mailbox; returns the conversations that live on with other mailboxes' messages. */
async function eraseMail(tx: TenantDb, mailboxId: string): Promise<string[]> {
  const workspaceId = tx.workspaceId;
  // A large mailbox takes minutes. (The workspace's id is selected only because every statement has to carry it.)
  await sql`SELECT set_config('statement_timeout', '0', true), ${workspaceId}::text`.execute(tx.db);
  await releaseFiles(tx, mailboxId);
  // They name senders and subjects.
  await tx.db
    .deleteFrom("events")
    .where("workspace_id", "=", workspaceId)
    .where("mailbox_id", "=", mailboxId)
    .execute();
  const touched = await sql<{ id: string }>`
    SELECT DISTINCT conversation_id AS id FROM messages WHERE workspace_id = ${workspaceId} AND mailbox_id = ${mailboxId}`.execute(
    tx.db,
  );
  const ids = touched.rows.map((row) => row.id);
  await deleteMessagesOf(tx, mailboxId);
  await tx.db
    .deleteFrom("conversation_mailboxes")
    .where("workspace_id", "=", workspaceId)
    .where("mailbox_id", "=", mailboxId)
    .execute();
  await tx.db
    .deleteFrom("mailboxes")
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", mailboxId)
    .execute();
  if (ids.length === 0) return [];
  const alive = await sql<{ id: string }>`
    SELECT DISTINCT conversation_id AS id FROM messages
    WHERE workspace_id = ${workspaceId} AND conversation_id = ANY (${ids}::uuid[])`.execute(tx.db);
  const living = new Set(alive.rows.map((row) => row.id));
  const empty = ids.filter((id) => !living.has(id));
  await sql`DELETE FROM thread_refs WHERE workspace_id = ${workspaceId} AND conversation_id = ANY (${empty}::uuid[])`.execute(
    tx.db,
  );
  await sql`DELETE FROM conversation_mailboxes WHERE workspace_id = ${workspaceId} AND conversation_id = ANY (${empty}::uuid[])`.execute(
    tx.db,
  );
  await sql`
    DELETE FROM conversations
    WHERE workspace_id = ${workspaceId} AND (id = ANY (${empty}::uuid[]) OR merged_into = ANY (${empty}::uuid[]))`.execute(
    tx.db,
  );
  return [...living];
}
