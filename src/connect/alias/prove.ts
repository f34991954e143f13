/**
 * Proves that an address is another name of the account that signed in (connect.md, "account_mismatch"): by mail to it
 * that stands in the mailbox, else by a mail that is sent to it now and arrives there. The permission is held meanwhile, and
 * becomes the attempt's own with the proof alone.
 *
 *   searching ──found──────────────────▶ proved
 *       └──nothing──▶ code sent ──arrived──▶ proved
 *                         └──3 minutes──▶ alias_unproved (to look once more, or sign in again)
 */
import { HitchpostError, isHitchpostError } from "../../core/errors.ts";
import { withDeadline } from "../../core/deadline.ts";
import type { MailSender } from "../../protocol/mail-sender.ts";
import type { MailSource } from "../../protocol/mail-source.ts";
import { getAttempt, updateAttempt, type AttemptChange } from "../../store/attempts.ts";
import { listMailboxes, type AddressProof } from "../../store/mailboxes.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import { requireApp } from "../app-of.ts";
import { freshChecks, viewAttempt, type AttemptView } from "../attempt-state.ts";
import { findingOf } from "../findings/decide.ts";
import { openMailboxSender } from "../open.ts";
import type { ServiceParts } from "../parts.ts";
import { submissionFor, type Tokens } from "../store-connected.ts";
import { codeSubject, newCode, sendCodeMail } from "./code-mail.ts";
import { searchCode, searchDelivered } from "./search.ts";

const searchMs = 12_000;
const sendMs = 20_000;
/** How long the mail with the code is waited for, and how often it is looked for. */
const waitMs = 3 * 60_000;
const lookEveryMs = 5_000;

/** What is asked of the wizard's user: the permission that is held goes on being held. @throws conflict when there is none */
export async function beginProof(parts: ServiceParts, tenant: TenantDb, id: string): Promise<void> {
  await tenant.transaction(async (tx) => {
    const attempt = viewAttempt(await getAttempt(tx, parts.ring, id, { lock: true }), parts.clock.now());
    if (attempt.step === "proving") return;
    if (attempt.step !== "finding" || heldOf(attempt, parts.clock.now()) === null)
      throw new HitchpostError("conflict", "The permission is not kept any more: sign in again.");
    await updateAttempt(tx, parts.ring, id, {
      step: "proving",
      finding: null,
      checks: freshChecks().map((check) =>
        check.step === "account" ? { ...check, state: "running" } : check,
      ),
    });
  });
}

/** Opens the address as a shared mailbox with the permission that is held. @throws conflict when there is none */
export async function takeAsShared(parts: ServiceParts, tenant: TenantDb, id: string): Promise<void> {
  await tenant.transaction(async (tx) => {
    const attempt = viewAttempt(await getAttempt(tx, parts.ring, id, { lock: true }), parts.clock.now());
    const held = heldOf(attempt, parts.clock.now());
    if (attempt.step !== "finding" || held === null || held.account?.kind !== "work")
      throw new HitchpostError("conflict", "The permission is not kept any more: sign in again.");
    await updateAttempt(tx, parts.ring, id, {
      step: "verifying",
      relation: "shared",
      finding: null,
      checks: freshChecks(),
      secret: { link: attempt.secret.link, tokens: held },
      signInUntil: null,
    });
  });
}

const heldOf = ({ secret, signInUntil }: AttemptView, nowMs: number): Tokens | null =>
  secret.held !== undefined && signInUntil !== null && signInUntil.getTime() > nowMs ? secret.held : null;

/** Runs until it is decided. @returns whether the checks go on. Never throws for what the servers do. */
export async function proveAlias(
  parts: ServiceParts,
  tenant: TenantDb,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  const attempt = viewAttempt(await getAttempt(tenant, parts.ring, id), parts.clock.now());
  const { held } = attempt.secret;
  if (attempt.step !== "proving" || held === undefined) return false;
  const proof = await findProof({ parts, tenant, attempt, held, signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    if (!isHitchpostError(error)) throw error;
    return error;
  });
  if (proof === null || proof instanceof HitchpostError)
    return end(parts, tenant, id, await unproved(parts, tenant, { attempt, held, error: proof }));
  return end(parts, tenant, id, {
    step: "verifying",
    secret: { link: attempt.secret.link, tokens: held, alias: proof },
    signInUntil: null,
    checks: freshChecks(),
  });
}

interface Proving {
  parts: ServiceParts;
  tenant: TenantDb;
  attempt: AttemptView;
  held: Tokens;
  signal: AbortSignal;
}

async function findProof(proving: Proving): Promise<AddressProof | null> {
  const { parts, attempt, held } = proving;
  const question = { wanted: attempt.address, own: held.account?.addresses ?? [] };
  const { clock } = parts;
  const code = attempt.secret.code ?? null;
  if (code === null) {
    const found = await withSource(proving, (source) =>
      searchDelivered({ source, clock, until: clock.monotonic() + searchMs }, question),
    );
    if (found !== null) return found;
  }
  return awaitCode(proving, code ?? (await sendCode(proving)));
}

type SentCode = NonNullable<AttemptView["secret"]["code"]>;

async function sendCode({ parts, tenant, attempt, held, signal }: Proving): Promise<SentCode> {
  const subject = codeSubject(newCode());
  const { sender, from } = await codeSender({ parts, tenant, attempt, held });
  await withDeadline(sendMs, "sending the check", (inner) =>
    sendCodeMail(
      sender,
      parts.clock,
      { from, wanted: attempt.address, subject },
      AbortSignal.any([inner, signal]),
    ),
  );
  const code = { subject, sentAtMs: parts.clock.now() };
  await updateAttempt(tenant, parts.ring, attempt.id, { secret: { ...attempt.secret, code } });
  return code;
}

/** A mailbox that works is better: what the account sends to its own alias some servers deliver nowhere. */
async function codeSender({
  parts,
  tenant,
  attempt,
  held,
}: Omit<Proving, "signal">): Promise<{ sender: MailSender; from: string }> {
  const healthy = (await listMailboxes(tenant)).find(
    (one) => one.state === "live" && !one.readOnly && one.servers.smtp !== null,
  );
  const other = healthy === undefined ? null : openMailboxSender(parts, tenant, healthy);
  if (healthy !== undefined && other !== null) return { sender: other, from: healthy.address };
  const app = await requireApp(parts, tenant, attempt);
  const user = held.account?.principal ?? attempt.address;
  const { accessToken } = held;
  const server = submissionFor(app, held.account?.kind ?? "personal");
  return { sender: parts.openSender(server, async () => ({ user, accessToken })), from: user };
}

async function awaitCode(proving: Proving, code: SentCode): Promise<AddressProof | null> {
  const { parts, attempt, signal } = proving;
  const { clock } = parts;
  const wanted = attempt.address;
  return withSource(proving, async (source) => {
    for (;;) {
      const until = clock.monotonic() + searchMs;
      const found = await searchCode({ source, clock, until }, { wanted, subject: code.subject });
      if (found !== null || clock.now() > code.sentAtMs + (parts.proofWaitMs ?? waitMs)) return found;
      await clock.sleep(Math.min(lookEveryMs, parts.proofWaitMs ?? lookEveryMs), signal);
    }
  });
}

async function withSource<T>(
  { parts, tenant, attempt, held, signal }: Proving,
  work: (source: MailSource) => Promise<T>,
): Promise<T> {
  const app = await requireApp(parts, tenant, attempt);
  const user = held.account?.principal ?? attempt.address;
  const source = parts.openSource(app.imap, async () => ({ user, accessToken: held.accessToken }));
  try {
    await withDeadline(searchMs, `signing in at ${app.imap.host}`, (inner) => source.connect(inner), signal);
    return await work(source);
  } finally {
    await withDeadline(2_000, "closing the mailbox", () => source.close()).catch(() => undefined); // the answer is known
  }
}

/** Nothing arrived, or the mailbox itself stands in the way: then that is what is to be told. */
async function unproved(
  parts: ServiceParts,
  tenant: TenantDb,
  { attempt, held, error }: { attempt: AttemptView; held: Tokens; error: HitchpostError | null },
): Promise<AttemptChange> {
  const app = await requireApp(parts, tenant, attempt);
  const signedIn = held.account?.principal ?? "";
  const failure = new HitchpostError(
    "account_mismatch",
    `Signed in as ${signedIn}, wanted ${attempt.address}.`,
    {
      details: { signedIn },
    },
  );
  const finding = findingOf({
    step: error === null ? "account" : "mailbox",
    error: error ?? failure,
    method: "oauth",
    address: error === null ? attempt.address : signedIn,
    host: app.imap.host,
    at: parts.clock.now(),
  });
  const { code: _sent, ...secret } = attempt.secret;
  const ways = { signedIn, wanted: attempt.address, alias: "possible" };
  const params = error === null ? { ...finding.params, ...ways } : finding.params;
  return {
    step: "finding",
    secret,
    finding: { ...finding, params, code: error === null ? "alias_unproved" : finding.code },
    checks: freshChecks().map((check) => (check.step === "account" ? { ...check, state: "failed" } : check)),
  };
}

/** Under the row's lock: noted only while the attempt still waits for it. */
const end = (parts: ServiceParts, tenant: TenantDb, id: string, change: AttemptChange): Promise<boolean> =>
  tenant.transaction(async (tx) => {
    if ((await getAttempt(tx, parts.ring, id, { lock: true })).step !== "proving") return false;
    await updateAttempt(tx, parts.ring, id, change);
    return change.step === "verifying";
  });
