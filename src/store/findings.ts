/** Findings of mailboxes: diagnosed problems, one open a code. The catalogue with their words stands in `connect/`. */
import { sql, type Selectable } from "kysely";
import { newId } from "../core/ids.ts";
import { appendMailboxLog } from "./mailbox-log.ts";
import type { NewEvent } from "./new-event.ts";
import type { FindingsTable } from "./tables.ts";
import type { TenantDb } from "./tenant-db.ts";

export interface StoredFinding {
  id: string;
  mailboxId: string;
  code: string;
  severity: "blocking" | "warning";
  params: Record<string, unknown>;
  /** Parsed by `connect/`. */
  evidence: unknown;
  nextCheckAt: Date | null;
  /** How often it was found again since it was opened. */
  checks: number;
  /** When somebody was written to about it. */
  notifiedAt: Date | null;
  openedAt: Date;
  closedAt: Date | null;
}

export interface NewFinding {
  mailboxId: string;
  code: string;
  severity: StoredFinding["severity"];
  params?: Record<string, unknown>;
  /** Plain JSON, secrets removed. */
  evidence?: readonly unknown[];
  nextCheckAt?: Date | null;
}

const toFinding = (row: Selectable<FindingsTable>): StoredFinding => ({
  id: row.id,
  mailboxId: row.mailbox_id,
  code: row.code,
  severity: row.severity as StoredFinding["severity"],
  params: row.params as Record<string, unknown>,
  evidence: row.evidence,
  nextCheckAt: row.next_check_at,
  checks: row.checks,
  notifiedAt: row.notified_at,
  openedAt: row.opened_at,
  closedAt: row.closed_at,
});

/**
 * Opens a finding, or brings the open one of the same code up to date. The event to append only when it is new; then it
 * stands in the mailbox's log, too.
 */
export async function openFinding(
  tx: TenantDb,
  finding: NewFinding,
): Promise<{ finding: StoredFinding; events: NewEvent[] }> {
  const id = newId();
  const row = await tx.db
    .insertInto("findings")
    .values({
      workspace_id: tx.workspaceId,
      id,
      mailbox_id: finding.mailboxId,
      code: finding.code,
      severity: finding.severity,
      params: JSON.stringify(finding.params ?? {}),
      evidence: JSON.stringify(finding.evidence ?? []),
      next_check_at: finding.nextCheckAt ?? null,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["workspace_id", "mailbox_id", "code"])
        .where("closed_at", "is", null)
        .doUpdateSet((set) => ({
          severity: set.ref("excluded.severity"),
          params: set.ref("excluded.params"),
          evidence: set.ref("excluded.evidence"),
          next_check_at: set.ref("excluded.next_check_at"),
          checks: sql<number>`findings.checks + 1`,
        })),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
  const isNew = row.id === id;
  if (isNew)
    await appendMailboxLog(tx, finding.mailboxId, "finding.opened", {
      ...finding.params,
      code: finding.code,
    });
  return { finding: toFinding(row), events: isNew ? [eventOf("finding.opened", row)] : [] };
}

/** Closes open findings of the mailbox: those of `codes`, or all. Returns the events to append. */
export async function closeFindings(
  tx: TenantDb,
  mailboxId: string,
  codes?: readonly string[],
): Promise<NewEvent[]> {
  if (codes?.length === 0) return [];
  let query = tx.db
    .updateTable("findings")
    .set({ closed_at: sql<Date>`clock_timestamp()`, next_check_at: null })
    .where("workspace_id", "=", tx.workspaceId)
    .where("mailbox_id", "=", mailboxId)
    .where("closed_at", "is", null);
  if (codes) query = query.where("code", "in", [...codes]);
  const rows = await query
    .returning(["id", "mailbox_id", "code", "severity", "params", "opened_at", "closed_at", "next_check_at"])
    .execute();
  for (const { code } of rows) await appendMailboxLog(tx, mailboxId, "finding.closed", { code });
  return rows.map((row) => eventOf("finding.closed", row));
}

const eventOf = (
  type: "finding.opened" | "finding.closed",
  row: Pick<
    Selectable<FindingsTable>,
    "id" | "mailbox_id" | "code" | "severity" | "params" | "opened_at" | "closed_at" | "next_check_at"
  >,
): NewEvent => ({
  type,
  mailboxId: row.mailbox_id,
  conversationId: null,
  payload: {
    findingId: row.id,
    code: row.code,
    severity: row.severity,
    params: row.params,
    openedAt: row.opened_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
    nextCheckAt: row.next_check_at?.toISOString() ?? null,
  },
});

/** Findings of a mailbox: open ones first, blocking before warnings, then the newest. */
export async function listFindings(
  tenant: TenantDb,
  mailboxId: string,
  limit = 100,
): Promise<StoredFinding[]> {
  const rows = await tenant.db
    .selectFrom("findings")
    .selectAll()
    .where("workspace_id", "=", tenant.workspaceId)
    .where("mailbox_id", "=", mailboxId)
    .orderBy(sql`closed_at IS NOT NULL`)
    .orderBy(sql`severity <> 'blocking'`)
    .orderBy("opened_at", "desc")
    .limit(limit)
    .execute();
  return rows.map(toFinding);
}

/** The gravest open finding of each mailbox of the workspace, by mailbox id. */
export async function gravestFindings(tenant: TenantDb): Promise<Map<string, StoredFinding>> {
  const rows = await tenant.db
    .selectFrom("findings")
    .selectAll()
    .distinctOn("mailbox_id")
    .where("workspace_id", "=", tenant.workspaceId)
    .where("closed_at", "is", null)
    .orderBy("mailbox_id")
    .orderBy(sql`severity <> 'blocking'`)
    .orderBy("opened_at", "desc")
    .execute();
  return new Map(rows.map((row) => [row.mailbox_id, toFinding(row)]));
}

/** Open findings of the workspace whose recheck is due. */
export async function dueFindings(tenant: TenantDb, now: Date): Promise<StoredFinding[]> {
  const rows = await tenant.db
    .selectFrom("findings")
    .selectAll()
    .where("workspace_id", "=", tenant.workspaceId)
    .where("closed_at", "is", null)
    .where("next_check_at", "<=", now)
    .orderBy("next_check_at")
    .execute();
  return rows.map(toFinding);
}
