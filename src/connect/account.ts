/** Is the account that signed in the one that was asked for? Pure. */
import { HitchpostError } from "../core/errors.ts";
import type { Account } from "../oauth/claims.ts";

/**
 * An alias of the right account counts as a mismatch here: the token names the primary only, so it cannot be told from a
 * stranger's address.
 * @param bound (tid, oid) of the mailbox that is reconnected; it must be the very same account. null for a new mailbox
 * @throws account_mismatch naming both
 */
export function assertAccount(
  account: Account | null,
  wanted: string,
  bound: { tid: string; oid: string } | null,
): asserts account is Account {
  if (account === null) {
    throw new HitchpostError("oauth_invalid_response", "The identity provider did not say who signed in.");
  }
  const same = bound
    ? bound.tid === account.tid && bound.oid === account.oid
    : account.addresses.includes(wanted.toLowerCase());
  if (same) return;
  throw new HitchpostError("account_mismatch", `Signed in as ${account.principal}, wanted ${wanted}.`, {
    details: { signedIn: account.principal },
  });
}
