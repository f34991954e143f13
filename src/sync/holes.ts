/**
 * What a complete listing names below the newest stored message and is not stored, though it was to be: fetched again.
 * Where only a range of the past is wanted, a message's own date must say that it belongs there.
 */
import { sql } from "kysely";
import type { HistoryRange, MailSource, RemoteItem, RemoteKey } from "../protocol/mail-source.ts";
import type { SyncContext } from "./context.ts";
import { fetchParsed, parseAll, type FetchPlace } from "./fetch-parsed.ts";
import type { SyncFolder } from "./folder-rows.ts";
import { ingestBatch, type IngestItem } from "./ingest.ts";
import { uidOf } from "./ingest-rows.ts";

const maxHoles = 200;

/** Folder and numbering → keys whose dates do not belong to the range; for a session, so that each is asked for once. */
const outside = new WeakMap<SyncContext, Map<string, Set<RemoteKey>>>();

/** Stores what is missing. Does nothing while the folder's import is not done. */
export async function mendHoles(
  ctx: SyncContext,
  source: MailSource,
  folder: SyncFolder,
  holes: readonly RemoteItem[],
  { sinceMs }: HistoryRange,
): Promise<void> {
  if (holes.length === 0 || !folder.tailDone) return;
  const place: FetchPlace = { ...folder, epochKey: folder.epochKey ?? "" };
  const wanted = (sinceMs === null ? holes : await inRange(ctx, source, place, holes, sinceMs)).slice(
    0,
    maxHoles,
  );
  if (wanted.length === 0) return;
  ctx.log.warn(
    { folder: folder.path, holes: wanted.length },
    "messages on the server that were not stored; fetching them",
  );
  const stillListed = async (missing: ReadonlySet<RemoteKey>): Promise<Set<RemoteKey>> => {
    const { window } = await source.listAll(folder.path);
    return new Set(window.items.map((item) => item.key).filter((key) => missing.has(key)));
  };
  const items = await fetchParsed(ctx, source, place, wanted, stillListed);
  const byOrigin = Map.groupBy(items, (item) => (isLate(folder, item) ? "head" : "tail"));
  for (const [origin, group] of byOrigin) await ingestBatch(ctx, { folder, origin, items: group });
}

/** It came after the folder's import began, and a look passed over it: as new as what looks bring. */
function isLate({ boundaryUid, boundaryAtMs }: SyncFolder, { key, internalDateMs }: IngestItem): boolean {
  if (boundaryUid !== null) return (uidOf(key) ?? 0) > boundaryUid;
  return boundaryAtMs !== null && internalDateMs !== null && internalDateMs >= boundaryAtMs;
}

/** Those above the oldest stored message whose date (as the listing tells it, else INTERNALDATE) lies in the range. */
async function inRange(
  ctx: SyncContext,
  source: MailSource,
  place: FetchPlace,
  holes: readonly RemoteItem[],
  sinceMs: number,
): Promise<RemoteItem[]> {
  const known = knownOutside(ctx, `${place.id} ${place.epoch} ${sinceMs}`);
  const oldest = await oldestStored(ctx, place);
  const dated = holes.filter(({ receivedMs = -1 }) => receivedMs >= sinceMs);
  const asked = holes
    .filter(({ key, receivedMs }) => receivedMs === undefined && isAbove(key, oldest) && !known.has(key))
    .slice(-maxHoles);
  const headers = await parseAll(
    ctx,
    source,
    place,
    asked.map(({ key }) => key),
    "header",
  );
  const wanted = asked.filter(({ key }) => (headers.get(key)?.internalDateMs ?? 0) >= sinceMs);
  const within = new Set(wanted.map(({ key }) => key));
  for (const { key } of asked) if (!within.has(key)) known.add(key);
  return [...dated, ...wanted];
}

/** What has no number may stand anywhere. */
const isAbove = (key: RemoteKey, oldest: number): boolean =>
  (uidOf(key) ?? Number.POSITIVE_INFINITY) > oldest;

function knownOutside(ctx: SyncContext, name: string): Set<RemoteKey> {
  const folders = outside.get(ctx) ?? new Map<string, Set<RemoteKey>>();
  outside.set(ctx, folders);
  const keys = folders.get(name) ?? new Set();
  folders.set(name, keys);
  return keys;
}

async function oldestStored({ tenant }: SyncContext, place: FetchPlace): Promise<number> {
  const { rows } = await sql<{ uid: number | null }>`
    SELECT min(uid)::float8 AS uid FROM message_locations
    WHERE workspace_id = ${tenant.workspaceId}::uuid AND folder_id = ${place.id}::uuid AND epoch = ${place.epoch}::integer
  `.execute(tenant.db);
  return rows[0]?.uid ?? Number.POSITIVE_INFINITY;
}
