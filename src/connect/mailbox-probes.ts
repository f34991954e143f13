/** The doctor's further probes of a connected mailbox. */
import { consumerTenantId } from "../oauth/claims.ts";
import type { Mailbox } from "../store/mailboxes.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { appOf } from "./app-of.ts";
import { openMailboxSource, placeOf } from "./open.ts";
import type { ServiceParts } from "./parts.ts";
import { lookWay } from "./probe-ways.ts";
import type { VerifyInput } from "./verify.ts";

type MailboxProbes = Pick<
  VerifyInput,
  "claims" | "kind" | "openGraph" | "openAgain" | "look" | "clockSkewMs"
>;

/** A password's mailbox is looked at alone: one wrong sign-in more may lock the account. */
export async function mailboxProbes(
  parts: ServiceParts,
  tenant: TenantDb,
  mailbox: Mailbox,
): Promise<MailboxProbes> {
  const look = lookWay(parts, placeOf(parts, mailbox));
  if (mailbox.method !== "oauth") return look;
  const { principal, relation, address, transport, subject, provider } = mailbox;
  const app = await appOf(parts, tenant, { provider, appId: mailbox.app?.id ?? null });
  return {
    ...look,
    claims: { account: principal, user: relation === "shared" ? address : principal },
    ...(subject === null ? {} : { kind: subject.tid === consumerTenantId ? "personal" : "work" }),
    ...(transport === "graph"
      ? {}
      : { openGraph: async () => openMailboxSource(parts, tenant, mailbox, "graph") }),
    openAgain: async (how) => openMailboxSource(parts, tenant, mailbox, transport, how),
    ...(app === null ? {} : { clockSkewMs: () => app.client.clockSkewMs() }),
  };
}
