/** The server's folders into their rows: new, renamed, removed. Listed at the start, every few minutes, and on errors. */
import { newId } from "../core/ids.ts";
import type { MailSource, RemoteFolder } from "../protocol/mail-source.ts";
import { appendMailboxLog } from "../store/mailbox-log.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { adoptFolders } from "./adopt-folders.ts";
import { writeMailbox, type SyncContext } from "./context.ts";
import {
  diffFolders,
  mayBeUnchosen,
  selectedByDefault,
  type FolderDiff,
  type KnownFolder,
} from "./folder-diff.ts";
import { removeLocations } from "./reconcile.ts";
import { holdsTheSame } from "./same-folder.ts";

/** What was listed: whether the set of synced folders may have changed. */
export interface Listing {
  folders: number;
  changed: boolean;
}

/**
 * Lists and stores. An empty listing is taken for a fault of the server and changes nothing.
 *
 * @param chosen the user has chosen folders already (later folders follow `newFolders`)
 */
export async function syncFolderList(
  ctx: SyncContext,
  source: MailSource,
  { chosen, newFolders, counts = false }: { chosen: boolean; newFolders: boolean; counts?: boolean },
): Promise<Listing> {
  const listed = await source.listFolders({ counts });
  if (listed.length > 0) await adoptFolders(ctx, source, listed);
  const { known, isAsListed } = await knownFolders(ctx);
  if (listed.length === 0) return { folders: known.length, changed: false };
  const firstListing = !chosen || known.length === 0;
  const diff = await diffFolders(known, listed, {
    stillThere: async ({ path }) => (await source.peek([path])).has(path),
    sameContent: (folder, remote) => holdsTheSame(ctx, source, folder, remote),
  });
  const changed = diff.added.length + diff.removed.length + diff.renamed.length > 0;
  const news = diff.same.filter(({ known: folder, remote }) => !isAsListed(folder.id, remote));
  // As at most take-overs and every few minutes: hundreds of mailboxes would write what stands there already.
  if (!changed && news.length === 0) return { folders: listed.length, changed };
  const choosesNew = newFolders && !mayBeUnchosen(diff);
  await writeMailbox(ctx, async (tx, events) => {
    for (const { known: folder, remote } of news) await updateFolder(tx, folder, remote);
    for (const { known: folder, remote } of diff.renamed) await followFolder(tx, folder, remote);
    for (const folder of diff.added)
      await insertFolder(ctx, tx, folder, selectedByDefault(folder, firstListing, choosesNew));
    for (const folder of diff.removed) {
      const settled = await dropFolder(ctx, tx, folder);
      if (settled.length > 0) events.push(...(await ctx.inbox.settle(tx, settled)));
    }
    if (!firstListing) await logChanges(ctx, tx, diff);
  });
  return { folders: listed.length, changed };
}

interface KnownFolders {
  known: KnownFolder[];
  /** True when the row says already what the server says of the folder. */
  isAsListed(id: string, remote: RemoteFolder): boolean;
}

async function knownFolders(ctx: SyncContext): Promise<KnownFolders> {
  const rows = await ctx.tenant.db
    .selectFrom("folders")
    .select(["id", "path", "name", "delimiter", "parent_path", "role", "kind", "selectable", "selected"])
    .select(["epoch_key", "remote_messages"])
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .where("mailbox_id", "=", ctx.mailboxId)
    .where("transport", "=", ctx.transport)
    .where("removed_at", "is", null)
    .execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return {
    known: rows.map(({ id, path, name, role, selected, ...row }) => ({
      id,
      path,
      name,
      role,
      selected,
      parentPath: row.parent_path,
      holdsMail: row.selectable && row.kind === "mail",
      epochKey: row.epoch_key,
    })),
    isAsListed(id, { path, name, delimiter, parentPath, role, kind, selectable, messages }) {
      const row = byId.get(id);
      return (
        row?.path === path &&
        row.name === name &&
        row.delimiter === delimiter &&
        row.parent_path === parentPath &&
        row.role === (role ?? row.role) &&
        row.kind === kind &&
        row.selectable === selectable &&
        row.remote_messages === (messages ?? row.remote_messages)
      );
    },
  };
}

async function insertFolder(
  ctx: SyncContext,
  tx: TenantDb,
  folder: RemoteFolder,
  selected: boolean,
): Promise<void> {
  await tx.db
    .insertInto("folders")
    .values({
      workspace_id: tx.workspaceId,
      id: newId(),
      mailbox_id: ctx.mailboxId,
      path: folder.path,
      name: folder.name,
      delimiter: folder.delimiter,
      parent_path: folder.parentPath,
      role: folder.role,
      kind: folder.kind,
      selectable: folder.selectable,
      selected,
      transport: ctx.transport,
      remote_messages: folder.messages,
    })
    .onConflict((conflict) => conflict.doNothing()) // the first listing was stored by whoever connected the mailbox
    .execute();
}

/** The same folder under another path; what failed at the old one says nothing of it. */
async function followFolder(tx: TenantDb, known: KnownFolder, remote: RemoteFolder): Promise<void> {
  await updateFolder(tx, known, remote);
  await tx.db
    .updateTable("folders")
    .set({ failures: 0, problem: null, backoff_until: null })
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", known.id)
    .execute();
}

async function updateFolder(tx: TenantDb, known: KnownFolder, remote: RemoteFolder): Promise<void> {
  await tx.db
    .updateTable("folders")
    .set({
      path: remote.path,
      name: remote.name,
      delimiter: remote.delimiter,
      parent_path: remote.parentPath,
      role: remote.role ?? known.role,
      kind: remote.kind,
      selectable: remote.selectable,
      ...(remote.messages !== null && { remote_messages: remote.messages }),
    })
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", known.id)
    .execute();
}

async function dropFolder(
  ctx: SyncContext,
  tx: TenantDb,
  folder: KnownFolder,
): ReturnType<typeof removeLocations> {
  const nowMs = ctx.clock.now();
  const { epoch } = await tx.db
    .updateTable("folders")
    .set({ removed_at: new Date(nowMs), selected: false })
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", folder.id)
    .returning("epoch")
    .executeTakeFirstOrThrow();
  return removeLocations(tx, { mailboxId: ctx.mailboxId, folderId: folder.id, epoch }, "all", nowMs);
}

async function logChanges(ctx: SyncContext, tx: TenantDb, diff: FolderDiff): Promise<void> {
  for (const folder of diff.added)
    await appendMailboxLog(tx, ctx.mailboxId, "folder.added", { path: folder.path });
  for (const folder of diff.removed)
    await appendMailboxLog(tx, ctx.mailboxId, "folder.removed", { path: folder.path });
  for (const { known, remote } of diff.renamed) {
    await appendMailboxLog(tx, ctx.mailboxId, "folder.renamed", { from: known.path, to: remote.path });
  }
}
