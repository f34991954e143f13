/** What a listing of folders means for the stored ones: pure, but for the question whether two folders hold the same mail. */
import type { RemoteFolder } from "../protocol/mail-source.ts";

export interface KnownFolder {
  id: string;
  path: string;
  role: string | null;
  selected: boolean;
  epochKey: string | null;
}

export interface FolderDiff {
  /** Known under their path. */
  same: { known: KnownFolder; remote: RemoteFolder }[];
  /** The same folder under another path. */
  renamed: { known: KnownFolder; remote: RemoteFolder }[];
  added: RemoteFolder[];
  removed: KnownFolder[];
}

/**
 * Follows renamed folders by special use, then by content.
 *
 * @param sameContent asked for pairs of a vanished folder that was synced and a new one
 */
export async function diffFolders(
  known: readonly KnownFolder[],
  listed: readonly RemoteFolder[],
  sameContent: (known: KnownFolder, remote: RemoteFolder) => Promise<boolean>,
): Promise<FolderDiff> {
  const byPath = new Map(listed.map((folder) => [folder.path, folder]));
  const paths = new Set(known.map((folder) => folder.path));
  const added = listed.filter((folder) => !paths.has(folder.path));
  const diff: FolderDiff = { same: [], renamed: [], added: [], removed: [] };
  for (const folder of known) {
    const remote = byPath.get(folder.path);
    if (remote !== undefined) {
      diff.same.push({ known: folder, remote });
      continue;
    }
    const successor = await findSuccessor(folder, added, sameContent);
    if (successor === undefined) diff.removed.push(folder);
    else diff.renamed.push({ known: folder, remote: added.splice(added.indexOf(successor), 1)[0]! });
  }
  diff.added = added;
  return diff;
}

async function findSuccessor(
  folder: KnownFolder,
  added: readonly RemoteFolder[],
  sameContent: (known: KnownFolder, remote: RemoteFolder) => Promise<boolean>,
): Promise<RemoteFolder | undefined> {
  const sameRole = folder.role === null ? undefined : added.find((remote) => remote.role === folder.role);
  if (sameRole !== undefined) return sameRole;
  if (folder.epochKey === null) return undefined;
  for (const remote of added) {
    if (remote.selectable && remote.kind === "mail" && (await sameContent(folder, remote))) return remote;
  }
  return undefined;
}

const neverByItself = new Set(["junk", "trash", "drafts", "all", "flagged", "important"]);

/**
 * Whether a folder that just turned up is synced: at the first listing Inbox and Sent are proposed; later what the user
 * said about new folders decides.
 */
export function selectedByDefault(folder: RemoteFolder, firstListing: boolean, newFolders: boolean): boolean {
  if (!folder.selectable || folder.kind !== "mail") return false;
  if (firstListing) return folder.role === "inbox" || folder.role === "sent";
  return newFolders && (folder.role === null || !neverByItself.has(folder.role));
}
