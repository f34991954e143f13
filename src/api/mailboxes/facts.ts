/** Gathers what a mailbox's presentation needs: row, health, gravest finding. */
import { livingProcesses } from "../../store/census.ts";
import { gravestFindings } from "../../store/findings.ts";
import { getMailbox, listMailboxes, type Mailbox } from "../../store/mailboxes.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import { mailboxHealth } from "../../sync/health.ts";
import { serversOf } from "../../connect/open.ts";
import type { ConnectService } from "../../connect/service.ts";
import type { MailboxFacts } from "./present.ts";

async function gather(
  tenant: TenantDb,
  connect: ConnectService,
  mailboxes: Mailbox[],
): Promise<MailboxFacts[]> {
  const [health, findings, processes] = await Promise.all([
    mailboxHealth(tenant, connect.parts.clock.now()),
    gravestFindings(tenant),
    livingProcesses(connect.parts.pool),
  ]);
  return mailboxes.map((mailbox) => ({
    mailbox,
    health: health.get(mailbox.id) ?? null,
    owner: processes.find(({ id }) => id === health.get(mailbox.id)?.owner) ?? null,
    finding: findings.get(mailbox.id) ?? null,
    servers: serversOf(connect.parts, mailbox),
  }));
}

export const allMailboxes = async (tenant: TenantDb, connect: ConnectService): Promise<MailboxFacts[]> =>
  gather(tenant, connect, await listMailboxes(tenant));

/** @throws not_found */
export async function oneMailbox(
  tenant: TenantDb,
  connect: ConnectService,
  id: string,
): Promise<MailboxFacts> {
  const [facts] = await gather(tenant, connect, [await getMailbox(tenant, id)]);
  return facts!;
}
