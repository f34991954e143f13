/** The connecting room's door: what `api/` and `app/` call. Work that outlives a request (checking, device polling) runs here. */
import { HitchpostError } from "../core/errors.ts";
import type { MailSender } from "../protocol/mail-sender.ts";
import type { MailSource } from "../protocol/mail-source.ts";
import { getMailbox, type Mailbox } from "../store/mailboxes.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { attemptActions, type AttemptActions } from "./attempt-actions.ts";
import { Background } from "./background.ts";
import { takeTransport, tryTransport, type TransportTrial } from "./change-transport.ts";
import { FailureCounts, handleFailure, handleRecovery, type FailureVerdict } from "./failure.ts";
import { kindOf } from "../oauth/claims.ts";
import { sendNotices } from "./notify/notify.ts";
import { openMailboxSender, openMailboxSource, senderHost, sourceHost } from "./open.ts";
import { mailboxProbes } from "./mailbox-probes.ts";
import type { ConnectParts, ServiceParts } from "./parts.ts";
import { connectByPassword, type PasswordInput } from "./password.ts";
import { createRefreshQueue } from "./refresh-queue.ts";
import type { Channel } from "../oauth/scopes.ts";
import { verifyConnection, type VerifyResult } from "./verify.ts";

export interface ConnectService extends AttemptActions {
  readonly parts: ServiceParts;
  byPassword(tenant: TenantDb, input: PasswordInput): Promise<Mailbox>;
  /** Tests a connected mailbox now. */
  test(tenant: TenantDb, mailboxId: string): Promise<VerifyResult>;
  /** Tries another way to a connected mailbox and takes it when it opens. */
  changeTransport(tenant: TenantDb, mailboxId: string, to: Channel): Promise<TransportTrial>;
  openSource(tenant: TenantDb, mailbox: Mailbox): MailSource;
  openSender(tenant: TenantDb, mailbox: Mailbox): MailSender | null;
  onFailure(tenant: TenantDb, mailbox: Mailbox, error: unknown): Promise<FailureVerdict>;
  onRecovery(tenant: TenantDb, mailboxId: string): Promise<void>;
  /** Writes to people about mailboxes that need somebody. @returns how many mails */
  notify(tenant: TenantDb): Promise<number>;
  /** Ends what runs in the background. */
  close(): Promise<void>;
}

export function createConnectService(given: ConnectParts): ConnectService {
  const parts: ServiceParts = { ...given, refreshes: createRefreshQueue() };
  const background = new Background(parts);
  const failures = new FailureCounts();
  return {
    parts,
    ...attemptActions(parts, background),
    byPassword: (tenant, input) => connectByPassword(parts, tenant, input),
    test: (tenant, mailboxId) => testMailbox(parts, tenant, mailboxId),
    changeTransport: (tenant, mailboxId, to) => changeTransport(parts, tenant, mailboxId, to),
    openSource: (tenant, mailbox) => openMailboxSource(parts, tenant, mailbox),
    openSender: (tenant, mailbox) => openMailboxSender(parts, tenant, mailbox),
    onFailure: (tenant, mailbox, error) =>
      handleFailure(parts, tenant, mailbox, error, {
        failures: failures.next(mailbox.id),
        diagnose: () => diagnose(parts, tenant, mailbox),
      }),
    onRecovery: (tenant, mailboxId) => {
      failures.forget(mailboxId);
      return handleRecovery(tenant, mailboxId);
    },
    notify: (tenant) => sendNotices(parts, tenant),
    close: () => background.close(),
  };
}

async function changeTransport(
  parts: ServiceParts,
  tenant: TenantDb,
  mailboxId: string,
  to: Channel,
): Promise<TransportTrial> {
  const mailbox = await getMailbox(tenant, mailboxId);
  const trial = await tryTransport(parts, tenant, mailbox, to);
  if (trial.finding === null) await takeTransport(parts, tenant, mailbox, to, "hand");
  return trial;
}

async function testMailbox(parts: ServiceParts, tenant: TenantDb, mailboxId: string): Promise<VerifyResult> {
  const mailbox = await getMailbox(tenant, mailboxId);
  const result = await diagnose(parts, tenant, mailbox);
  if (result.finding === null && mailbox.state !== "live") {
    await handleRecovery(tenant, mailboxId);
    await parts.nudge(tenant.workspaceId, mailboxId);
  }
  return result;
}

/** Every check of a connected mailbox, so that what is found has been told apart from what looks alike. */
async function diagnose(parts: ServiceParts, tenant: TenantDb, mailbox: Mailbox): Promise<VerifyResult> {
  const smtpHost = senderHost(parts, mailbox);
  return verifyConnection({
    clock: parts.clock,
    address: mailbox.address,
    method: mailbox.method,
    imapHost: sourceHost(parts, mailbox),
    smtpHost,
    ...(mailbox.method === "oauth" ? { claims: claimsOf(mailbox) } : {}),
    neverOpened: mailbox.foldersChosenAt === null,
    ...(mailbox.subject === null ? {} : { kind: kindOf(mailbox.subject) }),
    openSource: () => openMailboxSource(parts, tenant, mailbox),
    ...(await mailboxProbes(parts, tenant, mailbox)),
    openSender: smtpHost !== "" ? () => requireSender(parts, tenant, mailbox) : null,
    onCheck: () => undefined,
  });
}

/** Whose token opens the mailbox, and by which name: a shared one is read by its own. */
const claimsOf = ({ principal, address, relation }: Mailbox): { account: string; user: string } => ({
  account: principal,
  user: relation === "shared" ? address : principal,
});

function requireSender(parts: ServiceParts, tenant: TenantDb, mailbox: Mailbox): MailSender {
  const sender = openMailboxSender(parts, tenant, mailbox);
  if (!sender) throw new HitchpostError("not_found", `${mailbox.address} has no server for sending.`);
  return sender;
}
