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

/**
 * What a server told of a mailbox, unasked: something changed in it, or becomes of what tells us so (change notifications
 * of Microsoft Graph).
 */
export type MailboxNews = "changed" | "missed" | "removed" | "reauthorize";

const isNews = (what: MailboxRequest | MailboxNews): what is MailboxNews =>
  what !== "reconnect" && what !== "restart";

/** Passes news on to the owner; what waits for him already is not said twice. @returns whether it was written */
export async function tellOwner(db: TenantDb, mailboxId: string, what: MailboxNews): Promise<boolean> {
  const { numAffectedRows } = await sql`
    INSERT INTO mailbox_requests (workspace_id, mailbox_id, id, what)
    SELECT m.workspace_id, m.id, ${newId()}::uuid, ${what}::text FROM mailboxes m
    WHERE m.workspace_id = ${db.workspaceId}::uuid AND m.id = ${mailboxId}::uuid AND m.removed_at IS NULL
      AND m.owner IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM mailbox_requests r
        WHERE r.workspace_id = m.workspace_id AND r.mailbox_id = m.id AND r.what = ${what}::text)`.execute(
    db.db,
  );
  return (numAffectedRows ?? 0n) > 0n;
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
 * @param hear gets the news
 * @returns each mailbox once, with the strongest request
 */
export async function takeRequests(
  tenant: TenantDb,
  owner: string,
  hear: (mailboxId: string, what: MailboxNews) => void = () => undefined,
): Promise<Map<string, MailboxRequest>> {
  const { rows } = await sql<{ mailbox_id: string; what: MailboxRequest | MailboxNews }>`
    DELETE FROM mailbox_requests r USING mailboxes m
    WHERE r.workspace_id = ${tenant.workspaceId}::uuid AND m.workspace_id = r.workspace_id AND m.id = r.mailbox_id
      AND m.owner = ${owner}::uuid
    RETURNING r.mailbox_id, r.what`.execute(tenant.db);
  const strongest = new Map<string, MailboxRequest>();
  for (const { mailbox_id: id, what } of rows) {
    if (isNews(what)) hear(id, what);
    else if (strongest.get(id) !== "restart") strongest.set(id, what);
  }
  return strongest;
}
