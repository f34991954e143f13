/** STORE, COPY, MOVE, APPEND (RFC 9051 6.4.6, 6.4.7, 6.3.12; MOVE of RFC 6851, UIDPLUS of RFC 4315). */
import { parseImapDateTime } from "../../mime/dates.ts";
import type { Folder } from "../../store/folder-store.ts";
import type { CommandFamily, CommandRequest } from "../command.ts";
import { changedFlags, readFlags } from "../flags.ts";
import type { FlagChange } from "../flags.ts";
import { folderNameOf } from "../folder-argument.ts";
import { BadCommand, noTarget, Refusal } from "../refusal.ts";
import type { ImapSession } from "../session.ts";
import { textOf } from "../tokens.ts";
import type { Token } from "../tokens.ts";
import { imapSet } from "../wire-format.ts";

export const messageWriteCommands: CommandFamily = {
  STORE: { state: "selected", keepsNumbers: true, run: store },
  COPY: {
    state: "selected",
    run(session, request) {
      const copied = transfer(session, request, "copy");
      return copied === null ? undefined : `[COPYUID ${copied}] COPY completed.`;
    },
  },
  MOVE: {
    state: "selected",
    run(session, request) {
      refuseReadOnly(session);
      const moved = transfer(session, request, "move");
      if (moved !== null) session.send(`* OK [COPYUID ${moved}]`);
    },
  },
  APPEND: { state: "authenticated", run: append },
};

function store(session: ImapSession, { args, byUid }: CommandRequest): void {
  const match = /^([+-]?)FLAGS(\.SILENT)?$/i.exec(textOf(args[1]));
  if (!match || args.length < 3) throw new BadCommand();
  const change: FlagChange = match[1] === "+" ? "add" : match[1] === "-" ? "remove" : "set";
  const flags = readFlags(args.slice(2));
  refuseReadOnly(session);
  const { selected } = session;
  const targets = selected.resolve(textOf(args[0]), byUid);
  session.store.transaction(() => {
    for (const { uid, sequence } of targets) {
      const message = session.store.messages.get(selected.folder.id, uid);
      if (!message) continue;
      const after = changedFlags(message.flags, change, flags);
      if (after.join(" ") !== message.flags.join(" ")) {
        session.store.messages.setFlags(selected.folder.id, uid, after, selected);
      }
      const shown = byUid ? `UID ${uid} FLAGS` : "FLAGS";
      if (!match[2]) session.send(`* ${sequence} FETCH (${shown} (${after.join(" ")}))`);
    }
  });
}

/** Copies or moves; returns the arguments of COPYUID, null when there was nothing to do. */
function transfer(
  session: ImapSession,
  { args, byUid }: CommandRequest,
  how: "copy" | "move",
): string | null {
  if (args.length !== 2) throw new BadCommand();
  const targets = session.selected.resolve(textOf(args[0]), byUid);
  const target = targetFolder(session, args[1]);
  const { folder } = session.selected;
  if (how === "move" && target.id === folder.id)
    throw new Refusal("The messages are in that folder already.");
  const pairs = session.store.transaction(() =>
    targets.flatMap(({ uid }) => {
      const newUid =
        how === "copy"
          ? session.store.messages.copy(folder.id, uid, target.id)
          : session.store.messages.move(folder.id, uid, target.id);
      return newUid === null ? [] : [{ uid, newUid }];
    }),
  );
  if (pairs.length === 0) return null;
  const from = imapSet(pairs.map((pair) => pair.uid));
  return `${target.uidValidity} ${from} ${imapSet(pairs.map((pair) => pair.newUid))}`;
}

function append(session: ImapSession, { args }: CommandRequest): string {
  const message = args.at(-1);
  if (args.length < 2 || args.length > 4 || message?.kind !== "string" || message.bytes.length === 0) {
    throw new BadCommand();
  }
  const folder = targetFolder(session, args[0]);
  const options = args.slice(1, -1);
  const flags = options[0]?.kind === "list" ? readFlags([options[0]]) : [];
  const dateToken = options[0]?.kind === "list" ? options[1] : options[0];
  if (options.length > (options[0]?.kind === "list" ? 2 : 1)) throw new BadCommand();
  const internalDate = dateToken ? parseImapDateTime(textOf(dateToken)) : session.around.now();
  if (internalDate === null) throw new BadCommand();
  const uid = session.store.messages.append(folder.id, { raw: message.bytes, flags, internalDate });
  return `[APPENDUID ${folder.uidValidity} ${uid}] APPEND completed.`;
}

function targetFolder(session: ImapSession, token: Token | undefined): Folder {
  const name = folderNameOf(token);
  const folder = session.store.folders.find(session.account.mailboxId, name);
  if (!folder) throw noTarget();
  return folder;
}

function refuseReadOnly(session: ImapSession): void {
  if (session.selected.readOnly) throw new Refusal("The folder is open for reading only.");
}
