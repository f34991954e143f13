/** LIST, LSUB, STATUS (RFC 3501 6.3.8 to 6.3.10). */
import type { Folder } from "../../store/folder-store.ts";
import type { CommandFamily, CommandRequest } from "../command.ts";
import { folderNameOf } from "../folder-argument.ts";
import { BadCommand } from "../refusal.ts";
import type { ImapSession } from "../session.ts";
import { atomsOf } from "../tokens.ts";
import { imapFolderName } from "../wire-format.ts";

export const folderListCommands: CommandFamily = {
  LIST: { state: "authenticated", run: (session, request) => list(session, request, false) },
  LSUB: { state: "authenticated", run: (session, request) => list(session, request, true) },
  STATUS: { state: "authenticated", run: status },
};

function list(session: ImapSession, { name, args }: CommandRequest, subscribedOnly: boolean): void {
  if (args.length !== 2) throw new BadCommand();
  const reference = folderNameOf(args[0]);
  const pattern = folderNameOf(args[1]);
  if (pattern === "") {
    session.send(`* ${name} (\\Noselect \\HasChildren) "/" ""`);
    return;
  }
  const matcher = patternOf(reference + pattern);
  const folders = session.store.folders.all(session.account.mailboxId);
  const byName = [...folders].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const folder of byName) {
    if (!matcher.test(folder.name) || (subscribedOnly && !folder.subscribed)) continue;
    session.send(`* ${name} (${attributesOf(folder, folders)}) "/" ${imapFolderName(folder.name)}`);
  }
}

/** `*` matches anything, `%` anything within one level. Only INBOX has no case. */
function patternOf(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.*+?^${}()|[\]\\%]/g, String.raw`\$&`)
    .replaceAll(String.raw`\*`, ".*")
    .replaceAll(String.raw`\%`, "[^/]*");
  return new RegExp(`^${source.replace(/^inbox(?=$|\/)/i, "Inbox")}$`, "s");
}

function attributesOf(folder: Folder, all: readonly Folder[]): string {
  const hasChildren = all.some((other) => other.name.startsWith(`${folder.name}/`));
  return [hasChildren ? "\\HasChildren" : "\\HasNoChildren", ...folder.attributes].join(" ");
}

function status(session: ImapSession, { args }: CommandRequest): void {
  if (args.length !== 2 || args[1]?.kind !== "list") throw new BadCommand();
  const folder = session.folder(folderNameOf(args[0]));
  const counts = session.store.folders.counts(folder.id);
  const values: Record<string, number> = {
    MESSAGES: counts.messages,
    RECENT: 0,
    UIDNEXT: folder.uidNext,
    UIDVALIDITY: folder.uidValidity,
    UNSEEN: counts.unseen,
  };
  const items = atomsOf(args[1]).map((item) => {
    const value = values[item];
    if (value === undefined) throw new BadCommand();
    return `${item} ${value}`;
  });
  session.send(`* STATUS ${imapFolderName(folder.name)} (${items.join(" ")})`);
}
