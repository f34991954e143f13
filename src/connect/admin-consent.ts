/**
 * Where an organization lets only administrators consent (Microsoft identity platform, "Admin consent"): a link to send to
 * one, and the way back from it. It gives us nothing but the word that it is done; the sign-in itself is still to come.
 */
import { randomBytes } from "node:crypto";
import { HitchpostError } from "../core/errors.ts";
import { signInScopes } from "../oauth/scopes.ts";
import { getAttempt, locateAttempt, updateAttempt, type AttemptChange } from "../store/attempts.ts";
import { appendMailboxLog } from "../store/mailbox-log.ts";
import { hashToken } from "../store/tokens.ts";
import type { ConnectApp } from "./apps.ts";
import { viewAttempt, type AttemptView } from "./attempt-state.ts";
import type { Finding } from "./findings/types.ts";
import type { ConnectParts } from "./parts.ts";

/** An administrator may take his time. */
const adminLifeMs = 7 * 86_400_000;

/** What an attempt keeps when its finding asks for an administrator: the link, and the time to send it. */
export function askAdministrator(
  parts: ConnectParts,
  app: ConnectApp,
  finding: Finding,
  { secret, transport }: Pick<AttemptView, "secret" | "transport">,
): AttemptChange {
  if (finding.code !== "admin_consent_required") return {};
  const state = randomBytes(24).toString("base64url");
  const adminLink = app.client.adminConsentUrl({
    scopes: signInScopes(app, transport ?? "imap"),
    redirectUri: app.redirectUri,
    state,
  });
  return {
    secret: { link: secret.link, adminLink },
    adminStateHash: hashToken(state),
    expiresAt: new Date(parts.clock.now() + adminLifeMs),
  };
}

export type AdminAnswer = "granted" | "refused";

/**
 * Whether the identity platform's answer is one to an administrator's link. A refusal may come as any refused sign-in does, with
 * `error` and `state` alone (Microsoft identity platform, "Admin consent", error response): then the state tells.
 */
export async function isAdminAnswer({ pool }: Pick<ConnectParts, "pool">, callback: URL): Promise<boolean> {
  const { searchParams } = callback;
  if (searchParams.has("admin_consent")) return true;
  const state = searchParams.get("state") ?? "";
  if (!searchParams.has("error") || state === "") return false;
  return (await locateAttempt(pool, { adminStateHash: hashToken(state) })) !== null;
}

/**
 * The administrator comes back. Nothing is bound to his browser: the state is the only key, and all it does is to let the
 * sign-in begin anew.
 * @throws oauth_state_invalid when no attempt waits for this answer
 */
export async function finishAdminConsent(parts: ConnectParts, callback: URL): Promise<AdminAnswer> {
  const hash = hashToken(callback.searchParams.get("state") ?? "");
  const located = await locateAttempt(parts.pool, { adminStateHash: hash });
  if (!located) throw notAwaited();
  if (callback.searchParams.has("error")) return "refused";
  if (callback.searchParams.get("admin_consent")?.toLowerCase() !== "true") return "refused";
  const { tenant, id } = located;
  await tenant.transaction(async (tx) => {
    const attempt = viewAttempt(await getAttempt(tx, parts.ring, id, { lock: true }), parts.clock.now());
    if (attempt.step !== "finding") throw notAwaited();
    await updateAttempt(tx, parts.ring, id, {
      step: "waiting",
      finding: null,
      secret: { link: attempt.secret.link },
      adminStateHash: null,
      adminConsentedAt: new Date(parts.clock.now()),
    });
    if (attempt.mailboxId !== null) await appendMailboxLog(tx, attempt.mailboxId, "admin.consented");
  });
  return "granted";
}

const notAwaited = (): HitchpostError =>
  new HitchpostError(
    "oauth_state_invalid",
    "Nobody waits for this consent any more: it was given already, or the attempt has run out.",
  );
