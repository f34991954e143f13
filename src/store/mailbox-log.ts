/** What happened to a mailbox, as codes with parameters; the words for them stand in `connect/`. */
import { newId } from "../core/ids.ts";
import type { TenantDb } from "./tenant-db.ts";

export interface MailboxLogEntry {
  id: string;
  code: string;
  params: Record<string, unknown>;
  createdAt: Date;
}

/** Adds a line. `params` is plain JSON without secrets. */
export async function appendMailboxLog(
  tx: TenantDb,
  mailboxId: string,
  code: string,
  params: Record<string, unknown> = {},
): Promise<void> {
  await tx.db
    .insertInto("mailbox_log")
    .values({
      workspace_id: tx.workspaceId,
      mailbox_id: mailboxId,
      id: newId(),
      code,
      params: JSON.stringify(params),
    })
    .execute();
}

/**
 * Counts the newest line up when it says the same: `params` are brought up to date, `times` says how often, `since` is the
 * line's own time. Returns false when another line is the newest: then nothing was written.
 */
export async function repeatMailboxLog(
  tx: TenantDb,
  mailboxId: string,
  code: string,
  params: Record<string, unknown>,
): Promise<boolean> {
  const [last] = await listMailboxLog(tx, mailboxId, { limit: 1 });
  if (last === undefined || last.code !== code) return false;
  const times = typeof last.params["times"] === "number" ? last.params["times"] : 1;
  await tx.db
    .updateTable("mailbox_log")
    .set({ params: JSON.stringify({ ...params, times: times + 1 }) })
    .where("workspace_id", "=", tx.workspaceId)
    .where("mailbox_id", "=", mailboxId)
    .where("id", "=", last.id)
    .execute();
  return true;
}

/** Lines of a mailbox, newest first; `before` is the last id of the page before. */
export async function listMailboxLog(
  tenant: TenantDb,
  mailboxId: string,
  { limit = 100, before }: { limit?: number; before?: string } = {},
): Promise<MailboxLogEntry[]> {
  let query = tenant.db
    .selectFrom("mailbox_log")
    .selectAll()
    .where("workspace_id", "=", tenant.workspaceId)
    .where("mailbox_id", "=", mailboxId)
    .orderBy("id", "desc")
    .limit(limit);
  if (before !== undefined) query = query.where("id", "<", before);
  const rows = await query.execute();
  return rows.map((row) => ({
    id: row.id,
    code: row.code,
    params: row.params as Record<string, unknown>,
    createdAt: row.created_at,
  }));
}
