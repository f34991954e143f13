/**
 * Official Authorization in a browser (security.md, "Authorization binding"): our own page `/connect/{link}` names who
 * asks, binds the browser by a cookie, and goes to the identity provider on a click; the callback demands cookie and state.
 * A link is used up by the finished consent, never by looking at it, and gives no session.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { HitchpostError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { newAuthorization } from "../oauth/client.ts";
import { signInScopes, type Channel } from "../oauth/scopes.ts";
import {
  createAttempt,
  getAttempt,
  locateAttempt,
  updateAttempt,
  type AttemptChange,
} from "../store/attempts.ts";
import { findMailbox, getMailbox, type Mailbox } from "../store/mailboxes.ts";
import { tenantDb, type TenantDb } from "../store/tenant-db.ts";
import { hashToken } from "../store/tokens.ts";
import { askAdministrator } from "./admin-consent.ts";
import { chooseApp, requireApp } from "./app-of.ts";
import { suggestedProvider } from "./apps.ts";
import { freshChecks, viewAttempt, type AttemptView } from "./attempt-state.ts";
import { chooseTransport } from "./choose-transport.ts";
import { findingOf } from "./findings/decide.ts";
import type { ConnectParts } from "./parts.ts";

/** How long a sign-in may take. */
export const attemptLifeMs = 15 * 60_000;
/** How long a link is good that is sent to somebody: the mailbox's owner, or an administrator who is to consent. */
export const linkLifeMs = 7 * 86_400_000;

export interface BeginInput {
  address: string;
  provider: string | undefined;
  flow: "browser" | "device";
  /** Reconnect this mailbox. */
  mailboxId: string | undefined;
  /** A Microsoft app of the operator's page; null: the environment's. Left out: the mailbox's own, else the default. */
  appId?: string | null | undefined;
  /** The link is sent to the mailbox's owner: it is good for a week. */
  share?: boolean | undefined;
  /** The address is a shared mailbox. */
  shared?: boolean | undefined;
  /** Who opens the shared mailbox, for Microsoft to offer. */
  delegate?: string | undefined;
  /** The way to the mailbox; left out: IMAP first, or that of the mailbox that is reconnected. */
  transport?: Channel | undefined;
  requestedBy: { id: string | null; name: string };
}

/** Makes the attempt; its link is returned once and kept as a hash. @throws invalid_request, oauth_not_configured, not_found */
export async function beginAttempt(
  parts: ConnectParts,
  tenant: TenantDb,
  input: BeginInput,
): Promise<{ id: string; link: string }> {
  const mailbox = input.mailboxId === undefined ? null : await getMailbox(tenant, input.mailboxId);
  const provider =
    mailbox?.provider ?? input.provider ?? suggestedProvider(parts.apps(), input.address) ?? "outlook";
  // A reconnect goes by the app that the mailbox was authorized with, unless another one is chosen.
  const appId =
    mailbox !== null && input.appId === undefined
      ? (mailbox.app?.id ?? null)
      : ((await chooseApp(tenant, provider, input.appId))?.id ?? null);
  await requireApp(parts, tenant, { provider, appId });
  const id = newId(parts.clock.now());
  const link = `${id.replaceAll("-", "")}_${randomBytes(24).toString("base64url")}`;
  await createAttempt(tenant, parts.ring, {
    id,
    mailboxId: mailbox?.id ?? null,
    appId,
    address: mailbox?.address ?? input.address,
    provider,
    method: "oauth",
    flow: input.flow,
    step: "waiting",
    linkHash: hashToken(link),
    requestedBy: input.requestedBy.id,
    requestedByName: input.requestedBy.name,
    transport: input.transport ?? transportOf(mailbox),
    relation: (mailbox === null ? input.shared === true : mailbox.relation === "shared") ? "shared" : "own",
    // An alias, and a shared mailbox, are opened by another name than their own.
    delegate: input.delegate ?? (mailbox === null || mailbox.relation === "own" ? null : mailbox.principal),
    expiresAt: new Date(parts.clock.now() + (input.share === true ? linkLifeMs : attemptLifeMs)),
    secret: { link },
  });
  return { id, link };
}

/** A reconnect asks for the way that the mailbox goes. */
const transportOf = (mailbox: Mailbox | null): Channel | null =>
  mailbox === null || mailbox.transport === "imap" ? null : mailbox.transport;

/** The attempt of a link, with its workspace. @throws not_found for a link that is wrong in any way */
export async function attemptOfLink(
  parts: ConnectParts,
  link: string,
): Promise<{ tenant: TenantDb; attempt: AttemptView }> {
  const hex = /^([0-9a-f]{32})_[\w-]{20,}$/.exec(link)?.[1];
  const id = hex?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  const located = id === undefined ? null : await locateAttempt(parts.pool, { id });
  if (!located) throw unknownLink();
  const row = await getAttempt(located.tenant, parts.ring, located.id);
  if (!timingSafeEqual(row.linkHash, hashToken(link))) throw unknownLink();
  return { tenant: located.tenant, attempt: viewAttempt(row, parts.clock.now()) };
}

const unknownLink = (): HitchpostError =>
  new HitchpostError(
    "not_found",
    "This connection link is not known here: it may be cut short, or the attempt was given up.",
  );

/**
 * Binds this browser and answers the provider's address to go to. A later start (sign in again, another tab) replaces the
 * one before: its state no longer counts.
 * @param transport another way to the mailbox than was asked for before
 * @returns `binding` goes into the cookie; null: the permission that is kept serves, and the checks go on
 */
export async function startAuthorization(
  parts: ConnectParts,
  link: string,
  transport?: Channel,
): Promise<{ redirectTo: string; binding: string | null; id: string }> {
  const { tenant, attempt: found } = await attemptOfLink(parts, link);
  assertOpen(found);
  await assertStillKept(parts, tenant, found);
  if (transport !== undefined && (await chooseTransport(parts, tenant, found, transport)))
    return { redirectTo: `${parts.publicUrl}/connect/${link}`, binding: null, id: found.id };
  const { attempt } = await attemptOfLink(parts, link);
  const app = await requireApp(parts, tenant, attempt);
  const fresh = newAuthorization();
  const binding = randomBytes(24).toString("base64url");
  const redirectTo = await app.client.authorizationUrl({
    ...fresh,
    redirectUri: app.redirectUri,
    scopes: signInScopes(app, attempt.transport ?? "imap"),
    loginHint: attempt.delegate ?? (attempt.relation === "shared" ? null : attempt.address),
  });
  await tenant.transaction(async (tx) => {
    // The provider may have taken its time.
    assertOpen(viewAttempt(await getAttempt(tx, parts.ring, attempt.id, { lock: true }), parts.clock.now()));
    await updateAttempt(tx, parts.ring, attempt.id, {
      step: "authorizing",
      stateHash: hashToken(fresh.state),
      bindingHash: hashToken(binding),
      secret: { link, former: attempt.secret.former, nonce: fresh.nonce, verifier: fresh.verifier },
      finding: null,
      account: null,
      checks: freshChecks(),
      adminStateHash: null,
      finishedAt: null,
      signInUntil: new Date(parts.clock.now() + attemptLifeMs),
      expiresAt: new Date(Math.max(attempt.expiresAt.getTime(), parts.clock.now() + attemptLifeMs)),
    });
  });
  return { redirectTo, binding, id: attempt.id };
}

/** @throws conflict, oauth_state_invalid when there is nothing left to start */
function assertOpen({ step }: AttemptView): void {
  if (step === "connected") throw connectedAlready();
  if (step === "expired") throw ranOut();
}

/** A mailbox that is kept may be opened another way, until it has gone on by itself. @throws conflict, oauth_state_invalid */
async function assertStillKept(
  { clock }: ConnectParts,
  tenant: TenantDb,
  { step, mailboxId, expiresAt }: AttemptView,
): Promise<void> {
  if (step !== "kept") return;
  if (expiresAt.getTime() < clock.now()) throw ranOut();
  const mailbox = mailboxId === null ? null : await findMailbox(tenant, mailboxId);
  if (mailbox === null || !waits.has(mailbox.state)) throw connectedAlready();
}

const waits: ReadonlySet<string> = new Set(["needs_attention", "backing_off", "connecting"]);

const ranOut = (): HitchpostError =>
  new HitchpostError("oauth_state_invalid", "This link has run out; ask for a new one.");

const connectedAlready = (): HitchpostError =>
  new HitchpostError("conflict", "This mailbox is connected already.");

/** One cookie an attempt: who connects two mailboxes in two tabs comes back with both. */
export type BindingOf = (attemptId: string) => string | null;

/**
 * The way back from the provider. The state is used up here, whatever comes of it.
 * @param bindingOf the cookie that the browser that came back has for an attempt; null when it has none
 * @returns where to send the browser: the attempt's own page
 * @throws oauth_state_invalid when state or browser do not fit
 */
export async function finishAuthorization(
  parts: ConnectParts,
  callback: URL,
  bindingOf: BindingOf,
): Promise<{ tenant: TenantDb; id: string; link: string; authorized: boolean }> {
  const used = await takeState(parts, callback.searchParams.get("state") ?? "", bindingOf);
  const { tenant, attempt, state } = used;
  const app = await requireApp(parts, tenant, attempt);
  const link = attempt.secret.link ?? "";
  try {
    const tokens = await app.client.redeem(callback, {
      state,
      nonce: attempt.secret.nonce ?? "",
      verifier: attempt.secret.verifier ?? "",
      redirectUri: app.redirectUri,
    });
    const authorized = await endSignIn(parts, tenant, attempt.id, {
      step: "verifying",
      secret: { link, tokens, former: attempt.secret.former },
      account: tokens.account,
      checks: freshChecks(),
      signInUntil: null,
    });
    return { tenant, id: attempt.id, link, authorized };
  } catch (error) {
    const finding = findingOf({
      step: "authorize",
      error,
      method: "oauth",
      address: attempt.address,
      host: app.client.host,
      redirectUri: app.redirectUri,
      at: parts.clock.now(),
    });
    parts.log.info({ err: error, attempt: attempt.id }, "a sign-in came back without a permission");
    const asked = askAdministrator(parts, app, finding, attempt);
    await endSignIn(parts, tenant, attempt.id, {
      step: "finding",
      finding,
      secret: { link },
      signInUntil: null,
      ...asked,
    });
    return { tenant, id: attempt.id, link, authorized: false };
  }
}

/**
 * Notes how a sign-in ended, unless the attempt was given up or begun anew while the provider was asked.
 * @returns whether it was noted
 */
export const endSignIn = (
  parts: ConnectParts,
  tenant: TenantDb,
  id: string,
  change: AttemptChange,
): Promise<boolean> =>
  tenant.transaction(async (tx) => {
    const { step, stateHash } = await getAttempt(tx, parts.ring, id, { lock: true });
    if (step !== "authorizing" || stateHash !== null) return false;
    await updateAttempt(tx, parts.ring, id, change);
    return true;
  });

/** Checks cookie and state under the row's lock and uses the state up. */
async function takeState(
  parts: ConnectParts,
  state: string,
  bindingOf: BindingOf,
): Promise<{ tenant: TenantDb; attempt: AttemptView; state: string }> {
  const located = state === "" ? null : await locateAttempt(parts.pool, { stateHash: hashToken(state) });
  if (!located) throw staleState();
  const binding = bindingOf(located.id);
  const tenant = tenantDb(parts.pool, located.tenant.workspaceId);
  return tenant.transaction(async (tx) => {
    const row = await getAttempt(tx, parts.ring, located.id, { lock: true });
    const attempt = viewAttempt(row, parts.clock.now());
    const fits =
      row.stateHash !== null &&
      timingSafeEqual(row.stateHash, hashToken(state)) &&
      row.bindingHash !== null &&
      binding !== null &&
      timingSafeEqual(row.bindingHash, hashToken(binding)) &&
      attempt.step === "authorizing";
    if (!fits) throw staleState();
    // The cookie stays good: who signed in here may say what the account is to the address.
    await updateAttempt(tx, parts.ring, attempt.id, { stateHash: null });
    return { tenant, attempt, state };
  });
}

/** Whether this browser is the one that signed in for the attempt. @throws forbidden */
export async function assertSignedInHere(
  parts: ConnectParts,
  tenant: TenantDb,
  id: string,
  bindingOf: BindingOf,
): Promise<void> {
  const { bindingHash } = await getAttempt(tenant, parts.ring, id);
  const binding = bindingOf(id);
  if (bindingHash !== null && binding !== null && timingSafeEqual(bindingHash, hashToken(binding))) return;
  throw new HitchpostError(
    "forbidden",
    "Only the browser that signed in may say so. Sign in again in this one.",
  );
}

const staleState = (): HitchpostError =>
  new HitchpostError(
    "oauth_state_invalid",
    "This sign-in cannot be matched: it was finished already, has run out, or was begun in another browser.",
  );
