/** A permission that was checked becomes a mailbox: grant, folders, findings and log in one transaction. */
import type { RemoteFolder } from "../protocol/mail-source.ts";
import { getAttempt, updateAttempt } from "../store/attempts.ts";
import { appendEvents } from "../store/events.ts";
import { closeFindings } from "../store/findings.ts";
import { storeFirstListing } from "../store/first-listing.ts";
import { findGrant, storeGrant } from "../store/grants.ts";
import { appendMailboxLog } from "../store/mailbox-log.ts";
import { requestOfOwner } from "../store/mailbox-requests.ts";
import {
  createMailbox,
  reviveMailbox,
  setMailboxState,
  updateMailbox,
  type Mailbox,
  type Relation,
} from "../store/mailboxes.ts";
import type { NewEvent } from "../store/new-event.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { hurryReplies } from "../store/waiting-replies.ts";
import { reachedBy } from "./account.ts";
import { appMark } from "./app-of.ts";
import type { ConnectApp } from "./apps.ts";
import type { AttemptView, Check } from "./attempt-state.ts";
import { openWithSchedule } from "./findings/recheck.ts";
import type { Finding } from "./findings/types.ts";
import { withConsent } from "./grant-channels.ts";
import type { ConnectParts } from "./parts.ts";
import type { MailServer } from "./providers.ts";

export type Tokens = NonNullable<AttemptView["secret"]["tokens"]>;

export interface Connected {
  attempt: AttemptView;
  tokens: Tokens;
  app: ConnectApp;
  /** The mailbox that is reconnected; null: a new one. */
  known: Mailbox | null;
  checks: Check[];
  folders: RemoteFolder[];
}

/** Microsoft's submission host differs for work accounts. */
export const submissionFor = (app: ConnectApp, kind: "personal" | "work"): MailServer =>
  kind === "work" ? app.workSmtp : app.smtp;

/** @throws account_mismatch */
export const relationOf = (attempt: AttemptView, { account }: Tokens, known: Mailbox | null): Relation =>
  reachedBy(
    account,
    {
      address: attempt.address,
      shared: attempt.relation === "shared",
      aliasProved: attempt.secret.alias !== undefined,
    },
    known,
  );

/** Whether the address is read by its own name with somebody else's permission. */
export const isShared = ({ relation, address }: AttemptView, { account }: Tokens): boolean =>
  relation === "shared" && account?.kind === "work" && !account.addresses.includes(address.toLowerCase());

const factsOf = async (
  tenant: TenantDb,
  { attempt, tokens, app, known }: Connected,
  account: NonNullable<Tokens["account"]>,
) => {
  const relation = relationOf(attempt, tokens, known);
  const { alias } = attempt.secret;
  return {
    provider: attempt.provider,
    method: "oauth" as const,
    transport: attempt.transport ?? ("imap" as const),
    servers: { imap: app.imap, smtp: submissionFor(app, account.kind) },
    app: attempt.appId === null ? null : await appMark(tenant, attempt.appId),
    subject: { tid: account.tid, oid: account.oid },
    principal: account.principal,
    relation,
    ...(alias === undefined && relation === "alias" ? {} : { addressProof: alias ?? null }),
    filesSent: true,
  };
};

/**
 * @param finding what time or a switch mends: the mailbox is kept with it, looked at again by itself, and goes on then without
 *   a second permission; null: all is well
 * @returns the mailbox; null when the attempt was given up meanwhile
 */
export async function storeConnected(
  parts: ConnectParts,
  tenant: TenantDb,
  connected: Connected,
  finding: Finding | null,
): Promise<string | null> {
  const { attempt, tokens, known, folders } = connected;
  const { account } = tokens;
  if (account === null) return null; // the check of the account has refused it
  const facts = await factsOf(tenant, connected, account);
  return tenant.transaction(async (tx) => {
    if ((await getAttempt(tx, parts.ring, attempt.id, { lock: true })).step !== "verifying") return null;
    const before =
      known?.id ?? (await reviveMailbox(tx, { address: attempt.address, subject: facts.subject }));
    const mailboxId =
      before ??
      (await createMailbox(tx, {
        ...facts,
        address: attempt.address,
        displayName: account.name ?? "",
        state: "connecting",
        createdBy: attempt.requestedBy,
      }));
    await updateMailbox(tx, mailboxId, {
      ...(before === null ? {} : facts),
      // Nobody may wait at the wizard any more when a mailbox that is kept is ready.
      usualFolders: finding !== null,
    });
    await storeFirstListing(tx, mailboxId, folders, facts.transport);
    await storeConsents(parts, tx, mailboxId, attempt, tokens);
    if (before !== null) await requestOfOwner(tx, mailboxId, "restart");
    await hurryReplies(tx, mailboxId);
    const closed = await closeFindings(tx, mailboxId);
    await logConnection(tx, connected, {
      mailboxId,
      isNew: before === null,
      finding,
      relation: facts.relation,
    });
    const told = await beginLife(parts, tx, mailboxId, finding);
    await updateAttempt(tx, parts.ring, attempt.id, {
      step: finding === null ? "connected" : "kept",
      mailboxId,
      finding,
      // Who was sent the link may still take another way to the mailbox that is kept.
      secret: finding === null ? null : { link: attempt.secret.link },
      signInUntil: null,
      finishedAt: new Date(parts.clock.now()),
    });
    await appendEvents(tx, [...closed, ...told]);
    return mailboxId;
  });
}

/** The permission for the way that is taken, and those given before for others: the mailbox can go back to them. */
async function storeConsents(
  parts: ConnectParts,
  tx: TenantDb,
  mailboxId: string,
  { transport, secret }: AttemptView,
  tokens: Tokens,
): Promise<void> {
  const consents = [...(secret.former ?? []), { channel: transport ?? ("imap" as const), tokens }];
  for (const { channel, tokens: given } of consents) {
    const before = await findGrant(tx, parts.ring, mailboxId);
    await storeGrant(tx, parts.ring, { mailboxId, ...withConsent(before, channel, given) });
  }
}

async function logConnection(
  tx: TenantDb,
  { attempt, tokens }: Connected,
  {
    mailboxId,
    isNew,
    finding,
    relation,
  }: { mailboxId: string; isNew: boolean; finding: Finding | null; relation: Relation },
): Promise<void> {
  const account = tokens.account?.principal ?? attempt.address;
  if (relation === "alias" && attempt.secret.alias !== undefined)
    await appendMailboxLog(tx, mailboxId, "alias.proved", {
      ...attempt.secret.alias,
      address: attempt.address,
      account,
    });
  const code = finding !== null ? "kept" : isNew ? "connected" : "reconnected";
  await appendMailboxLog(tx, mailboxId, code, { account });
}

async function beginLife(
  parts: ConnectParts,
  tx: TenantDb,
  mailboxId: string,
  finding: Finding | null,
): Promise<NewEvent[]> {
  if (finding === null) return setMailboxState(tx, mailboxId, "connecting");
  const opened = await openWithSchedule(tx, mailboxId, finding, parts.clock.now());
  const retryAt = opened.nextCheckAt?.toISOString() ?? null;
  const changed = await setMailboxState(tx, mailboxId, "needs_attention", { code: finding.code, retryAt });
  return [...opened.events, ...changed];
}
