/** What people change on a conversation: status, assignee, snooze, read state. */
import { sql } from "kysely";
import type { Clock } from "../core/clock.ts";
import { HitchpostError } from "../core/errors.ts";
import { appendEvents } from "../store/events.ts";
import { insertIntents, ownChanges } from "../store/intents.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { lockConversation } from "./conversation-locks.ts";
import { getConversation, type Conversation } from "./conversations.ts";
import { keptUnread } from "./reads.ts";
import { recomputeConversations } from "./recompute.ts";
import { conversationEvent } from "./settle.ts";

export interface ConversationChange {
  status?: "open" | "closed" | "snoozed" | undefined;
  /** Needed with `status: "snoozed"`; in the future. */
  snoozedUntil?: Date | null | undefined;
  /** A member's user id. */
  assignee?: string | null | undefined;
  read?: boolean | undefined;
}

export interface UpdatedConversation {
  conversation: Conversation;
  /** Mailboxes with changes to carry out on their server: their sync wants a nudge. */
  nudge: string[];
}

/**
 * Changes a conversation (the living one, if it was joined).
 *
 * @param userId who does it; null for an API key, whose read state is the server's alone
 * @throws HitchpostError not_found; invalid_request when a snooze does not end in the future, or for an assignee who is
 *   no member
 */
export async function updateConversation(
  tenant: TenantDb,
  id: string,
  change: ConversationChange,
  { userId, clock }: { userId: string | null; clock: Clock },
): Promise<UpdatedConversation> {
  const now = new Date(clock.now());
  return tenant.transaction(async (tx) => {
    const living = await lockLiving(tx, id);
    if (change.assignee !== undefined && change.assignee !== null) await assertMember(tx, change.assignee);
    await setColumns(tx, living, change, now);
    const nudge = change.read === undefined ? [] : await setRead(tx, living, change.read, { userId, now });
    const conversation = await getConversation(tx, living, userId);
    await appendEvents(tx, [
      conversationEvent({ ...conversation, mailboxId: conversation.mailboxIds[0] ?? null }),
    ]);
    return { conversation, nudge };
  });
}

async function lockLiving(tx: TenantDb, id: string): Promise<string> {
  const living = await lockConversation(tx, id);
  if (living === undefined) throw new HitchpostError("not_found", "There is no such conversation.");
  return living;
}

async function assertMember(tx: TenantDb, userId: string): Promise<void> {
  const member = await tx.db
    .selectFrom("members")
    .select("user_id")
    .where("workspace_id", "=", tx.workspaceId)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  if (member) return;
  throw new HitchpostError("invalid_request", "Only a member of the workspace can take a conversation.", {
    details: { field: "assignee" },
  });
}

async function setColumns(tx: TenantDb, id: string, change: ConversationChange, now: Date): Promise<void> {
  const { status, assignee } = change;
  const until = change.snoozedUntil ?? null;
  if (status === "snoozed" && (until === null || !(until > now))) {
    throw new HitchpostError("invalid_request", "Say until when to snooze: a time in the future.", {
      details: { field: "snoozedUntil" },
    });
  }
  if (status === undefined && assignee === undefined) return;
  await tx.db
    .updateTable("conversations")
    .set({
      ...(status === undefined ? {} : { status, snoozed_until: status === "snoozed" ? until : null }),
      ...(assignee === undefined ? {} : { assignee }),
      updated_at: sql<Date>`now()`,
    })
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", id)
    .execute();
}

interface Reader {
  userId: string | null;
  now: Date;
}

/** The person's mark, and \Seen on the server by the mailbox's policy. Returns the mailboxes to nudge. */
async function setRead(tx: TenantDb, id: string, read: boolean, { userId, now }: Reader): Promise<string[]> {
  if (userId !== null) await mark(tx, { id, userId, at: read ? now : keptUnread });
  const touched = read ? await seeOnServer(tx, id, userId, "opening") : await unseeOnServer(tx, id, userId);
  if (!read && touched.length > 0) await recomputeConversations(tx, [id], [], now);
  return touched;
}

/** A mark of `now` covers what is shown now, also when the database's clock runs ahead of ours. */
async function mark(
  tx: TenantDb,
  { id, userId, at }: { id: string; userId: string; at: Date },
): Promise<void> {
  await sql`
    INSERT INTO conversation_reads (workspace_id, conversation_id, user_id, read_at)
    SELECT ${tx.workspaceId}::uuid, c.id, ${userId},
      CASE WHEN ${at}::timestamptz = 'epoch' THEN 'epoch'::timestamptz ELSE greatest(${at}::timestamptz, c.unseen_at) END
    FROM conversations c WHERE c.workspace_id = ${tx.workspaceId} AND c.id = ${id}::uuid
    ON CONFLICT (workspace_id, conversation_id, user_id) DO UPDATE SET read_at = excluded.read_at`.execute(
    tx.db,
  );
}

interface FlagTarget {
  id: string;
  mailbox_id: string;
}

/**
 * \Seen for what came in and has it not yet, in mailboxes that may be written and have this policy.
 *
 * @returns the mailboxes with new intents
 */
export async function seeOnServer(
  tx: TenantDb,
  conversationId: string,
  userId: string | null,
  policy: "opening" | "answering",
): Promise<string[]> {
  const { rows } = await sql<FlagTarget>`
    SELECT DISTINCT m.id, m.mailbox_id FROM messages m
    JOIN mailboxes b ON b.workspace_id = m.workspace_id AND b.id = m.mailbox_id
    JOIN message_locations l ON l.workspace_id = m.workspace_id AND l.message_id = m.id
    WHERE m.workspace_id = ${tx.workspaceId} AND m.conversation_id = ${conversationId}::uuid AND m.direction = 'in'
      AND NOT ('\\Seen' = ANY (l.flags)) AND NOT b.read_only AND b.transport <> 'pop3' AND b.removed_at IS NULL AND b.seen_policy = ${policy}`.execute(
    tx.db,
  );
  const own = await ownChanges(
    tx,
    rows.map((row) => row.id),
  );
  const open = rows.filter((row) => own.get(row.id)?.ownSeen !== true);
  return insertFlags(tx, open, { add: ["\\Seen"] }, userId);
}

/** Takes \Seen off the newest message that came in. */
async function unseeOnServer(tx: TenantDb, conversationId: string, userId: string | null): Promise<string[]> {
  const { rows } = await sql<FlagTarget>`
    SELECT m.id, m.mailbox_id FROM messages m JOIN mailboxes b ON b.workspace_id = m.workspace_id AND b.id = m.mailbox_id
    WHERE m.workspace_id = ${tx.workspaceId} AND m.conversation_id = ${conversationId}::uuid AND m.direction = 'in'
      AND m.gone_at IS NULL AND NOT b.read_only AND b.transport <> 'pop3' AND b.removed_at IS NULL AND b.seen_policy <> 'never'
    ORDER BY m.received_at DESC, m.id DESC LIMIT 1`.execute(tx.db);
  return insertFlags(tx, rows, { remove: ["\\Seen"] }, userId);
}

async function insertFlags(
  tx: TenantDb,
  targets: FlagTarget[],
  params: { add?: string[]; remove?: string[] },
  userId: string | null,
): Promise<string[]> {
  const mailboxIds = [...new Set(targets.map((target) => target.mailbox_id))];
  for (const mailboxId of mailboxIds) {
    const messageIds = targets.filter((target) => target.mailbox_id === mailboxId).map((target) => target.id);
    await insertIntents(tx, { mailboxId, kind: "flags", messageIds, params, createdBy: userId });
  }
  return mailboxIds;
}

/** Opens conversations whose snooze has ended; returns how many. Call it about once a minute. */
export async function wakeSnoozed(tenant: TenantDb, clock: Clock): Promise<number> {
  return tenant.transaction(async (tx) => {
    const woken = await tx.db
      .updateTable("conversations")
      .set({ status: "open", snoozed_until: null, updated_at: sql<Date>`now()` })
      .where("workspace_id", "=", tx.workspaceId)
      .where("status", "=", "snoozed")
      .where("snoozed_until", "<=", new Date(clock.now()))
      .where("merged_into", "is", null)
      .returning(["id", "assignee", "last_message_at"])
      .execute();
    const events = woken.map((row) =>
      conversationEvent({
        id: row.id,
        status: "open",
        assignee: row.assignee,
        lastMessageAt: row.last_message_at,
        mailboxId: null,
      }),
    );
    await appendEvents(tx, events);
    return woken.length;
  });
}
