/** Replies that wait for another try because a sign-in was refused. */
import { sql } from "kysely";
import { errorCatalogue } from "../core/errors.ts";
import type { TenantDb } from "./tenant-db.ts";

const signInCodes = Object.entries(errorCatalogue)
  .filter(([, { retry }]) => retry === "reauth")
  .map(([code]) => code);

/** The mailbox was signed in anew: they are tried at once, not when their wait is over. */
export async function hurryReplies(tx: TenantDb, mailboxId: string): Promise<void> {
  await tx.db
    .updateTable("outbox")
    .set({ next_try_at: sql<Date>`now()` })
    .where("workspace_id", "=", tx.workspaceId)
    .where("mailbox_id", "=", mailboxId)
    .where("state", "=", "queued")
    .where("problem", "in", signInCodes)
    .execute();
}
