/**
 * Messages that the server listed and did not give out (sync.md 5) are asked for again, for a week: after a minute at
 * first, then when half their age has passed. One that comes takes the place of the one that stood for it, with what
 * people did to that.
 */
import { sql } from "kysely";
import type { MailSource } from "../protocol/mail-source.ts";
import { deleteMessages } from "../store/delete-messages.ts";
import { writeMailbox, type SyncContext } from "./context.ts";
import { parseAll } from "./fetch-parsed.ts";
import { keepsOriginals } from "./originals.ts";
import { syncedFolders, type SyncFolder } from "./folder-rows.ts";
import { recordFolderFailure } from "./folder-failure.ts";
import { isFolderError } from "./head-round.ts";
import { storeBatch, type IngestItem } from "./ingest.ts";

const firstMs = 60_000;
const longestMs = 7 * 86_400_000;
const atOnce = 50;

interface Waiting {
  messageId: string;
  conversationId: string;
  folderId: string;
  key: string;
  isNew: boolean;
  ageMs: number;
}

/** Message id → when it was last asked for, monotonic milliseconds; of this session. */
export type Asked = Map<string, number>;

/**
 * Asks for those whose time has come.
 *
 * @returns how many could be read now
 * @throws what concerns the whole mailbox
 */
export async function rereadUnreadable(ctx: SyncContext, source: MailSource, asked: Asked): Promise<number> {
  const waiting = await readWaiting(ctx);
  const now = ctx.clock.monotonic();
  const due = waiting
    .filter(({ messageId, ageMs }) => isDue(ageMs, asked.get(messageId), now))
    .slice(0, atOnce);
  for (const id of asked.keys()) if (!waiting.some(({ messageId }) => messageId === id)) asked.delete(id);
  if (due.length === 0) return 0;
  let read = 0;
  for (const folder of await syncedFolders(ctx.tenant, ctx.mailboxId)) {
    const here = due.filter(({ folderId }) => folderId === folder.id);
    if (here.length === 0 || folder.epochKey === null || (folder.backoffUntilMs ?? 0) > ctx.clock.now())
      continue;
    for (const { messageId } of here) asked.set(messageId, now);
    read += await rereadFolder(ctx, source, { ...folder, epochKey: folder.epochKey }, here);
  }
  return read;
}

/** Pure: `askedAt` undefined: not in this session. */
export const isDue = (ageMs: number, askedAt: number | undefined, now: number): boolean =>
  ageMs >= firstMs &&
  ageMs <= longestMs &&
  (askedAt === undefined || now - askedAt >= Math.max(firstMs, ageMs / 2));

async function readWaiting({ tenant, mailboxId, clock }: SyncContext): Promise<Waiting[]> {
  const { rows } = await sql<Waiting & { arrivedAt: Date }>`
    SELECT m.id AS "messageId", m.conversation_id AS "conversationId", l.folder_id AS "folderId", l.remote_key AS key,
      m.is_new AS "isNew", m.arrived_at AS "arrivedAt"
    FROM messages m
    JOIN message_locations l ON l.workspace_id = m.workspace_id AND l.message_id = m.id
    JOIN folders f ON f.workspace_id = l.workspace_id AND f.id = l.folder_id AND f.epoch = l.epoch
    WHERE m.workspace_id = ${tenant.workspaceId}::uuid AND m.mailbox_id = ${mailboxId}::uuid
      AND 'unreadable' = ANY (m.parse_flags)
  `.execute(tenant.db);
  return rows.map((row) => ({ ...row, ageMs: clock.now() - row.arrivedAt.getTime() }));
}

async function rereadFolder(
  ctx: SyncContext,
  source: MailSource,
  folder: SyncFolder & { epochKey: string },
  waiting: readonly Waiting[],
): Promise<number> {
  try {
    const items = await parseAll(
      ctx,
      source,
      folder,
      waiting.map(({ key }) => key),
      (await keepsOriginals(ctx)) ? "source" : "auto",
    );
    let read = 0;
    for (const one of waiting) {
      const item = items.get(one.key);
      if (item === undefined || item.parsed.flags.includes("unreadable")) continue;
      if (await replace(ctx, folder, one, item)) read++;
    }
    if (read > 0)
      ctx.log.info({ folder: folder.path, read }, "the server gives out messages that it withheld");
    return read;
  } catch (error) {
    if (!isFolderError(error)) throw error;
    await recordFolderFailure(ctx, folder, error);
    return 0;
  }
}

/** False when the message has left its place meanwhile. */
async function replace(
  ctx: SyncContext,
  folder: SyncFolder,
  { messageId, key, isNew }: Waiting,
  item: IngestItem,
): Promise<boolean> {
  return writeMailbox(ctx, async (tx, events) => {
    const place = sql`workspace_id = ${tx.workspaceId}::uuid AND mailbox_id = ${ctx.mailboxId}::uuid
      AND folder_id = ${folder.id}::uuid AND epoch = ${folder.epoch}::integer AND remote_key = ${key}`;
    const { rows: left } = await sql`
      DELETE FROM message_locations WHERE ${place} AND message_id = ${messageId}::uuid RETURNING remote_key`.execute(
      tx.db,
    );
    if (left.length === 0) return false;
    await storeBatch(ctx, tx, { folder, origin: isNew ? "head" : "tail", items: [item] }, events);
    const { rows } = await sql<{ id: string; conversation_id: string; before: string }>`
      SELECT m.id, m.conversation_id, (SELECT o.conversation_id FROM messages o
        WHERE o.workspace_id = m.workspace_id AND o.id = ${messageId}::uuid) AS before
      FROM messages m WHERE m.workspace_id = ${tx.workspaceId}::uuid
        AND m.id = (SELECT message_id FROM message_locations WHERE ${place})`.execute(tx.db);
    const { id, conversation_id, before } = rows[0]!;
    await ctx.inbox.join(tx, before, conversation_id);
    for (const [table, column] of [
      ["intents", "message_id"],
      ["outbox", "answers"],
    ] as const) {
      await sql`UPDATE ${sql.table(table)} SET ${sql.ref(column)} = ${id}::uuid
        WHERE workspace_id = ${tx.workspaceId}::uuid AND ${sql.ref(column)} = ${messageId}::uuid`.execute(
        tx.db,
      );
    }
    await deleteMessages(tx, [messageId]);
    events.push(
      ...(await ctx.inbox.settle(tx, [{ conversationId: conversation_id, messageId: id, what: "changed" }])),
    );
    return true;
  });
}
