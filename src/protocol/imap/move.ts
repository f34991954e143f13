/**
 * A move on the server. Never a plain EXPUNGE, which would remove what others have marked: MOVE (RFC 6851), else COPY,
 * UID STORE, UID EXPUNGE (RFC 4315). What an earlier try copied before it was cut off (`copies.ts`) is only taken away:
 * MOVE, too, is a copy and a removal for most servers, and one that dies between them leaves the mail in both folders.
 */
import type { ImapFlow } from "imapflow";
import type { CopyMark, CopyNotes, IntentResult, RemoteKey } from "../mail-source.ts";
import { folderStatus, pathNode } from "./commands.ts";
import type { EarlierCopies } from "./copies.ts";
import type { ImapResponse } from "./imapflow-internals.ts";
import { atom, execute, responseCode, sequence } from "./imapflow-internals.ts";
import { packUids, unpackUids } from "./uid-set.ts";

type Moves = IntentResult["moved"];

interface MoveOrder {
  /** Keys that stand in the open folder. */
  keys: RemoteKey[];
  targetPath: string;
  copies: EarlierCopies["copies"];
  copying: CopyNotes | undefined;
}

/** @returns the new keys where the server says them, and whether the old ones are only marked \Deleted */
export async function moveTo(
  client: ImapFlow,
  { keys, targetPath, copies, copying }: MoveOrder,
): Promise<{ moved: Moves; leftMarked: boolean }> {
  const fresh = keys.filter((key) => !copies.has(key));
  const known = keys.flatMap((key) => copies.get(key) ?? []);
  if (fresh.length > 0 && copying !== undefined) {
    const mark = await markOf(client, targetPath);
    if (mark !== null) await copying.note(fresh, mark);
  }
  const canMove = client.capabilities.has("MOVE");
  const moved = await send(client, canMove ? "UID MOVE" : "UID COPY", fresh, targetPath);
  const left = canMove ? keys.filter((key) => copies.has(key)) : keys;
  const leftMarked = left.length > 0 && (await takeAway(client, left));
  return { moved: [...known, ...moved], leftMarked };
}

async function send(
  client: ImapFlow,
  command: "UID MOVE" | "UID COPY",
  keys: RemoteKey[],
  targetPath: string,
): Promise<Moves> {
  if (keys.length === 0) return [];
  let copied: Moves = [];
  // MOVE names the new UIDs in an untagged OK before it expunges (RFC 6851 4.3), COPY in the tagged one.
  const read = (response: ImapResponse) => {
    const pairs = copyUids(responseCode(response));
    if (pairs.length > 0) copied = pairs;
  };
  const set = packUids(keys.map(Number));
  read(await execute(client, command, [sequence(set), pathNode(client, targetPath)], { OK: read }));
  return copied;
}

/** @returns true when the server has no UID EXPUNGE: they stay, marked */
async function takeAway(client: ImapFlow, keys: RemoteKey[]): Promise<boolean> {
  const set = sequence(packUids(keys.map(Number)));
  await execute(client, "UID STORE", [set, atom("+FLAGS.SILENT"), [atom("\\Deleted")]]);
  if (!client.capabilities.has("UIDPLUS")) return true;
  await execute(client, "UID EXPUNGE", [set]);
  return false;
}

/** null when the server does not say: then nothing can be found again. */
async function markOf(client: ImapFlow, targetPath: string): Promise<CopyMark | null> {
  const status = await folderStatus(client, targetPath, ["UIDVALIDITY", "UIDNEXT"]);
  const epochKey = status.get("UIDVALIDITY");
  const uidNext = Number(status.get("UIDNEXT"));
  return epochKey === undefined || !Number.isInteger(uidNext) ? null : { epochKey, uidNext };
}

/** `COPYUID uidvalidity from-set to-set`, also with empty or uneven sets (Exchange): then nothing is known. Pure. */
export function copyUids(code: string[] | null): Moves {
  if (code?.[0]?.toUpperCase() !== "COPYUID") return [];
  const [, epochKey = "", from = "", to = ""] = code;
  const [sources, targets] = [unpackUids(from), unpackUids(to)];
  if (sources === null || targets === null || sources.length !== targets.length) return [];
  return sources.map((uid, index) => ({ from: String(uid), to: String(targets[index]), epochKey }));
}
