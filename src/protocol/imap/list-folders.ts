/** The folders of a mailbox with their roles (RFC 9051 6.3.9, RFC 6154 SPECIAL-USE, RFC 5819 LIST-STATUS). */
import { specialUse } from "imapflow/lib/special-use.js";
import type { ListResponse } from "imapflow";
import type { FolderRole, RemoteFolder } from "../mail-source.ts";
import { kindByPath, roleByFolderName, roleBySpecialUse } from "./folder-names.ts";
import type { ConnectionPool } from "./pool.ts";

/** Throws what a connection throws; a folder that refuses STATUS gets `messages: null`. */
export async function listFolders(pool: ConnectionPool, counts: boolean): Promise<RemoteFolder[]> {
  return pool.run(
    "listing folders",
    async (client) => {
      const entries = await client.list(counts ? { statusQuery: { messages: true } } : {});
      return toRemoteFolders(entries, { mailAlone: client.capabilities.has("SPECIAL-USE") });
    },
    { brief: true },
  );
}

/**
 * Pure: judges roles. A server's word goes before a name, and each role stands at one folder, the least deep.
 * @param mailAlone a folder named Calendar or Notes is one of mail: Exchange, which shows others, has no SPECIAL-USE
 */
export function toRemoteFolders(entries: ListResponse[], { mailAlone = false } = {}): RemoteFolder[] {
  const folders = entries.filter(isUsable).map((entry) => toRemoteFolder(entry, mailAlone));
  const taken = new Set<FolderRole>(folders.flatMap(({ role }) => (role === null ? [] : [role])));
  const byDepth = folders.toSorted((a, b) => depth(a) - depth(b) || a.path.localeCompare(b.path));
  for (const folder of byDepth) {
    const guess =
      folder.role === null && folder.selectable && folder.kind === "mail" ? guessRole(folder) : null;
    if (guess === null || taken.has(guess)) continue;
    taken.add(guess);
    folder.role = guess;
  }
  return folders;
}

/** Longer paths fit no index, and a NUL (modified UTF-7 can write one) fits no text of ours: such a folder is left out. */
const longestPathBytes = 2_000;
const isUsable = ({ path }: ListResponse): boolean =>
  path !== "" && !path.includes("\0") && Buffer.byteLength(path) <= longestPathBytes;

const depth = ({ path, delimiter }: RemoteFolder): number =>
  delimiter === null || delimiter === "" ? 0 : path.split(delimiter).length;

function toRemoteFolder(entry: ListResponse, mailAlone: boolean): RemoteFolder {
  const flags = new Set([...entry.flags].map((flag) => flag.toLowerCase()));
  const bySource =
    entry.specialUseSource === "extension" && entry.specialUse !== undefined
      ? roleBySpecialUse(entry.specialUse)
      : null;
  const important = flags.has("\\important") ? "important" : null;
  const role = entry.path.toUpperCase() === "INBOX" ? "inbox" : (bySource ?? important);
  return {
    path: entry.path,
    name: entry.name,
    delimiter: entry.delimiter || null,
    parentPath: entry.parentPath || null,
    role,
    selectable: !flags.has("\\noselect") && !flags.has("\\nonexistent"),
    kind: role === null && !mailAlone ? kindByPath(entry.path, entry.delimiter || null) : "mail",
    messages: entry.status?.messages ?? null,
  };
}

/** Our own short table first, then imapflow's long one, which also knows decorated names. */
function guessRole(folder: RemoteFolder): FolderRole | null {
  const own = roleByFolderName(folder.name);
  if (own !== null) return own;
  const { flag } = specialUse(false, { flags: new Set<string>(), name: folder.name });
  return flag === null ? null : roleBySpecialUse(flag);
}
