/**
 * `thread_refs`: the first conversation in which an id was met. Rows never change hands; a joined conversation is
 * followed through `merged_into`. Keys are inserted in one order everywhere, so that parallel transactions wait for
 * each other only one way round.
 */
import { sql } from "kysely";
import { binaryTexts, plainArray } from "../store/arrays.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { refKey } from "./thread-keys.ts";

interface RefRow {
  ref: string;
  conversation_id: string;
}

export interface Claims {
  /** Keys that stood there before, or that another transaction put there meanwhile. */
  known: Map<string, string>;
  /** Keys this transaction inserted, with the conversation proposed for them. */
  mine: Map<string, string>;
}

export async function readRefs(tx: TenantDb, keys: string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<RefRow>`
    SELECT ref, conversation_id FROM thread_refs
    WHERE workspace_id = ${tx.workspaceId} AND ref = ANY(${binaryTexts(keys)}::text[])`.execute(tx.db);
  return new Map(rows.map((row) => [row.ref, row.conversation_id]));
}

/** Inserts the keys that are missing; `propose` names the conversation for one, given those that are known. */
export async function claimRefs(
  tx: TenantDb,
  keys: Iterable<string>,
  propose: (key: string, known: Map<string, string>) => string,
): Promise<Claims> {
  const all = [...new Set(keys)];
  const known = await readRefs(tx, all);
  const missing = all.filter((key) => !known.has(key)).sort();
  if (missing.length === 0) return { known, mine: new Map() };
  const proposals = missing.map((key) => propose(key, known));
  const { rows } = await sql<RefRow>`
    INSERT INTO thread_refs (workspace_id, ref, conversation_id)
    SELECT ${tx.workspaceId}::uuid, k.ref, k.conversation_id
    FROM unnest(${binaryTexts(missing)}::text[], ${plainArray(proposals)}::uuid[]) AS k (ref, conversation_id)
    ORDER BY k.ref COLLATE "C"
    ON CONFLICT (workspace_id, ref) DO NOTHING
    RETURNING ref, conversation_id`.execute(tx.db);
  const mine = new Map(rows.map((row) => [row.ref, row.conversation_id]));
  const raced = await readRefs(
    tx,
    missing.filter((key) => !mine.has(key)),
  );
  for (const [key, conversation] of raced) known.set(key, conversation);
  return { known, mine };
}

/** Points keys of this transaction (or of deleted conversations) at their final conversation. */
export async function pointRefs(tx: TenantDb, targets: Map<string, string>): Promise<void> {
  if (targets.size === 0) return;
  const keys = [...targets.keys()].sort();
  await sql`
    UPDATE thread_refs r SET conversation_id = k.conversation_id
    FROM unnest(${binaryTexts(keys)}::text[], ${plainArray(keys.map((key) => targets.get(key)!))}::uuid[]) AS k (ref, conversation_id)
    WHERE r.workspace_id = ${tx.workspaceId} AND r.ref = k.ref`.execute(tx.db);
}

/** Learns ids of our own mails (what we sent, what the server made of it), so that answers to them find the conversation. */
export async function learnRefs(tx: TenantDb, refs: string[], conversationId: string): Promise<void> {
  await claimRefs(tx, refs.map(refKey), () => conversationId);
}
