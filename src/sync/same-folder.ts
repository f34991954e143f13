/** Whether a folder that turned up is one that vanished, under another path. */
import type { Cursor, MailSource, RemoteFolder } from "../protocol/mail-source.ts";
import type { SyncContext } from "./context.ts";
import type { KnownFolder } from "./folder-diff.ts";
import { isFolderError } from "./head-round.ts";
import { storedLocations } from "./ingest-rows.ts";

const overlapSample = 200;

/**
 * A renamed folder keeps its numbering (RFC 9051 6.3.6) and so its UIDs; half of a sample must be there. Of one that
 * held nothing, or holds nothing any more, or of which nothing is stored, the numbering is all there is to compare.
 */
export async function holdsTheSame(
  ctx: SyncContext,
  source: MailSource,
  folder: KnownFolder,
  remote: RemoteFolder,
): Promise<boolean> {
  try {
    const { epochKey, exists, cursor } = await source.head(remote.path, null);
    if (epochKey !== folder.epochKey) return false;
    if (exists === 0)
      return (await wasEmptied(ctx, folder, cursor["uidnext"])) || (await holdsNothing(ctx, folder));
    return await holdsSample(ctx, source, folder, remote, { uidnext: cursor["uidnext"], exists });
  } catch (error) {
    if (!isFolderError(error)) throw error;
    return false; // a phantom: listed, and does not open
  }
}

/** What stood in it went while it was renamed: the next number to be given out is the one that we expect, and not the first. */
async function wasEmptied(ctx: SyncContext, folder: KnownFolder, uidnext: unknown): Promise<boolean> {
  if (typeof uidnext !== "number" || uidnext <= 1) return false;
  return (await readKnown(ctx, folder.id)).uidnext === uidnext;
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

/**
 * Whether the listed keys are those of ours. Where all mail of the folder is stored, half of the newest listed must be ours,
 * but for those that came since the last look: their numbers lie above all that were given out before;
 * in the middle of an import, or with a range of the past, only what is stored can be asked for.
 */
async function holdsSample(
  ctx: SyncContext,
  source: MailSource,
  folder: KnownFolder,
  remote: RemoteFolder,
  now: { uidnext: unknown; exists: number },
): Promise<boolean> {
  const known = await readKnown(ctx, folder.id);
  const { window } = await source.listAll(remote.path);
  if (known.isWhole) {
    const { added } = await source.head(remote.path, known.headCursor);
    const late = new Set(added.map((item) => item.key));
    const sample = window.items
      .map((item) => item.key)
      .filter((key) => !late.has(key))
      .slice(-overlapSample);
    const place = { mailboxId: ctx.mailboxId, folderId: folder.id, epoch: known.epoch };
    const stored = await storedLocations(ctx.tenant, place, sample);
    return window.items.length > 0 && stored.size * 2 >= sample.length;
  }
  const stored = await newestStored(ctx, folder.id, known.epoch);
  if (stored.length === 0) return now.uidnext === known.uidnext && now.exists === known.remoteMessages;
  const listed = new Set(window.items.map((item) => item.key));
  return stored.filter((key) => listed.has(key)).length * 2 >= stored.length;
}

interface Known {
  epoch: number;
  /** Everything that stood in it is stored. */
  isWhole: boolean;
  headCursor: Cursor | null;
  uidnext: unknown;
  remoteMessages: number | null;
}

async function readKnown(ctx: SyncContext, folderId: string): Promise<Known> {
  const row = await ctx.tenant.db
    .selectFrom("folders")
    .select(["epoch", "head_cursor", "tail_cursor", "tail_done_at", "remote_messages"])
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .where("id", "=", folderId)
    .executeTakeFirstOrThrow();
  const head = row.head_cursor as Cursor | null;
  const tail = row.tail_cursor as { sinceMs?: unknown } | null;
  return {
    epoch: row.epoch,
    isWhole: row.tail_done_at !== null && (tail?.sinceMs ?? null) === null,
    headCursor: head,
    uidnext: head?.["uidnext"],
    remoteMessages: row.remote_messages,
  };
}

async function newestStored(ctx: SyncContext, folderId: string, epoch: number): Promise<string[]> {
  const rows = await ctx.tenant.db
    .selectFrom("message_locations")
    .select("remote_key")
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .where("folder_id", "=", folderId)
    .where("epoch", "=", epoch)
    .orderBy("uid", "desc")
    .limit(overlapSample)
    .execute();
  return rows.map((row) => row.remote_key);
}
