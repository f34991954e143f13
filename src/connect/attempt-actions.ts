/** What can be done with attempts to connect: begin, look, decide, check again, give up; and the ways back from elsewhere. */
import { HitchpostError, isHitchpostError } from "../core/errors.ts";
import { attemptsOverdue, eraseRunOut, getAttempt, openAttempts, updateAttempt } from "../store/attempts.ts";
import type { Channel } from "../oauth/scopes.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { finishAdminConsent, isAdminAnswer, type AdminAnswer } from "./admin-consent.ts";
import { beginProof, takeAsShared } from "./alias/prove.ts";
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
import type { Background } from "./background.ts";
import { startDevice } from "./device.ts";
import type { ServiceParts } from "./parts.ts";

/** `alias`: it is another name of the account; `shared`: a shared mailbox that the account opens. */
export type Decision = "alias" | "shared";

export interface AttemptActions {
  begin(tenant: TenantDb, input: BeginInput): Promise<AttemptView>;
  attempt(tenant: TenantDb, id: string): Promise<AttemptView>;
  /** Attempts that can be gone on with, newest first. */
  attempts(tenant: TenantDb): Promise<AttemptView[]>;
  /** What else the account that signed in is to the address; by whom its code was entered. @throws conflict */
  decide(tenant: TenantDb, id: string, what: Decision): Promise<AttemptView>;
  /** The same by a link, in the browser that signed in. @throws forbidden in another one, conflict */
  decideByLink(link: string, what: Decision, bindingOf: BindingOf): Promise<void>;
  /** Whether this browser is the one that signed in for the attempt. */
  signedInHere(tenant: TenantDb, id: string, bindingOf: BindingOf): Promise<boolean>;
  /** Checks again with the permission that is kept. @throws conflict when there is none */
  verify(tenant: TenantDb, id: string): Promise<AttemptView>;
  dismiss(tenant: TenantDb, id: string): Promise<void>;
  link(link: string): Promise<{ tenant: TenantDb; attempt: AttemptView }>;
  /** @param transport another way to the mailbox; null binding: the permission that is kept serves it, too */
  start(
    link: string,
    transport?: Channel,
  ): Promise<{ redirectTo: string; binding: string | null; id: string }>;
  /** @returns the attempt, and its link's page to send the browser to */
  callback(url: URL, bindingOf: BindingOf): Promise<{ id: string; page: string }>;
  /** Whether the way back is an administrator's, who was to consent. */
  isAdminAnswer(url: URL): Promise<boolean>;
  /** An administrator comes back from consenting. @throws oauth_state_invalid */
  adminCallback(url: URL): Promise<AdminAnswer>;
  /** Forgets the permissions that nobody decided about, and what is secret of attempts that have run out. */
  tidy(tenant: TenantDb): Promise<void>;
}

export function attemptActions(parts: ServiceParts, background: Background): AttemptActions {
  const attempt = async (tenant: TenantDb, id: string): Promise<AttemptView> => {
    const view = viewAttempt(await getAttempt(tenant, parts.ring, id), parts.clock.now());
    background.resume(tenant, view);
    return view;
  };
  return {
    attempt,
    ...beginnings(parts, background, attempt),
    ...decisions(parts, attempt),
    attempts: async (tenant) => {
      const rows = await openAttempts(tenant, parts.ring);
      return rows.map((row) => viewAttempt(row, parts.clock.now())).toReversed();
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
        adminStateHash: null,
        signInUntil: null,
        finishedAt: new Date(parts.clock.now()),
      }),
    tidy: (tenant) => tidyAttempts(parts, tenant),
  };
}

type Look = AttemptActions["attempt"];

function beginnings(
  parts: ServiceParts,
  background: Background,
  attempt: Look,
): Pick<AttemptActions, "begin" | "link" | "start" | "callback" | "isAdminAnswer" | "adminCallback"> {
  return {
    begin: async (tenant, input) => {
      const { id } = await beginAttempt(parts, tenant, input);
      if (input.flow === "device") await startDevice(parts, tenant, id);
      return attempt(tenant, id);
    },
    link: async (link) => {
      const found = await attemptOfLink(parts, link);
      background.resume(found.tenant, found.attempt);
      return found;
    },
    start: async (link, transport) => {
      const started = await startAuthorization(parts, link, transport);
      const found = await attemptOfLink(parts, link);
      if (started.binding === null) background.resume(found.tenant, found.attempt);
      return started;
    },
    callback: async (url, bindingOf) => {
      const { tenant, id, link, authorized } = await finishAuthorization(parts, url, bindingOf);
      if (authorized) background.check(tenant, id);
      return { id, page: `${parts.publicUrl}/connect/${link}` };
    },
    isAdminAnswer: (url) => isAdminAnswer(parts, url),
    adminCallback: (url) => finishAdminConsent(parts, url),
  };
}

function decisions(
  parts: ServiceParts,
  attempt: Look,
): Pick<AttemptActions, "decide" | "signedInHere" | "decideByLink"> {
  return {
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
    signedInHere: (tenant, id, bindingOf) =>
      assertSignedInHere(parts, tenant, id, bindingOf).then(
        () => true,
        (error: unknown) => {
          if (isHitchpostError(error, "forbidden")) return false;
          throw error;
        },
      ),
    decideByLink: async (link, what, bindingOf) => {
      const { tenant, attempt: view } = await attemptOfLink(parts, link);
      await assertSignedInHere(parts, tenant, view.id, bindingOf);
      await decide(parts, tenant, view.id, what);
      await attempt(tenant, view.id);
    },
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
