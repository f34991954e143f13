/** The mailboxes and processes of `GET /v1/status`. */
import type { Pool } from "pg";
import { livingProcesses } from "../../store/census.ts";
import { gravestFindings } from "../../store/findings.ts";
import { mailboxTotals } from "../../store/mailbox-totals.ts";
import { listMailboxes } from "../../store/mailboxes.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import { mailboxHealth } from "../../sync/health.ts";
import { presentHealth } from "../mailboxes/present.ts";

export async function readStatus(pool: Pool, tenant: TenantDb, nowMs: number) {
  const [mailboxes, health, totals, findings, processes] = await Promise.all([
    listMailboxes(tenant),
    mailboxHealth(tenant, nowMs),
    mailboxTotals(tenant),
    gravestFindings(tenant),
    livingProcesses(pool),
  ]);
  const ownerOf = (id: string) => processes.find((one) => one.id === health.get(id)?.owner) ?? null;
  return {
    processes: processes.map(({ id, startedAt, ...facts }) => ({
      ...facts,
      startedAt: startedAt.toISOString(),
      mailboxes: mailboxes.filter((mailbox) => health.get(mailbox.id)?.owner === id).length,
    })),
    mailboxes: mailboxes.map((mailbox) => ({
      id: mailbox.id,
      address: mailbox.address,
      state: mailbox.state,
      stateSince: mailbox.stateSince.toISOString(),
      ...presentHealth(health.get(mailbox.id) ?? null, ownerOf(mailbox.id)),
      messages: totals.get(mailbox.id)?.messages ?? 0,
      searchable: totals.get(mailbox.id)?.searchable ?? 0,
      outboxPending: totals.get(mailbox.id)?.outboxPending ?? 0,
      finding: findings.get(mailbox.id)?.code ?? null,
    })),
  };
}
