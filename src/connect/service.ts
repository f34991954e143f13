/** The connecting room's door: what `api/` and `app/` call. Work that outlives a request (checking, device polling) runs here. */
import { HitchpostError } from "../core/errors.ts";
import type { MailSender } from "../protocol/mail-sender.ts";
import type { MailSource } from "../protocol/mail-source.ts";
import { attemptsOverdue, eraseRunOut, getAttempt, openAttempts, updateAttempt } from "../store/attempts.ts";
import { getMailbox, type Mailbox } from "../store/mailboxes.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { finishAdminConsent, type AdminAnswer } from "./admin-consent.ts";
import { beginProof, proveAlias, takeAsShared } from "./alias/prove.ts";
import { viewAttempt, type AttemptView } from "./attempt-state.ts";
import {
  assertSignedInHere,
  attemptOfLink,
  beginAttempt,
  finishAuthorization,
  startAuthorization,
  type BeginInput,
  type BindingOf,
} from "./authorize.ts";
import { completeAttempt } from "./complete.ts";
import { pollDevice, startDevice } from "./device.ts";
import { openMailboxSender, openMailboxSource, senderHost, sourceHost } from "./open.ts";
import { connectByPassword, type PasswordInput } from "./password.ts";
import { FailureCounts, handleFailure, handleRecovery, type FailureVerdict } from "./failure.ts";
import type { ConnectParts, ServiceParts } from "./parts.ts";
import { createRefreshQueue } from "./refresh-queue.ts";
import { verifyConnection, type VerifyResult } from "./verify.ts";

export interface ConnectService {
  readonly parts: ServiceParts;
  begin(tenant: TenantDb, input: BeginInput): Promise<AttemptView>;
  attempt(tenant: TenantDb, id: string): Promise<AttemptView>;
  /** Attempts that can be gone on with, newest first. */
  attempts(tenant: TenantDb): Promise<AttemptView[]>;
  /** What else the account that signed in is to the address; by whom its code was entered. @throws conflict */
  decide(tenant: TenantDb, id: string, what: Decision): Promise<AttemptView>;
  /** The same by a link, in the browser that signed in. @throws forbidden in another one, conflict */
  decideByLink(link: string, what: Decision, bindingOf: BindingOf): Promise<void>;
  /** Checks again with the permission that is kept. @throws conflict when there is none */
  verify(tenant: TenantDb, id: string): Promise<AttemptView>;
  dismiss(tenant: TenantDb, id: string): Promise<void>;
  link(link: string): Promise<{ tenant: TenantDb; attempt: AttemptView }>;
  start(link: string): Promise<{ redirectTo: string; binding: string; id: string }>;
  /** @returns the attempt, and its link's page to send the browser to */
  callback(url: URL, bindingOf: BindingOf): Promise<{ id: string; page: string }>;
  /** An administrator comes back from consenting. @throws oauth_state_invalid */
  adminCallback(url: URL): Promise<AdminAnswer>;
  /** Forgets the permissions that nobody decided about, and what is secret of attempts that have run out. */
  tidy(tenant: TenantDb): Promise<void>;
  byPassword(tenant: TenantDb, input: PasswordInput): Promise<Mailbox>;
  /** Tests a connected mailbox now. */
  test(tenant: TenantDb, mailboxId: string): Promise<VerifyResult>;
  openSource(tenant: TenantDb, mailbox: Mailbox): MailSource;
  openSender(tenant: TenantDb, mailbox: Mailbox): MailSender | null;
  onFailure(tenant: TenantDb, mailbox: Mailbox, error: unknown): Promise<FailureVerdict>;
  onRecovery(tenant: TenantDb, mailboxId: string): Promise<void>;
  /** Ends what runs in the background. */
  close(): Promise<void>;
}

/** `alias`: it is another name of the account; `shared`: a shared mailbox that the account opens. */
export type Decision = "alias" | "shared";

export function createConnectService(given: ConnectParts): ConnectService {
  const parts: ServiceParts = { ...given, refreshes: createRefreshQueue() };
  const background = new Background(parts);
  const failures = new FailureCounts();
  const attempt = async (tenant: TenantDb, id: string): Promise<AttemptView> => {
    const view = viewAttempt(await getAttempt(tenant, parts.ring, id), parts.clock.now());
    background.resume(tenant, view);
    return view;
  };
  return {
    parts,
    attempt,
    begin: async (tenant, input) => {
      const { id } = await beginAttempt(parts, tenant, input);
      if (input.flow === "device") await startDevice(parts, tenant, id);
      return attempt(tenant, id);
    },
    attempts: async (tenant) => {
      const rows = await openAttempts(tenant, parts.ring);
      return rows.map((row) => viewAttempt(row, parts.clock.now())).toReversed();
    },
    decide: async (tenant, id, what) => {
      const { flow } = await attempt(tenant, id);
      if (flow !== "device")
        throw new HitchpostError(
          "forbidden",
          "Only the browser that signed in may say so: open the link there.",
        );
      await decide(parts, tenant, id, what);
      return attempt(tenant, id);
    },
    decideByLink: async (link, what, bindingOf) => {
      const { tenant, attempt: view } = await attemptOfLink(parts, link);
      await assertSignedInHere(parts, tenant, view.id, bindingOf);
      await decide(parts, tenant, view.id, what);
      await attempt(tenant, view.id);
    },
    verify: async (tenant, id) => {
      const view = await attempt(tenant, id);
      if (view.secret.tokens === undefined)
        throw new HitchpostError("conflict", "There is no permission to check with: sign in again.");
      await updateAttempt(tenant, parts.ring, id, { step: "verifying", finding: null });
      return attempt(tenant, id);
    },
    dismiss: (tenant, id) =>
      updateAttempt(tenant, parts.ring, id, {
        step: "expired",
        secret: null,
        stateHash: null,
        finishedAt: new Date(parts.clock.now()),
      }),
    link: async (link) => {
      const found = await attemptOfLink(parts, link);
      background.resume(found.tenant, found.attempt);
      return found;
    },
    start: (link) => startAuthorization(parts, link),
    callback: async (url, bindingOf) => {
      const { tenant, id, link, authorized } = await finishAuthorization(parts, url, bindingOf);
      if (authorized) background.check(tenant, id);
      return { id, page: `${parts.publicUrl}/connect/${link}` };
    },
    adminCallback: (url) => finishAdminConsent(parts, url),
    tidy: (tenant) => tidyAttempts(parts, tenant),
    byPassword: (tenant, input) => connectByPassword(parts, tenant, input),
    test: (tenant, mailboxId) => testMailbox(parts, tenant, mailboxId),
    openSource: (tenant, mailbox) => openMailboxSource(parts, tenant, mailbox),
    openSender: (tenant, mailbox) => openMailboxSender(parts, tenant, mailbox),
    onFailure: (tenant, mailbox, error) =>
      handleFailure(parts, tenant, mailbox, error, failures.next(mailbox.id)),
    onRecovery: (tenant, mailboxId) => {
      failures.forget(mailboxId);
      return handleRecovery(tenant, mailboxId);
    },
    close: () => background.close(),
  };
}

const decide = (parts: ServiceParts, tenant: TenantDb, id: string, what: Decision): Promise<void> =>
  what === "alias" ? beginProof(parts, tenant, id) : takeAsShared(parts, tenant, id);

async function tidyAttempts({ ring, clock }: ServiceParts, tenant: TenantDb): Promise<void> {
  const now = new Date(clock.now());
  for (const { id } of await attemptsOverdue(tenant, ring, now))
    await tenant.transaction(async (tx) => {
      const { step, secret, signInUntil } = viewAttempt(
        await getAttempt(tx, ring, id, { lock: true }),
        clock.now(),
      );
      if (step === "proving" || signInUntil === null || signInUntil > now) return;
      await updateAttempt(tx, ring, id, { secret: { link: secret.link }, signInUntil: null });
    });
  await eraseRunOut(tenant, now);
}

async function testMailbox(parts: ServiceParts, tenant: TenantDb, mailboxId: string): Promise<VerifyResult> {
  const mailbox = await getMailbox(tenant, mailboxId);
  const smtpHost = senderHost(parts, mailbox);
  const result = await verifyConnection({
    clock: parts.clock,
    address: mailbox.address,
    method: mailbox.method,
    imapHost: sourceHost(parts, mailbox),
    smtpHost,
    openSource: () => openMailboxSource(parts, tenant, mailbox),
    openSender: smtpHost !== "" ? () => requireSender(parts, tenant, mailbox) : null,
    onCheck: () => undefined,
  });
  if (result.finding === null && mailbox.state !== "live") {
    await handleRecovery(tenant, mailboxId);
    await parts.nudge(tenant.workspaceId, mailboxId);
  }
  return result;
}

function requireSender(parts: ServiceParts, tenant: TenantDb, mailbox: Mailbox): MailSender {
  const sender = openMailboxSender(parts, tenant, mailbox);
  if (!sender) throw new HitchpostError("not_found", `${mailbox.address} has no server for sending.`);
  return sender;
}

/** Runs checks and device polling beside the requests; what a restart cut off goes on when somebody looks. */
class Background {
  readonly #parts: ServiceParts;
  readonly #running = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  check(tenant: TenantDb, id: string): void {
    this.#run(id, () => completeAttempt(this.#parts, tenant, id));
  }

  resume(tenant: TenantDb, view: AttemptView): void {
    if (view.step === "verifying") this.check(tenant, view.id);
    if (view.step === "proving") {
      this.#run(view.id, async () => {
        const proved = await proveAlias(this.#parts, tenant, view.id, this.#closing.signal);
        if (proved) await completeAttempt(this.#parts, tenant, view.id);
      });
    }
    if (view.step === "authorizing" && view.flow === "device") {
      this.#run(view.id, async () => {
        const authorized = await pollDevice(this.#parts, tenant, view.id, this.#closing.signal);
        if (authorized) await completeAttempt(this.#parts, tenant, view.id);
      });
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new HitchpostError("not_ready", "The server is stopping."));
    await Promise.allSettled(this.#running.values());
  }

  #run(id: string, work: () => Promise<void>): void {
    if (this.#running.has(id) || this.#closing.signal.aborted) return;
    const job = work()
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted)
          this.#parts.log.error({ err: error, attempt: id }, "an attempt to connect stopped");
      })
      .finally(() => this.#running.delete(id));
    this.#running.set(id, job);
  }
}
