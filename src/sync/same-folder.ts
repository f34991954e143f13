/** Whether a folder that turned up is one that vanished, under another path. */
import type { MailSource, RemoteFolder } from "../protocol/mail-source.ts";
import type { SyncContext } from "./context.ts";
import type { KnownFolder } from "./folder-diff.ts";
import { isFolderError } from "./head-round.ts";
import { storedLocations } from "./ingest-rows.ts";

const overlapSample = 200;

/**
 * A renamed folder keeps its numbering (RFC 9051 6.3.6) and so its UIDs; half of a sample must be there. Of one that
 * held nothing the numbering is all there is to compare.
 */
export async function holdsTheSame(
  ctx: SyncContext,
  source: MailSource,
  folder: KnownFolder,
  remote: RemoteFolder,
): Promise<boolean> {
  try {
    const { epochKey, exists } = await source.head(remote.path, null);
    if (epochKey !== folder.epochKey) return false;
    return exists === 0 ? await holdsNothing(ctx, folder) : await holdsSample(ctx, source, folder, remote);
  } catch (error) {
    if (!isFolderError(error)) throw error;
    return false; // a phantom: listed, and does not open
  }
}

async function holdsNothing(ctx: SyncContext, folder: KnownFolder): Promise<boolean> {
  const location = await ctx.tenant.db
    .selectFrom("message_locations")
    .select("uid")
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .where("folder_id", "=", folder.id)
    .limit(1)
    .executeTakeFirst();
  return location === undefined;
}

async function holdsSample(
  ctx: SyncContext,
  source: MailSource,
  folder: KnownFolder,
  remote: RemoteFolder,
): Promise<boolean> {
  const { window } = await source.listAll(remote.path);
  const epoch = await epochOf(ctx, folder.id);
  const sample = window.items.slice(-overlapSample).map((item) => item.key);
  const stored = await storedLocations(
    ctx.tenant,
    { mailboxId: ctx.mailboxId, folderId: folder.id, epoch },
    sample,
  );
  return sample.length > 0 && stored.size * 2 >= sample.length;
}

async function epochOf(ctx: SyncContext, folderId: string): Promise<number> {
  const row = await ctx.tenant.db
    .selectFrom("folders")
    .select("epoch")
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .where("id", "=", folderId)
    .executeTakeFirstOrThrow();
  return row.epoch;
}
