/** The mailboxes of `GET /v1/status`. */
import { gravestFindings } from "../../store/findings.ts";
import { mailboxTotals } from "../../store/mailbox-totals.ts";
import { listMailboxes } from "../../store/mailboxes.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import { mailboxHealth } from "../../sync/health.ts";

export async function listMailboxStatus(tenant: TenantDb, nowMs: number) {
  const [mailboxes, health, totals, findings] = await Promise.all([
    listMailboxes(tenant),
    mailboxHealth(tenant, nowMs),
    mailboxTotals(tenant),
    gravestFindings(tenant),
  ]);
  return mailboxes.map((mailbox) => ({
    id: mailbox.id,
    address: mailbox.address,
    state: mailbox.state,
    stateSince: mailbox.stateSince.toISOString(),
    inStepAt: mailbox.inStepAt?.toISOString() ?? null,
    throttledUntil: mailbox.throttledUntil?.toISOString() ?? null,
    progress: health.get(mailbox.id)?.progress ?? null,
    messages: totals.get(mailbox.id)?.messages ?? 0,
    searchable: totals.get(mailbox.id)?.searchable ?? 0,
    outboxPending: totals.get(mailbox.id)?.outboxPending ?? 0,
    intentsPending: health.get(mailbox.id)?.pendingIntents ?? 0,
    finding: findings.get(mailbox.id)?.code ?? null,
  }));
}
