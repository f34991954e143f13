/** Device code (RFC 8628): the only way in from a headless server or a plain-http address. Polls until it ends. */
import { isHitchpostError } from "../core/errors.ts";
import { mailScopes } from "../oauth/scopes.ts";
import { getAttempt, updateAttempt } from "../store/attempts.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { freshChecks, viewAttempt } from "./attempt-state.ts";
import { requireApp } from "./authorize.ts";
import { findingOf } from "./findings/decide.ts";
import type { ConnectParts } from "./parts.ts";

/** Asks for a code and keeps it with the attempt. @throws oauth_* */
export async function startDevice(parts: ConnectParts, tenant: TenantDb, id: string): Promise<void> {
  const attempt = viewAttempt(await getAttempt(tenant, parts.ring, id), parts.clock.now());
  const app = requireApp(parts, attempt.provider);
  const { deviceCode, ...shown } = await app.client.startDevice(mailScopes(app.scopeUrl));
  await updateAttempt(tenant, parts.ring, id, {
    step: "authorizing",
    device: shown,
    secret: { ...attempt.secret, deviceCode },
    checks: freshChecks(),
    finding: null,
    expiresAt: new Date(shown.expiresAtMs),
  });
}

/**
 * Polls at the interval the provider asks for (5 s longer after slow_down is not told apart: pending is pending), until the
 * code was entered, declined, or has run out. Resolves to true when a permission came.
 */
export async function pollDevice(
  parts: ConnectParts,
  tenant: TenantDb,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    const attempt = viewAttempt(await getAttempt(tenant, parts.ring, id), parts.clock.now());
    const { deviceCode } = attempt.secret;
    if (attempt.step !== "authorizing" || deviceCode === undefined || attempt.device === null) return false;
    await parts.clock.sleep(Math.max(1_000, attempt.device.intervalMs), signal);
    const app = requireApp(parts, attempt.provider);
    try {
      const tokens = await app.client.pollDevice(deviceCode);
      await updateAttempt(tenant, parts.ring, id, {
        step: "verifying",
        secret: { link: attempt.secret.link, tokens },
        account: tokens.account,
      });
      return true;
    } catch (error) {
      if (isHitchpostError(error, "authorization_pending") || isHitchpostError(error, "oauth_unavailable"))
        continue;
      const at = parts.clock.now();
      const finding = findingOf({
        step: "authorize",
        error,
        method: "oauth",
        address: attempt.address,
        host: "",
        at,
      });
      await updateAttempt(tenant, parts.ring, id, {
        step: "finding",
        finding,
        secret: { link: attempt.secret.link },
      });
      return false;
    }
  }
}
