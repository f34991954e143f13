/** Another way to the mailbox in the middle of connecting: by the permission that is kept where Microsoft lets it serve, else by one more. */
import { isHitchpostError } from "../core/errors.ts";
import { asksForConsent } from "../oauth/errors.ts";
import { accessScopes, type Channel } from "../oauth/scopes.ts";
import { getAttempt, updateAttempt } from "../store/attempts.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { requireApp } from "./app-of.ts";
import { freshChecks, viewAttempt, type AttemptSecret, type AttemptView } from "./attempt-state.ts";
import type { ConnectParts } from "./parts.ts";

type Tokens = NonNullable<AttemptSecret["tokens"]>;

/**
 * Sets what the attempt asks for.
 * @returns true when the checks go on at once, by the permission that was given already
 */
export async function chooseTransport(
  parts: ConnectParts,
  tenant: TenantDb,
  attempt: AttemptView,
  transport: Channel,
): Promise<boolean> {
  const tokens = await lentTokens(parts, tenant, attempt, transport);
  return tenant.transaction(async (tx) => {
    const now = viewAttempt(await getAttempt(tx, parts.ring, attempt.id, { lock: true }), parts.clock.now());
    if (!canChange.has(now.step)) return false;
    const secret = withFormer(now, transport);
    await updateAttempt(tx, parts.ring, attempt.id, {
      transport,
      secret: { ...secret, ...(tokens !== null && { tokens }) },
      ...(tokens !== null && { step: "verifying", finding: null, checks: freshChecks() }),
    });
    return tokens !== null;
  });
}

const canChange: ReadonlySet<string> = new Set(["finding", "kept", "waiting", "authorizing"]);

/** The refresh token of the other way's consent is tried: where it serves, nobody is asked again. */
async function lentTokens(
  parts: ConnectParts,
  tenant: TenantDb,
  attempt: AttemptView,
  transport: Channel,
): Promise<Tokens | null> {
  const kept = attempt.secret.tokens;
  if (attempt.step !== "finding" || kept?.refreshToken == null) return null;
  const app = await requireApp(parts, tenant, attempt);
  try {
    const tokens = await app.client.refresh(kept.refreshToken, accessScopes(app, transport));
    return { ...tokens, refreshToken: tokens.refreshToken ?? kept.refreshToken, account: kept.account };
  } catch (error) {
    if (!asksForConsent(error) && !isHitchpostError(error, "oauth_grant_invalid")) throw error;
    return null;
  }
}

/** What was allowed for the way before stays, so that the mailbox can go back to it. */
function withFormer({ transport, secret }: AttemptView, to: Channel): AttemptSecret {
  const { tokens, former = [], link } = secret;
  const channel = transport ?? "imap";
  const others = former.filter((one) => one.channel !== channel && one.channel !== to);
  return { link, former: tokens === undefined || channel === to ? others : [...others, { channel, tokens }] };
}
