/**
 * One batch of one folder into the database, in one transaction with what moves the folder's cursor (sync.md 1): known
 * locations are left alone, other locations of known messages are added, the rest are new messages with bodies, search
 * text, conversation; events last. A batch that PostgreSQL refuses is halved until the bad message stands alone.
 */
import { sql } from "kysely";
import { HitchpostError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { RemoteKey } from "../protocol/mail-source.ts";
import type { PackedMessage } from "../protocol/mime/types.ts";
import type { SettledMessage } from "../store/inbox-port.ts";
import type { NewEvent } from "../store/new-event.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { writeMailbox, type SyncContext } from "./context.ts";
import { refreshFlags, seenChangeOf, type SeenChange } from "./flags.ts";
import { storeOriginals, type StagedOriginal } from "./originals.ts";
import { patchFolder, type FolderPatch, type SyncFolder } from "./folder-rows.ts";
import { identityOf, type Placeable } from "./identity.ts";
import * as rows from "./ingest-rows.ts";
import { matchesFor, movedItems, type KnownMessage } from "./moved.ts";
import {
  evidenceDigest,
  isNew,
  isOnlyToSelf,
  isOwn,
  locationDirection,
  messageDirection,
  normaliseFlags,
  placeholder,
  threadable,
} from "./stored-message.ts";

export interface IngestItem {
  key: RemoteKey;
  flags: string[];
  internalDateMs: number | null;
  sizeBytes: number;
  structureDigest: string | null;
  parsed: PackedMessage;
  /** It was recognised by its header and has no body: only a location may come of it. */
  headerOnly?: true;
  /** The stored message that it is, by its key: it was moved here. */
  sameAs?: string;
  /** Written already, for a mailbox that keeps them. */
  original?: StagedOriginal;
}

export interface Batch {
  folder: Pick<SyncFolder, "id" | "role" | "epoch" | "boundaryAtMs">;
  /** `head`: above the boundary; `tail`: older mail, or renumbered mail. */
  origin: "head" | "tail";
  /** Of renumbered mail: when the folder was last looked at under its old numbers. */
  seenUntilMs?: number;
  items: IngestItem[];
  /** Written in the same transaction. */
  patch?: FolderPatch;
}

export interface Ingested {
  /** New messages. */
  stored: number;
  /** New locations of known messages. */
  joined: number;
}

/** Data that PostgreSQL refuses (SQLSTATE classes 21 cardinality, 22 data, 23 constraint, 54 limits). */
const isRefusedData = (error: unknown): boolean =>
  error instanceof Error &&
  "code" in error &&
  typeof error.code === "string" &&
  /^(21|22|23|54)/.test(error.code);

/**
 * Stores the batch; safe to repeat with the same items.
 *
 * @throws `fence_lost`; `folder_reset` when the folder was renumbered or removed meanwhile
 */
export async function ingestBatch(ctx: SyncContext, batch: Batch): Promise<Ingested> {
  try {
    const ingested = await writeMailbox(ctx, (tx, events) => storeBatch(ctx, tx, batch, events));
    ctx.statistics.grew(ingested.stored);
    return ingested;
  } catch (error) {
    if (!isRefusedData(error) || batch.items.length === 0) throw error;
    ctx.log.warn(
      { err: error, folderId: batch.folder.id, items: batch.items.length },
      "the database refused a batch",
    );
    return batch.items.length === 1 ? storeRefused(ctx, batch) : storeHalves(ctx, batch);
  }
}

async function storeHalves(ctx: SyncContext, { patch, ...batch }: Batch): Promise<Ingested> {
  const middle = Math.ceil(batch.items.length / 2);
  const first = await ingestBatch(ctx, { ...batch, items: batch.items.slice(0, middle) });
  const second = await ingestBatch(ctx, {
    ...batch,
    items: batch.items.slice(middle),
    ...(patch !== undefined && { patch }),
  });
  return { stored: first.stored + second.stored, joined: first.joined + second.joined };
}

async function storeRefused(ctx: SyncContext, batch: Batch): Promise<Ingested> {
  const item = batch.items[0]!;
  const parsed = placeholder("parse_failed", `${batch.folder.id} ${item.key}`);
  const bare: Batch = { ...batch, items: [{ ...item, flags: [], structureDigest: null, parsed }] };
  return writeMailbox(ctx, (tx, events) => storeBatch(ctx, tx, bare, events));
}

/** One batch within a transaction of the caller's; `events` gets what is to be told of it. */
export async function storeBatch(
  ctx: SyncContext,
  tx: TenantDb,
  batch: Batch,
  events: NewEvent[],
): Promise<Ingested> {
  const place = { mailboxId: ctx.mailboxId, folderId: batch.folder.id, epoch: batch.folder.epoch };
  const items = [
    ...new Map(
      batch.items.map((item) => [item.key, { ...item, flags: normaliseFlags(item.flags) }]),
    ).values(),
  ];
  const known = await rows.lockedLocations(
    tx,
    place,
    items.map((item) => item.key),
  );
  const settled = await updateKnown(tx, place, items, known);
  const unknown = items
    .filter((item) => !known.has(item.key))
    .map((item) => placeable(ctx, batch.folder, item));
  const moved = await movedItems(tx, place, unknown);
  const fresh = unknown.map((item) => moved.get(item.key)?.item ?? item);
  const matches = await matchesFor(tx, place, fresh, moved);
  const created = fresh.filter((item) => !matches.has(item.key));
  if (created.some((item) => item.headerOnly))
    throw new HitchpostError("folder_reset", "A recognised message was taken by another.");
  const inserted = await insertNew(ctx, tx, batch, created);
  settled.push(...inserted);
  settled.push(...(await joinKnown(ctx, tx, batch, fresh, matches)));
  const idOf = new Map(created.map(({ key }, index) => [key, inserted[index]!.messageId]));
  const originals = fresh.flatMap(({ key, original }) =>
    original === undefined ? [] : [[idOf.get(key) ?? matches.get(key)!.id, original] as const],
  );
  await storeOriginals(ctx, tx, new Map(originals));
  if (settled.length > 0) events.push(...(await ctx.inbox.settle(tx, settled)));
  if (batch.patch !== undefined) await patchFolder(tx, batch.folder.id, batch.patch);
  return { stored: created.length, joined: matches.size };
}

/** The identity of an item of this folder, in lower-case hex. */
const itemIdentity = (ctx: SyncContext, folder: Batch["folder"], item: IngestItem): string =>
  identityOf(item.parsed, {
    transport: ctx.transport,
    folderId: folder.id,
    epoch: folder.epoch,
    key: item.key,
    sizeBytes: item.sizeBytes,
  }).toString("hex");

/** The item with what tells it from others. */
export function placeable(ctx: SyncContext, folder: Batch["folder"], item: IngestItem): Fresh {
  const contentDigest = evidenceDigest(item.parsed, ctx.address);
  return {
    ...item,
    identity: itemIdentity(ctx, folder, item),
    contentDigest,
    readOver: ctx.transport,
    textDigest: contentDigest === null ? null : item.parsed.textDigest,
  };
}

export type Fresh = IngestItem & Placeable;

/** A key that is stored already tells its flags at most. */
async function updateKnown(
  tx: TenantDb,
  place: rows.Place,
  items: readonly IngestItem[],
  known: ReadonlyMap<string, { messageId: string; flags: string[] }>,
): Promise<SettledMessage[]> {
  const changes = new Map<string, SeenChange>();
  const updates: { key: string; flags: string[] }[] = [];
  for (const { key, flags } of items) {
    const before = known.get(key);
    if (before === undefined || before.flags.join(" ") === flags.join(" ")) continue;
    updates.push({ key, flags });
    changes.set(before.messageId, seenChangeOf(before.flags, flags));
  }
  await writeFlags(tx, place, updates);
  return refreshFlags(tx, changes);
}

/** Sets the locations' flags as the server has them. */
export async function writeFlags(
  tx: TenantDb,
  place: rows.Place,
  updates: readonly { key: string; flags: string[] }[],
): Promise<void> {
  if (updates.length === 0) return;
  await sql`
    UPDATE message_locations l SET flags = u.flags::text[]
    FROM unnest(${updates.map((u) => u.key)}::text[], ${updates.map((u) => rows.arrayLiteral(u.flags))}::text[]) AS u (key, flags)
    WHERE l.workspace_id = ${tx.workspaceId}::uuid AND l.mailbox_id = ${place.mailboxId}::uuid AND l.folder_id = ${place.folderId}::uuid
      AND l.epoch = ${place.epoch}::integer AND l.remote_key = u.key
  `.execute(tx.db);
}

/** @returns one for each of `created`, in its order */
async function insertNew(
  ctx: SyncContext,
  tx: TenantDb,
  batch: Batch,
  created: readonly Fresh[],
): Promise<SettledMessage[]> {
  if (created.length === 0) return [];
  const nowMs = ctx.clock.now();
  const threads = created.map(({ parsed, internalDateMs }) =>
    threadable({
      id: newId(nowMs),
      mailboxId: ctx.mailboxId,
      mailboxAddress: ctx.address,
      parsed,
      internalDateMs,
      nowMs,
    }),
  );
  const conversations = await ctx.inbox.thread(tx, threads);
  const messages = created.map((item, index): rows.NewMessageRow => {
    const thread = threads[index]!;
    return {
      ...item,
      thread,
      conversationId: conversations.get(thread.id)!,
      direction: locationDirection(batch.folder.role, isOwn(item.parsed.from, ctx.address)),
      seen: item.flags.includes("\\Seen"),
      flagged: item.flags.includes("\\Flagged"),
      answered: item.flags.includes("\\Answered"),
      isNew: isNew(batch, item.internalDateMs),
    };
  });
  await rows.insertMessages(
    tx,
    {
      mailboxId: ctx.mailboxId,
      folderId: batch.folder.id,
      epoch: batch.folder.epoch,
      live: batch.origin !== "tail",
    },
    messages,
    messages.map(({ thread, direction }, index) => ({
      key: created[index]!.key,
      messageId: thread.id,
      flags: created[index]!.flags,
      direction,
    })),
  );
  return messages.map((row) => ({
    conversationId: row.conversationId,
    messageId: row.thread.id,
    what: row.isNew ? ("new" as const) : ("imported" as const),
    ...(row.direction === "in" && { inbound: true as const }),
  }));
}

/** Adds locations to messages that are known from elsewhere: they are in transit no longer, nor gone. */
async function joinKnown(
  ctx: SyncContext,
  tx: TenantDb,
  batch: Batch,
  fresh: readonly Fresh[],
  matches: ReadonlyMap<string, KnownMessage>,
): Promise<SettledMessage[]> {
  const joined = fresh.filter((item) => matches.has(item.key));
  if (joined.length === 0) return [];
  const locations = joined.map((item) => ({
    key: item.key,
    messageId: matches.get(item.key)!.id,
    flags: item.flags,
    direction: locationDirection(batch.folder.role, isOwn(item.parsed.from, ctx.address)),
  }));
  await rows.insertLocations(
    tx,
    { mailboxId: ctx.mailboxId, folderId: batch.folder.id, epoch: batch.folder.epoch },
    locations,
  );
  const ids = joined.map((item) => matches.get(item.key)!.id);
  const back = await endTransit(tx, ids);
  const returned = back
    .filter((row) => row.was_gone)
    .map((row) => ({ conversationId: row.conversation_id, messageId: row.id, what: "changed" as const }));
  const turned = await settleDirections(ctx, tx, joined, matches);
  const arrived = new Set(back.map((row) => row.id));
  const seen = new Map<string, SeenChange>(
    joined.map(({ key, flags }) => {
      const { id } = matches.get(key)!;
      if (flags.includes("\\Seen")) return [id, "set"];
      return [id, arrived.has(id) ? "cleared" : null]; // beside another copy it says nothing: that one may be seen
    }),
  );
  const changed = await refreshFlags(tx, seen);
  // The copy of a reply whose other copy came to the Inbox first: the inbox knows it by Sent.
  const sent = locations
    .filter(({ direction }) => batch.origin === "head" && direction === "out")
    .map(({ key, messageId }) => ({
      conversationId: matches.get(key)!.conversationId,
      messageId,
      what: "changed" as const,
    }));
  return [
    ...new Map(
      [...changed, ...returned, ...turned, ...sent].map((message) => [message.messageId, message]),
    ).values(),
  ];
}

interface Returned {
  id: string;
  conversation_id: string;
  was_gone: boolean;
}

/** @returns those of the messages that stood nowhere before */
async function endTransit(tx: TenantDb, ids: readonly string[]): Promise<Returned[]> {
  const { rows: back } = await sql<Returned>`
    WITH old AS (SELECT id, gone_at FROM messages WHERE workspace_id = ${tx.workspaceId}::uuid AND id = ANY (${[...ids]}::uuid[])
                 AND transit_since IS NOT NULL FOR NO KEY UPDATE)
    UPDATE messages m SET transit_since = NULL, gone_at = NULL FROM old
    WHERE m.workspace_id = ${tx.workspaceId}::uuid AND m.id = old.id
    RETURNING m.id, m.conversation_id, old.gone_at IS NOT NULL AS was_gone
  `.execute(tx.db);
  return back;
}

/** A further location can turn the message's direction: a mail to oneself stands in Sent and in Inbox. */
async function settleDirections(
  ctx: SyncContext,
  tx: TenantDb,
  joined: readonly Fresh[],
  matches: ReadonlyMap<string, KnownMessage>,
): Promise<SettledMessage[]> {
  const settled: SettledMessage[] = [];
  const toSelf = new Map(
    joined.map((item) => [matches.get(item.key)!.id, isOnlyToSelf(item.parsed, ctx.address)]),
  );
  const { rows: found } = await sql<{
    id: string;
    conversation_id: string;
    direction: string;
    directions: ("in" | "out")[];
  }>`
    SELECT m.id, m.conversation_id, m.direction, array_agg(l.direction) AS directions
    FROM messages m JOIN message_locations l ON l.workspace_id = m.workspace_id AND l.message_id = m.id
    WHERE m.workspace_id = ${tx.workspaceId}::uuid AND m.id = ANY (${[...toSelf.keys()]}::uuid[]) GROUP BY m.id, m.conversation_id, m.direction
  `.execute(tx.db);
  for (const direction of ["in", "out"] as const) {
    const turned = found.filter(
      (row) =>
        row.direction !== direction && messageDirection(row.directions, toSelf.get(row.id)!) === direction,
    );
    if (turned.length === 0) continue;
    await tx.db
      .updateTable("messages")
      .set({ direction })
      .where("workspace_id", "=", tx.workspaceId)
      .where(
        "id",
        "in",
        turned.map((row) => row.id),
      )
      .execute();
    settled.push(
      ...turned.map((row) => ({
        conversationId: row.conversation_id,
        messageId: row.id,
        what: "changed" as const,
      })),
    );
  }
  return settled;
}
