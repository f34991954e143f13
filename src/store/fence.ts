/**
 * The one way to write what a sync connection learnt (sync.md 3): the transaction first locks the mailbox's row with
 * the owner and fence this process believes in. Whoever takes the mailbox over waits for these locks, and finds no
 * writer of the old fence behind it. A process that was stopped in the middle is cut off after 5 s.
 */
import { sql } from "kysely";
import { HitchpostError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { TenantDb } from "./tenant-db.ts";

export interface Fence {
  mailboxId: string;
  /** Our id in `processes`. */
  owner: string;
  fence: number;
}

export interface FenceOptions {
  /**
   * Takes the row for itself, against other writers of the same mailbox too. Needed by work that changes the mailbox's
   * own row (its state): two transactions that share the row and then both write it deadlock.
   */
  exclusive?: boolean;
  /** Told of a write that was refused since another process has taken the mailbox over. */
  log?: Log;
}

/** A process that is stopped while it holds a lock that others wait for is cut off after this. */
export const fencedIdleMs = 5_000;

/** A condition, always true: puts the limit on the transaction before the row that it is asked of is locked. */
const shortIdle = sql<boolean>`set_config('idle_in_transaction_session_timeout', ${String(fencedIdleMs)}, true) IS NOT NULL`;

/**
 * Runs `work` in a transaction that holds the fence. Inside another fenced transaction it must not be called.
 *
 * @throws HitchpostError fence_lost when another process owns the mailbox by now, or it was removed
 */
export async function withFence<T>(
  tenant: TenantDb,
  held: Fence,
  work: (tx: TenantDb) => Promise<T>,
  { exclusive = false, log }: FenceOptions = {},
): Promise<T> {
  const { mailboxId, owner, fence } = held;
  return tenant.transaction(async (tx) => {
    // The limit comes with the lock: no moment exists in which we hold it without.
    const lock = tx.db
      .selectFrom("mailboxes")
      .select("id")
      .where("workspace_id", "=", tx.workspaceId)
      .where("id", "=", mailboxId)
      .where("owner", "=", owner)
      .where("fence", "=", fence)
      .where("removed_at", "is", null)
      .where(shortIdle);
    const row = await (exclusive ? lock.forNoKeyUpdate() : lock.forShare()).executeTakeFirst();
    if (!row) throw await refusal(tx, held, log);
    return work(tx);
  });
}

async function refusal(tx: TenantDb, { mailboxId, owner, fence }: Fence, log?: Log): Promise<HitchpostError> {
  const now = await tx.db
    .selectFrom("mailboxes")
    .select(["owner", "fence", "removed_at"])
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", mailboxId)
    .executeTakeFirst();
  if (now === undefined || now.removed_at !== null)
    return new HitchpostError("fence_lost", "The mailbox was removed.");
  log?.warn(
    { mailboxId, owner, fence, ownerNow: now.owner, fenceNow: now.fence },
    "a write was refused: another process has taken this mailbox over",
  );
  return new HitchpostError("fence_lost", "Another process has taken over this mailbox.");
}
