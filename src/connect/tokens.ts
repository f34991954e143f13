/**
 * Access tokens of mailboxes, one a channel (grant-channels.ts). One refresh at a time: in this process all who want it share
 * it, between processes the grant's row lock sees to it. The rotated refresh token is stored before the new access token is used.
 */
import type { Clock } from "../core/clock.ts";
import { HitchpostError, isHitchpostError } from "../core/errors.ts";
import { asksForConsent } from "../oauth/errors.ts";
import { accessScopes, type Channel } from "../oauth/scopes.ts";
import {
  breakGrant,
  readGrant,
  storeGrant,
  withGrantLock,
  type BrokenDetail,
  type Grant,
  type OAuthSecret,
} from "../store/grants.ts";
import type { Mailbox } from "../store/mailboxes.ts";
import type { KeyRing } from "../store/secrets.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { appOf } from "./app-of.ts";
import type { ConnectApp, ConnectApps } from "./apps.ts";
import { tokenFor, withBroken, withRefreshed } from "./grant-channels.ts";
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

type OAuthGrant = Grant & { secret: OAuthSecret };

const isOAuth = (grant: Grant): grant is OAuthGrant => grant.secret.kind === "oauth";

/**
 * What signs in at the mailbox's servers.
 * @param channel the way to the mailbox; a password serves all
 * @param refused the token that the server did not take although it looked fresh: get another
 * @throws oauth_grant_invalid, oauth_consent_needed, oauth_unavailable, oauth_client_invalid, oauth_not_configured,
 *   secret_unreadable
 */
export async function credentialsOf(
  { ring, clock, apps, refreshes }: TokenParts,
  tenant: TenantDb,
  mailbox: Mailbox,
  { channel, refused }: { channel: Channel; refused?: string | undefined },
): Promise<Credentials> {
  const grant = await readGrant(tenant, ring, mailbox.id);
  if (!isOAuth(grant)) return passwordOf(grant, mailbox);
  const { accessToken, expiresAtMs, broken } = tokenFor(grant, channel);
  const kept = accessToken === refused ? null : accessToken;
  const leftMs = (): number => expiresAtMs - clock.now();
  const as = (token: string): Credentials => ({ user: mailbox.principal, accessToken: token });
  if (kept !== null && leftMs() > aheadMs) return as(kept);
  if (broken) throw deadGrant(mailbox, grant);
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
  const job = { ring, tenant, mailbox, app, channel, seen: accessToken };
  try {
    return as(await refreshes.once(`${mailbox.id} ${channel}`, () => refresh(job)));
  } catch (error) {
    // We ask ahead of time, so that the provider may be away for a while.
    if (kept !== null && isOutage(error) && leftMs() > 0) return as(kept);
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

function passwordOf({ secret }: Grant, { principal }: Mailbox): Credentials {
  if (secret.kind !== "password") throw new Error("not a password");
  return { user: principal, pass: secret.password };
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
  channel: Channel;
  /** The access token that the caller saw: another one was brought by somebody else meanwhile. */
  seen: string | null;
}

async function refresh(job: RefreshJob): Promise<string> {
  const { ring, tenant, mailbox, app, channel, seen } = job;
  const outcome = await withGrantLock(
    tenant,
    ring,
    mailbox.id,
    async (tx, grant): Promise<string | HitchpostError> => {
      if (!isOAuth(grant)) throw new HitchpostError("conflict", "The mailbox was reconnected by password.");
      const { accessToken, refreshToken } = tokenFor(grant, channel);
      if (accessToken !== null && accessToken !== seen) return accessToken;
      try {
        const tokens = await app.client.refresh(refreshToken, accessScopes(app, channel));
        await storeGrant(tx, ring, { mailboxId: mailbox.id, ...withRefreshed(grant, channel, tokens) });
        return tokens.accessToken;
      } catch (error) {
        return await judgeRefusal(job, tx, grant, error);
      }
    },
  );
  // The transaction is committed here: the rotated token is stored before the access token is used.
  if (outcome instanceof HitchpostError) throw outcome;
  return outcome;
}

/**
 * A dead grant is noted in this transaction; a network failure is not the grant's fault (facts: zammad#5492). That the
 * refresh token of one channel does not serve another is no failure of the grant: that channel wants a consent of its own.
 */
async function judgeRefusal(
  { ring, mailbox, channel }: RefreshJob,
  tx: TenantDb,
  grant: OAuthGrant,
  error: unknown,
): Promise<HitchpostError> {
  if (!(error instanceof HitchpostError)) throw error;
  const { by } = tokenFor(grant, channel);
  if (by === "lent" && asksForConsent(error)) {
    const { details } = error;
    return new HitchpostError(
      "oauth_consent_needed",
      `${mailbox.address} is not allowed to be read this way yet.`,
      { cause: error, details },
    );
  }
  if (error.code !== "oauth_grant_invalid") throw error;
  if (by === "own") await storeGrant(tx, ring, { mailboxId: mailbox.id, ...withBroken(grant, channel) });
  else await breakGrant(tx, mailbox.id, grant.generation, error.code, detailOf(error));
  return error;
}
