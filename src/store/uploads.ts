/** Files that a person attached to a reply and that are not sent yet. Each holds one reference to its blob. */
import type { Readable } from "node:stream";
import { sql, type Selectable } from "kysely";
import { HitchpostError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { Blobs } from "./blobs.ts";
import type { UploadsTable } from "./tables.ts";
import type { TenantDb } from "./tenant-db.ts";

export interface Upload {
  id: string;
  filename: string;
  contentType: string;
  sizeBytes: number;
  hash: string;
  createdBy: string | null;
}

export interface NewUpload {
  filename: string;
  contentType: string;
  content: Readable | Uint8Array;
  maxBytes: number;
  createdBy: string | null;
}

/**
 * Stores a file.
 *
 * @throws HitchpostError payload_too_large
 */
export async function createUpload(tenant: TenantDb, blobs: Blobs, upload: NewUpload): Promise<Upload> {
  const { filename, contentType, createdBy } = upload;
  const staged = await blobs.stage(upload.content, { maxBytes: upload.maxBytes });
  return tenant.transaction(async (tx) => {
    const { hash, sizeBytes } = await blobs.put(tx, staged);
    const id = newId();
    await tx.db
      .insertInto("uploads")
      .values({
        workspace_id: tx.workspaceId,
        id,
        filename,
        content_type: contentType,
        size_bytes: sizeBytes,
        hash,
        created_by: createdBy,
      })
      .execute();
    return { id, filename, contentType, sizeBytes, hash, createdBy };
  });
}

/** The uploads with these ids that are still here, in this order. */
export async function findUploads(tenant: TenantDb, ids: readonly string[]): Promise<Upload[]> {
  if (ids.length === 0) return [];
  const rows = await tenant.db
    .selectFrom("uploads")
    .selectAll()
    .where("workspace_id", "=", tenant.workspaceId)
    .where("id", "in", [...ids])
    .execute();
  return ids.flatMap((id) => {
    const row = rows.find((candidate) => candidate.id === id);
    return row === undefined ? [] : [toUpload(row)];
  });
}

const toUpload = (row: Selectable<UploadsTable>): Upload => ({
  id: row.id,
  filename: row.filename,
  contentType: row.content_type,
  sizeBytes: row.size_bytes,
  hash: row.hash,
  createdBy: row.created_by,
});

/**
 * The uploads with these ids, in this order.
 *
 * @throws HitchpostError not_found when one is missing
 */
export async function getUploads(tenant: TenantDb, ids: readonly string[]): Promise<Upload[]> {
  const uploads = await findUploads(tenant, ids);
  if (uploads.length === ids.length) return uploads;
  throw new HitchpostError("not_found", "An attached file is no longer here: attach it again.", {
    details: { field: "uploads" },
  });
}

/** Deletes uploads and gives their references back; ids that are not there are passed over. */
export async function deleteUploads(tx: TenantDb, blobs: Blobs, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = await tx.db
    .deleteFrom("uploads")
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "in", [...ids])
    .returning("hash")
    .execute();
  for (const row of rows) await blobs.release(tx, row.hash);
}

/** Deletes uploads older than a week that no reply on its way names; returns how many. */
export async function pruneUploads(tenant: TenantDb, blobs: Blobs): Promise<number> {
  return tenant.transaction(async (tx) => {
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM uploads u
      WHERE u.workspace_id = ${tx.workspaceId} AND u.created_at < now() - interval '7 days' AND NOT EXISTS (
        SELECT 1 FROM outbox o WHERE o.workspace_id = ${tx.workspaceId} AND u.id = ANY (o.uploads)
          AND o.state NOT IN ('done', 'cancelled')
      ) LIMIT 500`.execute(tx.db);
    await deleteUploads(
      tx,
      blobs,
      rows.map((row) => row.id),
    );
    return rows.length;
  });
}
