/** From a permission to a mailbox: checks it live, then stores grant and mailbox in one transaction. */
import { isHitchpostError } from "../core/errors.ts";
import type { RemoteFolder } from "../protocol/mail-source.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { hurryReplies } from "../store/waiting-replies.ts";
import { getAttempt, updateAttempt, type AttemptChange } from "../store/attempts.ts";
import { appendEvents } from "../store/events.ts";
import { closeFindings } from "../store/findings.ts";
import { storeFirstListing } from "../store/first-listing.ts";
import { storeGrant } from "../store/grants.ts";
import { appendMailboxLog } from "../store/mailbox-log.ts";
import { requestOfOwner } from "../store/mailbox-requests.ts";
import {
  createMailbox,
  findMailboxByAddress,
  getMailbox,
  reviveMailbox,
  setMailboxState,
  updateMailbox,
  type Mailbox,
} from "../store/mailboxes.ts";
import { assertAccount } from "./account.ts";
import { appMark, requireApp } from "./app-of.ts";
import type { ConnectApp } from "./apps.ts";
import { viewAttempt, type AttemptView } from "./attempt-state.ts";
import { findingOf } from "./findings/decide.ts";
import type { ConnectParts } from "./parts.ts";
import type { MailServer } from "./providers.ts";
import { verifyConnection } from "./verify.ts";

type Tokens = NonNullable<AttemptView["secret"]["tokens"]>;

/** Microsoft's submission host differs for work accounts. */
export const submissionFor = (app: ConnectApp, kind: "personal" | "work"): MailServer =>
  kind === "work" ? app.workSmtp : app.smtp;

/**
 * Checks the permission of an attempt and, when all is well, makes or reconnects the mailbox. Never throws for what the
 * servers do: that becomes the attempt's finding.
 */
export async function completeAttempt(parts: ConnectParts, tenant: TenantDb, id: string): Promise<void> {
  const attempt = viewAttempt(await getAttempt(tenant, parts.ring, id), parts.clock.now());
  const { tokens } = attempt.secret;
  if (tokens === undefined || attempt.step === "connected") return;
  try {
    await verifyAndStore(parts, tenant, attempt, tokens).catch((error: unknown) => {
      // Another attempt has made the mailbox meanwhile: this one finds it, and reconnects it by the same account alone.
      if (isHitchpostError(error, "conflict")) return verifyAndStore(parts, tenant, attempt, tokens);
      throw error;
    });
  } catch (error) {
    parts.log.error({ err: error, attempt: id }, "checking a new connection failed unexpectedly");
    const finding = findingOf({
      step: "account",
      error,
      method: "oauth",
      address: attempt.address,
      host: "",
      at: parts.clock.now(),
    });
    await noteFinding(parts, tenant, id, { step: "finding", finding });
  }
}

const anotherAccount: ReadonlySet<string> = new Set(["account_mismatch", "account_replaced"]);

/** Under the row's lock: whether the attempt still waits for this check. It may have been given up or begun anew meanwhile. */
const stillVerifying = async (parts: ConnectParts, tx: TenantDb, id: string): Promise<boolean> =>
  (await getAttempt(tx, parts.ring, id, { lock: true })).step === "verifying";

const noteFinding = (
  parts: ConnectParts,
  tenant: TenantDb,
  id: string,
  change: AttemptChange,
): Promise<void> =>
  tenant.transaction(async (tx) => {
    if (await stillVerifying(parts, tx, id)) await updateAttempt(tx, parts.ring, id, change);
  });

async function verifyAndStore(
  parts: ConnectParts,
  tenant: TenantDb,
  attempt: AttemptView,
  tokens: Tokens,
): Promise<void> {
  const app = await requireApp(parts, tenant, attempt);
  const known = await knownMailbox(tenant, attempt);
  const { account } = tokens;
  const smtp = submissionFor(app, account?.kind ?? "personal");
  const credentials = async () => ({
    user: account?.principal ?? attempt.address,
    accessToken: tokens.accessToken,
  });
  const { checks, finding, folders } = await verifyConnection({
    clock: parts.clock,
    address: attempt.address,
    method: "oauth",
    imapHost: app.imap.host,
    smtpHost: smtp.host,
    redirectUri: app.redirectUri,
    checkAccount: () => assertAccount(account, attempt.address, known?.subject ?? null),
    openSource: () => parts.openSource(app.imap, credentials),
    openSender: () => parts.openSender(smtp, credentials),
    onCheck: (ticks) => updateAttempt(tenant, parts.ring, attempt.id, { checks: ticks }),
  });
  if (finding) {
    // Another account's permission is not kept; the right account's is, so that a test needs no second sign-in.
    const keep = anotherAccount.has(finding.code) ? { link: attempt.secret.link } : attempt.secret;
    await noteFinding(parts, tenant, attempt.id, { step: "finding", checks, finding, secret: keep });
    return;
  }
  const mailboxId = await storeConnected(parts, tenant, { attempt, tokens, app, known, folders });
  if (mailboxId === null) return;
  await updateAttempt(tenant, parts.ring, attempt.id, { checks });
  await parts.nudge(tenant.workspaceId, mailboxId);
}

/** The mailbox to reconnect: named by the attempt, or one of the same address. */
const knownMailbox = (tenant: TenantDb, attempt: AttemptView): Promise<Mailbox | null> =>
  attempt.mailboxId === null
    ? findMailboxByAddress(tenant, attempt.address)
    : getMailbox(tenant, attempt.mailboxId);

interface Connected {
  attempt: AttemptView;
  tokens: Tokens;
  app: ConnectApp;
  known: Mailbox | null;
  folders: RemoteFolder[];
}

/** @returns the mailbox; null when the attempt was given up meanwhile */
async function storeConnected(
  parts: ConnectParts,
  tenant: TenantDb,
  { attempt, tokens, app, known, folders }: Connected,
): Promise<string | null> {
  const { account } = tokens;
  assertAccount(account, attempt.address, known?.subject ?? null);
  const facts = {
    provider: attempt.provider,
    method: "oauth" as const,
    servers: { imap: app.imap, smtp: submissionFor(app, account.kind) },
    app: attempt.appId === null ? null : await appMark(tenant, attempt.appId),
    subject: { tid: account.tid, oid: account.oid },
    principal: account.principal,
    filesSent: true,
  };
  return tenant.transaction(async (tx) => {
    if (!(await stillVerifying(parts, tx, attempt.id))) return null;
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
    if (before !== null) await updateMailbox(tx, mailboxId, facts);
    await storeFirstListing(tx, mailboxId, folders);
    await storeGrant(tx, parts.ring, {
      mailboxId,
      secret: {
        kind: "oauth",
        refreshToken: tokens.refreshToken ?? "",
        accessToken: tokens.accessToken,
        scope: tokens.scopes.join(" "),
      },
      accessExpiresAt: new Date(tokens.accessExpiresAtMs),
    });
    if (before !== null) await requestOfOwner(tx, mailboxId, "restart");
    await hurryReplies(tx, mailboxId);
    const closed = await closeFindings(tx, mailboxId);
    const changed = await setMailboxState(tx, mailboxId, "connecting");
    await appendMailboxLog(tx, mailboxId, before === null ? "connected" : "reconnected", {
      account: account.principal,
    });
    await updateAttempt(tx, parts.ring, attempt.id, {
      step: "connected",
      mailboxId,
      finding: null,
      secret: null,
      finishedAt: new Date(parts.clock.now()),
    });
    await appendEvents(tx, [...closed, ...changed]);
    return mailboxId;
  });
}
