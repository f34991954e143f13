/** CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE (RFC 9051 6.3.4 to 6.3.8). */
import { canonicalFolderName } from "../../store/folder-store.ts";
import type { Folder } from "../../store/folder-store.ts";
import type { CommandFamily, CommandRequest } from "../command.ts";
import { folderNameOf } from "../folder-argument.ts";
import { BadCommand, Refusal } from "../refusal.ts";
import type { ImapSession } from "../session.ts";

const longestName = 250;

export const folderChangeCommands: CommandFamily = {
  CREATE: {
    state: "authenticated",
    run(session, { args }) {
      const [name = ""] = folderNames(args, 1);
      if (session.store.folders.find(session.account.mailboxId, name)) {
        throw new Refusal("[ALREADYEXISTS] Mailbox already exists.");
      }
      session.store.transaction(() => createWithParents(session, name));
    },
  },
  DELETE: {
    state: "authenticated",
    run(session, { args }) {
      const [name = ""] = folderNames(args, 1);
      const folder = ownFolder(session, name);
      if (childrenOf(session, folder.name).length > 0) throw new Refusal("The folder has subfolders.");
      for (const uid of session.store.messages.uids(folder.id))
        session.store.messages.expunge(folder.id, uid);
      session.store.folders.remove(folder.id);
    },
  },
  RENAME: {
    state: "authenticated",
    run(session, { args }) {
      const [from = "", to = ""] = folderNames(args, 2);
      const folder = ownFolder(session, from);
      if (session.store.folders.find(session.account.mailboxId, to)) {
        throw new Refusal("[ALREADYEXISTS] Mailbox already exists.");
      }
      session.store.transaction(() => renameTree(session, folder, to));
    },
  },
  SUBSCRIBE: { state: "authenticated", run: (session, request) => subscribe(session, request, true) },
  UNSUBSCRIBE: { state: "authenticated", run: (session, request) => subscribe(session, request, false) },
};

function folderNames(args: CommandRequest["args"], count: number): string[] {
  if (args.length !== count) throw new BadCommand();
  return args.map((arg) => {
    const name = canonicalFolderName(folderNameOf(arg).replace(/\/$/, ""));
    if (name === "" || name.length > longestName || name.split("/").includes("")) throw new BadCommand();
    return name;
  });
}

/** The folder, if it is one that a user made; Outlook's own may not be renamed or deleted. */
function ownFolder(session: ImapSession, name: string): Folder {
  const folder = session.folder(name);
  if (folder.role !== "user") throw new Refusal("[CANNOT] This is one of the default folders.");
  return folder;
}

function childrenOf(session: ImapSession, name: string): Folder[] {
  const all = session.store.folders.all(session.account.mailboxId);
  return all.filter((folder) => folder.name.startsWith(`${name}/`));
}

function createWithParents(session: ImapSession, name: string): void {
  const { mailboxId } = session.account;
  const levels = name.split("/");
  for (let depth = 1; depth <= levels.length; depth++) {
    const path = levels.slice(0, depth).join("/");
    if (!session.store.folders.find(mailboxId, path)) {
      session.store.folders.create({ mailboxId, name: path, role: "user", attributes: [] });
    }
  }
}

function renameTree(session: ImapSession, folder: Folder, to: string): void {
  const parent = to.split("/").slice(0, -1).join("/");
  if (parent !== "") createWithParents(session, parent);
  for (const child of childrenOf(session, folder.name)) {
    session.store.folders.rename(child.id, to + child.name.slice(folder.name.length));
  }
  session.store.folders.rename(folder.id, to);
}

function subscribe(session: ImapSession, { args }: CommandRequest, subscribed: boolean): void {
  const [name = ""] = folderNames(args, 1);
  session.store.folders.subscribe(session.folder(name).id, subscribed);
}
