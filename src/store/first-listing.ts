/** The folders seen while connecting, stored with the mailbox: the choice can be made at once, before sync lists them again. */
import { newId } from "../core/ids.ts";
import type { TenantDb } from "./tenant-db.ts";
import type { Transport } from "./transport.ts";

export interface ListedFolder {
  path: string;
  name: string;
  delimiter: string | null;
  parentPath: string | null;
  role: string | null;
  kind: "mail" | "other";
  selectable: boolean;
  messages: number | null;
}

/**
 * Adds folders that are not known yet; those of a mailbox that comes by another transport now are brought together by sync. Inbox and Sent are
 * marked as chosen, to be confirmed.
 */
export async function storeFirstListing(
  tx: TenantDb,
  mailboxId: string,
  folders: readonly ListedFolder[],
  transport: Transport = "imap",
): Promise<void> {
  if (folders.length === 0 || (await hasFoldersOfOthers(tx, mailboxId, transport))) return;
  await tx.db
    .insertInto("folders")
    .values(
      folders.map((folder) => ({
        workspace_id: tx.workspaceId,
        id: newId(),
        mailbox_id: mailboxId,
        path: folder.path,
        name: folder.name,
        delimiter: folder.delimiter,
        parent_path: folder.parentPath,
        role: folder.role,
        kind: folder.kind,
        selectable: folder.selectable,
        transport,
        selected: folder.role === "inbox" || folder.role === "sent",
        remote_messages: folder.messages,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function hasFoldersOfOthers(tx: TenantDb, mailboxId: string, transport: Transport): Promise<boolean> {
  const row = await tx.db
    .selectFrom("folders")
    .select("id")
    .where("workspace_id", "=", tx.workspaceId)
    .where("mailbox_id", "=", mailboxId)
    .where("transport", "<>", transport)
    .where("removed_at", "is", null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
