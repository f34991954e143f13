/**
 * Search as a condition on conversations `c`. At a million messages a rare word is the slow one when the planner walks
 * the date index (tried): so the index of words goes first (CTE MATERIALIZED), unless the word is so common that
 * walking by date finds a page at once.
 */
import { sql, type RawBuilder } from "kysely";
import type { TenantDb } from "../store/tenant-db.ts";
import { unreadFor } from "./reads.ts";
import type { SearchQuery } from "./search-query.ts";

/** Above so many messages a word counts as common. */
const defaultCommonHits = 20_000;

export interface SearchPlan {
  /** Goes before the statement: `WITH …`; empty when no word is looked up, or a common one. */
  with: RawBuilder<unknown>;
  condition: RawBuilder<unknown>;
}

/** Plans a search; one cheap count decides which way round. Signs that stand for nothing match nothing. */
export async function planSearch(
  tenant: TenantDb,
  query: SearchQuery,
  userId: string | null,
  commonHits = defaultCommonHits,
): Promise<SearchPlan> {
  const unread = query.isUnread ? sql`AND ${unreadFor(userId)}` : sql``;
  const messageConditions = conditionsOn(query);
  if (query.tsquery === null && messageConditions === null) {
    return { with: sql``, condition: sql`TRUE ${unread}` };
  }
  const more = messageConditions ?? sql`TRUE`;
  if (query.tsquery === null) {
    return {
      with: sql``,
      condition: sql`EXISTS (SELECT FROM messages m
        WHERE m.workspace_id = ${tenant.workspaceId} AND m.conversation_id = c.id AND ${more}) ${unread}`,
    };
  }
  if (await isCommon(tenant, query.tsquery, commonHits)) {
    return {
      with: sql``,
      condition: sql`EXISTS (SELECT FROM messages m
        JOIN message_search s ON s.workspace_id = m.workspace_id AND s.message_id = m.id
        WHERE m.workspace_id = ${tenant.workspaceId} AND m.conversation_id = c.id
          AND s.words @@ to_tsquery('simple', ${query.tsquery}) AND ${more}) ${unread}`,
    };
  }
  return {
    with: sql`WITH hits AS MATERIALIZED (
      SELECT message_id FROM message_search
      WHERE workspace_id = ${tenant.workspaceId} AND words @@ to_tsquery('simple', ${query.tsquery})
    ), found AS MATERIALIZED (
      SELECT DISTINCT m.conversation_id FROM hits h JOIN messages m ON m.id = h.message_id
      WHERE m.workspace_id = ${tenant.workspaceId} AND ${more}
    )`,
    condition: sql`c.id IN (SELECT conversation_id FROM found) ${unread}`,
  };
}

async function isCommon(tenant: TenantDb, tsquery: string, commonHits: number): Promise<boolean> {
  const { rows } = await sql<{ hits: number }>`
    SELECT count(*)::int AS hits FROM (
      SELECT FROM message_search
      WHERE workspace_id = ${tenant.workspaceId} AND words @@ to_tsquery('simple', ${tsquery}) LIMIT ${commonHits + 1}
    ) AS capped`.execute(tenant.db);
  return (rows[0]?.hits ?? 0) > commonHits;
}

/** Conditions on one message `m`; null when there are none. */
function conditionsOn(query: SearchQuery): RawBuilder<unknown> | null {
  const conditions = [
    ...query.from.map((text) => sql`(m.from_address ILIKE ${like(text)} OR m.from_name ILIKE ${like(text)})`),
    ...query.to.map(
      (
        text,
      ) => sql`EXISTS (SELECT FROM jsonb_path_query(m.recipients, '$.*[*] ? (@.type() == "object")') AS t (one)
        WHERE t.one->>'address' ILIKE ${like(text)} OR t.one->>'name' ILIKE ${like(text)})`,
    ),
    ...query.subject.map((text) => sql`m.subject ILIKE ${like(text)}`),
    ...query.literals.map((text) => sql`(m.subject ILIKE ${like(text)} OR m.snippet ILIKE ${like(text)})`),
    ...(query.hasAttachment
      ? [sql`jsonb_path_exists(m.attachments, '$[*] ? (@.disposition == "attachment")')`]
      : []),
    ...(query.before === null ? [] : [sql`m.received_at < ${query.before}`]),
    ...(query.after === null ? [] : [sql`m.received_at >= ${query.after}`]),
  ];
  return conditions.length === 0 ? null : sql`${sql.join(conditions, sql` AND `)}`;
}

const like = (text: string): string => `%${text.replace(/[\\%_]/g, "\\$&")}%`;
