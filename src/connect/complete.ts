/** From a permission to a mailbox: checks it live, then has it stored (store-connected.ts). */
import { isHitchpostError } from "../core/errors.ts";
import { accessScopes } from "../oauth/scopes.ts";
import { getAttempt, updateAttempt, type AttemptChange } from "../store/attempts.ts";
import { findMailboxByAddress, getMailbox, type Mailbox } from "../store/mailboxes.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { requireApp } from "./app-of.ts";
import type { ConnectApp } from "./apps.ts";
import { viewAttempt, type AttemptView } from "./attempt-state.ts";
import { attemptLifeMs } from "./authorize.ts";
import { findingOf } from "./findings/decide.ts";
import { keepsGrant } from "./findings/recheck.ts";
import type { Finding } from "./findings/types.ts";
import { graphSendPlace, hostOf, readPlaceOf } from "./open.ts";
import type { ConnectParts } from "./parts.ts";
import { permissionProbes } from "./permission-probes.ts";
import {
  isShared,
  relationOf,
  storeConnected,
  submissionFor,
  type Connected,
  type Tokens,
} from "./store-connected.ts";
import { verifyConnection } from "./verify.ts";

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

/** Under the row's lock: whether the attempt still waits for this check. It may have been given up or begun anew meanwhile. */
export const stillVerifying = async (parts: ConnectParts, tx: TenantDb, id: string): Promise<boolean> =>
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
  kept: Tokens,
): Promise<void> {
  const app = await requireApp(parts, tenant, attempt);
  const known = await knownMailbox(tenant, attempt);
  const tokens = await freshTokens(parts, tenant, { attempt, app, kept });
  const result = await verifyPermission(parts, tenant, { attempt, tokens, app, known });
  const connected = { attempt, app, known, ...result };
  const { finding, checks } = result;
  if (finding === null) return finish(parts, tenant, connected, null);
  if (keepsGrant(finding) && tokens.refreshToken !== null) return finish(parts, tenant, connected, finding);
  await noteFinding(parts, tenant, attempt.id, {
    step: "finding",
    checks,
    finding: finding.code === "account_mismatch" ? withWays(finding, tokens, known) : finding,
    ...permissionKept(parts, { finding, attempt, tokens: connected.tokens, known }),
  });
}

async function finish(
  parts: ConnectParts,
  tenant: TenantDb,
  connected: Connected,
  finding: Finding | null,
): Promise<void> {
  const { attempt, checks } = connected;
  const mailboxId = await storeConnected(parts, tenant, connected, finding);
  if (mailboxId === null) return;
  await updateAttempt(tenant, parts.ring, attempt.id, { checks });
  await parts.nudge(tenant.workspaceId, mailboxId);
}

/** A test on the next day: the access token of the sign-in is over by then. */
async function freshTokens(
  parts: ConnectParts,
  tenant: TenantDb,
  { attempt, app, kept }: { attempt: AttemptView; app: ConnectApp; kept: Tokens },
): Promise<Tokens> {
  if (kept.refreshToken === null || kept.accessExpiresAtMs > parts.clock.now() + aheadMs) return kept;
  const next = await app.client.refresh(kept.refreshToken, accessScopes(app, attempt.transport ?? "imap"));
  const tokens = { ...next, refreshToken: next.refreshToken ?? kept.refreshToken, account: kept.account };
  await updateAttempt(tenant, parts.ring, attempt.id, { secret: { ...attempt.secret, tokens } });
  return tokens;
}

const aheadMs = 60_000;

/** Signs in with the permission: a shared mailbox is read by its own name and sent from by the delegate's. */
async function verifyPermission(
  parts: ConnectParts,
  tenant: TenantDb,
  { attempt, tokens, app, known }: Pick<Connected, "attempt" | "tokens" | "app" | "known">,
): Promise<Pick<Connected, "checks" | "folders" | "tokens"> & { finding: Finding | null }> {
  const { account, accessToken } = tokens;
  const transport = attempt.transport ?? "imap";
  const read = readPlaceOf(app, transport);
  const send =
    transport === "graph"
      ? graphSendPlace(app, attempt.address)
      : submissionFor(app, account?.kind ?? "personal");
  const principal = account?.principal ?? attempt.address;
  const shared = isShared(attempt, tokens);
  const kept = { tokens };
  const user = shared ? attempt.address : principal;
  const place = "url" in read && shared ? { ...read, mailbox: attempt.address } : read;
  const result = await verifyConnection({
    clock: parts.clock,
    address: attempt.address,
    method: "oauth",
    imapHost: hostOf(read),
    smtpHost: "url" in send ? hostOf(read) : send.host,
    redirectUri: app.redirectUri,
    ...(account === null
      ? {}
      : {
          kind: account.kind,
          claims: { account: account.principal, user },
        }),
    neverOpened: known === null || known.foldersChosenAt === null,
    ...permissionProbes(parts, { app, read: place, user, kept }),
    checkAccount: () => void relationOf(attempt, tokens, known),
    openSource: () => parts.openSource(place, async () => ({ user, accessToken })),
    openSender: () =>
      parts.openSender("url" in send && shared ? { ...send, mailbox: attempt.address } : send, async () => ({
        user: principal,
        accessToken,
      })),
    onCheck: (ticks) => updateAttempt(tenant, parts.ring, attempt.id, { checks: ticks }),
  });
  const { finding } = result;
  const told = { ...result, tokens: kept.tokens };
  const refused =
    shared && finding !== null && finding.params["step"] === "mailbox" && sharedMeans.has(finding.code);
  return refused
    ? {
        ...told,
        finding: {
          ...finding,
          code: "shared_mailbox_refused",
          params: { ...finding.params, signedIn: principal },
        },
      }
    : told;
}

/** What a server says of a mailbox that is not ours to open is what it says of one that does not open at all. */
const sharedMeans: ReadonlySet<string> = new Set([
  "token_refused",
  "imap_not_open",
  "imap_disabled",
  "mailbox_not_initialised",
  "mailbox_without_licence",
  "principal_mismatch",
]);

/** The other account may be right all the same: as the owner of the alias, or as one who opens the shared mailbox. */
const withWays = (finding: Finding, { account }: Tokens, known: Mailbox | null): Finding => ({
  ...finding,
  params: {
    ...finding.params,
    ...(known?.subject == null ? { alias: "possible" } : {}),
    ...(known?.subject == null && account?.kind === "work" ? { shared: "possible" } : {}),
  },
});

/** The right account's permission is kept for a day; another one's while the person decides, or not at all. */
function permissionKept(
  parts: ConnectParts,
  {
    finding,
    attempt,
    tokens,
    known,
  }: { finding: Finding; attempt: AttemptView; tokens: Tokens; known: Mailbox | null },
): AttemptChange {
  const { link } = attempt.secret;
  const until = (ms: number): Date => new Date(parts.clock.now() + ms);
  if (finding.code === "account_mismatch" && known?.subject == null && tokens.account !== null)
    return { secret: { link, held: tokens }, signInUntil: until(attemptLifeMs) };
  if (anotherAccount.has(finding.code)) return { secret: { link } };
  const expiresAt = new Date(Math.max(attempt.expiresAt.getTime(), until(keptMs).getTime()));
  return { secret: { ...attempt.secret, tokens }, expiresAt };
}

const keptMs = 86_400_000;

const anotherAccount: ReadonlySet<string> = new Set(["account_mismatch", "account_replaced"]);

/** The mailbox to reconnect: named by the attempt, or one of the same address. */
const knownMailbox = (tenant: TenantDb, attempt: AttemptView): Promise<Mailbox | null> =>
  attempt.mailboxId === null
    ? findMailboxByAddress(tenant, attempt.address)
    : getMailbox(tenant, attempt.mailboxId);
