/** Is the account that signed in the one that was asked for? Pure. */
import { HitchpostError } from "../core/errors.ts";
import type { Account } from "../oauth/claims.ts";

export type Reached = "own" | "alias" | "shared";

/**
 * What the address is to the account that signed in.
 * @param attempt `shared`: the address is a shared mailbox, which opening it will prove; `alias`: it was proved to be one
 * @param known the mailbox that is reconnected; null for a new one
 * @throws account_mismatch
 */
export function reachedBy(
  account: Account | null,
  attempt: { address: string; shared: boolean; aliasProved: boolean },
  known: { subject: { tid: string; oid: string } | null; relation: Reached } | null,
): Reached {
  const wanted = attempt.address.toLowerCase();
  if (attempt.shared && account?.kind === "work") {
    // Another colleague may take a shared mailbox over; somebody of another organization may not.
    const subject = known?.subject ?? null;
    if (subject !== null && subject.tid !== account.tid) assertAccount(account, wanted, subject);
    return account.addresses.includes(wanted) ? "own" : "shared";
  }
  if (attempt.aliasProved && account !== null && (known?.subject ?? null) === null) return "alias";
  assertAccount(account, attempt.address, known?.subject ?? null);
  return known !== null && known.relation === "alias" ? "alias" : "own";
}

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
