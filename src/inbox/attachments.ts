/**
 * Attachments and raw sources: fetched from the server when first asked for, then kept as blobs. `fetchPart` reaches the
 * server through the mailbox's owner; `app/` hands it in.
 */
import { sql } from "kysely";
import { HitchpostError } from "../core/errors.ts";
import { findPart } from "../protocol/mime/find-part.ts";
import { extractPart } from "../protocol/mime/structure.ts";
import { decodeTransfer } from "../protocol/mime/transfer.ts";
import type { Blobs } from "../store/blobs.ts";
import { originalPart, readMessageBlob } from "../store/message-blobs.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import type { Transport } from "../store/transport.ts";
import { getUploads } from "../store/uploads.ts";
import { sniffRaster, type RasterType } from "./image-type.ts";
import { readAttachments } from "./messages.ts";
import type { ShownAttachment } from "./shown-message.ts";

/** Where a message stands on its server. */
export interface RemotePlace {
  mailboxId: string;
  folderPath: string;
  epochKey: string;
  key: string;
}

export interface FetchDeps {
  blobs: Pick<Blobs, "put" | "release" | "readBytes">;
  /** One part, still encoded; with `partPath` null the whole source. @throws message_gone when it is not there any more */
  fetchPart(place: RemotePlace, partPath: string | null): Promise<Uint8Array>;
}

export interface AttachmentContent {
  bytes: Uint8Array;
  filename: string | null;
  /** By its bytes; null unless it may be shown inline. The sender's own type is never sent on. */
  rasterType: RasterType | null;
}

/**
 * Attachment `n` of a message, or of a reply on its way, decoded.
 *
 * @throws HitchpostError not_found; message_gone when it is on no server any more; what `fetchPart` throws
 */
export async function readAttachment(
  tenant: TenantDb,
  messageId: string,
  n: number,
  deps: FetchDeps,
): Promise<AttachmentContent> {
  const row = await tenant.db
    .selectFrom("messages")
    .select("attachments")
    .where("workspace_id", "=", tenant.workspaceId)
    .where("id", "=", messageId)
    .executeTakeFirst();
  if (!row) return readReplyFile(tenant, messageId, n, deps);
  const all = readAttachments(row.attachments);
  const attachment = all.find((one) => one.n === n);
  if (!attachment) throw new HitchpostError("not_found", "This message has no such attachment.");
  const bytes = await cached(tenant, messageId, `part:${n}`, deps, () =>
    fetchAttachment(tenant, messageId, attachment, all, deps),
  );
  if (bytes.byteLength !== attachment.sizeBytes) await correctSize(tenant, messageId, n, bytes.byteLength);
  return { bytes, filename: attachment.filename ?? nameFor(attachment), rasterType: sniffRaster(bytes) };
}

const endings: Record<string, string> = {
  "message/rfc822": ".eml",
  "text/calendar": ".ics",
  "application/pdf": ".pdf",
  "image/png": ".png",
  "image/jpeg": ".jpg",
  "image/gif": ".gif",
};

/** For a file without a name, so that the program it belongs to opens it: a mail that Outlook forwarded, say. */
const nameFor = ({ n, contentType }: ShownAttachment): string =>
  `attachment-${n}${endings[contentType.toLowerCase()] ?? ""}`;

/** Until an attachment was fetched its size is estimated from the encoded one. */
async function correctSize(tenant: TenantDb, messageId: string, n: number, sizeBytes: number): Promise<void> {
  await sql`
    UPDATE messages SET attachments = (
      SELECT jsonb_agg(CASE WHEN a->'n' = to_jsonb(${n}::integer) THEN a || jsonb_build_object('sizeBytes', ${sizeBytes}::bigint) ELSE a END
        ORDER BY place)
      FROM jsonb_array_elements(attachments) WITH ORDINALITY AS list (a, place))
    WHERE workspace_id = ${tenant.workspaceId}::uuid AND id = ${messageId}::uuid`.execute(tenant.db);
}

async function readReplyFile(
  tenant: TenantDb,
  id: string,
  n: number,
  deps: FetchDeps,
): Promise<AttachmentContent> {
  const reply = await tenant.db
    .selectFrom("outbox")
    .select("uploads")
    .where("workspace_id", "=", tenant.workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
  const uploadId = reply?.uploads[n - 1];
  if (uploadId === undefined) throw new HitchpostError("not_found", "This message has no such attachment.");
  const [upload] = await getUploads(tenant, [uploadId]);
  const bytes = await deps.blobs.readBytes(tenant, upload!.hash);
  return { bytes, filename: upload!.filename, rasterType: sniffRaster(bytes) };
}

/** Numbers as of IMAP (RFC 9051 6.4.5.1), counted in the source too; all else is an id of Graph's. */
const isPartNumber = (partPath: string): boolean => /^\d+(\.\d+)*$/.test(partPath);

async function fetchAttachment(
  tenant: TenantDb,
  messageId: string,
  attachment: ShownAttachment,
  all: readonly ShownAttachment[],
  deps: FetchDeps,
): Promise<Uint8Array> {
  const { partPath, encoding, n } = attachment;
  if (partPath === null)
    throw new HitchpostError("message_unreadable", "This attachment cannot be taken out of its message.");
  const kept = await readMessageBlob(tenant, deps.blobs, messageId, originalPart);
  const fromKept = kept === null ? null : partOf(kept, attachment, all);
  if (fromKept !== null) return fromKept;
  const place = await placeOf(tenant, messageId);
  if (isPartNumber(partPath) !== (place.transport === "graph"))
    return decodeTransfer(await deps.fetchPart(place, partPath), encoding);
  // It was read over another transport, whose path says nothing here: the whole message is brought, and kept for the next file.
  const found = partOf(await readRawMessage(tenant, messageId, deps), attachment, all);
  if (found === null)
    throw new HitchpostError(
      "message_unreadable",
      `Attachment ${n} is not in the message as the server gives it now.`,
    );
  return found;
}

/** Out of the whole message, decoded. */
function partOf(
  source: Uint8Array,
  { n, partPath, encoding }: ShownAttachment,
  all: readonly ShownAttachment[],
): Uint8Array | null {
  const found = findPart(source, all, n);
  if (found !== null) return decodeTransfer(found.body, found.encoding);
  const counted = partPath === null || !isPartNumber(partPath) ? null : extractPart(source, partPath);
  return counted === null ? null : decodeTransfer(counted, encoding);
}

/**
 * The raw message (RFC 5322) as its server gives it.
 *
 * @throws HitchpostError not_found; message_gone
 */
export async function readRawMessage(
  tenant: TenantDb,
  messageId: string,
  deps: FetchDeps,
): Promise<Uint8Array> {
  const row = await tenant.db
    .selectFrom("messages")
    .select("id")
    .where("workspace_id", "=", tenant.workspaceId)
    .where("id", "=", messageId)
    .executeTakeFirst();
  if (!row) throw new HitchpostError("not_found", "There is no such message.");
  return cached(tenant, messageId, originalPart, deps, () => fromServer(tenant, messageId, null, deps));
}

async function fromServer(
  tenant: TenantDb,
  messageId: string,
  partPath: string | null,
  deps: FetchDeps,
): Promise<Uint8Array> {
  return deps.fetchPart(await placeOf(tenant, messageId), partPath);
}

async function placeOf(tenant: TenantDb, messageId: string): Promise<RemotePlace & { transport: Transport }> {
  const place = await tenant.db
    .selectFrom("message_locations as l")
    .innerJoin("folders as f", (join) =>
      join.onRef("f.workspace_id", "=", "l.workspace_id").onRef("f.id", "=", "l.folder_id"),
    )
    .select(["l.mailbox_id", "l.remote_key", "f.path", "f.epoch_key", "f.transport"])
    .where("l.workspace_id", "=", tenant.workspaceId)
    .where("l.message_id", "=", messageId)
    .whereRef("l.epoch", "=", "f.epoch")
    .where("f.removed_at", "is", null)
    .orderBy("l.created_at", "desc")
    .executeTakeFirst();
  if (!place) throw new HitchpostError("message_gone", "This message is no longer in its mailbox.");
  const { mailbox_id: mailboxId, path: folderPath, epoch_key: epochKey, remote_key: key, transport } = place;
  return { mailboxId, folderPath, epochKey: epochKey ?? "", key, transport };
}

/** Reads a kept blob, or fetches and keeps it; two at once fetch twice and keep one. */
async function cached(
  tenant: TenantDb,
  messageId: string,
  part: string,
  deps: FetchDeps,
  fetch: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const kept = await readMessageBlob(tenant, deps.blobs, messageId, part);
  if (kept !== null) return kept;
  const bytes = await fetch();
  await tenant.transaction(async (tx) => {
    const { hash } = await deps.blobs.put(tx, bytes);
    const { numInsertedOrUpdatedRows } = await tx.db
      .insertInto("message_blobs")
      .values({ workspace_id: tx.workspaceId, message_id: messageId, part, hash })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 0n) await deps.blobs.release(tx, hash);
  });
  return bytes;
}
