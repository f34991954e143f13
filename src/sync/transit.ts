/**
 * Moves are told from deletions here (sync.md 5): a message without a location is in transit; only when every synced
 * folder was listed whole once more, after it had left, is it gone from the mailbox.
 */
import { sql } from "kysely";
import type { HistoryRange, MailSource } from "../protocol/mail-source.ts";
import { hurryIntents } from "../store/intents.ts";
import { writeMailbox, type SyncContext } from "./context.ts";
import { patchFolder, syncedFolders, type SyncFolder } from "./folder-rows.ts";
import { canProve, lookAtHead } from "./head-round.ts";
import { mendHoles } from "./holes.ts";
import { reconcile } from "./reconcile.ts";

/** When the youngest message in transit lost its last location, epoch milliseconds; null: none is in transit. */
export async function transitSince(ctx: SyncContext): Promise<number | null> {
  const { rows } = await sql<{ since: Date | null }>`
    SELECT max(transit_since) AS since FROM messages
    WHERE workspace_id = ${ctx.tenant.workspaceId}::uuid AND mailbox_id = ${ctx.mailboxId}::uuid
      AND transit_since IS NOT NULL AND gone_at IS NULL
  `.execute(ctx.tenant.db);
  return rows[0]?.since?.getTime() ?? null;
}

/**
 * Lists the folder whole, compares, and then looks at its head for what came in during the listing: whatever stood in
 * it at the beginning is stored now. The caller holds `ctx.looks`.
 *
 * @returns false when the folder cannot prove anything yet (never looked into, renumbered, or being imported)
 */
export async function proveFolder(
  ctx: SyncContext,
  source: MailSource,
  folder: SyncFolder,
  range: HistoryRange,
): Promise<boolean> {
  if (!canProve(folder)) return false;
  const provedAtMs = ctx.clock.now();
  const { epochKey, window } = await source.listAll(folder.path);
  if (epochKey !== folder.epochKey) return false;
  const { holes } = await reconcile(ctx, folder, { flagged: [], vanished: [], windows: [window] });
  const round = await lookAtHead(ctx, source, folder, { range });
  if (round.renumbered) return false;
  await mendHoles(ctx, source, folder, holes, range);
  await writeMailbox(ctx, (tx) => patchFolder(tx, folder.id, { provedAtMs }));
  return true;
}

/** A folder that never opened holds nothing of ours and cannot be proved: it does not stand in the way. */
export const isPhantom = (folder: SyncFolder): boolean =>
  folder.epochKey === null && folder.boundaryAtMs === null && folder.failures >= 3;

/**
 * Marks messages as gone that were in transit before every synced folder was proved. What we still wanted of them is given
 * up by the next look at our changes.
 *
 * @returns how many
 */
export async function sweepGone(ctx: SyncContext): Promise<number> {
  const folders = (await syncedFolders(ctx.tenant, ctx.mailboxId)).filter((folder) => !isPhantom(folder));
  const provedAtMs = Math.min(...folders.map((folder) => folder.provedAtMs ?? 0));
  if (folders.length === 0 || provedAtMs === 0) return 0;
  return writeMailbox(ctx, async (tx, events) => {
    const { rows } = await sql<{ id: string; conversation_id: string }>`
      UPDATE messages SET gone_at = ${new Date(ctx.clock.now())}
      WHERE workspace_id = ${tx.workspaceId}::uuid AND mailbox_id = ${ctx.mailboxId}::uuid
        AND transit_since < ${new Date(provedAtMs)} AND gone_at IS NULL
      RETURNING id, conversation_id
    `.execute(tx.db);
    await hurryIntents(
      tx,
      rows.map((row) => row.id),
      ctx.clock.now(),
    );
    const settled = rows.map((row) => ({
      conversationId: row.conversation_id,
      messageId: row.id,
      what: "changed" as const,
    }));
    if (settled.length > 0) events.push(...(await ctx.inbox.settle(tx, settled)));
    return settled.length;
  });
}
