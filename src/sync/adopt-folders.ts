/**
 * A mailbox that changed its transport: its folders keep their rows, under the paths and numbers of the other one (sync.md 2).
 *
 *   told by role, by name, or by what they hold → a new epoch: their messages are in transit until the tail, in mode
 *                                                 `rematch`, has found them by identity
 *   not told, and POP3 reads now               → asleep: POP3 shows the Inbox alone, and says nothing of the others
 *   not told otherwise                          → removed
 */
import { sql } from "kysely";
import type { MailSource, RemoteFolder } from "../protocol/mail-source.ts";
import { writeMailbox, type SyncContext } from "./context.ts";
import { parseAll } from "./fetch-parsed.ts";
import { isPartial, readTail } from "./folder-rows.ts";
import { isFolderError } from "./head-round.ts";
import { placeable } from "./ingest.ts";
import { pairFolders, type NamedFolder } from "./pair-folders.ts";
import { removeLocations } from "./reconcile.ts";

interface ForeignFolder extends NamedFolder {
  id: string;
  epoch: number;
  lookedInto: boolean;
  seenUntilMs: number | null;
  partial: boolean;
}

/** Takes over the folders of the transports before; nothing to do where there are none. Safe to repeat. */
export async function adoptFolders(
  ctx: SyncContext,
  source: MailSource,
  listed: readonly RemoteFolder[],
): Promise<void> {
  const foreign = await foreignFolders(ctx);
  if (foreign.length === 0) return;
  const taken = await pathsOfOurs(ctx);
  const free = listed.filter((folder) => !taken.has(folder.path));
  const { pairs, left } = pairFolders(foreign, free);
  for (const { known, remote } of pairs) await adopt(ctx, known, remote);
  if (ctx.transport === "pop3") return;
  const paired = new Set(pairs.map(({ remote }) => remote.path));
  const others = free.filter(
    ({ path, selectable, kind }) => !paired.has(path) && selectable && kind === "mail",
  );
  for (const folder of left) {
    const remote = await findByContent(ctx, source, folder, others);
    if (remote === null) await drop(ctx, folder);
    else await adopt(ctx, folder, others.splice(others.indexOf(remote), 1)[0]!);
  }
}

async function foreignFolders(ctx: SyncContext): Promise<ForeignFolder[]> {
  const rows = await ctx.tenant.db
    .selectFrom("folders")
    .select([
      "id",
      "path",
      "name",
      "parent_path",
      "role",
      "epoch",
      "boundary_at",
      "checked_at",
      "tail_cursor",
      "tail_done_at",
    ])
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .where("mailbox_id", "=", ctx.mailboxId)
    .where("transport", "<>", ctx.transport)
    .where("removed_at", "is", null)
    .orderBy("id")
    .execute();
  return rows.map(({ id, path, name, role, epoch, ...row }) => ({
    id,
    path,
    name,
    role,
    epoch,
    parentPath: row.parent_path,
    lookedInto: row.boundary_at !== null,
    // Changed once more before all was found again: it was seen whole only before the first time.
    seenUntilMs: seenUntilOf(row.tail_cursor) ?? row.checked_at?.getTime() ?? null,
    partial: isPartial(readTail(row.tail_cursor), row.tail_done_at !== null),
  }));
}

function seenUntilOf(tail: unknown): number | null {
  const seenUntilMs = (tail as { seenUntilMs?: unknown } | null)?.seenUntilMs;
  return typeof seenUntilMs === "number" ? seenUntilMs : null;
}

async function pathsOfOurs(ctx: SyncContext): Promise<ReadonlySet<string>> {
  const rows = await ctx.tenant.db
    .selectFrom("folders")
    .select("path")
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .where("mailbox_id", "=", ctx.mailboxId)
    .where("transport", "=", ctx.transport)
    .where("removed_at", "is", null)
    .execute();
  return new Set(rows.map(({ path }) => path));
}

/** The folder's row goes on under the other transport; what stood in it is in transit until it is found again. */
async function adopt(ctx: SyncContext, folder: ForeignFolder, remote: RemoteFolder): Promise<void> {
  const { id, epoch, seenUntilMs, partial } = folder;
  const tail = {
    mode: "rematch",
    cursor: {},
    across: true,
    ...(seenUntilMs !== null && { seenUntilMs }),
    ...(partial && { partial }),
  };
  await writeMailbox(ctx, async (tx, events) => {
    const place = { mailboxId: ctx.mailboxId, folderId: id, epoch };
    const settled = await removeLocations(tx, place, "all", ctx.clock.now());
    if (settled.length > 0) events.push(...(await ctx.inbox.settle(tx, settled)));
    await tx.db
      .updateTable("folders")
      .set({
        transport: ctx.transport,
        path: remote.path,
        name: remote.name,
        delimiter: remote.delimiter,
        parent_path: remote.parentPath,
        role: remote.role ?? folder.role,
        kind: remote.kind,
        selectable: remote.selectable,
        epoch: epoch + 1,
        epoch_key: null,
        head_cursor: null,
        tail_cursor: folder.lookedInto ? JSON.stringify(tail) : null,
        tail_done_at: null,
        proved_at: null,
        peeked: null,
        boundary_uid: null,
        failures: 0,
        problem: null,
        backoff_until: null,
      })
      .where("workspace_id", "=", tx.workspaceId)
      .where("id", "=", id)
      .execute();
  });
  ctx.log.info(
    { from: folder.path, to: remote.path, transport: ctx.transport },
    "a folder has a new transport",
  );
}

async function drop(ctx: SyncContext, { id, epoch }: ForeignFolder): Promise<void> {
  const nowMs = ctx.clock.now();
  await writeMailbox(ctx, async (tx, events) => {
    await tx.db
      .updateTable("folders")
      .set({ removed_at: new Date(nowMs), selected: false })
      .where("workspace_id", "=", tx.workspaceId)
      .where("id", "=", id)
      .execute();
    const place = { mailboxId: ctx.mailboxId, folderId: id, epoch };
    const settled = await removeLocations(tx, place, "all", nowMs);
    if (settled.length > 0) events.push(...(await ctx.inbox.settle(tx, settled)));
  });
}

const sampleSize = 20;

/** A folder that was renamed at the same time: half of its newest must be ours. */
async function findByContent(
  ctx: SyncContext,
  source: MailSource,
  folder: ForeignFolder,
  others: readonly RemoteFolder[],
): Promise<RemoteFolder | null> {
  if (!folder.lookedInto) return null;
  for (const remote of others) if (await holdsOurs(ctx, source, folder, remote)) return remote;
  return null;
}

async function holdsOurs(
  ctx: SyncContext,
  source: MailSource,
  folder: ForeignFolder,
  remote: RemoteFolder,
): Promise<boolean> {
  try {
    const { cursor } = await source.head(remote.path, null);
    const { items, epochKey } = await source.tail(remote.path, cursor, { sinceMs: null }, sampleSize);
    const place = { ...folder, path: remote.path, epochKey };
    const keys = items.map(({ key }) => key);
    const headers = [...(await parseAll(ctx, source, place, keys, "header")).values()];
    const identities = headers.map(
      (item) => placeable(ctx, { ...folder, boundaryAtMs: null }, item).identity,
    );
    return identities.length > 0 && (await standing(ctx, folder, identities)) * 2 >= identities.length;
  } catch (error) {
    if (!isFolderError(error)) throw error;
    return false;
  }
}

/** How many of the identities stand in the folder as it was. */
async function standing(
  ctx: SyncContext,
  { id, epoch }: ForeignFolder,
  identities: string[],
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(DISTINCT m.identity)::int AS count FROM messages m
    JOIN message_locations l ON l.workspace_id = m.workspace_id AND l.message_id = m.id
      AND l.folder_id = ${id}::uuid AND l.epoch = ${epoch}::integer
    WHERE m.workspace_id = ${ctx.tenant.workspaceId}::uuid AND m.mailbox_id = ${ctx.mailboxId}::uuid
      AND m.identity = ANY (SELECT decode(i, 'hex') FROM unnest(${identities}::text[]) AS i)
  `.execute(ctx.tenant.db);
  return rows[0]?.count ?? 0;
}
