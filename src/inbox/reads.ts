/**
 * Who has read what. A person's mark says when they last opened the conversation; it is unread for them when something
 * unseen came later. The mark `keptUnread` says that they put it back to unread.
 */
import { sql, type RawBuilder } from "kysely";

/** A mark of the epoch: unread by the person's own will, whatever the server says. */
export const keptUnread = new Date(0);

/** One person's mark on one of the conversations that are joined; `userId` null: nobody has opened that part. */
export interface PartRead {
  conversationId: string;
  unseenAt: Date | null;
  userId: string | null;
  readAt: Date | null;
}

/** The marks on the whole: kept only by those for whom every part was read. */
export function mergeReads(rows: readonly PartRead[]): { userId: string; readAt: Date }[] {
  const unseen = new Map(rows.map((row) => [row.conversationId, row.unseenAt]));
  const users = new Set(rows.flatMap((row) => row.userId ?? []));
  return [...users].flatMap((userId) => {
    const marks = new Map(
      rows.filter((row) => row.userId === userId).map((row) => [row.conversationId, row.readAt!]),
    );
    if ([...marks.values()].some((mark) => mark.getTime() === 0)) return [{ userId, readAt: keptUnread }];
    const readAll = [...unseen].every(
      ([part, at]) => at === null || (marks.get(part)?.getTime() ?? 0) >= at.getTime(),
    );
    if (!readAll) return [];
    return [{ userId, readAt: new Date(Math.max(...[...marks.values()].map((mark) => mark.getTime()))) }];
  });
}

/**
 * SQL: whether conversation `c` is unread, for a person with the joined mark `r`, or, without a person (API keys),
 * on the server.
 */
export const unreadFor = (userId: string | null): RawBuilder<boolean> =>
  userId === null
    ? sql<boolean>`EXISTS (SELECT FROM messages u
        JOIN message_locations l ON l.workspace_id = u.workspace_id AND l.message_id = u.id
        WHERE u.workspace_id = c.workspace_id AND u.conversation_id = c.id AND u.direction = 'in'
          AND NOT ('\\Seen' = ANY (l.flags)))`
    : sql<boolean>`coalesce(r.read_at = 'epoch'::timestamptz OR r.read_at < c.unseen_at, c.unseen_at IS NOT NULL)`;
