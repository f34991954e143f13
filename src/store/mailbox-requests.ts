/**
 * What one process asks of the process that owns a mailbox. The request is a row, so that it reaches the owner although
 * the hint is lost and whoever the owner is by then; chosen folders, intents, replies and pauses are rows of their own.
 */
import { sql } from "kysely";
import { newId } from "../core/ids.ts";
import type { TenantDb } from "./tenant-db.ts";

/** `reconnect`: do not wait for the next try; `restart`: servers or permission changed, begin anew with them. */
export type MailboxRequest = "reconnect" | "restart";

/** Ask in the transaction of the change, then hint the workspace (event-hints.ts). */
export async function requestOfOwner(tx: TenantDb, mailboxId: string, what: MailboxRequest): Promise<void> {
  await tx.db
    .insertInto("mailbox_requests")
    .values({ workspace_id: tx.workspaceId, mailbox_id: mailboxId, id: newId(), what })
    .execute();
}

/** Asks for a try at once where the mailbox waits for its next one; elsewhere nothing is written. */
export async function requestRetry(tx: TenantDb, mailboxId: string): Promise<void> {
  await sql`
    INSERT INTO mailbox_requests (workspace_id, mailbox_id, id, what)
    SELECT workspace_id, id, ${newId()}::uuid, 'reconnect' FROM mailboxes
    WHERE workspace_id = ${tx.workspaceId}::uuid AND id = ${mailboxId}::uuid AND removed_at IS NULL
      AND state IN ('backing_off', 'needs_attention')`.execute(tx.db);
}

/**
 * Takes what was asked of this process's mailboxes. Tell the runners that run, and begin others afterwards only: they read
 * what was changed. A process that takes and dies has lost nothing: who takes the mailbox over begins anew anyway.
 *
 * @returns each mailbox once, with the strongest request
 */
export async function takeRequests(tenant: TenantDb, owner: string): Promise<Map<string, MailboxRequest>> {
  const { rows } = await sql<{ mailbox_id: string; what: MailboxRequest }>`
    DELETE FROM mailbox_requests r USING mailboxes m
    WHERE r.workspace_id = ${tenant.workspaceId}::uuid AND m.workspace_id = r.workspace_id AND m.id = r.mailbox_id
      AND m.owner = ${owner}::uuid
    RETURNING r.mailbox_id, r.what`.execute(tenant.db);
  const strongest = new Map<string, MailboxRequest>();
  for (const { mailbox_id: id, what } of rows) if (strongest.get(id) !== "restart") strongest.set(id, what);
  return strongest;
}
