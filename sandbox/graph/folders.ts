/** Mail folders. https://learn.microsoft.com/graph/api/resources/mailfolder */
import type { Folder } from "../mail/store/folder-store.ts";
import type { GraphAnswer, OpenMailbox } from "./call.ts";
import { badRequest, GraphError, itemNotFound } from "./errors.ts";
import { mailRoles, shownName, wellKnownRoles } from "./folder-names.ts";
import { folderId, readId } from "./ids.ts";
import { readObject, textMember } from "./json.ts";
import { knownSelect, readQueryOptions } from "./odata.ts";
import { pageOf } from "./paging.ts";

/** The folder above all others, which IMAP does not show. */
export const rootFolder = "root";

export type AnyFolder = Folder | typeof rootFolder;

const properties = [
  "displayName",
  "parentFolderId",
  "childFolderCount",
  "unreadItemCount",
  "totalItemCount",
  "sizeInBytes",
  "isHidden",
];

export const mailFolders = ({ context, mailboxId }: OpenMailbox): Folder[] =>
  context.store.folders.all(mailboxId).filter((folder) => mailRoles.has(folder.role));

/** The folder by its id or well-known name. @throws GraphError ErrorItemNotFound, ErrorInvalidIdMalformed */
export function findFolder(mailbox: OpenMailbox, text: string): AnyFolder {
  const role = wellKnownRoles[text.toLowerCase()];
  if (role === "root") return rootFolder;
  if (role === null) throw itemNotFound();
  if (role !== undefined) return mailbox.context.store.folders.byRole(mailbox.mailboxId, role);
  const id = readId(text);
  if (id.kind !== "folder" || id.mailboxId !== mailbox.mailboxId) throw itemNotFound();
  if (id.id === 0) return rootFolder;
  const folder = mailbox.context.store.folders.byId(id.id);
  if (folder === null || !mailRoles.has(folder.role)) throw itemNotFound();
  return folder;
}

/** The same, where messages are wanted: the root holds none. */
export function findMessageFolder(mailbox: OpenMailbox, text: string): Folder {
  const folder = findFolder(mailbox, text);
  if (folder === rootFolder) throw itemNotFound();
  return folder;
}

export const childrenOf = (mailbox: OpenMailbox, folder: AnyFolder): Folder[] => {
  const above = folder === rootFolder ? "" : `${folder.name}/`;
  return mailFolders(mailbox).filter(
    ({ name }) => name.startsWith(above) && !name.slice(above.length).includes("/"),
  );
};

function parentId(mailbox: OpenMailbox, folder: Folder): string {
  const cut = folder.name.lastIndexOf("/");
  const parent =
    cut < 0 ? null : mailbox.context.store.folders.find(mailbox.mailboxId, folder.name.slice(0, cut));
  return folderId(mailbox.mailboxId, parent?.id ?? 0);
}

export function folderResource(
  mailbox: OpenMailbox,
  folder: AnyFolder,
  select: readonly string[] | null,
): Record<string, unknown> {
  const { context, mailboxId, owner } = mailbox;
  const isRoot = folder === rootFolder;
  const counts = isRoot ? { messages: 0, unseen: 0 } : context.store.folders.counts(folder.id);
  const shown = shownName(owner.language, isRoot ? rootFolder : folder.role);
  const all: Record<string, unknown> = {
    displayName: shown ?? (isRoot ? "" : folder.name.slice(folder.name.lastIndexOf("/") + 1)),
    parentFolderId: isRoot ? folderId(mailboxId, 0) : parentId(mailbox, folder),
    childFolderCount: childrenOf(mailbox, folder).length,
    unreadItemCount: counts.unseen,
    totalItemCount: counts.messages,
    sizeInBytes: isRoot ? 0 : context.store.folders.sizeBytes(folder.id),
    isHidden: false,
  };
  const id = folderId(mailboxId, isRoot ? 0 : folder.id);
  if (select === null) return { id, ...all };
  return { id, ...Object.fromEntries(select.filter((name) => name in all).map((name) => [name, all[name]])) };
}

export const folderSelect = (select: string[] | null): string[] | null =>
  knownSelect(select, properties, "mailFolder");

export function listFolders(mailbox: OpenMailbox, [parent]: string[]): GraphAnswer {
  const options = readQueryOptions(mailbox.call.query);
  const select = folderSelect(options.select);
  const folders = childrenOf(mailbox, parent === undefined ? rootFolder : findFolder(mailbox, parent));
  const context = `users('${encodeURIComponent(mailbox.owner.address)}')/mailFolders`;
  return pageOf(mailbox, options, folders, context, (folder) => folderResource(mailbox, folder, select));
}

export function getFolder(mailbox: OpenMailbox, [id = ""]: string[]): GraphAnswer {
  const select = folderSelect(readQueryOptions(mailbox.call.query).select);
  return answerFolder(mailbox, 200, findFolder(mailbox, id), select);
}

function answerFolder(
  mailbox: OpenMailbox,
  status: number,
  folder: AnyFolder,
  select: string[] | null = null,
): GraphAnswer {
  const context = `${mailbox.context.graphUrl}/v1.0/$metadata#users('${encodeURIComponent(mailbox.owner.address)}')/mailFolders/$entity`;
  return { status, body: { "@odata.context": context, ...folderResource(mailbox, folder, select) } };
}

const nameExists = (): GraphError =>
  new GraphError(409, "ErrorFolderExists", "A folder with the specified name already exists.");

function newName(mailbox: OpenMailbox, parent: AnyFolder, shown: string | null): string {
  if (shown === null || shown.trim() === "" || shown.length > 250 || shown.includes("/")) {
    throw badRequest("The display name of the folder is missing or not allowed.");
  }
  const name = parent === rootFolder ? shown : `${parent.name}/${shown}`;
  if (mailbox.context.store.folders.find(mailbox.mailboxId, name)) throw nameExists();
  return name;
}

export function createFolder(mailbox: OpenMailbox, [parent]: string[]): GraphAnswer {
  const above = parent === undefined ? rootFolder : findFolder(mailbox, parent);
  const name = newName(mailbox, above, textMember(readObject(mailbox.call.body), "displayName"));
  const { mailboxId, context } = mailbox;
  const made = context.store.folders.create({ mailboxId, name, role: "user", attributes: [] });
  return answerFolder(mailbox, 201, made);
}

function ownFolder(mailbox: OpenMailbox, id: string): Folder {
  const folder = findFolder(mailbox, id);
  if (folder === rootFolder || folder.role !== "user") {
    throw new GraphError(403, "ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be changed.");
  }
  return folder;
}

function renameTree(mailbox: OpenMailbox, folder: Folder, to: string): void {
  const { store } = mailbox.context;
  for (const below of mailFolders(mailbox)) {
    if (below.name.startsWith(`${folder.name}/`)) {
      store.folders.rename(below.id, to + below.name.slice(folder.name.length));
    }
  }
  store.folders.rename(folder.id, to);
}

export function patchFolder(mailbox: OpenMailbox, [id = ""]: string[]): GraphAnswer {
  const folder = ownFolder(mailbox, id);
  const cut = folder.name.lastIndexOf("/");
  const { store } = mailbox.context;
  const parent = cut < 0 ? null : store.folders.find(mailbox.mailboxId, folder.name.slice(0, cut));
  const name = newName(
    mailbox,
    parent ?? rootFolder,
    textMember(readObject(mailbox.call.body), "displayName"),
  );
  store.transaction(() => renameTree(mailbox, folder, name));
  return answerFolder(mailbox, 200, store.folders.byId(folder.id) ?? folder);
}

export function moveFolder(mailbox: OpenMailbox, [id = ""]: string[]): GraphAnswer {
  const folder = ownFolder(mailbox, id);
  const target = findFolder(mailbox, textMember(readObject(mailbox.call.body), "destinationId") ?? "");
  const { store } = mailbox.context;
  const name = newName(mailbox, target, folder.name.slice(folder.name.lastIndexOf("/") + 1));
  store.transaction(() => renameTree(mailbox, folder, name));
  return answerFolder(mailbox, 201, store.folders.byId(folder.id) ?? folder);
}

/** Its messages and the folders below go with it; Outlook keeps them in Deleted Items for a while, which we do not. */
export function deleteFolder(mailbox: OpenMailbox, [id = ""]: string[]): GraphAnswer {
  const folder = ownFolder(mailbox, id);
  const { store } = mailbox.context;
  const tree = mailFolders(mailbox).filter((one) => `${one.name}/`.startsWith(`${folder.name}/`));
  store.transaction(() => {
    for (const one of tree) {
      for (const uid of store.messages.uids(one.id)) store.messages.expunge(one.id, uid);
      store.folders.remove(one.id);
    }
  });
  return { status: 204 };
}
