/** Counts a mailbox's status shows: messages stored, searchable, and what waits to leave. */
import { sql } from "kysely";
import type { TenantDb } from "./tenant-db.ts";

export interface MailboxTotals {
  messages: number;
  searchable: number;
  outboxPending: number;
}

interface Row {
  id: string;
  messages: number;
  unsearchable: number;
  outboxPending: number;
}

/** By mailbox id; mailboxes that are not removed. */
export async function mailboxTotals(tenant: TenantDb): Promise<Map<string, MailboxTotals>> {
  const { rows } = await sql<Row>`
    SELECT b.id,
      (SELECT count(*)::int FROM messages m WHERE m.workspace_id = b.workspace_id AND m.mailbox_id = b.id) AS messages,
      (SELECT count(*)::int FROM search_queue q WHERE q.workspace_id = b.workspace_id AND q.mailbox_id = b.id) AS unsearchable,
      (SELECT count(*)::int FROM outbox o WHERE o.workspace_id = b.workspace_id AND o.mailbox_id = b.id
        AND o.state IN ('queued', 'sending', 'unknown')) AS "outboxPending"
    FROM mailboxes b WHERE b.workspace_id = ${tenant.workspaceId} AND b.removed_at IS NULL`.execute(
    tenant.db,
  );
  return new Map(
    rows.map(({ id, messages, unsearchable, outboxPending }) => [
      id,
      { messages, searchable: Math.max(0, messages - unsearchable), outboxPending },
    ]),
  );
}
