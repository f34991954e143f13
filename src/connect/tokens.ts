/**
 * Access tokens of mailboxes. One refresh at a time: in this process all who want it share it, between processes the
 * grant's row lock sees to it. The rotated refresh token is stored before the new access token is used.
 */
import type { Clock } from "../core/clock.ts";
import { HitchpostError, isHitchpostError } from "../core/errors.ts";
import { accessScopes } from "../oauth/scopes.ts";
import {
  breakGrant,
  readGrant,
  storeGrant,
  withGrantLock,
  type BrokenDetail,
  type Grant,
} from "../store/grants.ts";
import type { Mailbox } from "../store/mailboxes.ts";
import type { KeyRing } from "../store/secrets.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { appOf } from "./app-of.ts";
import type { ConnectApp, ConnectApps } from "./apps.ts";
import type { RefreshQueue } from "./refresh-queue.ts";

/** Tokens live about an hour; one with less than this left is replaced. */
const aheadMs = 5 * 60_000;

export type Credentials = { user: string; pass: string } | { user: string; accessToken: string };

/** `refused`: an access token that looked fresh and was not taken; another one is wanted. */
export type AskCredentials = (refused?: string) => Promise<Credentials>;

export interface TokenParts {
  ring: KeyRing;
  clock: Clock;
  apps: () => ConnectApps;
  refreshes: RefreshQueue;
}

const leftMs = (grant: Grant, nowMs: number): number => (grant.accessExpiresAt?.getTime() ?? 0) - nowMs;

/**
 * What signs in at the mailbox's servers.
 * @param refused the token that the server did not take although it looked fresh: get another
 * @throws oauth_grant_invalid, oauth_unavailable, oauth_client_invalid, oauth_not_configured, secret_unreadable
 */
export async function credentialsOf(
  { ring, clock, apps, refreshes }: TokenParts,
  tenant: TenantDb,
  mailbox: Mailbox,
  refused?: string,
): Promise<Credentials> {
  const grant = await readGrant(tenant, ring, mailbox.id);
  if (grant.secret.kind === "password") return { user: mailbox.principal, pass: grant.secret.password };
  const kept = grant.secret.accessToken === refused ? null : grant.secret.accessToken;
  const as = (accessToken: string): Credentials => ({ user: mailbox.principal, accessToken });
  if (kept !== null && leftMs(grant, clock.now()) > aheadMs) return as(kept);
  if (grant.brokenCode !== null) {
    throw deadGrant(mailbox, grant);
  }
  const app = await appOf({ ring, apps }, tenant, {
    provider: mailbox.provider,
    appId: mailbox.app?.id ?? null,
  });
  if (!app) {
    throw new HitchpostError(
      "oauth_not_configured",
      `${mailbox.address} came by ${mailbox.provider}, which is not set up here any more.`,
    );
  }
  const job = { ring, tenant, mailbox, app, seen: grant.generation };
  try {
    return as(await refreshes.once(mailbox.id, () => refresh(job)));
  } catch (error) {
    // We ask ahead of time, so that the provider may be away for a while.
    if (kept !== null && isOutage(error) && leftMs(grant, clock.now()) > 0) return as(kept);
    throw error;
  }
}

/** Whoever asks later sees what the provider answered when the permission died. */
function deadGrant({ address }: Mailbox, { brokenDetail }: Grant): HitchpostError {
  const { message, response, ...rest } = brokenDetail ?? {
    message: `The permission for ${address} no longer works.`,
  };
  const details = { ...rest, ...(response === undefined ? {} : { response }) };
  return new HitchpostError("oauth_grant_invalid", message, { details });
}

const isOutage = (error: unknown): boolean =>
  isHitchpostError(error, "oauth_unavailable") || isHitchpostError(error, "oauth_discovery_failed");

/** The refusal as it is kept: it names no secret (`refusalError`). */
const detailOf = ({ message, details }: HitchpostError): BrokenDetail => ({
  message,
  ...(details.response === undefined ? {} : { response: details.response }),
  ...(typeof details["oauthError"] === "string" ? { oauthError: details["oauthError"] } : {}),
  ...(typeof details["aadsts"] === "number" ? { aadsts: details["aadsts"] } : {}),
});

interface RefreshJob {
  ring: KeyRing;
  tenant: TenantDb;
  mailbox: Mailbox;
  app: ConnectApp;
  /** Generation that the caller saw: a newer one was refreshed by somebody else meanwhile. */
  seen: number;
}

async function refresh({ ring, tenant, mailbox, app, seen }: RefreshJob): Promise<string> {
  const outcome = await withGrantLock(
    tenant,
    ring,
    mailbox.id,
    async (tx, grant): Promise<string | HitchpostError> => {
      if (grant.secret.kind !== "oauth")
        throw new HitchpostError("conflict", "The mailbox was reconnected by password.");
      if (grant.generation > seen && grant.secret.accessToken !== null) return grant.secret.accessToken;
      try {
        const tokens = await app.client.refresh(grant.secret.refreshToken, accessScopes(app.scopeUrl));
        await storeGrant(tx, ring, {
          mailboxId: mailbox.id,
          secret: {
            kind: "oauth",
            refreshToken: tokens.refreshToken ?? grant.secret.refreshToken,
            accessToken: tokens.accessToken,
            scope: tokens.scopes.join(" "),
          },
          accessExpiresAt: new Date(tokens.accessExpiresAtMs),
        });
        return tokens.accessToken;
      } catch (error) {
        // A dead grant is noted in this transaction; a network failure is not the grant's fault (facts: zammad#5492).
        if (error instanceof HitchpostError && error.code === "oauth_grant_invalid") {
          await breakGrant(tx, mailbox.id, grant.generation, error.code, detailOf(error));
          return error;
        }
        throw error;
      }
    },
  );
  // The transaction is committed here: the rotated token is stored before the access token is used.
  if (outcome instanceof HitchpostError) throw outcome;
  return outcome;
}
