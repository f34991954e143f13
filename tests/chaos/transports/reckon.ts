/** What stands here held against the server and the book. Each difference is one plain sentence; pure but for the reading. */
import type { Pool } from "pg";
import { messageId as graphMessageId } from "../../../sandbox/graph/ids.ts";
import { markIn } from "../mails.ts";
import { workDifferences } from "./kept-work.ts";
import type { BookEntry, ServerMailbox, Standing } from "./mailbox.ts";
import type { People } from "./people.ts";

export interface StoredRow {
  id: string;
  mark: string;
  conversationId: string;
  gone: boolean;
  transit: boolean;
  flagged: boolean;
}

interface StoredPlace {
  folder: string;
  key: string;
  flags: string[];
  rowId: string;
  mark: string;
}

export interface Stored {
  transport: string;
  rows: StoredRow[];
  places: StoredPlace[];
  /** Conversation → the one it was joined into, and who is in charge. */
  conversations: Map<string, { into: string | null; assignee: string | null }>;
  drafts: { conversationId: string; userId: string; html: string }[];
  replies: Map<string, string>;
  pendingIntents: number;
}

export async function readStored(pool: Pool, workspaceId: string): Promise<Stored> {
  const all = async <Row extends object>(statement: string): Promise<Row[]> =>
    (await pool.query<Row>(statement, [workspaceId])).rows;
  const rows = await all<Omit<StoredRow, "mark"> & { text: string }>(
    `SELECT id, snippet AS text, conversation_id AS "conversationId", gone_at IS NOT NULL AS gone,
       transit_since IS NOT NULL AND gone_at IS NULL AS transit, flagged FROM messages WHERE workspace_id = $1`,
  );
  const marks = new Map(rows.map(({ id, text }) => [id, markIn(text) ?? ""]));
  const places = await all<Omit<StoredPlace, "mark">>(
    `SELECT CASE WHEN f.role IS NULL THEN f.name ELSE initcap(f.role) END AS folder, l.remote_key AS key, l.message_id AS "rowId",
       ARRAY (SELECT flag FROM unnest(l.flags) flag WHERE flag IN ('\\Seen', '\\Flagged') ORDER BY flag) AS flags
     FROM message_locations l JOIN folders f ON f.workspace_id = l.workspace_id AND f.id = l.folder_id AND f.epoch = l.epoch
     WHERE l.workspace_id = $1 AND f.removed_at IS NULL AND f.role IS DISTINCT FROM 'sent'`,
  );
  const conversations = await all<{ id: string; into: string | null; assignee: string | null }>(
    `SELECT id, merged_into AS into, assignee FROM conversations WHERE workspace_id = $1`,
  );
  const [mailbox] = await all<{ transport: string; pending: number }>(
    `SELECT transport, (SELECT count(*)::int FROM intents WHERE workspace_id = $1 AND state = 'pending') AS pending
     FROM mailboxes WHERE workspace_id = $1`,
  );
  const drafts = await all<Stored["drafts"][number]>(
    `SELECT conversation_id AS "conversationId", user_id AS "userId", content ->> 'html' AS html FROM drafts WHERE workspace_id = $1`,
  );
  const replies = await all<{ id: string; state: string }>(
    `SELECT id, state FROM outbox WHERE workspace_id = $1`,
  );
  return {
    transport: mailbox!.transport,
    pendingIntents: mailbox!.pending,
    rows: rows.map(({ text: _text, ...row }) => ({ ...row, mark: marks.get(row.id)! })),
    places: places.map((place) => ({ ...place, mark: marks.get(place.rowId) ?? "no row" })),
    conversations: new Map(conversations.map(({ id, ...rest }) => [id, rest])),
    drafts,
    replies: new Map(replies.map(({ id, state }) => [id, state])),
  };
}

export interface Outcome {
  stored: Stored;
  standing: readonly Standing[];
  mailbox: Pick<ServerMailbox, "mailboxId" | "book" | "countIn">;
  people: Pick<People, "assigned" | "drafts" | "replies">;
}

export interface Verdict {
  differences: string[];
  /** Exceptions that docs/adr/0012 names, by kind. */
  known: Record<string, number>;
}

const placeText = (folder: string, key: string, flags: readonly string[], mark: string): string =>
  `${mark} in ${folder} (${flags.join(" ")}) as ${key.slice(-12)}`;

/** Places, keys, flags, and whose they are. */
export function placeDifferences({ stored, standing, mailbox }: Outcome): string[] {
  const keyOf = ({ uid, id }: Standing): string =>
    stored.transport === "graph"
      ? graphMessageId({ mailboxId: mailbox.mailboxId, id, entry: 0 }, true)
      : String(uid);
  const there = new Set(standing.map((one) => placeText(one.folder, keyOf(one), one.flags, one.mark)));
  const here = stored.places.map((one) => placeText(one.folder, one.key, one.flags, one.mark));
  return [
    ...here.filter((text) => !there.has(text)).map((text) => `database: ${text} is not so on the server`),
    ...[...there]
      .filter((text) => !here.includes(text))
      .map((text) => `database: ${text} of the server is missing`),
    ...(here.length === new Set(here).size ? [] : ["database: a place stands twice"]),
  ];
}

/** Nothing is on its way any more. */
export const isSettled = (outcome: Outcome): boolean =>
  placeDifferences(outcome).length === 0 &&
  outcome.stored.pendingIntents === 0 &&
  !outcome.stored.rows.some(({ transit }) => transit) &&
  ![...outcome.stored.replies.values()].some((state) => !endStates.has(state));

const endStates = new Set(["done", "failed", "unknown", "cancelled"]);

export function judge(outcome: Outcome): Verdict {
  const known: Record<string, number> = {};
  const { stored, mailbox } = outcome;
  const rowsOf = Map.groupBy(stored.rows, ({ mark }) => mark);
  const differences = [
    ...placeDifferences(outcome),
    ...serverDifferences(outcome),
    ...[...mailbox.book.values()].flatMap((entry) =>
      rowDifferences(entry, rowsOf.get(entry.mark) ?? [], known),
    ),
    ...rowsWithoutPlace(outcome),
    ...workDifferences(stored, outcome.people),
    ...replyDifferences(outcome),
    ...(stored.pendingIntents === 0 ? [] : [`database: ${stored.pendingIntents} changes of ours still wait`]),
  ];
  return { differences, known };
}

/** Nothing that was put there is lost there, and nothing came by itself. */
function serverDifferences({ standing, mailbox }: Outcome): string[] {
  const counts = Map.groupBy(standing, ({ mark }) => mark);
  return [...mailbox.book.values()].flatMap(({ mark, copies }) => {
    const found = counts.get(mark)?.length ?? 0;
    return found === copies ? [] : [`server: ${mark} stands there ${found} times, not ${copies}`];
  });
}

/** One row for one mail; a mail without a Message-ID may have older ones that count as gone. */
function rowDifferences(
  { mark, copies, copiesEver, hasMessageId }: BookEntry,
  rows: readonly StoredRow[],
  known: Record<string, number>,
): string[] {
  const living = rows.filter(({ gone }) => !gone).length;
  if (living < Math.min(copies, 1)) return [`database: ${mark} is lost`];
  if (living > copiesEver || (copies === 0 && living > 0))
    return [`database: ${mark} stands ${living} times, not ${copies}`];
  if (rows.length <= copiesEver) return [];
  if (hasMessageId) return [`database: ${mark} was stored ${rows.length} times, not ${copiesEver}`];
  known["stored anew without a Message-ID"] =
    (known["stored anew without a Message-ID"] ?? 0) + rows.length - copiesEver;
  return [];
}

function rowsWithoutPlace({ stored, mailbox }: Outcome): string[] {
  const placed = new Set(stored.places.map(({ rowId }) => rowId));
  return stored.rows.flatMap(({ id, mark, gone, transit, flagged }) => {
    if (!mailbox.book.has(mark)) return [];
    if (placed.has(id) !== !gone)
      return [`database: ${mark} ${gone ? "counts as gone and stands" : "has no place"}`];
    const flags = stored.places.filter(({ rowId }) => rowId === id).flatMap((place) => place.flags);
    if (!gone && flagged !== flags.includes("\\Flagged"))
      return [`database: ${mark} shows another flag than its places`];
    return transit ? [`database: ${mark} is in transit`] : [];
  });
}

function replyDifferences({ stored, people, mailbox }: Outcome): string[] {
  return people.replies.flatMap(({ id, mark }) => {
    const state = stored.replies.get(id);
    const filed = mailbox.countIn("sent", mark);
    if (state === undefined || !endStates.has(state)) return [`replies: ${mark} is ${state}`];
    if (filed > 1 || (state === "done" && filed !== 1))
      return [`replies: ${mark} is ${state} and stands in Sent ${filed} times`];
    return [];
  });
}
