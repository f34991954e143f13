/**
 * The folders of a mailbox (learn.microsoft.com/graph/api/mailfolder-delta): listed whole once, later only what changed.
 * Their ids are constant; their names are the user's language, so the well-known names are resolved to ids.
 */
import { isHitchpostError } from "../../core/errors.ts";
import { roleByFolderName } from "../imap/folder-names.ts";
import type { FolderRole, RemoteFolder } from "../mail-source.ts";
import type { Batcher } from "./batch.ts";
import type { GraphClient } from "./client.ts";
import { query } from "./links.ts";
import { folderPageSchema, folderSchema, folderSelect, type Folder } from "./schemas.ts";

/** Well-known name → role; null: it holds no mail of people (mailfolder resource type, "well-known folder names"). */
const wellKnown: Record<string, FolderRole | null> = {
  inbox: "inbox",
  sentitems: "sent",
  drafts: "drafts",
  deleteditems: "trash",
  junkemail: "junk",
  archive: "archive",
  outbox: null,
  conversationhistory: null,
  syncissues: null,
  conflicts: null,
  localfailures: null,
  serverfailures: null,
  scheduled: null,
  searchfolders: null,
};

export interface FolderList {
  /** @param counts the numbers of messages are wanted as they are now */
  list(counts: boolean): Promise<RemoteFolder[]>;
}

export function createFolderList(client: GraphClient, batcher: Batcher): FolderList {
  const known = new Map<string, Folder>();
  let deltaLink: string | null = null;
  let roles: ReadonlyMap<string, FolderRole | null> | null = null;
  return {
    async list(counts) {
      if (counts || deltaLink === null) {
        const all = await listAll(client);
        known.clear();
        for (const folder of all.folders) known.set(folder.id, folder);
        deltaLink = all.deltaLink;
      } else deltaLink = await follow(client, deltaLink, known);
      roles ??= await resolveRoles(batcher);
      return toRemoteFolders([...known.values()], roles);
    },
  };
}

const request = { what: "listing folders", subject: "mailbox", urgency: "urgent", pageSize: 250 } as const;

/** @returns the link of the next time; null: the place was forgotten, and all is listed anew then */
async function follow(client: GraphClient, link: string, known: Map<string, Folder>): Promise<string | null> {
  try {
    const { folders, deltaLink } = await pages(client, link, "link");
    for (const folder of folders) {
      if (folder["@removed"] !== undefined) known.delete(folder.id);
      else known.set(folder.id, { ...known.get(folder.id), ...withoutGaps(folder) });
    }
    return deltaLink;
  } catch (error) {
    if (!isHitchpostError(error, "folder_reset")) throw error;
    const all = await listAll(client);
    known.clear();
    for (const folder of all.folders) known.set(folder.id, folder);
    return all.deltaLink;
  }
}

/** A change may name some properties alone. */
const withoutGaps = (folder: Folder): Folder =>
  Object.fromEntries(
    Object.entries(folder).filter(
      ([name, value]) => value !== undefined && !(name === "displayName" && value === ""),
    ),
  ) as Folder;

interface Listed {
  folders: Folder[];
  deltaLink: string | null;
}

async function listAll(client: GraphClient): Promise<Listed> {
  try {
    const listed = await pages(client, `/mailFolders/delta${query({ $select: folderSelect })}`, "mailbox");
    return { ...listed, folders: listed.folders.filter((folder) => folder["@removed"] === undefined) };
  } catch (error) {
    if (!isHitchpostError(error, "protocol_error")) throw error;
    return { folders: await walk(client), deltaLink: null }; // no delta of folders here: level by level
  }
}

async function walk(client: GraphClient): Promise<Folder[]> {
  const options = query({ $select: folderSelect, $top: 250 });
  const all: Folder[] = [];
  const open = [`/mailFolders${options}`];
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    const { folders } = await pages(client, path, "mailbox");
    all.push(...folders);
    for (const { id, childFolderCount } of folders)
      if ((childFolderCount ?? 0) > 0)
        open.push(`/mailFolders/${encodeURIComponent(id)}/childFolders${options}`);
  }
  return all;
}

async function pages(client: GraphClient, path: string, root: "mailbox" | "link"): Promise<Listed> {
  const folders: Folder[] = [];
  for (let at: { path: string; root: "mailbox" | "link" } = { path, root }; ;) {
    const page = await client.json(folderPageSchema, { ...request, ...at });
    folders.push(...page.value);
    const next = page["@odata.nextLink"];
    if (next == null) return { folders, deltaLink: page["@odata.deltaLink"] ?? null };
    at = { path: next, root: "link" };
  }
}

/** Folder id → role. Those that the mailbox has not are left out. */
async function resolveRoles(batcher: Batcher): Promise<ReadonlyMap<string, FolderRole | null>> {
  const names = Object.keys(wellKnown);
  const answers = await batcher.run(
    names.map((name) => ({ path: `/mailFolders/${name}?$select=id,displayName` })),
    { what: "listing folders", subject: "folder", urgency: "urgent" },
  );
  return new Map(
    answers.flatMap((answer, index): [string, FolderRole | null][] => {
      const folder = answer.ok ? folderSchema.safeParse(answer.json).data : undefined;
      return folder === undefined ? [] : [[folder.id, wellKnown[names[index] ?? ""] ?? null]];
    }),
  );
}

/** Pure. Where no well-known name was resolved, the folders' own names are read. */
export function toRemoteFolders(
  folders: readonly Folder[],
  roles: ReadonlyMap<string, FolderRole | null>,
): RemoteFolder[] {
  const ids = new Set(folders.map(({ id }) => id));
  const byName = ![...roles.values()].includes("inbox");
  return folders.map((folder): RemoteFolder => {
    const { id, displayName, parentFolderId, totalItemCount } = folder;
    const role = roles.get(id) ?? (byName ? roleByFolderName(displayName) : null);
    const holdsMail = !roles.has(id) || role !== null;
    const isSearch = /searchfolder$/i.test(folder["@odata.type"] ?? "");
    return {
      path: id,
      name: displayName.replaceAll("\0", "") || id,
      delimiter: null,
      parentPath: parentFolderId != null && ids.has(parentFolderId) ? parentFolderId : null,
      role,
      selectable: !isSearch,
      kind: holdsMail && !isSearch && folder.isHidden !== true ? "mail" : "other",
      messages: totalItemCount ?? null,
    };
  });
}
