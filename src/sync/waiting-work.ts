/** Which mailboxes of a workspace have something due: two index scans, however many mailboxes there are. */
import { sql } from "kysely";
import type { TenantDb } from "../store/tenant-db.ts";

export interface WaitingWork {
  intents: string[];
  outbox: string[];
}

/** Replies that fall due before the next look are told too: who is told waits for the very moment. */
const aheadMs = 10_000;

export async function mailboxesWithWork(tenant: TenantDb, nowMs: number): Promise<WaitingWork> {
  const [now, soon] = [new Date(nowMs), new Date(nowMs + aheadMs)];
  const { rows } = await sql<{ kind: "intents" | "outbox"; mailbox_id: string }>`
    SELECT DISTINCT 'intents' AS kind, mailbox_id FROM intents
    WHERE workspace_id = ${tenant.workspaceId}::uuid AND state = 'pending' AND next_try_at <= ${now}
    UNION ALL
    SELECT DISTINCT 'outbox', mailbox_id FROM outbox
    WHERE workspace_id = ${tenant.workspaceId}::uuid AND state IN ('queued', 'sending', 'sent') AND next_try_at <= ${soon}
  `.execute(tenant.db);
  const of = (kind: WaitingWork extends Record<infer K, unknown> ? K : never): string[] =>
    rows.filter((row) => row.kind === kind).map((row) => row.mailbox_id);
  return { intents: of("intents"), outbox: of("outbox") };
}
