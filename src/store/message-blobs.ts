/** What is kept of a message as a file: its original, and attachments that were fetched. Several may stand in one file. */
import { sql } from "kysely";
import { isHitchpostError } from "../core/errors.ts";
import type { Blobs } from "./blobs.ts";
import type { TenantDb } from "./tenant-db.ts";

/** `part` of the original (RFC 5322); attachments stand under `part:N`. */
export const originalPart = "raw";

/** Null when it is not kept, or its file was lost: then it comes from the server once more. */
export async function readMessageBlob(
  tenant: TenantDb,
  blobs: Pick<Blobs, "readBytes">,
  messageId: string,
  part: string,
): Promise<Uint8Array | null> {
  const row = await tenant.db
    .selectFrom("message_blobs")
    .select(["hash", "start", "size"])
    .where("workspace_id", "=", tenant.workspaceId)
    .where("message_id", "=", messageId)
    .where("part", "=", part)
    .executeTakeFirst();
  if (!row) return null;
  const range = row.size === null ? undefined : { start: row.start, size: row.size };
  return blobs.readBytes(tenant, row.hash, range).catch((error: unknown) => {
    if (isHitchpostError(error, "not_found")) return null;
    throw error;
  });
}

/** Those of the messages whose original is kept. */
export async function withOriginal(tx: TenantDb, messageIds: readonly string[]): Promise<Set<string>> {
  if (messageIds.length === 0) return new Set();
  const rows = await tx.db
    .selectFrom("message_blobs")
    .select("message_id")
    .where("workspace_id", "=", tx.workspaceId)
    .where("message_id", "in", [...messageIds])
    .where("part", "=", originalPart)
    .execute();
  return new Set(rows.map((row) => row.message_id));
}

export interface OriginalRow {
  messageId: string;
  hash: string;
  start: number;
  size: number;
}

/** Says where originals stand. Their files' references are counted by the caller, one for each row. */
export async function insertOriginals(tx: TenantDb, rows: readonly OriginalRow[]): Promise<void> {
  await sql`
    INSERT INTO message_blobs (workspace_id, message_id, part, hash, start, size)
    SELECT ${tx.workspaceId}::uuid, u.id, ${originalPart}, u.hash, u.start, u.size
    FROM unnest(${rows.map((row) => row.messageId)}::uuid[], ${rows.map((row) => row.hash)}::text[],
      ${rows.map((row) => row.start)}::bigint[], ${rows.map((row) => row.size)}::bigint[]) AS u (id, hash, start, size)
  `.execute(tx.db);
}
