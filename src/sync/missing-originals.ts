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

/**
 * Fetches what is missing, when the mailbox is set to keep originals. What the server does not give out whole is left, and
 * asked for again in the next session.
 *
 * @param left ids of messages that were tried in vain, kept over the calls of one session
 */
export async function fetchMissingOriginals(
  ctx: SyncContext,
  source: MailSource,
  left: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  while (await keepsOriginals(ctx)) {
    signal.throwIfAborted();
    if ((await fetchSome(ctx, source, left)) === 0) return;
  }
}

/** Returns how many were missing. */
async function fetchSome(ctx: SyncContext, source: MailSource, left: Set<string>): Promise<number> {
  const folders = await syncedFolders(ctx.tenant, ctx.mailboxId);
  const missing = await missingOriginals(ctx, folders, left);
  for (const [folder, some] of Map.groupBy(missing, (one) => one.folder)) {
    try {
      await fetchOriginals(ctx, source, folder, some);
    } catch (error) {
      if (!isFolderError(error)) throw error;
      await recordFolderFailure(ctx, folder, error);
    }
    for (const { messageId } of some) left.add(messageId); // what was kept is not asked for again anyway
  }
  return missing.length;
}

async function missingOriginals(
  ctx: SyncContext,
  folders: readonly SyncFolder[],
  left: ReadonlySet<string>,
): Promise<Missing[]> {
  const { rows } = await sql<{ message_id: string; remote_key: string; folder_id: string }>`
    SELECT DISTINCT ON (l.message_id) l.message_id, l.remote_key, l.folder_id
    FROM message_locations l
    JOIN unnest(${folders.map(({ id }) => id)}::uuid[], ${folders.map(({ epoch }) => epoch)}::integer[]) AS f (id, epoch)
      ON f.id = l.folder_id AND f.epoch = l.epoch
    WHERE l.workspace_id = ${ctx.tenant.workspaceId}::uuid AND l.mailbox_id = ${ctx.mailboxId}::uuid
      AND NOT EXISTS (SELECT 1 FROM message_blobs b
        WHERE b.workspace_id = l.workspace_id AND b.message_id = l.message_id AND b.part = ${originalPart})
      AND l.message_id <> ALL (${[...left]}::uuid[])
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
