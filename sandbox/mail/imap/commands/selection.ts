/** SELECT, EXAMINE, CLOSE, UNSELECT, EXPUNGE (RFC 9051 6.3.2, 6.4; UIDPLUS of RFC 4315). */
import type { CommandFamily, CommandRequest } from "../command.ts";
import { systemFlags } from "../flags.ts";
import { folderNameOf } from "../folder-argument.ts";
import { BadCommand, Refusal } from "../refusal.ts";
import { SelectedFolder } from "../selected-folder.ts";
import type { Target } from "../selected-folder.ts";
import type { ImapSession } from "../session.ts";
import { textOf } from "../tokens.ts";

export const selectionCommands: CommandFamily = {
  SELECT: { state: "authenticated", run: (session, request) => select(session, request, false) },
  EXAMINE: { state: "authenticated", run: (session, request) => select(session, request, true) },
  UNSELECT: { state: "selected", run: (session) => session.select(null) },
  CLOSE: {
    state: "selected",
    run(session) {
      if (!session.selected.readOnly) expunge(session, session.selected.all());
      session.select(null);
    },
  },
  EXPUNGE: {
    state: "selected",
    run(session, { args, byUid }) {
      if (session.selected.readOnly) throw new Refusal("The folder is open for reading only.");
      if (byUid !== (args.length === 1)) throw new BadCommand();
      const targets = byUid ? session.selected.resolve(textOf(args[0]), true) : session.selected.all();
      expunge(session, targets);
    },
  },
};

function select(session: ImapSession, { args, name }: CommandRequest, readOnly: boolean): string {
  if (args.length !== 1) throw new BadCommand();
  session.select(null);
  const folder = session.folder(folderNameOf(args[0]));
  const selected = new SelectedFolder(session.store, folder, readOnly);
  session.select(selected);
  const rows = session.store.messages.rows(folder.id);
  const firstUnseen = rows.findIndex((row) => !row.flags.includes("\\Seen"));
  const flags = systemFlags.join(" ");
  session.send(`* ${selected.exists} EXISTS`);
  session.send("* 0 RECENT");
  session.send(`* FLAGS (${flags})`);
  session.send(`* OK [PERMANENTFLAGS (${readOnly ? "" : flags})] Permanent flags`);
  if (firstUnseen >= 0) session.send(`* OK [UNSEEN ${firstUnseen + 1}] Is the first unseen message`);
  session.send(`* OK [UIDVALIDITY ${folder.uidValidity}] UIDVALIDITY value`);
  session.send(`* OK [UIDNEXT ${folder.uidNext}] The next unique identifier value`);
  return `[READ-${readOnly ? "ONLY" : "WRITE"}] ${name} completed.`;
}

/** Removes those of the targets that are marked \Deleted; the responses follow as updates. */
function expunge(session: ImapSession, targets: readonly Target[]): void {
  const { folder } = session.selected;
  session.store.transaction(() => {
    for (const { uid } of targets) {
      const message = session.store.messages.get(folder.id, uid);
      if (message?.flags.includes("\\Deleted")) session.store.messages.expunge(folder.id, uid);
    }
  });
}
