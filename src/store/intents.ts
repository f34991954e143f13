/**
 * Changes made here that must reach the server (sync.md 6): written with the change shown at once, carried out by the
 * mailbox's owner (`sync/intents.ts`), then confirmed or visibly undone.
 */
import { sql } from "kysely";
import { z } from "zod";
import { HitchpostError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { TenantDb } from "./tenant-db.ts";

export const intentParamsSchema = z.object({
  /** Flags as the server writes them: `\Seen`, `\Flagged`, `\Answered`. */
  add: z.array(z.string()).optional(),
  remove: z.array(z.string()).optional(),
  /** Target of a move. */
  targetFolderId: z.string().optional(),
  /**
   * Folder id → where the target stood before this message was moved or copied out of that folder. `clear`: all that stood
   * in it was known, and the message did not.
   */
  copied: z
    .record(
      z.string(),
      z.object({ epochKey: z.string(), uidNext: z.number(), clear: z.boolean().optional() }),
    )
    .optional(),
});
export type IntentParams = z.infer<typeof intentParamsSchema>;

export interface NewIntents {
  mailboxId: string;
  kind: "flags" | "move" | "delete";
  messageIds: string[];
  params: IntentParams;
  /** User id; null for the program itself. */
  createdBy: string | null;
}

export interface Intent {
  id: string;
  kind: "flags" | "move" | "delete";
  messageId: string;
  params: IntentParams;
  attempts: number;
  createdAtMs: number;
}

/** The columns that show a flag. `\Seen` is shown for everybody only when it came from outside: adding it changes no row. */
const shownColumns = { "\\Flagged": "flagged", "\\Answered": "answered" } as const;

/**
 * Records one intent a message and shows its effect at once. Older pending changes of the same flags are superseded, and
 * older moves by the newer one: the last word counts.
 * Call it inside the transaction of the request; afterwards hint the mailbox's owner.
 *
 * @returns the intents' ids, in the order of `messageIds`
 * @throws `read_only` when the mailbox must not be changed; `not_found` when there is no such mailbox
 */
export async function insertIntents(tx: TenantDb, intents: NewIntents): Promise<string[]> {
  if (intents.messageIds.length === 0) return [];
  await assertWritable(tx, intents.mailboxId);
  const params = JSON.stringify(intentParamsSchema.parse(intents.params));
  const ids = intents.messageIds.map(() => newId());
  await (intents.kind === "flags" ? supersedeFlags(tx, intents) : supersedeMoves(tx, intents));
  await sql`
    INSERT INTO intents (workspace_id, id, mailbox_id, kind, message_id, params, before, state, created_by)
    SELECT ${tx.workspaceId}::uuid, u.id, ${intents.mailboxId}::uuid, ${intents.kind}::text, m.id, ${params}::jsonb,
           jsonb_build_object('seen', m.seen, 'flagged', m.flagged, 'answered', m.answered), 'pending', ${intents.createdBy}::text
    FROM unnest(${ids}::uuid[], ${intents.messageIds}::uuid[]) AS u (id, message_id)
    JOIN messages m ON m.workspace_id = ${tx.workspaceId}::uuid AND m.id = u.message_id AND m.mailbox_id = ${intents.mailboxId}::uuid
  `.execute(tx.db);
  if (intents.kind === "flags") await showFlags(tx, intents);
  return ids;
}

async function assertWritable(tx: TenantDb, mailboxId: string): Promise<void> {
  const mailbox = await tx.db
    .selectFrom("mailboxes")
    .select(["read_only", "transport"])
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", mailboxId)
    .where("removed_at", "is", null)
    .executeTakeFirst();
  if (mailbox === undefined) throw new HitchpostError("not_found", "There is no such mailbox.");
  if (mailbox.read_only) throw new HitchpostError("read_only", "This mailbox is set to read only.");
  if (mailbox.transport === "pop3")
    throw new HitchpostError(
      "read_only",
      "This mailbox is read over POP3, which changes nothing on the server.",
    );
}

async function supersedeFlags(tx: TenantDb, { mailboxId, messageIds, params }: NewIntents): Promise<void> {
  const flags = [...(params.add ?? []), ...(params.remove ?? [])];
  await sql`
    UPDATE intents SET state = 'undone', problem = 'superseded'
    WHERE workspace_id = ${tx.workspaceId}::uuid AND mailbox_id = ${mailboxId}::uuid AND kind = 'flags' AND state = 'pending'
      AND message_id = ANY (${messageIds}::uuid[])
      AND coalesce(params -> 'add', '[]') || coalesce(params -> 'remove', '[]') <@ ${JSON.stringify(flags)}::jsonb
  `.execute(tx.db);
}

/** A move that was begun may have left a copy in its target: it is finished first, and the later one goes on from there. */
async function supersedeMoves(tx: TenantDb, { mailboxId, messageIds }: NewIntents): Promise<void> {
  await sql`
    UPDATE intents SET state = 'undone', problem = 'superseded'
    WHERE workspace_id = ${tx.workspaceId}::uuid AND mailbox_id = ${mailboxId}::uuid AND kind IN ('move', 'delete')
      AND state = 'pending' AND message_id = ANY (${messageIds}::uuid[]) AND NOT params ? 'copied'
  `.execute(tx.db);
}

async function showFlags(tx: TenantDb, { messageIds, params }: NewIntents): Promise<void> {
  const shown: { seen?: false; flagged?: boolean; answered?: boolean } = {};
  for (const [flag, column] of Object.entries(shownColumns)) {
    if (params.add?.includes(flag)) shown[column] = true;
    if (params.remove?.includes(flag)) shown[column] = false;
  }
  if (params.remove?.includes("\\Seen")) shown.seen = false;
  if (Object.keys(shown).length === 0) return;
  await tx.db
    .updateTable("messages")
    .set(shown)
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "in", messageIds)
    .execute();
}

/**
 * Pending intents of one mailbox whose time has come, oldest first. One that was put off holds back the younger flags, or
 * moves, of its message: they would reach the server in the wrong order.
 */
export async function dueIntents(
  tenant: TenantDb,
  mailboxId: string,
  nowMs: number,
  limit = 1000,
): Promise<Intent[]> {
  const rows = await tenant.db
    .selectFrom("intents")
    .select(["id", "kind", "message_id", "params", "attempts", "created_at"])
    .where("workspace_id", "=", tenant.workspaceId)
    .where("mailbox_id", "=", mailboxId)
    .where("state", "=", "pending")
    .where("next_try_at", "<=", new Date(nowMs))
    .where(
      sql<boolean>`NOT EXISTS (SELECT 1 FROM intents older WHERE older.workspace_id = intents.workspace_id
        AND older.message_id = intents.message_id AND (older.kind = 'flags') = (intents.kind = 'flags') AND older.state = 'pending'
        AND older.id < intents.id AND older.next_try_at > ${new Date(nowMs)})`,
    )
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    messageId: row.message_id,
    params: intentParamsSchema.parse(row.params),
    attempts: row.attempts,
    createdAtMs: row.created_at.getTime(),
  }));
}

/** Before a copy: what is needed to find it again when the rest of the move is cut off. */
export async function noteCopying(
  tx: TenantDb,
  ids: string[],
  { from, to }: { from: string; to: string },
  mark: { epochKey: string; uidNext: number },
): Promise<void> {
  await sql`
    UPDATE intents i SET params = jsonb_set(i.params, '{copied}', coalesce(i.params -> 'copied', '{}')
      || jsonb_build_object(${from}::text, ${JSON.stringify(mark)}::jsonb || jsonb_build_object('clear', EXISTS (
        SELECT 1 FROM folders f
        WHERE f.workspace_id = i.workspace_id AND f.id = ${to}::uuid AND f.selected AND f.removed_at IS NULL
          AND f.epoch_key = ${mark.epochKey}::text AND f.tail_done_at IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM message_locations l WHERE l.workspace_id = f.workspace_id
            AND l.mailbox_id = f.mailbox_id AND l.folder_id = f.id AND l.epoch = f.epoch AND l.message_id = i.message_id)))))
    WHERE i.workspace_id = ${tx.workspaceId}::uuid AND i.id = ANY (${ids}::uuid[])
  `.execute(tx.db);
}

/** The server has done it. */
export async function confirmIntents(tx: TenantDb, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.db
    .updateTable("intents")
    .set({ state: "confirmed", problem: null })
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "in", ids)
    .execute();
}

/** Tried in vain: again at the given time. */
export async function deferIntents(
  tx: TenantDb,
  ids: string[],
  nextTryAtMs: number,
  problem: string,
): Promise<void> {
  if (ids.length === 0) return;
  await tx.db
    .updateTable("intents")
    .set((eb) => ({ attempts: eb("attempts", "+", 1), next_try_at: new Date(nextTryAtMs), problem }))
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "in", ids)
    .where("state", "=", "pending")
    .execute();
}

/** Not tried: what has to be known first is not known yet. */
export async function postponeIntents(tx: TenantDb, ids: string[], untilMs: number): Promise<void> {
  if (ids.length === 0) return;
  await tx.db
    .updateTable("intents")
    .set({ next_try_at: new Date(untilMs) })
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "in", ids)
    .where("state", "=", "pending")
    .execute();
}

/** What these messages were to get is looked at again at once. */
export async function hurryIntents(
  tx: TenantDb,
  messageIds: readonly string[],
  nowMs: number,
): Promise<void> {
  if (messageIds.length === 0) return;
  await tx.db
    .updateTable("intents")
    .set({ next_try_at: new Date(nowMs) })
    .where("workspace_id", "=", tx.workspaceId)
    .where("message_id", "in", messageIds)
    .where("state", "=", "pending")
    .execute();
}

/** Given up. The caller restores what is shown (`refreshFlags` in sync) and tells by an event. */
export async function undoIntents(tx: TenantDb, ids: string[], problem: string): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    WITH undone AS (
      UPDATE intents SET state = 'undone', problem = ${problem}
      WHERE workspace_id = ${tx.workspaceId}::uuid AND id = ANY (${ids}::uuid[]) AND state = 'pending'
      RETURNING message_id, params, before)
    UPDATE messages m SET seen = (u.before ->> 'seen')::boolean
    FROM undone u
    WHERE m.workspace_id = ${tx.workspaceId}::uuid AND m.id = u.message_id AND u.params -> 'remove' ? '\\Seen'
  `.execute(tx.db);
}

/** What pending and past intents say about the flags of messages: pending ones win over what the server shows. */
export interface OwnChanges {
  add: Set<string>;
  remove: Set<string>;
  /** Our own `\Seen` reached, or is on its way to, the server: there it does not mean that everybody has read it. */
  ownSeen: boolean;
}

/** Message id → our changes; only messages that have any. */
export async function ownChanges(tx: TenantDb, messageIds: string[]): Promise<Map<string, OwnChanges>> {
  const changes = new Map<string, OwnChanges>();
  if (messageIds.length === 0) return changes;
  const rows = await tx.db
    .selectFrom("intents")
    .select(["message_id", "params", "state"])
    .where("workspace_id", "=", tx.workspaceId)
    .where("message_id", "in", messageIds)
    .where("kind", "=", "flags")
    .where("state", "in", ["pending", "applied", "confirmed"])
    .orderBy("id")
    .execute();
  for (const row of rows) {
    const params = intentParamsSchema.parse(row.params);
    const entry = changes.get(row.message_id) ?? { add: new Set(), remove: new Set(), ownSeen: false };
    note(entry, params, row.state !== "confirmed");
    changes.set(row.message_id, entry);
  }
  return changes;
}

function note(entry: OwnChanges, params: IntentParams, live: boolean): void {
  for (const flag of params.add ?? []) {
    if (flag === "\\Seen") entry.ownSeen = true;
    if (!live) continue;
    entry.add.add(flag);
    entry.remove.delete(flag);
  }
  for (const flag of params.remove ?? []) {
    if (flag === "\\Seen") entry.ownSeen = false;
    if (!live) continue;
    entry.remove.add(flag);
    entry.add.delete(flag);
  }
}

/** Somebody took `\Seen` off outside: from now on a `\Seen` there is no longer ours. */
export async function forgetOwnSeen(tx: TenantDb, messageIds: string[]): Promise<void> {
  if (messageIds.length === 0) return;
  await sql`
    UPDATE intents SET state = 'undone', problem = 'changed_outside'
    WHERE workspace_id = ${tx.workspaceId}::uuid AND message_id = ANY (${messageIds}::uuid[])
      AND kind = 'flags' AND state = 'confirmed' AND params -> 'add' ? '\\Seen'
  `.execute(tx.db);
}
