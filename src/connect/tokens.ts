/**
 * Access tokens of mailboxes. One refresh at a time, behind the grant's row lock; the rotated refresh token is stored
 * before the new access token is used (sync.md 13).
 */
import type { Clock } from "../core/clock.ts";
import { HitchpostError } from "../core/errors.ts";
import { accessScopes } from "../oauth/scopes.ts";
import { breakGrant, readGrant, storeGrant, withGrantLock, type Grant } from "../store/grants.ts";
import type { Mailbox } from "../store/mailboxes.ts";
import type { KeyRing } from "../store/secrets.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { appFor, type ConnectApp, type ConnectApps } from "./apps.ts";

/** Tokens live about an hour; one with less than this left is replaced. */
const aheadMs = 5 * 60_000;

export type Credentials = { user: string; pass: string } | { user: string; accessToken: string };

/** `refused`: an access token that looked fresh and was not taken; another one is wanted. */
export type AskCredentials = (refused?: string) => Promise<Credentials>;

export interface TokenParts {
  ring: KeyRing;
  clock: Clock;
  apps: () => ConnectApps;
}

const isFresh = (grant: Grant, nowMs: number): boolean =>
  grant.accessExpiresAt !== null && grant.accessExpiresAt.getTime() - nowMs > aheadMs;

/**
 * What signs in at the mailbox's servers.
 * @param refused the token that the server did not take although it looked fresh: get another
 * @throws oauth_grant_invalid, oauth_unavailable, oauth_client_invalid, secret_unreadable
 */
export async function credentialsOf(
  { ring, clock, apps }: TokenParts,
  tenant: TenantDb,
  mailbox: Mailbox,
  refused?: string,
): Promise<Credentials> {
  const grant = await readGrant(tenant, ring, mailbox.id);
  if (grant.secret.kind === "password") return { user: mailbox.principal, pass: grant.secret.password };
  const kept = grant.secret.accessToken;
  if (kept !== null && kept !== refused && isFresh(grant, clock.now())) {
    return { user: mailbox.principal, accessToken: kept };
  }
  if (grant.brokenCode !== null) {
    throw new HitchpostError("oauth_grant_invalid", `The permission for ${mailbox.address} no longer works.`);
  }
  const app = appFor(apps(), mailbox.provider);
  if (!app) throw new HitchpostError("oauth_client_invalid", `No app is configured for ${mailbox.provider}.`);
  const accessToken = await refresh({ ring, tenant, mailbox, app, seen: grant.generation });
  return { user: mailbox.principal, accessToken };
}

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
          await breakGrant(tx, mailbox.id, grant.generation, error.code);
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
