/** Joins two conversations that belong together for another reason than what their mails say. */
import type { TenantDb } from "../store/tenant-db.ts";
import { ConversationLocks } from "./conversation-locks.ts";
import { mergeConversations } from "./merge.ts";

/** Into the older of the two; does nothing when they are one already, or one of them is no more. */
export async function joinConversations(tx: TenantDb, one: string, other: string): Promise<void> {
  const locks = ConversationLocks.of(tx);
  await locks.lock([one, other]);
  const [survivor, loser] = [locks.root(one), locks.root(other)].sort();
  if (survivor === undefined || loser === undefined || survivor === loser) return;
  const joins = new Map([[survivor, [loser]]]);
  await mergeConversations(tx, joins);
  locks.noteJoined(joins);
}
