/** The statements of a batch: one INSERT … SELECT unnest a table, however many messages it has. */
import { sql } from "kysely";
import { HitchpostError } from "../core/errors.ts";
import { binaryBytes, binaryTexts, plainArray } from "../store/arrays.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import type { Transport } from "../store/transport.ts";
import type { PackedMessage } from "../protocol/mime/types.ts";
import type { ThreadableMessage } from "../store/inbox-port.ts";
import type { Candidate } from "./identity.ts";
import { boundedTime, type Direction } from "./stored-message.ts";

export interface NewMessageRow {
  thread: ThreadableMessage;
  conversationId: string;
  /** Lower-case hex. */
  identity: string;
  parsed: PackedMessage;
  internalDateMs: number | null;
  structureDigest: string | null;
  contentDigest: string | null;
  readOver: Transport;
  sizeBytes: number;
  direction: Direction;
  seen: boolean;
  flagged: boolean;
  answered: boolean;
  isNew: boolean;
}

export interface LocationRow {
  key: string;
  messageId: string;
  flags: string[];
  direction: Direction;
}

const iso = (ms: number | null): string | null => {
  const bounded = boundedTime(ms);
  return bounded === null ? null : new Date(bounded).toISOString();
};

/** An array as PostgreSQL writes it, for arrays within unnest (a text[][] would have to be rectangular). */
export const arrayLiteral = (items: readonly string[]): string =>
  `{${items.map((item) => `"${item.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;

export const uidOf = (key: string): number | null => (/^\d{1,15}$/.test(key) ? Number(key) : null);

/** As the header has the id; null where it is the key itself. */
const writtenId = ({ parsed, thread }: NewMessageRow): string | null =>
  parsed.writtenMessageId === thread.messageId ? null : parsed.writtenMessageId;

const recipientsJson = ({ to, cc, bcc, replyTo, sender }: PackedMessage): string =>
  JSON.stringify({ to, cc, bcc, replyTo, sender });

/**
 * Messages with their bodies, their words for the index and their first location, in one statement: new mail waits for each
 * answer of the database. `locations` has one for each of `rows`; `live`: no import brought them.
 */
export async function insertMessages(
  tx: TenantDb,
  place: Place & { live: boolean },
  rows: readonly NewMessageRow[],
  locations: readonly LocationRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const { mailboxId } = place;
  const of = (pick: (row: NewMessageRow) => string | number | boolean | null): string =>
    plainArray(rows.map(pick));
  const texts = (pick: (row: NewMessageRow) => string | Uint8Array | null): Buffer =>
    binaryTexts(rows.map(pick));
  const ids = of((r) => r.thread.id);
  await sql`
    WITH bodies AS (
      INSERT INTO message_bodies (workspace_id, message_id, content, has_html)
      SELECT ${tx.workspaceId}::uuid, u.id, u.content, u.has_html
      FROM unnest(${ids}::uuid[], ${binaryBytes(rows.map((r) => r.parsed.body.bytes))}::bytea[], ${of((r) => r.parsed.body.hasHtml)}::boolean[])
        AS u (id, content, has_html)
    ), queued AS (
      INSERT INTO search_queue (workspace_id, message_id, mailbox_id, content, live)
      SELECT ${tx.workspaceId}::uuid, u.id, ${mailboxId}::uuid, u.content, ${place.live}::boolean
      FROM unnest(${ids}::uuid[], ${texts((r) => r.parsed.searchText)}::text[]) AS u (id, content)
    ), placed AS (${locationsInsert(tx.workspaceId, place, locations)})
    INSERT INTO messages (workspace_id, mailbox_id, id, conversation_id, identity, internal_date, structure_digest,
      content_digest, text_digest, read_over, message_id, written_message_id, original_message_id, in_reply_to, refs, subject, subject_key, reply_prefix, from_name, from_address,
      recipients, sent_at, received_at, direction, size_bytes, snippet, attachments, automatic, bounce, seen, flagged, answered,
      is_new, parse_flags)
    SELECT ${tx.workspaceId}::uuid, ${mailboxId}::uuid, u.id, u.conversation_id, decode(u.identity, 'hex'), u.internal_date,
      u.structure_digest, u.content_digest, u.text_digest, u.read_over, u.message_id, u.written_message_id, u.original_message_id, u.in_reply_to::text[], u.refs::text[], u.subject,
      u.subject_key, u.reply_prefix, u.from_name, u.from_address, u.recipients::jsonb, u.sent_at, u.received_at, u.direction,
      u.size_bytes, u.snippet, u.attachments::jsonb, u.automatic, u.bounce, u.seen, u.flagged, u.answered, u.is_new,
      u.parse_flags::text[]
    FROM unnest(
      ${ids}::uuid[], ${of((r) => r.conversationId)}::uuid[], ${texts((r) => r.identity)}::text[],
      ${of((r) => iso(r.internalDateMs))}::timestamptz[], ${texts((r) => r.structureDigest)}::text[],
      ${texts((r) => r.contentDigest)}::text[], ${texts((r) => r.parsed.textDigest)}::text[],
      ${texts((r) => r.readOver)}::text[],
      ${texts((r) => r.thread.messageId)}::text[], ${texts(writtenId)}::text[],
      ${texts((r) => r.thread.originalMessageId)}::text[], ${texts((r) => arrayLiteral(r.thread.inReplyTo))}::text[],
      ${texts((r) => arrayLiteral(r.thread.references))}::text[], ${texts((r) => r.parsed.subject)}::text[],
      ${texts((r) => r.thread.subjectKey)}::text[], ${of((r) => r.thread.replyPrefix)}::boolean[],
      ${texts((r) => r.parsed.from?.name ?? "")}::text[], ${texts((r) => r.parsed.from?.address ?? "")}::text[],
      ${texts((r) => recipientsJson(r.parsed))}::text[], ${of((r) => iso(r.thread.sentAtMs))}::timestamptz[],
      ${of((r) => iso(r.thread.receivedAtMs))}::timestamptz[], ${texts((r) => r.direction)}::text[],
      ${of((r) => r.sizeBytes)}::bigint[], ${texts((r) => r.parsed.snippet)}::text[],
      ${texts((r) => JSON.stringify(r.parsed.attachments))}::text[], ${of((r) => r.parsed.automatic)}::boolean[],
      ${of((r) => r.parsed.bounce)}::boolean[], ${of((r) => r.seen)}::boolean[], ${of((r) => r.flagged)}::boolean[],
      ${of((r) => r.answered)}::boolean[], ${of((r) => r.isNew)}::boolean[],
      ${texts((r) => arrayLiteral(r.parsed.flags))}::text[]
    ) AS u (id, conversation_id, identity, internal_date, structure_digest, content_digest, text_digest, read_over, message_id, written_message_id,
      original_message_id, in_reply_to, refs, subject, subject_key, reply_prefix, from_name, from_address, recipients, sent_at, received_at, direction, size_bytes,
      snippet, attachments, automatic, bounce, seen, flagged, answered, is_new, parse_flags)
  `.execute(tx.db);
}

export interface Place {
  mailboxId: string;
  folderId: string;
  epoch: number;
}

/** Idempotent: a location that stands already is left as it is. */
export async function insertLocations(
  tx: TenantDb,
  place: Place,
  rows: readonly LocationRow[],
): Promise<void> {
  if (rows.length > 0) await locationsInsert(tx.workspaceId, place, rows).execute(tx.db);
}

const locationsInsert = (workspaceId: string, place: Place, rows: readonly LocationRow[]) => sql`
    INSERT INTO message_locations (workspace_id, mailbox_id, folder_id, epoch, remote_key, uid, message_id, flags, direction)
    SELECT ${workspaceId}::uuid, ${place.mailboxId}::uuid, ${place.folderId}::uuid, ${place.epoch}::integer, u.key, u.uid,
      u.message_id, u.flags::text[], u.direction
    FROM unnest(${binaryTexts(rows.map((r) => r.key))}::text[], ${plainArray(rows.map((r) => uidOf(r.key)))}::bigint[],
      ${plainArray(rows.map((r) => r.messageId))}::uuid[], ${binaryTexts(rows.map((r) => arrayLiteral(r.flags)))}::text[],
      ${plainArray(rows.map((r) => r.direction))}::text[]) AS u (key, uid, message_id, flags, direction)
    ON CONFLICT DO NOTHING
  `;

export interface StoredLocation {
  messageId: string;
  flags: string[];
}

interface FoundLocation {
  remote_key: string;
  message_id: string;
  flags: string[];
}

/** Which of the keys are stored, with message and flags. */
export async function storedLocations(
  db: TenantDb,
  place: Place,
  keys: readonly string[],
): Promise<Map<string, StoredLocation>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<FoundLocation>`
    SELECT remote_key, message_id, flags FROM message_locations
    WHERE workspace_id = ${db.workspaceId}::uuid AND mailbox_id = ${place.mailboxId}::uuid AND folder_id = ${place.folderId}::uuid
      AND epoch = ${place.epoch}::integer AND remote_key = ANY (${binaryTexts(keys)}::text[])
  `.execute(db.db);
  return byKey(rows);
}

/** Those of the messages that have a location in the folder. */
export async function messagesStanding(
  db: TenantDb,
  place: Place,
  messageIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ message_id: string }>`
    SELECT message_id FROM message_locations
    WHERE workspace_id = ${db.workspaceId}::uuid AND mailbox_id = ${place.mailboxId}::uuid AND folder_id = ${place.folderId}::uuid
      AND epoch = ${place.epoch}::integer AND message_id = ANY (${[...messageIds]}::uuid[])
  `.execute(db.db);
  return new Set(rows.map((row) => row.message_id));
}

const byKey = (rows: readonly FoundLocation[]): Map<string, StoredLocation> =>
  new Map(rows.map((row) => [row.remote_key, { messageId: row.message_id, flags: row.flags }]));

/**
 * As `storedLocations`, of a folder that is taken for this transaction. In one statement, though it may wait for the folder and
 * reads what was before: those that write a mailbox's locations run one after the other (context.ts).
 *
 * @throws folder_reset when the folder has another epoch by now, or was removed
 */
export async function lockedLocations(
  tx: TenantDb,
  place: Place,
  keys: readonly string[],
): Promise<Map<string, StoredLocation>> {
  const { rows } = await sql<FoundLocation | { remote_key: null }>`
    WITH folder AS MATERIALIZED (
      SELECT id FROM folders WHERE workspace_id = ${tx.workspaceId}::uuid AND id = ${place.folderId}::uuid
        AND epoch = ${place.epoch}::integer AND removed_at IS NULL FOR NO KEY UPDATE)
    SELECT l.remote_key, l.message_id, l.flags FROM folder LEFT JOIN message_locations l
      ON l.workspace_id = ${tx.workspaceId}::uuid AND l.mailbox_id = ${place.mailboxId}::uuid AND l.folder_id = ${place.folderId}::uuid
      AND l.epoch = ${place.epoch}::integer AND l.remote_key = ANY (${binaryTexts(keys)}::text[])
  `.execute(tx.db);
  if (rows.length === 0)
    throw new HitchpostError("folder_reset", "The folder was renumbered or removed while it was read.");
  return byKey(rows.filter((row) => row.remote_key !== null));
}

/**
 * Stored messages of the mailbox with one of the identities; those on their way between folders first (of twins, that one
 * was moved), then the oldest, so that every run chooses alike.
 */
export async function candidatesFor(
  db: TenantDb,
  place: Place,
  identities: readonly string[],
): Promise<Candidate[]> {
  const { rows } = await sql<{
    id: string;
    identity: string;
    conversation_id: string;
    internal_date: Date | null;
    structure_digest: string | null;
    content_digest: string | null;
    read_over: Transport;
    text_digest: string;
    here: boolean;
  }>`
    SELECT m.id, encode(m.identity, 'hex') AS identity, m.conversation_id, m.internal_date, m.structure_digest, m.content_digest, m.read_over, m.text_digest,
      EXISTS (SELECT 1 FROM message_locations l WHERE l.workspace_id = m.workspace_id AND l.message_id = m.id
        AND l.folder_id = ${place.folderId}::uuid AND l.epoch = ${place.epoch}::integer) AS here
    FROM messages m
    WHERE m.workspace_id = ${db.workspaceId}::uuid AND m.mailbox_id = ${place.mailboxId}::uuid
      AND m.identity = ANY (SELECT decode(i, 'hex') FROM unnest(${plainArray(identities)}::text[]) AS i)
    ORDER BY m.transit_since IS NULL OR m.gone_at IS NOT NULL, m.id
  `.execute(db.db);
  return rows.map((row) => ({
    id: row.id,
    identity: row.identity,
    conversationId: row.conversation_id,
    internalDateMs: row.internal_date?.getTime() ?? null,
    structureDigest: row.structure_digest,
    contentDigest: row.content_digest,
    readOver: row.read_over,
    textDigest: row.text_digest,
    here: row.here,
  }));
}
