/**
 * A connected mailbox changes the way its mail comes: tried first, changed only when the new way opens. Its folders and messages
 * are found again by sync (sync/adopt-folders.ts).
 */
import { isHitchpostError } from "../core/errors.ts";
import { appendEvents } from "../store/events.ts";
import { closeFindings } from "../store/findings.ts";
import { appendMailboxLog } from "../store/mailbox-log.ts";
import { requestOfOwner } from "../store/mailbox-requests.ts";
import { getMailbox, setMailboxState, updateMailbox, type Mailbox } from "../store/mailboxes.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import type { Transport } from "../store/transport.ts";
import { openMailboxSender, openMailboxSource, senderHost, sourceHost } from "./open.ts";
import type { ServiceParts } from "./parts.ts";
import { verifyConnection, type VerifyResult } from "./verify.ts";

export interface TransportTrial extends VerifyResult {
  /** The account's owner has to allow this way first. */
  needsConsent: boolean;
}

/** Opens the mailbox the other way, reading and sending. Changes nothing; never throws for what servers do. */
export async function tryTransport(
  parts: ServiceParts,
  tenant: TenantDb,
  mailbox: Mailbox,
  transport: Transport,
): Promise<TransportTrial> {
  const there = { ...mailbox, transport };
  const smtpHost = senderHost(parts, there);
  const result = await verifyConnection({
    clock: parts.clock,
    address: mailbox.address,
    method: mailbox.method,
    imapHost: sourceHost(parts, there),
    smtpHost,
    openSource: () => openMailboxSource(parts, tenant, there),
    // What the server for sending says is no reason to leave the mailbox unread.
    openSender: transport === "graph" ? () => openMailboxSender(parts, tenant, there)! : null,
    onCheck: () => undefined,
  });
  const needsConsent =
    isHitchpostError(result.error, "oauth_consent_needed") ||
    isHitchpostError(result.error, "oauth_grant_invalid");
  return { ...result, needsConsent };
}

/** Takes the new way; who owns the mailbox begins anew. @param by a person, or we ourselves after a finding */
export async function takeTransport(
  parts: Pick<ServiceParts, "nudge">,
  tenant: TenantDb,
  { id, transport: from }: Mailbox,
  to: Transport,
  by: "hand" | "finding",
): Promise<void> {
  await tenant.transaction(async (tx) => {
    const { state, transport } = await getMailbox(tx, id);
    if (transport === to) return;
    await updateMailbox(tx, id, { transport: to, throttledUntil: null }); // the other way's pause
    await appendMailboxLog(tx, id, by === "hand" ? "transport.changed" : "transport.taken", {
      from: transportNames[from],
      to: transportNames[to],
    });
    if (state === "paused") return;
    await requestOfOwner(tx, id, "restart");
    const closed = await closeFindings(tx, id);
    await appendEvents(tx, [...closed, ...(await setMailboxState(tx, id, "connecting"))]);
  });
  await parts.nudge(tenant.workspaceId, id);
}

const transportNames = { imap: "IMAP", graph: "Microsoft Graph", pop3: "POP3" } as const;

/** Findings that say one way is closed while another may stand open: IMAP switched off, Graph not allowed. */
const otherWays: Record<string, Partial<Record<Transport, Transport>>> = {
  imap_not_open: { imap: "graph" },
  imap_disabled: { imap: "graph" },
  pop_disabled: { pop3: "graph" },
  graph_permission_missing: { graph: "imap" },
  graph_token_refused: { graph: "imap" },
};

/** The way that a finding leads to; null: it is no matter of the way. Pure. */
export const otherWay = (transport: Transport, finding: string): Transport | null =>
  otherWays[finding]?.[transport] ?? null;

/**
 * Takes another way by itself where the mailbox may, and where its owner has allowed that way before.
 * @returns whether it did
 */
export async function takeOtherWay(
  parts: ServiceParts,
  tenant: TenantDb,
  mailbox: Mailbox,
  finding: string,
): Promise<boolean> {
  const to = otherWay(mailbox.transport, finding);
  if (to === null || mailbox.method !== "oauth" || !mailbox.automaticTransport) return false;
  const trial = await tryTransport(parts, tenant, mailbox, to);
  if (trial.finding !== null) return false;
  await takeTransport(parts, tenant, mailbox, to, "finding");
  parts.log.info({ mailboxId: mailbox.id, finding, to }, "a mailbox takes another way to its mail");
  return true;
}
