/** Folders as people see and choose them. Their cursors and counts belong to `sync/`. */
import { sql, type Selectable } from "kysely";
import { HitchpostError } from "../core/errors.ts";
import type { FoldersTable } from "./tables.ts";
import type { TenantDb } from "./tenant-db.ts";

export interface Folder {
  id: string;
  mailboxId: string;
  path: string;
  name: string;
  delimiter: string | null;
  parentPath: string | null;
  role: string | null;
  kind: "mail" | "other";
  selectable: boolean;
  selected: boolean;
  /** Messages on the server, as last told; null when it was not. */
  remoteMessages: number | null;
  problem: string | null;
}

const toFolder = (row: Selectable<FoldersTable>): Folder => ({
  id: row.id,
  mailboxId: row.mailbox_id,
  path: row.path,
  name: row.name,
  delimiter: row.delimiter,
  parentPath: row.parent_path,
  role: row.role,
  kind: row.kind as Folder["kind"],
  selectable: row.selectable,
  selected: row.selected,
  remoteMessages: row.remote_messages,
  problem: row.problem,
});

const present = (tenant: TenantDb) =>
  tenant.db
    .selectFrom("folders")
    .selectAll()
    .where("workspace_id", "=", tenant.workspaceId)
    .where("removed_at", "is", null);

/** POP3 shows the Inbox alone: folders that another transport told of sleep until the mailbox changes back. */
const isAwake = sql<boolean>`EXISTS (SELECT 1 FROM mailboxes m WHERE m.workspace_id = folders.workspace_id
  AND m.id = folders.mailbox_id AND (m.transport <> 'pop3' OR folders.transport = 'pop3'))`;

/** The mailbox's folders on the server, by path. */
export async function listFolders(tenant: TenantDb, mailboxId: string): Promise<Folder[]> {
  const rows = await present(tenant)
    .where("mailbox_id", "=", mailboxId)
    .where(isAwake)
    .orderBy("path")
    .execute();
  return rows.map(toFolder);
}

/** @throws HitchpostError not_found */
export async function getFolder(tenant: TenantDb, id: string): Promise<Folder> {
  const row = await present(tenant).where("id", "=", id).executeTakeFirst();
  if (!row) throw new HitchpostError("not_found", "No such folder.");
  return toFolder(row);
}

/** Messages stored here by folder, counted in the folder's present numbering. */
export async function countStored(tenant: TenantDb, mailboxId: string): Promise<Map<string, number>> {
  const rows = await tenant.db
    .selectFrom("message_locations as l")
    .innerJoin("folders as f", (join) =>
      join
        .onRef("f.workspace_id", "=", "l.workspace_id")
        .onRef("f.id", "=", "l.folder_id")
        .onRef("f.epoch", "=", "l.epoch"),
    )
    .select(["l.folder_id", (select) => select.fn.countAll<number>().as("count")])
    .where("l.workspace_id", "=", tenant.workspaceId)
    .where("l.mailbox_id", "=", mailboxId)
    .groupBy("l.folder_id")
    .execute();
  return new Map(rows.map((row) => [row.folder_id, row.count]));
}

/**
 * Makes exactly these folders the chosen ones. A folder that is chosen again goes on where it stopped.
 *
 * @param wanted folder ids or paths
 * @returns the chosen folders' ids
 * @throws HitchpostError invalid_request when one is not a folder of the mailbox, or holds no mail
 */
export async function chooseFolders(
  tx: TenantDb,
  mailboxId: string,
  wanted: readonly string[],
): Promise<string[]> {
  const folders = await listFolders(tx, mailboxId);
  const chosen = wanted.map((want) => {
    const found =
      folders.find((folder) => folder.id === want || folder.path === want) ?? inboxOf(folders, want);
    if (!found) throw invalid(`There is no folder ${want}.`);
    if (!found.selectable || found.kind !== "mail") throw invalid(`${found.path} holds no mail.`);
    return found.id;
  });
  await sql`
    UPDATE folders SET selected = (id = ANY (${chosen}::uuid[]))
    WHERE workspace_id = ${tx.workspaceId} AND mailbox_id = ${mailboxId} AND removed_at IS NULL
      AND id = ANY (${folders.map(({ id }) => id)}::uuid[]) AND selected <> (id = ANY (${chosen}::uuid[]))`.execute(
    tx.db,
  );
  await tx.db
    .updateTable("mailboxes")
    .set({ folders_chosen_at: sql<Date>`now()` })
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", mailboxId)
    .execute();
  return [...new Set(chosen)];
}

/** RFC 9051 5.1: INBOX is the one name that is case-insensitive. */
const inboxOf = (folders: readonly Folder[], want: string): Folder | undefined =>
  want.toUpperCase() === "INBOX"
    ? folders.find((folder) => folder.path.toUpperCase() === "INBOX")
    : undefined;

const invalid = (message: string): HitchpostError =>
  new HitchpostError("invalid_request", message, { details: { field: "selected" } });
