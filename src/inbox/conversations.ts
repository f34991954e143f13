/** Lists of conversations by view, mailbox and search; one conversation; counts. */
import { sql, type RawBuilder } from "kysely";
import { z } from "zod";
import { HitchpostError } from "../core/errors.ts";
import type { MailAddress } from "../protocol/mime/types.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { checkedLimit, decodeCursor, pageOf, type Page } from "./page-cursor.ts";
import { unreadFor } from "./reads.ts";
import { parseSearch } from "./search-query.ts";
import { planSearch, type SearchPlan } from "./search.ts";

export type ConversationView = "mine" | "unassigned" | "open" | "snoozed" | "closed" | "all";

export interface Conversation {
  id: string;
  subject: string;
  status: "open" | "closed" | "snoozed";
  /** A user's id. */
  assignee: string | null;
  snoozedUntil: Date | null;
  participants: MailAddress[];
  snippet: string;
  /** For the person asking; for an API key: on the server. */
  unread: boolean;
  messageCount: number;
  attachmentCount: number;
  lastMessageAt: Date;
  lastDirection: "in" | "out";
  mailboxIds: string[];
  gone: boolean;
  /** The living conversation that it was joined to. */
  mergedInto: string | null;
  createdAt: Date;
  updatedAt: Date;
}

export interface ListOptions {
  view: ConversationView;
  /** Who asks; null for an API key, which has no *mine*. */
  userId: string | null;
  mailboxId?: string | undefined;
  /** Search text, see search-query.ts. */
  q?: string | undefined;
  /** 1 to 500. */
  limit: number;
  cursor?: string | undefined;
  /** Messages above which a searched word counts as common (search.ts). */
  commonHits?: number | undefined;
}

interface Row extends Omit<Conversation, "participants"> {
  participants: unknown;
  at: string;
}

const participantsSchema = z.array(z.object({ name: z.string(), address: z.string() })).catch([]);

const columns = (workspaceId: string, userId: string | null) => sql`
  c.id, c.subject, c.status, c.assignee, c.snoozed_until AS "snoozedUntil", c.participants, c.snippet,
  ${unreadFor(userId)} AS unread, c.message_count AS "messageCount", c.attachment_count AS "attachmentCount",
  c.last_message_at AS "lastMessageAt", c.last_direction AS "lastDirection", c.gone, c.merged_into AS "mergedInto",
  c.created_at AS "createdAt", c.updated_at AS "updatedAt",
  ARRAY(SELECT b.mailbox_id FROM conversation_mailboxes b
        WHERE b.workspace_id = ${workspaceId} AND b.conversation_id = c.id ORDER BY b.mailbox_id) AS "mailboxIds"`;

const readsOf = (workspaceId: string, userId: string | null) => sql`
  LEFT JOIN conversation_reads r ON r.workspace_id = ${workspaceId} AND r.conversation_id = c.id AND r.user_id = ${userId ?? ""}`;

const toConversation = (row: Row): Conversation => ({
  id: row.id,
  subject: row.subject,
  status: row.status,
  assignee: row.assignee,
  snoozedUntil: row.snoozedUntil,
  participants: participantsSchema.parse(row.participants),
  snippet: row.snippet,
  unread: row.unread,
  messageCount: row.messageCount,
  attachmentCount: row.attachmentCount,
  lastMessageAt: row.lastMessageAt,
  lastDirection: row.lastDirection,
  mailboxIds: row.mailboxIds,
  gone: row.gone,
  mergedInto: row.mergedInto,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});

/**
 * Conversations of a view, newest first.
 *
 * @throws HitchpostError invalid_request for a cursor that no list gave out, or a limit outside 1 to 500
 */
export async function listConversations(tenant: TenantDb, options: ListOptions): Promise<Page<Conversation>> {
  const limit = checkedLimit(options.limit);
  const { workspaceId } = tenant;
  const { userId, mailboxId } = options;
  const q = options.q?.trim() ?? "";
  const search: SearchPlan =
    q === ""
      ? { with: sql``, condition: sql`TRUE` }
      : await planSearch(tenant, parseSearch(q), userId, options.commonHits);
  // Of one mailbox, conversations come in the order in which mail reached that mailbox: its index serves the page.
  const at = mailboxId === undefined ? sql`c.last_message_at` : sql`cm.last_message_at`;
  const source =
    mailboxId === undefined
      ? sql`conversations c`
      : sql`conversation_mailboxes cm JOIN conversations c ON c.workspace_id = cm.workspace_id AND c.id = cm.conversation_id`;
  const inMailbox =
    mailboxId === undefined
      ? sql``
      : sql`AND cm.workspace_id = ${workspaceId} AND cm.mailbox_id = ${mailboxId}::uuid`;
  const { rows } = await sql<Row>`${search.with}
    SELECT ${columns(workspaceId, userId)}, to_char(${at} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at
    FROM ${source} ${readsOf(workspaceId, userId)}
    WHERE c.workspace_id = ${workspaceId} AND c.merged_into IS NULL ${inMailbox}
      AND ${viewCondition(options.view, userId)} AND ${search.condition} ${before(options.cursor, at)}
    ORDER BY ${at} DESC, c.id DESC LIMIT ${limit + 1}`.execute(tenant.db);
  const page = pageOf(rows, limit, (row) => ({ at: row.at, id: row.id }));
  return { items: page.rows.map(toConversation), nextCursor: page.nextCursor };
}

function before(cursor: string | undefined, at: RawBuilder<unknown>): RawBuilder<unknown> {
  if (cursor === undefined) return sql``;
  const key = decodeCursor(cursor);
  return sql`AND (${at}, c.id) < (${key.at}::timestamptz, ${key.id}::uuid)`;
}

function viewCondition(view: ConversationView, userId: string | null): RawBuilder<unknown> {
  switch (view) {
    case "mine":
      return userId === null ? sql`FALSE` : sql`c.status = 'open' AND c.assignee = ${userId}`;
    case "unassigned":
      return sql`c.status = 'open' AND c.assignee IS NULL`;
    case "open":
    case "snoozed":
    case "closed":
      return sql`c.status = ${view}`;
    case "all":
      return sql`TRUE`;
  }
}

/**
 * One conversation. One that was joined to another answers with `mergedInto`, the living one.
 *
 * @throws HitchpostError not_found
 */
export async function getConversation(
  tenant: TenantDb,
  id: string,
  userId: string | null,
): Promise<Conversation> {
  const { rows } = await sql<Row>`
    SELECT ${columns(tenant.workspaceId, userId)}, '' AS at
    FROM conversations c ${readsOf(tenant.workspaceId, userId)}
    WHERE c.workspace_id = ${tenant.workspaceId} AND c.id = ${id}::uuid`.execute(tenant.db);
  const row = rows[0];
  if (row === undefined) throw new HitchpostError("not_found", "There is no such conversation.");
  const conversation = toConversation(row);
  return row.mergedInto === null
    ? conversation
    : { ...conversation, mergedInto: await livingConversation(tenant, id) };
}

/**
 * The conversation that an id leads to today: itself, or what it was joined to.
 *
 * @throws HitchpostError not_found
 */
export async function livingConversation(tenant: TenantDb, id: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    WITH RECURSIVE way AS (
      SELECT id, merged_into FROM conversations WHERE workspace_id = ${tenant.workspaceId} AND id = ${id}::uuid
      UNION ALL
      SELECT c.id, c.merged_into FROM way JOIN conversations c ON c.id = way.merged_into
      WHERE c.workspace_id = ${tenant.workspaceId}
    )
    SELECT id FROM way WHERE merged_into IS NULL`.execute(tenant.db);
  const living = rows[0]?.id;
  if (living === undefined) throw new HitchpostError("not_found", "There is no such conversation.");
  return living;
}

/** Counts stop here: "1,000+". */
export const countCap = 1_000;

export interface ConversationCounts {
  views: Record<ConversationView, number>;
  /** Open conversations by mailbox id. */
  mailboxes: Record<string, number>;
  cap: number;
}

const views = ["mine", "unassigned", "open", "snoozed", "closed", "all"] as const;

/** How many conversations stand in each view, each counted to `countCap` at most. */
export async function countConversations(
  tenant: TenantDb,
  userId: string | null,
): Promise<ConversationCounts> {
  const counts = views.map(
    (view) => sql`SELECT ${view}::text AS name, count(*)::int AS count FROM (
      SELECT FROM conversations c WHERE c.workspace_id = ${tenant.workspaceId} AND c.merged_into IS NULL
        AND ${viewCondition(view, userId)} LIMIT ${countCap}) AS capped`,
  );
  const byView = await sql<{
    name: ConversationView;
    count: number;
  }>`${sql.join(counts, sql` UNION ALL `)}`.execute(tenant.db);
  const byMailbox = await sql<{ id: string; count: number }>`
    SELECT b.id, n.count FROM mailboxes b CROSS JOIN LATERAL (
      SELECT count(*)::int AS count FROM (
        SELECT FROM conversation_mailboxes cm JOIN conversations c ON c.workspace_id = cm.workspace_id AND c.id = cm.conversation_id
        WHERE cm.workspace_id = ${tenant.workspaceId} AND cm.mailbox_id = b.id AND c.status = 'open' AND c.merged_into IS NULL
        LIMIT ${countCap}) AS capped) AS n
    WHERE b.workspace_id = ${tenant.workspaceId} AND b.removed_at IS NULL`.execute(tenant.db);
  const counted = new Map(byView.rows.map((row) => [row.name, row.count]));
  const of = (view: ConversationView): number => counted.get(view) ?? 0;
  return {
    views: {
      mine: of("mine"),
      unassigned: of("unassigned"),
      open: of("open"),
      snoozed: of("snoozed"),
      closed: of("closed"),
      all: of("all"),
    },
    mailboxes: Object.fromEntries(byMailbox.rows.map((row) => [row.id, row.count])),
    cap: countCap,
  };
}
