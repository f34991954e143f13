/** Device code (RFC 8628): the only way in from a headless server or a plain-http address. Polls until it ends. */
import { isHitchpostError } from "../core/errors.ts";
import { signInScopes } from "../oauth/scopes.ts";
import { getAttempt, updateAttempt } from "../store/attempts.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { freshChecks, viewAttempt } from "./attempt-state.ts";
import { askAdministrator } from "./admin-consent.ts";
import { requireApp } from "./app-of.ts";
import { endSignIn } from "./authorize.ts";
import { findingOf } from "./findings/decide.ts";
import type { ConnectParts } from "./parts.ts";

/** Asks for a code and keeps it with the attempt. @throws oauth_* */
export async function startDevice(parts: ConnectParts, tenant: TenantDb, id: string): Promise<void> {
  const attempt = viewAttempt(await getAttempt(tenant, parts.ring, id), parts.clock.now());
  const app = await requireApp(parts, tenant, attempt);
  const { deviceCode, ...shown } = await app.client.startDevice(
    signInScopes(app, attempt.transport ?? "imap"),
  );
  await updateAttempt(tenant, parts.ring, id, {
    step: "authorizing",
    device: shown,
    secret: { ...attempt.secret, deviceCode },
    checks: freshChecks(),
    finding: null,
    expiresAt: new Date(shown.expiresAtMs),
  });
}

/** RFC 8628 3.5: so much longer for this and all later polls when the provider says slow_down; and when it is away. */
const slowerMs = 5_000;

/** Not decided yet: the code is not entered, or nobody answered. */
const goesOn = (error: unknown): boolean =>
  isHitchpostError(error, "authorization_pending") ||
  isHitchpostError(error, "oauth_unavailable") ||
  isHitchpostError(error, "oauth_discovery_failed");

const asksSlower = (error: unknown): boolean =>
  isHitchpostError(error) &&
  (error.code !== "authorization_pending" || error.details["oauthError"] === "slow_down");

/**
 * Polls at the interval the provider asks for, until the code was entered, declined, or has run out. Resolves to true when
 * a permission came.
 */
export async function pollDevice(
  parts: ConnectParts,
  tenant: TenantDb,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  let extraMs = 0;
  for (;;) {
    const attempt = viewAttempt(await getAttempt(tenant, parts.ring, id), parts.clock.now());
    const { deviceCode } = attempt.secret;
    if (attempt.step !== "authorizing" || deviceCode === undefined || attempt.device === null) return false;
    await parts.clock.sleep(Math.max(1_000, attempt.device.intervalMs) + extraMs, signal);
    const app = await requireApp(parts, tenant, attempt);
    try {
      const tokens = await app.client.pollDevice(deviceCode);
      return await endSignIn(parts, tenant, id, {
        step: "verifying",
        secret: { link: attempt.secret.link, tokens, former: attempt.secret.former },
        account: tokens.account,
      });
    } catch (error) {
      if (goesOn(error)) {
        if (asksSlower(error)) extraMs += slowerMs;
        continue;
      }
      const at = parts.clock.now();
      const finding = findingOf({
        step: "authorize",
        error,
        method: "oauth",
        address: attempt.address,
        host: app.client.host,
        at,
      });
      const secret = { link: attempt.secret.link };
      const asked = askAdministrator(parts, app, finding, attempt);
      await endSignIn(parts, tenant, id, { step: "finding", finding, secret, ...asked });
      return false;
    }
  }
}
