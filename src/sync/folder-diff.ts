/** What a listing of folders means for the stored ones: pure, but for what has to be asked of the server. */
import type { RemoteFolder } from "../protocol/mail-source.ts";

export interface KnownFolder {
  id: string;
  path: string;
  name: string;
  parentPath: string | null;
  role: string | null;
  /** It can hold mail, and could be chosen. */
  holdsMail: boolean;
  selected: boolean;
  epochKey: string | null;
}

/** What the server is asked about folders that are no longer listed. */
export interface FolderQuestions {
  /** One missing in a listing is not removed yet: it may answer all the same. */
  stillThere(known: KnownFolder): Promise<boolean>;
  /** Asked for pairs of a vanished folder that was synced and a new one. */
  sameContent(known: KnownFolder, remote: RemoteFolder): Promise<boolean>;
}

export interface FolderDiff {
  /** Known under their path. */
  same: { known: KnownFolder; remote: RemoteFolder }[];
  /** The same folder under another path. */
  renamed: { known: KnownFolder; remote: RemoteFolder }[];
  added: RemoteFolder[];
  removed: KnownFolder[];
}

/** Follows renamed folders by special use, then by content. A folder that is not listed and still there is left as it is. */
export async function diffFolders(
  known: readonly KnownFolder[],
  listed: readonly RemoteFolder[],
  ask: FolderQuestions,
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
    if (await ask.stillThere(folder)) continue;
    const successor = await findSuccessor(folder, added, ask);
    if (successor === undefined) diff.removed.push(folder);
    else diff.renamed.push({ known: folder, remote: added.splice(added.indexOf(successor), 1)[0]! });
  }
  diff.added = added;
  return diff;
}

async function findSuccessor(
  folder: KnownFolder,
  added: readonly RemoteFolder[],
  ask: FolderQuestions,
): Promise<RemoteFolder | undefined> {
  const sameRole = folder.role === null ? undefined : added.find((remote) => remote.role === folder.role);
  if (sameRole !== undefined) return sameRole;
  if (folder.epochKey === null) return undefined;
  for (const remote of added.toSorted((a, b) => likeness(folder, b) - likeness(folder, a))) {
    if (remote.selectable && remote.kind === "mail" && (await ask.sameContent(folder, remote))) return remote;
  }
  return undefined;
}

/** A renamed parent leaves the name, a rename the parent: those are asked for first. */
const likeness = (folder: KnownFolder, remote: RemoteFolder): number =>
  2 * Number(remote.name === folder.name) + Number(remote.parentPath === folder.parentPath);

/**
 * What turned up beside a folder that vanished and was not chosen may be that folder under another name, which nothing
 * can tell: it is not chosen by itself.
 */
export const mayBeUnchosen = (diff: FolderDiff): boolean =>
  diff.removed.some((folder) => folder.holdsMail && !folder.selected);

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
