/** Questions to the server's Sent folder: does our reply stand there, is it proved not to, must we file it ourselves? */
import { sql } from "kysely";
import { HitchpostError } from "../../core/errors.ts";
import type { RemoteKey } from "../../protocol/mail-source.ts";
import { changeRow, traceOf, type OutboxRow } from "./outbox-rows.ts";
import { filingProblem, type OutboxContext, type SentSource } from "./outbox-context.ts";
import { composeRow } from "./send-row.ts";

const dayMs = 86_400_000;

export interface SentFolder {
  id: string;
  path: string;
  boundaryUid: number | null;
  synced: boolean;
}

/** The mailbox's Sent folder; null when it has none. */
export async function readSentFolder(ctx: OutboxContext): Promise<SentFolder | null> {
  const row = await ctx.tenant.db
    .selectFrom("folders")
    .select(["id", "path", "boundary_uid", "selected", "boundary_at"])
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .where("mailbox_id", "=", ctx.mailboxId)
    .where("role", "=", "sent")
    .where("removed_at", "is", null)
    .where(
      sql<boolean>`folders.transport = (SELECT m.transport FROM mailboxes m
        WHERE m.workspace_id = folders.workspace_id AND m.id = folders.mailbox_id)`,
    )
    .orderBy("selected", "desc")
    .executeTakeFirst();
  if (!row) return null;
  return {
    id: row.id,
    path: row.path,
    boundaryUid: row.boundary_uid,
    synced: row.selected && row.boundary_at !== null,
  };
}

export type SentVerdict = "present" | "absent" | "unsure";

/**
 * Whether the reply stands in Sent. "absent" is a proof: the search found nothing, the folder was listed whole
 * (`listAll` throws otherwise), and all that is new in it was read here without being recognised.
 *
 * @param filed keys of copies of other replies that we have filed a moment ago: sync need not have read them
 */
export async function lookInSent(
  ctx: OutboxContext,
  source: SentSource,
  folder: SentFolder,
  row: OutboxRow,
  filed: ReadonlySet<RemoteKey> = new Set(),
): Promise<SentVerdict> {
  const { window } = await source.listAll(folder.path);
  const found = await source.findSent(folder.path, traceOf(row, await idsOfOthers(ctx, row)));
  const others = await copiesOfOthers(ctx, folder, row, found);
  if (found.some((key) => !others.has(key) && !filed.has(key))) return "present";
  if (!folder.synced || folder.boundaryUid === null) return "absent";
  const fresh = window.items
    .map(({ key }) => key)
    .filter((key) => /^\d+$/.test(key) && Number(key) > folder.boundaryUid! && !filed.has(key));
  return (await allKnown(ctx, folder, fresh)) ? "absent" : "unsure";
}

/** Both kinds, ours and the server's, of the replies of the days around: sync may not have read their copies yet. */
async function idsOfOthers(ctx: OutboxContext, row: OutboxRow): Promise<string[]> {
  const sendingAtMs = row.sendingAtMs ?? ctx.clock.now();
  const { rows } = await sql<{ id: string }>`
    SELECT unnest(array_remove(ARRAY[o.message_id, o.sent_message_id], NULL)) AS id FROM outbox o
    WHERE o.workspace_id = ${ctx.tenant.workspaceId} AND o.mailbox_id = ${ctx.mailboxId}::uuid AND o.id <> ${row.id}::uuid
      AND o.sending_at BETWEEN ${new Date(sendingAtMs - dayMs)} AND ${new Date(sendingAtMs + dayMs)}`.execute(
    ctx.tenant.db,
  );
  return rows.map(({ id }) => id);
}

/** Keys that are copies of other replies whose ids were replaced, as sync has recognised them. */
async function copiesOfOthers(
  ctx: OutboxContext,
  folder: SentFolder,
  reply: OutboxRow,
  keys: string[],
): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const { rows } = await sql<{ remote_key: string }>`
    SELECT l.remote_key FROM message_locations l
    JOIN outbox o ON o.workspace_id = l.workspace_id AND o.sent_row = l.message_id AND o.id <> ${reply.id}::uuid
    WHERE l.workspace_id = ${ctx.tenant.workspaceId} AND l.folder_id = ${folder.id}::uuid AND l.remote_key = ANY (${keys}::text[])
      AND l.epoch = (SELECT f.epoch FROM folders f WHERE f.workspace_id = ${ctx.tenant.workspaceId} AND f.id = ${folder.id}::uuid)`.execute(
    ctx.tenant.db,
  );
  return new Set(rows.map((row) => row.remote_key));
}

async function allKnown(ctx: OutboxContext, folder: SentFolder, keys: string[]): Promise<boolean> {
  if (keys.length === 0) return true;
  const { rows } = await sql<{ known: number }>`
    SELECT count(*)::int AS known FROM message_locations l
    WHERE l.workspace_id = ${ctx.tenant.workspaceId} AND l.folder_id = ${folder.id}::uuid AND l.remote_key = ANY (${keys}::text[])
      AND l.epoch = (SELECT f.epoch FROM folders f WHERE f.workspace_id = ${ctx.tenant.workspaceId} AND f.id = ${folder.id}::uuid)`.execute(
    ctx.tenant.db,
  );
  return rows[0]?.known === keys.length;
}

/** Sent has mail that sync has yet to read: that takes a moment; of an older reply one need not ask so often. */
const askAgainMs = (row: OutboxRow, nowMs: number): number =>
  Math.min(30_000, Math.max(2_000, (nowMs - (row.sentAtMs ?? nowMs)) / 4));

/**
 * Files the copy of a reply that left, where the server does not do it itself. While that is unknown, it is learnt here:
 * a copy that stands in Sent two minutes later was filed by the server.
 *
 * @param filed keys of the copies that this round has filed; this one's is added, where the server tells it (APPENDUID)
 */
export async function fileCopy(
  ctx: OutboxContext,
  row: OutboxRow,
  filesSent: boolean | null,
  filed: Set<RemoteKey>,
): Promise<void> {
  const folder = await readSentFolder(ctx);
  const done = { state: row.hasCopy ? ("done" as const) : ("sent" as const), problem: null };
  if (folder === null || filesSent === true) {
    await changeRow(ctx, row, done);
    return;
  }
  await ctx.withSource(async (source) => {
    const verdict = await lookInSent(ctx, source, folder, row, filed);
    if (verdict === "unsure") {
      const nowMs = ctx.clock.now();
      await changeRow(ctx, row, {
        state: "sent",
        problem: filingProblem,
        nextTryAtMs: nowMs + askAgainMs(row, nowMs),
      });
      return;
    }
    // Learnt before the copy is filed: ours, found later, must not pass for the server's.
    if (filesSent === null) await learnFilesSent(ctx, verdict === "present");
    if (verdict === "absent") {
      const raw = await composeRow(ctx, row);
      if (!ctx.leaseValid())
        throw new HitchpostError("fence_lost", "Not filed: another process may own this mailbox by now.");
      const { done: keys } = await source.apply({
        kind: "append",
        folderPath: folder.path,
        epochKey: "",
        keys: [],
        add: ["\\Seen"],
        raw,
      });
      for (const key of keys) filed.add(key);
    }
    await changeRow(ctx, row, done);
  });
}

/** Remembers whether the server files Sent copies itself, once that is seen. */
export async function learnFilesSent(ctx: OutboxContext, filesSent: boolean): Promise<void> {
  await ctx.tenant.db
    .updateTable("mailboxes")
    .set({ files_sent: filesSent })
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .where("id", "=", ctx.mailboxId)
    .where("files_sent", "is", null)
    .execute();
}

/** True when a reply's copy came to Sent that we did not file: with `files_sent` unknown we file none before two minutes. */
export async function sawServerFile(ctx: OutboxContext): Promise<boolean> {
  const row = await ctx.tenant.db
    .selectFrom("outbox")
    .select("id")
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .where("mailbox_id", "=", ctx.mailboxId)
    .where("state", "=", "done")
    .where("sent_row", "is not", null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
