/** \Answered for the messages that replies answered, once it is certain that these left. */
import { insertIntents } from "../../store/intents.ts";
import type { TenantDb } from "../../store/tenant-db.ts";

/** Those that have it already, are gone, or stand in mailboxes that must not be changed, are passed over. */
export async function markAnswered(tx: TenantDb, answered: readonly (string | null)[]): Promise<void> {
  const ids = answered.filter((id) => id !== null);
  if (ids.length === 0) return;
  const rows = await tx.db
    .selectFrom("messages as m")
    .innerJoin("mailboxes as b", (join) =>
      join.onRef("b.workspace_id", "=", "m.workspace_id").onRef("b.id", "=", "m.mailbox_id"),
    )
    .select(["m.id", "m.mailbox_id"])
    .where("m.workspace_id", "=", tx.workspaceId)
    .where("m.id", "in", ids)
    .where("m.answered", "=", false)
    .where("b.read_only", "=", false)
    .where("b.transport", "<>", "pop3")
    .where("b.removed_at", "is", null)
    .execute();
  for (const mailboxId of new Set(rows.map((row) => row.mailbox_id))) {
    const messageIds = rows.filter((row) => row.mailbox_id === mailboxId).map((row) => row.id);
    const params = { add: ["\\Answered"] };
    await insertIntents(tx, { mailboxId, kind: "flags", messageIds, params, createdBy: null });
  }
}
