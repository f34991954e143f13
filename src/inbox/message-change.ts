/** What a person does to one message: flags, another folder, Deleted Items. Shown at once, carried out by the mailbox's owner. */
import { HitchpostError } from "../core/errors.ts";
import { appendEvents } from "../store/events.ts";
import { getFolder } from "../store/folders.ts";
import { insertIntents, type IntentParams } from "../store/intents.ts";
import type { TenantDb } from "../store/tenant-db.ts";

interface Target {
  mailboxId: string;
  conversationId: string;
}

async function targetOf(tx: TenantDb, id: string): Promise<Target> {
  const row = await tx.db
    .selectFrom("messages")
    .select(["mailbox_id", "conversation_id"])
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
  if (!row) throw new HitchpostError("not_found", "There is no such message.");
  return { mailboxId: row.mailbox_id, conversationId: row.conversation_id };
}

interface Change {
  kind: "flags" | "move" | "delete";
  params: IntentParams;
}

/** @returns the mailbox to nudge */
async function change(
  tenant: TenantDb,
  id: string,
  userId: string | null,
  { kind, params }: Change,
): Promise<string> {
  return tenant.transaction(async (tx) => {
    const { mailboxId, conversationId } = await targetOf(tx, id);
    if (params.targetFolderId !== undefined) await assertTarget(tx, mailboxId, params.targetFolderId);
    await insertIntents(tx, { mailboxId, kind, messageIds: [id], params, createdBy: userId });
    await appendEvents(tx, [{ type: "message.updated", mailboxId, conversationId, payload: { id } }]);
    return mailboxId;
  });
}

async function assertTarget(tx: TenantDb, mailboxId: string, folderId: string): Promise<void> {
  const folder = await getFolder(tx, folderId);
  if (folder.mailboxId === mailboxId && folder.selectable && folder.kind === "mail") return;
  throw new HitchpostError("invalid_request", `${folder.path} is no mail folder of this mailbox.`, {
    details: { field: "folderId" },
  });
}

/**
 * Sets or clears \Seen and \Flagged on the server.
 * @throws not_found, read_only
 */
export function changeFlags(
  tenant: TenantDb,
  id: string,
  userId: string | null,
  flags: { seen?: boolean | undefined; flagged?: boolean | undefined },
): Promise<string> {
  const wanted = Object.entries({ "\\Seen": flags.seen, "\\Flagged": flags.flagged });
  const add = wanted.filter(([, on]) => on === true).map(([flag]) => flag);
  const remove = wanted.filter(([, on]) => on === false).map(([flag]) => flag);
  return change(tenant, id, userId, { kind: "flags", params: { add, remove } });
}

/** @throws not_found, read_only, invalid_request when the folder is not one of the mailbox's */
export const moveMessage = (
  tenant: TenantDb,
  id: string,
  userId: string | null,
  folderId: string,
): Promise<string> => change(tenant, id, userId, { kind: "move", params: { targetFolderId: folderId } });

/** To Deleted Items. @throws not_found, read_only */
export const deleteMessage = (tenant: TenantDb, id: string, userId: string | null): Promise<string> =>
  change(tenant, id, userId, { kind: "delete", params: {} });
