/** The folders of a mailbox as one sees them: a tree set out as lines, the usual ones first, and what is chosen at first. */
import type { Folder } from "../api/gen/model/index.ts";

export interface FolderLine {
  folder: Folder;
  /** 0 at the top. */
  depth: number;
}

const roleOrder = ["inbox", "sent", "drafts", "archive", "junk", "trash"];
const order = (folder: Folder): number => {
  const place = roleOrder.indexOf(folder.role ?? "");
  if (place !== -1) return place;
  return folder.kind === "mail" ? roleOrder.length : roleOrder.length + 1;
};

/** A folder with mail in it can be chosen; calendars, contacts and mere holders of folders cannot. */
export const choosable = (folder: Folder): boolean => folder.selectable && folder.kind === "mail";

/** A chosen folder that the server does not let be read; it is tried again and again. One that was renumbered is no trouble. */
export const troubled = (folder: Folder): boolean =>
  folder.selected && choosable(folder) && folder.problem !== null && folder.problem !== "folder_reset";

/** Parents before their children, roles before names, what holds no mail last, names by the locale. A parent that is not listed counts as none. */
export function folderLines(folders: readonly Folder[], locale: string): FolderLine[] {
  const collator = new Intl.Collator(locale, { numeric: true });
  const known = new Set(folders.map((folder) => folder.path));
  const children = new Map<string | null, Folder[]>();
  for (const folder of folders) {
    const isOrphan =
      folder.parentPath === null || !known.has(folder.parentPath) || folder.parentPath === folder.path;
    const parent = isOrphan ? null : folder.parentPath;
    children.set(parent, [...(children.get(parent) ?? []), folder]);
  }
  const lines: FolderLine[] = [];
  const seen = new Set<string>();
  const walk = (parent: string | null, depth: number): void => {
    const level = (children.get(parent) ?? []).toSorted(
      (a, b) => order(a) - order(b) || collator.compare(a.name, b.name) || collator.compare(a.path, b.path),
    );
    for (const folder of level) {
      if (seen.has(folder.path)) continue;
      seen.add(folder.path);
      lines.push({ folder, depth });
      walk(folder.path, depth + 1);
    }
  };
  walk(null, 0);
  return lines;
}

/** Inbox and Sent; where neither is told apart, the first folder that can be chosen. */
export function usualFolders(folders: readonly Folder[]): string[] {
  const able = folders.filter(choosable);
  const usual = able.filter((folder) => folder.role === "inbox" || folder.role === "sent");
  if (usual.length > 0) return usual.map((folder) => folder.id);
  const inbox = able.find((folder) => folder.path.toUpperCase() === "INBOX") ?? able[0];
  return inbox === undefined ? [] : [inbox.id];
}

/** What stands chosen when the step opens: the choice made before, else the usual. */
export function firstChoice(folders: readonly Folder[], chosenBefore: boolean): string[] {
  const before = folders.filter((folder) => folder.selected && choosable(folder)).map((folder) => folder.id);
  return chosenBefore && before.length > 0 ? before : usualFolders(folders);
}

/** How a span is said: below a minute, in minutes up to 90, else in hours. */
export function roughTime(
  seconds: number,
): { unit: "moment" } | { unit: "minutes" | "hours"; count: number } {
  if (seconds < 60) return { unit: "moment" };
  const minutes = Math.round(seconds / 60);
  return minutes <= 90
    ? { unit: "minutes", count: minutes }
    : { unit: "hours", count: Math.round(minutes / 60) };
}
