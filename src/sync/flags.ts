/**
 * From the server's flags to what is shown. A message's flags are the union over its locations; changes of ours that are
 * still on their way win; `\Seen` counts as "read by everybody" only when it came from outside (unread is kept a person).
 */
import { sql } from "kysely";
import type { SettledMessage } from "../store/inbox-port.ts";
import { forgetOwnSeen, ownChanges, type OwnChanges } from "../store/intents.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import type { Transport } from "../store/transport.ts";

export interface Shown {
  seen: boolean;
  flagged: boolean;
  answered: boolean;
}

/** What happened to `\Seen` on the server since we last looked; null: nothing. */
export type SeenChange = "set" | "cleared" | null;

/**
 * Pure: what a message shows after its locations changed. POP3 tells no flags, and Graph not that a mail was answered:
 * what no location's transport tells stays as it was.
 *
 * @param transports of its locations
 */
export function shownFlags(
  before: Shown,
  union: ReadonlySet<string>,
  seenChange: SeenChange,
  own: OwnChanges | undefined,
  transports: readonly Transport[] = ["imap"],
): Shown {
  const pending = (flag: string, server: boolean): boolean =>
    own?.add.has(flag) === true || (server && own?.remove.has(flag) !== true);
  const tellsFlags = transports.length === 0 || transports.some((transport) => transport !== "pop3");
  const tellsAnswered = transports.length === 0 || transports.includes("imap");
  return {
    seen: shownSeen(before.seen, union.has("\\Seen"), tellsFlags ? seenChange : null, own),
    flagged: pending("\\Flagged", tellsFlags ? union.has("\\Flagged") : before.flagged),
    answered: pending("\\Answered", tellsAnswered ? union.has("\\Answered") : before.answered),
  };
}

function shownSeen(
  before: boolean,
  onServer: boolean,
  change: SeenChange,
  own: OwnChanges | undefined,
): boolean {
  if (own?.remove.has("\\Seen")) return false;
  if (change === "set" && own?.ownSeen !== true) return true;
  if (change === "cleared" && !onServer) return false;
  return before;
}

/** The change of `\Seen` between two observations of one location. */
export const seenChangeOf = (before: readonly string[], after: readonly string[]): SeenChange => {
  if (before.includes("\\Seen") === after.includes("\\Seen")) return null;
  return after.includes("\\Seen") ? "set" : "cleared";
};

interface FlagRow extends Shown {
  id: string;
  conversation_id: string;
  flags: string[];
  transports: Transport[];
}

/**
 * Recomputes what the messages show from their locations.
 *
 * @param changes message id → what happened to `\Seen` outside
 * @returns the messages whose row changed, to be settled by the inbox
 */
export async function refreshFlags(
  tx: TenantDb,
  changes: ReadonlyMap<string, SeenChange>,
): Promise<SettledMessage[]> {
  const ids = [...changes.keys()];
  if (ids.length === 0) return [];
  await forgetOwnSeen(
    tx,
    ids.filter((id) => changes.get(id) === "cleared"),
  );
  const own = await ownChanges(tx, ids);
  const { rows } = await sql<FlagRow>`
    SELECT m.id, m.conversation_id, m.seen, m.flagged, m.answered,
      ARRAY (SELECT DISTINCT f FROM message_locations l, unnest(l.flags) AS f
             WHERE l.workspace_id = m.workspace_id AND l.message_id = m.id) AS flags,
      ARRAY (SELECT DISTINCT f.transport FROM message_locations l
             JOIN folders f ON f.workspace_id = l.workspace_id AND f.id = l.folder_id
             WHERE l.workspace_id = m.workspace_id AND l.message_id = m.id) AS transports
    FROM messages m WHERE m.workspace_id = ${tx.workspaceId}::uuid AND m.id = ANY (${ids}::uuid[]) ORDER BY m.id
  `.execute(tx.db);
  const changed = rows
    .map((row) => ({
      row,
      shown: shownFlags(
        row,
        new Set(row.flags),
        changes.get(row.id) ?? null,
        own.get(row.id),
        row.transports,
      ),
    }))
    .filter(
      ({ row, shown }) =>
        row.seen !== shown.seen || row.flagged !== shown.flagged || row.answered !== shown.answered,
    );
  if (changed.length === 0) return [];
  await sql`
    UPDATE messages m SET seen = u.seen, flagged = u.flagged, answered = u.answered
    FROM unnest(${changed.map((c) => c.row.id)}::uuid[], ${changed.map((c) => c.shown.seen)}::boolean[],
      ${changed.map((c) => c.shown.flagged)}::boolean[], ${changed.map((c) => c.shown.answered)}::boolean[]) AS u (id, seen, flagged, answered)
    WHERE m.workspace_id = ${tx.workspaceId}::uuid AND m.id = u.id
  `.execute(tx.db);
  return changed.map(({ row }) => ({
    conversationId: row.conversation_id,
    messageId: row.id,
    what: "changed" as const,
  }));
}
