/** Which folder of another transport is which of this one's: by role, then by name and those above it. Pure. */
import type { RemoteFolder } from "../protocol/mail-source.ts";

/** What both transports say of a folder, in their own words. */
export type NamedFolder = Pick<RemoteFolder, "path" | "name" | "parentPath"> & { role: string | null };

export interface Pairs<K> {
  pairs: { known: K; remote: RemoteFolder }[];
  /** Neither role nor name told. */
  left: K[];
}

/** Each folder is paired once; Exchange's names differ in case only where a person wrote them differently. */
export function pairFolders<K extends NamedFolder>(
  known: readonly K[],
  listed: readonly RemoteFolder[],
): Pairs<K> {
  const free = new Set(listed);
  const pairs: Pairs<K>["pairs"] = [];
  const nameOfKnown = namer(known);
  const nameOfListed = namer(listed);
  const byRole = (folder: K) => (remote: RemoteFolder) => folder.role !== null && remote.role === folder.role;
  const byName = (folder: K) => (remote: RemoteFolder) => nameOfListed(remote) === nameOfKnown(folder);
  let left = [...known];
  for (const isSame of [byRole, byName]) {
    left = left.filter((folder) => {
      const remote = [...free].find(isSame(folder));
      if (remote === undefined) return true;
      free.delete(remote);
      pairs.push({ known: folder, remote });
      return false;
    });
  }
  return { pairs, left };
}

/** Names from the top down; where a folder has a role, that stands for its name, which each transport writes in its own way. */
function namer<F extends NamedFolder>(all: readonly F[]): (folder: F) => string {
  const byPath = new Map(all.map((folder) => [folder.path, folder]));
  return (folder) => {
    const names: string[] = [];
    const seen = new Set<string>();
    let at: F | undefined = folder;
    while (at !== undefined && !seen.has(at.path)) {
      seen.add(at.path);
      names.unshift(at.role === null ? at.name.normalize("NFC").toLowerCase() : `\0${at.role}`);
      at = at.parentPath === null ? undefined : byPath.get(at.parentPath);
    }
    return JSON.stringify(names);
  };
}
