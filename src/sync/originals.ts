/**
 * Originals of mail (RFC 5322), for mailboxes that keep them: written as they are fetched, many to a file, so that a page
 * costs one fsync and not one a message. The rows that say where each stands commit with the messages; a file whose rows
 * never came is swept (store/sweep-blobs.ts).
 */
import type { RemoteKey } from "../protocol/mail-source.ts";
import type { Blobs, StagedBlob } from "../store/blobs.ts";
import { findMailbox } from "../store/mailboxes.ts";
import { insertOriginals, withOriginal } from "../store/message-blobs.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import type { SyncContext } from "./context.ts";

export type OriginalBlobs = Pick<Blobs, "stage" | "putShared">;

/** Where a fetched original stands in a file that is written and synced, but has no row yet. */
export interface StagedOriginal {
  file: StagedBlob;
  start: number;
  size: number;
}

/** A file ends when it has reached this, and is read whole where ranges cannot be (S3). */
const fileBytes = 8 * 1024 * 1024;

export interface OriginalWriter {
  add(key: RemoteKey, original: Uint8Array): Promise<void>;
  /** Where each stands; all are synced. */
  finish(): Promise<ReadonlyMap<RemoteKey, StagedOriginal>>;
}

export function createOriginalWriter(blobs: OriginalBlobs): OriginalWriter {
  const places = new Map<RemoteKey, StagedOriginal>();
  let waiting: { key: RemoteKey; original: Uint8Array }[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    bytes = 0;
    const file = await blobs.stage(batch.map(({ original }) => original));
    let start = 0;
    for (const { key, original } of batch) {
      places.set(key, { file, start, size: original.length });
      start += original.length;
    }
  };
  return {
    async add(key, original) {
      waiting.push({ key, original });
      bytes += original.length;
      if (bytes >= fileBytes) await flush();
    },
    async finish() {
      if (waiting.length > 0) await flush();
      return places;
    },
  };
}

/** True when the mailbox is set to keep originals and there is a place for them. */
export async function keepsOriginals(ctx: SyncContext): Promise<boolean> {
  return ctx.blobs !== null && (await findMailbox(ctx.tenant, ctx.mailboxId))?.keepRaw === true;
}

/** Takes the originals of stored messages into the transaction; those that are kept already are left as they are. */
export async function storeOriginals(
  ctx: SyncContext,
  tx: TenantDb,
  originals: ReadonlyMap<string, StagedOriginal>,
): Promise<void> {
  if (ctx.blobs === null || originals.size === 0) return;
  const kept = await withOriginal(tx, [...originals.keys()]);
  const rows = [...originals].filter(([messageId]) => !kept.has(messageId));
  const files = Map.groupBy(rows, ([, { file }]) => file);
  for (const [file, inside] of [...files].sort(([a], [b]) => (a.hash < b.hash ? -1 : 1)))
    await ctx.blobs.putShared(tx, file, inside.length);
  await insertOriginals(
    tx,
    rows.map(([messageId, { file, start, size }]) => ({ messageId, hash: file.hash, start, size })),
  );
}
