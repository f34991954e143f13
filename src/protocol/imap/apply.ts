/** Changes on the server (MailSource.apply): flags, moves (`move.ts`), appends. */
import type { ImapFlow } from "imapflow";
import { HitchpostError } from "../../core/errors.ts";
import type { IntentResult, SourceIntent } from "../mail-source.ts";
import { fetchByUid } from "./commands.ts";
import { findCopies, type EarlierCopies } from "./copies.ts";
import { atom, execute, sequence } from "./imapflow-internals.ts";
import { moveTo } from "./move.ts";
import type { ConnectionPool } from "./pool.ts";
import { packUids, uidOf } from "./uid-set.ts";

/** Keys of one command; the set is written short, yet a line must not grow without end. */
const keysAtOnce = 500;

export async function applyIntent(pool: ConnectionPool, intent: SourceIntent): Promise<IntentResult> {
  if (intent.kind === "append") return append(pool, intent);
  const result: IntentResult = { done: [], missing: [], moved: [] };
  for (let start = 0; start < intent.keys.length; start += keysAtOnce) {
    const chunk = intent.keys.slice(start, start + keysAtOnce);
    const { copies, waiting } = await findCopies(pool, intent, chunk);
    const keys = chunk.filter((key) => !waiting.has(key));
    if (waiting.size > 0) result.waiting = [...(result.waiting ?? []), ...waiting];
    if (keys.length === 0) continue;
    const part = await pool.inFolder(
      intent.folderPath,
      { write: true, epochKey: intent.epochKey },
      `changing ${intent.folderPath}`,
      (folder) => applyToKeys(folder.client, intent, keys, copies),
    );
    result.done.push(...part.done);
    result.missing.push(...part.missing);
    result.moved.push(...part.moved);
    if (part.leftMarked !== undefined) result.leftMarked = [...(result.leftMarked ?? []), ...part.leftMarked];
  }
  return result;
}

/** @param copies those that an earlier try copied */
async function applyToKeys(
  client: ImapFlow,
  intent: SourceIntent,
  keys: string[],
  copies: EarlierCopies["copies"],
): Promise<IntentResult> {
  const uids = keys.map(uidOf).filter((uid) => uid !== null);
  // UID STORE and UID MOVE pass over missing UIDs in silence: who is there is asked first.
  const present = await fetchByUid(client, packUids(uids), [atom("FLAGS")]);
  const done = keys.filter((key) => present.has(Number(key)));
  const missing = keys.filter((key) => !present.has(Number(key)));
  // Only what was asked for: a row may be the server's own word about another message.
  const set = packUids(uids.filter((uid) => present.has(uid)));
  if (set === "") return { done, missing, moved: [] };
  if (intent.kind === "flags") {
    await storeFlags(client, set, intent);
    return { done, missing, moved: [] };
  }
  if (intent.targetPath === undefined)
    throw new HitchpostError("invalid_request", "A move needs a target folder.", {
      details: { field: "targetPath" },
    });
  const { targetPath, copying } = intent;
  const { moved, leftMarked } = await moveTo(client, { keys: done, targetPath, copies, copying });
  return { done, missing, moved, ...(leftMarked ? { leftMarked: done } : {}) };
}

async function storeFlags(client: ImapFlow, set: string, intent: SourceIntent): Promise<void> {
  const changes = [
    ["+FLAGS.SILENT", intent.add ?? []],
    ["-FLAGS.SILENT", intent.remove ?? []],
  ] as const;
  for (const [item, flags] of changes) {
    if (flags.length > 0) await execute(client, "UID STORE", [sequence(set), atom(item), flags.map(atom)]);
  }
}

async function append(pool: ConnectionPool, intent: SourceIntent): Promise<IntentResult> {
  const { raw } = intent;
  if (raw === undefined)
    throw new HitchpostError("invalid_request", "An append needs a message.", { details: { field: "raw" } });
  const stored = await pool.run(`filing into ${intent.folderPath}`, (client) =>
    client.append(intent.folderPath, raw, intent.add ?? []),
  );
  return {
    done: stored === false || stored.uid === undefined ? [] : [String(stored.uid)],
    missing: [],
    moved: [],
  };
}
