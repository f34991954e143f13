/**
 * Deletes blobs that nothing refers to: rows whose count is zero, with their files, and files without a row (a
 * transaction that was rolled back, or a kill between file and commit).
 */
import { sql } from "kysely";
import { blobKey, sweepAside, type Blobs } from "./blobs.ts";
import type { TenantDb } from "./tenant-db.ts";

const batchSize = 100;
/** A file younger than this may belong to a transaction still open. */
const youngMs = 3_600_000;

/** Sweeps one workspace; returns how many files went. */
export async function sweepBlobs(blobs: Blobs, tenant: TenantDb, nowMs: number): Promise<number> {
  await sweepAside(blobs.asideDirectory, nowMs);
  await adoptOrphans(blobs, tenant, nowMs);
  return sweepReleased(blobs, tenant);
}

/** Deletes what nothing refers to any more, without a look at the files themselves; returns how many went. */
export async function sweepReleased(blobs: Blobs, tenant: TenantDb): Promise<number> {
  let swept = 0;
  for (;;) {
    const done = await sweepRows(blobs, tenant);
    swept += done;
    if (done < batchSize) return swept;
  }
}

/**
 * The files go while their rows are locked and before the commit: a `put` of the same bytes waits for us, and then
 * writes the file anew. Killed in between, the row is still there with count 0 and the next sweep takes it.
 */
async function sweepRows(blobs: Blobs, tenant: TenantDb): Promise<number> {
  return tenant.transaction(async (tx) => {
    const { rows } = await sql<{ hash: string }>`
      DELETE FROM blobs WHERE workspace_id = ${tx.workspaceId} AND hash IN (
        SELECT b.hash FROM blobs b WHERE b.workspace_id = ${tx.workspaceId} AND b.ref_count <= 0
          AND NOT EXISTS (SELECT 1 FROM message_blobs m WHERE m.workspace_id = b.workspace_id AND m.hash = b.hash)
          AND NOT EXISTS (SELECT 1 FROM uploads u WHERE u.workspace_id = b.workspace_id AND u.hash = b.hash)
        ORDER BY b.hash LIMIT ${batchSize} FOR UPDATE OF b SKIP LOCKED
      ) RETURNING hash`.execute(tx.db);
    for (const row of rows) await blobs.disk.delete(blobKey(tx.workspaceId, row.hash));
    return rows.length;
  });
}

/** Gives files without a row one with no references: deleted is then under the row's lock only, never beside a `put`. */
async function adoptOrphans(blobs: Blobs, tenant: TenantDb, nowMs: number): Promise<void> {
  let paginationToken: string | undefined;
  do {
    const page = await blobs.disk.listAll(tenant.workspaceId, {
      recursive: true,
      ...(paginationToken === undefined ? {} : { paginationToken }),
    });
    const keys = [...page.objects].flatMap((file) => (file.isFile ? [file.key] : []));
    for (let start = 0; start < keys.length; start += batchSize) {
      for (const key of await withoutRow(tenant, keys.slice(start, start + batchSize))) {
        const { lastModified, contentLength } = await blobs.disk.getMetaData(key);
        if (nowMs - lastModified.getTime() < youngMs) continue;
        await tenant.db
          .insertInto("blobs")
          .values({
            workspace_id: tenant.workspaceId,
            hash: hashOf(key),
            size_bytes: contentLength,
            ref_count: 0,
          })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
    }
    paginationToken = page.paginationToken;
  } while (paginationToken !== undefined);
}

const hashOf = (key: string): string => key.split("/").slice(-2).join("");

async function withoutRow(tenant: TenantDb, keys: readonly string[]): Promise<string[]> {
  const rows = await tenant.db
    .selectFrom("blobs")
    .select("hash")
    .where("workspace_id", "=", tenant.workspaceId)
    .where("hash", "in", keys.map(hashOf))
    .execute();
  const known = new Set(rows.map((row) => row.hash));
  return keys.filter((key) => !known.has(hashOf(key)));
}
