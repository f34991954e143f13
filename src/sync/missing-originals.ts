/** Originals of mail that was stored before its mailbox was set to keep them, brought bit by bit behind everything else. */
import { sql } from "kysely";
import type { MailSource, RemoteKey } from "../protocol/mail-source.ts";
import { originalPart } from "../store/message-blobs.ts";
import { writeMailbox, type SyncContext } from "./context.ts";
import { recordFolderFailure } from "./folder-failure.ts";
import { syncedFolders, type SyncFolder } from "./folder-rows.ts";
import { isFolderError } from "./head-round.ts";
import { createOriginalWriter, keepsOriginals, storeOriginals } from "./originals.ts";

interface Missing {
  messageId: string;
  key: RemoteKey;
  folder: SyncFolder;
}

const atOnce = 100;

/** One walk through the stored mail, newest first, kept over the calls of one session. */
export interface OriginalsWalk {
  /** Id of the last message that was asked for; null: from the newest on. */
  below: string | null;
}

/**
 * Fetches what is missing, when the mailbox is set to keep originals. Each message is asked for once: what the server does
 * not give out whole is left, and asked for again in the next session, or when the setting was taken back and made anew.
 */
export async function fetchMissingOriginals(
  ctx: SyncContext,
  source: MailSource,
  walk: OriginalsWalk,
  signal: AbortSignal,
): Promise<void> {
  while (await keepsOriginals(ctx)) {
    signal.throwIfAborted();
    if (!(await fetchSome(ctx, source, walk))) return;
  }
  walk.below = null;
}

/** @returns false when none is missing below */
async function fetchSome(ctx: SyncContext, source: MailSource, walk: OriginalsWalk): Promise<boolean> {
  const folders = await syncedFolders(ctx.tenant, ctx.mailboxId);
  const missing = await missingOriginals(ctx, folders, walk.below);
  const last = missing.at(-1);
  if (last === undefined) return false;
  for (const [folder, some] of Map.groupBy(missing, (one) => one.folder)) {
    try {
      await fetchOriginals(ctx, source, folder, some);
    } catch (error) {
      if (!isFolderError(error)) throw error;
      await recordFolderFailure(ctx, folder, error);
    }
  }
  walk.below = last.messageId;
  return true;
}

async function missingOriginals(
  ctx: SyncContext,
  folders: readonly SyncFolder[],
  below: string | null,
): Promise<Missing[]> {
  const { rows } = await sql<{ message_id: string; remote_key: string; folder_id: string }>`
    SELECT DISTINCT ON (l.message_id) l.message_id, l.remote_key, l.folder_id
    FROM message_locations l
    JOIN unnest(${folders.map(({ id }) => id)}::uuid[], ${folders.map(({ epoch }) => epoch)}::integer[]) AS f (id, epoch)
      ON f.id = l.folder_id AND f.epoch = l.epoch
    WHERE l.workspace_id = ${ctx.tenant.workspaceId}::uuid AND l.mailbox_id = ${ctx.mailboxId}::uuid
      AND NOT EXISTS (SELECT 1 FROM message_blobs b
        WHERE b.workspace_id = l.workspace_id AND b.message_id = l.message_id AND b.part = ${originalPart}
        OFFSET 0) -- one look-up a message: joined, a young table without statistics is read as a whole for each
      AND (${below}::uuid IS NULL OR l.message_id < ${below}::uuid)
    ORDER BY l.message_id DESC LIMIT ${atOnce}
  `.execute(ctx.tenant.db);
  const byId = new Map(folders.map((folder) => [folder.id, folder]));
  return rows.map((row) => ({
    messageId: row.message_id,
    key: row.remote_key,
    folder: byId.get(row.folder_id)!,
  }));
}

async function fetchOriginals(
  ctx: SyncContext,
  source: MailSource,
  { path, epochKey }: SyncFolder,
  missing: readonly Missing[],
): Promise<void> {
  if (ctx.blobs === null || epochKey === null) return;
  const writer = createOriginalWriter(ctx.blobs);
  const keys = missing.map(({ key }) => key);
  for await (const { key, content } of source.fetch(path, epochKey, keys, "source"))
    if (content.kind === "source") await writer.add(key, content.raw);
  const places = await writer.finish();
  const found = new Map(
    missing.flatMap(({ key, messageId }) => {
      const place = places.get(key);
      return place === undefined ? [] : [[messageId, place] as const];
    }),
  );
  await writeMailbox(ctx, (tx) => storeOriginals(ctx, tx, found));
}
