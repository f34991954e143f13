/**
 * What a listing says about stored locations: removals and flags. A window is proof only for its own bounds (sync.md 5).
 * A message whose last location went is in transit; `transit.ts` decides when it is gone.
 */
import { sql } from "kysely";
import type { HeadChanges, ProvedWindow, RemoteItem, RemoteKey } from "../protocol/mail-source.ts";
import type { SettledMessage } from "../store/inbox-port.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { writeMailbox, type SyncContext } from "./context.ts";
import { refreshFlags, seenChangeOf, type SeenChange } from "./flags.ts";
import type { SyncFolder } from "./folder-rows.ts";
import { writeFlags } from "./ingest.ts";
import { storedLocations, uidOf, type Place } from "./ingest-rows.ts";
import type { LeftKeys } from "./moved.ts";
import { normaliseFlags } from "./stored-message.ts";

export interface StoredItem {
  key: RemoteKey;
  uid: number | null;
  messageId: string;
  flags: string[];
}

export interface Difference {
  removed: StoredItem[];
  flagged: { stored: StoredItem; flags: string[] }[];
  /** Listed, not stored, and older than something stored (keys that are no numbers do not say so): a hole, when the folder's import is done. */
  holes: RemoteItem[];
}

/** Pure: compares what is stored within the window's bounds with what the server listed there. */
export function compareWindow(stored: readonly StoredItem[], window: ProvedWindow): Difference {
  const listed = new Map(window.items.map((item) => [item.key, item]));
  const inBounds = stored.filter(
    ({ uid }) =>
      (window.from === null || (uid !== null && uid >= window.from)) &&
      (window.to === null || (uid !== null && uid <= window.to)),
  );
  const newest = Math.max(0, ...inBounds.map((item) => item.uid ?? 0));
  const known = new Set(inBounds.map((item) => item.key));
  return {
    removed: inBounds.filter((item) => !listed.has(item.key)),
    flagged: inBounds.flatMap((item) => {
      const flags = normaliseFlags(listed.get(item.key)?.flags ?? item.flags); // not told: as they were
      return flags.join(" ") === item.flags.join(" ") ? [] : [{ stored: item, flags }];
    }),
    holes: window.items.filter(({ key }) => !known.has(key) && (uidOf(key) ?? -1) < newest),
  };
}

const placeOf = (ctx: SyncContext, folder: SyncFolder): Place => ({
  mailboxId: ctx.mailboxId,
  folderId: folder.id,
  epoch: folder.epoch,
});

async function storedWithin(db: TenantDb, place: Place, window: ProvedWindow): Promise<StoredItem[]> {
  const { rows } = await sql<{ remote_key: string; uid: number | null; message_id: string; flags: string[] }>`
    SELECT remote_key, uid, message_id, flags FROM message_locations
    WHERE workspace_id = ${db.workspaceId}::uuid AND folder_id = ${place.folderId}::uuid AND epoch = ${place.epoch}::integer
      AND (${window.from}::bigint IS NULL OR uid >= ${window.from}::bigint) AND (${window.to}::bigint IS NULL OR uid <= ${window.to}::bigint)
  `.execute(db.db);
  return rows.map((row) => ({
    key: row.remote_key,
    uid: row.uid,
    messageId: row.message_id,
    flags: row.flags,
  }));
}

export interface Reconciled {
  removed: number;
  flagged: number;
  holes: RemoteItem[];
}

/** Applies flags, named removals and windows in one transaction. Idempotent. */
export async function reconcile(
  ctx: SyncContext,
  folder: SyncFolder,
  changes: Pick<HeadChanges, "flagged" | "vanished" | "windows">,
): Promise<Reconciled> {
  const place = placeOf(ctx, folder);
  const differences: Difference[] = [];
  for (const window of changes.windows)
    differences.push(compareWindow(await storedWithin(ctx.tenant, place, window), window));
  const named = await storedLocations(ctx.tenant, place, [
    ...changes.flagged.map((item) => item.key),
    ...changes.vanished,
  ]);
  const removed = new Set([
    ...differences.flatMap((difference) => difference.removed.map((item) => item.key)),
    ...changes.vanished.filter((key) => named.has(key)),
  ]);
  const flagged = new Map<RemoteKey, { messageId: string; before: string[]; flags: string[] }>();
  for (const { stored, flags } of differences.flatMap((difference) => difference.flagged)) {
    flagged.set(stored.key, { messageId: stored.messageId, before: stored.flags, flags });
  }
  for (const item of changes.flagged) {
    const stored = named.get(item.key);
    if (stored === undefined || item.flags === null) continue;
    const flags = normaliseFlags(item.flags);
    if (stored.flags.join(" ") === flags.join(" ")) continue;
    flagged.set(item.key, { messageId: stored.messageId, before: stored.flags, flags });
  }
  if (removed.size > 0 || flagged.size > 0) await applyDifference(ctx, place, removed, flagged);
  return {
    removed: removed.size,
    flagged: flagged.size,
    holes: differences.flatMap((difference) => difference.holes),
  };
}

async function applyDifference(
  ctx: SyncContext,
  place: Place,
  removed: ReadonlySet<RemoteKey>,
  flagged: ReadonlyMap<RemoteKey, { messageId: string; before: string[]; flags: string[] }>,
): Promise<void> {
  await writeMailbox(ctx, async (tx, events) => {
    await writeFlags(
      tx,
      place,
      [...flagged].map(([key, { flags }]) => ({ key, flags })),
    );
    const seen = new Map<string, SeenChange>();
    for (const { messageId, before, flags } of flagged.values()) {
      seen.set(messageId, seenChangeOf(before, flags) ?? seen.get(messageId) ?? null);
    }
    const settled = [
      ...(await removeLocations(tx, place, [...removed], ctx.clock.now(), ctx.left)),
      ...(await refreshFlags(tx, seen)),
    ];
    if (settled.length > 0) events.push(...(await ctx.inbox.settle(tx, settled)));
  });
}

/**
 * Takes locations away. Messages left without any are in transit from `nowMs` on; the others show the flags that are left.
 *
 * @param leftKeys is told their keys: under them the messages are known again elsewhere
 */
export async function removeLocations(
  tx: TenantDb,
  place: Place,
  keys: readonly RemoteKey[] | "all",
  nowMs: number,
  leftKeys?: LeftKeys,
): Promise<SettledMessage[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<{ remote_key: string; message_id: string; seen: boolean }>`
    DELETE FROM message_locations
    WHERE workspace_id = ${tx.workspaceId}::uuid AND mailbox_id = ${place.mailboxId}::uuid AND folder_id = ${place.folderId}::uuid
      AND epoch = ${place.epoch}::integer AND ${keys === "all" ? sql`true` : sql`remote_key = ANY (${[...keys]}::text[])`}
    RETURNING remote_key, message_id, '\\Seen' = ANY (flags) AS seen
  `.execute(tx.db);
  for (const { remote_key, message_id } of rows) leftKeys?.note(remote_key, message_id);
  const ids = [...new Set(rows.map((row) => row.message_id))];
  const { rows: left } = await sql<{ id: string }>`
    UPDATE messages m SET transit_since = ${new Date(nowMs)}
    WHERE m.workspace_id = ${tx.workspaceId}::uuid AND m.id = ANY (${ids}::uuid[]) AND m.transit_since IS NULL
      AND NOT EXISTS (SELECT 1 FROM message_locations l WHERE l.workspace_id = m.workspace_id AND l.message_id = m.id)
    RETURNING m.id
  `.execute(tx.db);
  const inTransit = new Set(left.map((row) => row.id));
  const seenHere = rows.filter((row) => row.seen && !inTransit.has(row.message_id));
  const unseen = await unseenElsewhere(
    tx,
    seenHere.map((row) => row.message_id),
  );
  const changes = ids
    .filter((id) => !inTransit.has(id))
    .map((id): [string, SeenChange] => [id, unseen.has(id) ? "cleared" : null]);
  return refreshFlags(tx, new Map(changes));
}

/** Those of the messages that have `\Seen` nowhere. */
async function unseenElsewhere(tx: TenantDb, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await sql<{ message_id: string }>`
    SELECT message_id FROM message_locations
    WHERE workspace_id = ${tx.workspaceId}::uuid AND message_id = ANY (${[...ids]}::uuid[])
    GROUP BY message_id HAVING NOT bool_or('\\Seen' = ANY (flags))
  `.execute(tx.db);
  return new Set(rows.map((row) => row.message_id));
}
