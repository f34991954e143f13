/**
 * Changes on the server (MailSource.apply): flags, moves, appends. Never a plain EXPUNGE, which would remove what others
 * have marked: MOVE (RFC 6851), else COPY, UID STORE, UID EXPUNGE (RFC 4315).
 */
import type { ImapFlow } from "imapflow";
import { HitchpostError } from "../../core/errors.ts";
import type { IntentResult, SourceIntent } from "../mail-source.ts";
import { fetchByUid, pathNode } from "./commands.ts";
import type { ImapResponse } from "./imapflow-internals.ts";
import { atom, execute, responseCode, sequence } from "./imapflow-internals.ts";
import type { ConnectionPool } from "./pool.ts";
import { packUids, uidOf, unpackUids } from "./uid-set.ts";

/** Keys of one command; the set is written short, yet a line must not grow without end. */
const keysAtOnce = 500;

export async function applyIntent(pool: ConnectionPool, intent: SourceIntent): Promise<IntentResult> {
  if (intent.kind === "append") return append(pool, intent);
  const result: IntentResult = { done: [], missing: [], moved: [] };
  for (let start = 0; start < intent.keys.length; start += keysAtOnce) {
    const keys = intent.keys.slice(start, start + keysAtOnce);
    const part = await pool.inFolder(
      intent.folderPath,
      { write: true, epochKey: intent.epochKey },
      `changing ${intent.folderPath}`,
      (folder) => applyToKeys(folder.client, intent, keys),
    );
    result.done.push(...part.done);
    result.missing.push(...part.missing);
    result.moved.push(...part.moved);
    if (part.leftMarked !== undefined) result.leftMarked = [...(result.leftMarked ?? []), ...part.leftMarked];
  }
  return result;
}

async function applyToKeys(client: ImapFlow, intent: SourceIntent, keys: string[]): Promise<IntentResult> {
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
  const moved = await moveTo(client, set, intent.targetPath);
  return { done, missing, moved: moved.moved, ...(moved.leftMarked ? { leftMarked: done } : {}) };
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

type Moved = { moved: IntentResult["moved"]; leftMarked: boolean };

async function moveTo(client: ImapFlow, set: string, targetPath: string): Promise<Moved> {
  let copied: IntentResult["moved"] = [];
  // MOVE names the new UIDs in an untagged OK before it expunges (RFC 6851 4.3), COPY in the tagged one.
  const read = (response: ImapResponse) => {
    const pairs = copyUids(responseCode(response));
    if (pairs.length > 0) copied = pairs;
  };
  const command = client.capabilities.has("MOVE") ? "UID MOVE" : "UID COPY";
  read(await execute(client, command, [sequence(set), pathNode(client, targetPath)], { OK: read }));
  if (command === "UID MOVE") return { moved: copied, leftMarked: false };
  await execute(client, "UID STORE", [sequence(set), atom("+FLAGS.SILENT"), [atom("\\Deleted")]]);
  const canExpunge = client.capabilities.has("UIDPLUS");
  if (canExpunge) await execute(client, "UID EXPUNGE", [sequence(set)]);
  return { moved: copied, leftMarked: !canExpunge };
}

/** `COPYUID uidvalidity from-set to-set`, also with empty or uneven sets (Exchange): then nothing is known. Pure. */
export function copyUids(code: string[] | null): IntentResult["moved"] {
  if (code?.[0]?.toUpperCase() !== "COPYUID") return [];
  const [, epochKey = "", from = "", to = ""] = code;
  const [sources, targets] = [unpackUids(from), unpackUids(to)];
  if (sources === null || targets === null || sources.length !== targets.length) return [];
  return sources.map((uid, index) => ({ from: String(uid), to: String(targets[index]), epochKey }));
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
