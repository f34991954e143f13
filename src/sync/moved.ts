/**
 * Moves between folders of a source whose keys are the mailbox's (MailSource.keysSpan): an item under a key that stands in
 * another folder, or stood there until just now, is that message. It is the same row, and nothing of it is fetched.
 * Two live keys stay two messages (sync.md 2): who has another place in the folder already is not taken.
 */
import { sql } from "kysely";
import { HitchpostError } from "../core/errors.ts";
import type { RemoteKey } from "../protocol/mail-source.ts";
import type { MailAddress, PackedMessage } from "../protocol/mime/types.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { matchItems, type Candidate, type Placeable } from "./identity.ts";
import { candidatesFor, uidOf, type Place } from "./ingest-rows.ts";

/** Keys whose place was taken away a short while ago, of this process; what it has forgotten is fetched and matched. */
export interface LeftKeys {
  note(key: RemoteKey, messageId: string): void;
  messageOf(key: RemoteKey): string | undefined;
}

const mostKeys = 10_000;

/** @param most keys kept; the oldest are forgotten */
export function createLeftKeys(most: number = mostKeys): LeftKeys {
  const left = new Map<RemoteKey, string>();
  return {
    note(key, messageId) {
      if (uidOf(key) !== null) return; // a number within one folder
      left.delete(key);
      left.set(key, messageId);
      for (const oldest of left.keys()) {
        if (left.size <= most) break;
        left.delete(oldest);
      }
    },
    messageOf: (key) => left.get(key),
  };
}

export interface MovedItem {
  messageId: string;
  /** Those of the place where it stood last; empty where that is not known any more. */
  flags: string[];
}

/**
 * @param keys such as are not stored in `place`
 * @returns key → its message, for those that were moved here
 */
export async function movedHere(
  db: TenantDb,
  place: Place,
  keys: readonly RemoteKey[],
  left: LeftKeys,
): Promise<Map<RemoteKey, MovedItem>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<{ remote_key: string; message_id: string; flags: string[] }>`
    SELECT l.remote_key, l.message_id, l.flags
    FROM folders f JOIN message_locations l ON l.workspace_id = f.workspace_id AND l.mailbox_id = f.mailbox_id
      AND l.folder_id = f.id AND l.epoch = f.epoch AND l.remote_key = ANY (${[...keys]}::text[])
    WHERE f.workspace_id = ${db.workspaceId}::uuid AND f.mailbox_id = ${place.mailboxId}::uuid
      AND f.id <> ${place.folderId}::uuid AND f.removed_at IS NULL
  `.execute(db.db);
  const standing = new Map(
    rows.map((row) => [row.remote_key, { messageId: row.message_id, flags: row.flags }]),
  );
  const moved = new Map<RemoteKey, MovedItem>();
  for (const key of keys) {
    const messageId = left.messageOf(key);
    const item = standing.get(key) ?? (messageId === undefined ? undefined : { messageId, flags: [] });
    if (item !== undefined) moved.set(key, item);
  }
  const stored = await storedFacts(
    db,
    place,
    [...moved.values()].map(({ messageId }) => messageId),
  );
  const taken = new Set<string>();
  for (const [key, { messageId }] of moved) {
    const isFree = stored.get(messageId)?.here === false && !taken.has(messageId);
    taken.add(messageId);
    if (!isFree) moved.delete(key);
  }
  return moved;
}

export interface StoredFacts {
  conversationId: string;
  from: MailAddress | null;
  to: MailAddress[];
  cc: MailAddress[];
  bcc: MailAddress[];
  /** It stands in the place already. */
  here: boolean;
}

/** What a further place of these messages is judged by; those that are not stored are left out. */
export async function storedFacts(
  db: TenantDb,
  place: Place,
  messageIds: readonly string[],
): Promise<Map<string, StoredFacts>> {
  if (messageIds.length === 0) return new Map();
  const { rows } = await sql<{
    id: string;
    conversation_id: string;
    from_name: string;
    from_address: string;
    recipients: Record<"to" | "cc" | "bcc", MailAddress[]>;
    here: boolean;
  }>`
    SELECT m.id, m.conversation_id, m.from_name, m.from_address, m.recipients,
      EXISTS (SELECT 1 FROM message_locations l WHERE l.workspace_id = m.workspace_id AND l.message_id = m.id
        AND l.folder_id = ${place.folderId}::uuid AND l.epoch = ${place.epoch}::integer) AS here
    FROM messages m
    WHERE m.workspace_id = ${db.workspaceId}::uuid AND m.mailbox_id = ${place.mailboxId}::uuid
      AND m.id = ANY (${[...messageIds]}::uuid[])
  `.execute(db.db);
  return new Map(
    rows.map(({ id, conversation_id, from_name, from_address, recipients: { to, cc, bcc }, here }) => [
      id,
      {
        conversationId: conversation_id,
        from: from_address === "" ? null : { name: from_name, address: from_address },
        to,
        cc,
        bcc,
        here,
      },
    ]),
  );
}

export type KnownMessage = Pick<Candidate, "id" | "conversationId">;

export interface Moved<Item> {
  item: Item;
  message: KnownMessage;
}

type MovableItem = Placeable & { parsed: PackedMessage; sameAs?: string };

/**
 * Those that their key tells, with what is stored of them in the place of content.
 *
 * @throws folder_reset when the message has come to the folder otherwise, or is stored no more: look again
 */
export async function movedItems<Item extends MovableItem>(
  tx: TenantDb,
  place: Place,
  items: readonly Item[],
): Promise<Map<RemoteKey, Moved<Item>>> {
  const facts = await storedFacts(
    tx,
    place,
    items.flatMap(({ sameAs }) => sameAs ?? []),
  );
  return new Map(
    items.flatMap((item): [RemoteKey, Moved<Item>][] => {
      if (item.sameAs === undefined) return [];
      const { conversationId, here = true, ...people } = facts.get(item.sameAs) ?? {};
      if (conversationId === undefined || here)
        throw new HitchpostError("folder_reset", "A moved message was taken by another.");
      const parsed = { ...item.parsed, ...people };
      return [[item.key, { item: { ...item, parsed }, message: { id: item.sameAs, conversationId } }]];
    }),
  );
}

/** Key → the stored message that the item is: by the key itself, else by identity. */
export async function matchesFor(
  tx: TenantDb,
  place: Place,
  items: readonly Placeable[],
  moved: ReadonlyMap<RemoteKey, Pick<Moved<unknown>, "message">>,
): Promise<Map<RemoteKey, KnownMessage>> {
  const others = items.filter(({ key }) => !moved.has(key));
  const taken = new Set([...moved.values()].map(({ message }) => message.id));
  const candidates = await candidatesFor(
    tx,
    place,
    others.map(({ identity }) => identity),
  );
  const byIdentity = matchItems(
    others,
    candidates.filter(({ id }) => !taken.has(id)),
  );
  return new Map(
    [...moved].map(([key, { message }]): [RemoteKey, KnownMessage] => [key, message]).concat([...byIdentity]),
  );
}
