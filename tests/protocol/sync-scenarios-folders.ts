/** Folders that are renumbered, renamed, removed, added, or do not open. */
import { expect } from "vitest";
import {
  daysAgo,
  goneAre,
  idsOf,
  inFolder,
  messagesOf,
  put,
  remake,
  rowsById,
  until,
  type SyncScenario,
} from "./sync-scenario.ts";
import type { SyncStage } from "./sync-stage.ts";

/** How often the folder was renumbered, and whether all of it was found again. */
async function numbering(stage: SyncStage, path: string): Promise<{ epoch: number; done: boolean }> {
  const { rows } = await stage.database.pool.query<{ epoch: number; done: boolean }>(
    "SELECT epoch, tail_done_at IS NOT NULL AS done FROM folders WHERE workspace_id = $1 AND id = $2",
    [stage.workspaceId, await stage.folderId(path)],
  );
  return rows[0]!;
}

export const folderScenarios: SyncScenario[] = [
  {
    name: "a renumbered folder: messages, conversations and assignees stay, no body is fetched again but those of twins",
    needs: ["folders"],
    async play(stage) {
      const { admin, wire, database } = stage;
      for (let n = 0; n < 6; n++)
        await put(admin, "Work", `w${n}@x`, { date: daysAgo(n + 1), flags: n === 2 ? ["\\Flagged"] : [] });
      const date = daysAgo(9); // one for both: of two calls the second may be a second later
      for (let n = 0; n < 2; n++) await put(admin, "Work", "twin@x", { date });
      await stage.start("INBOX", "Work");
      await database.pool.query(
        "UPDATE conversations SET assignee = 'ann', status = 'open' WHERE workspace_id = $1",
        [stage.workspaceId],
      );
      const before = rowsById(await stage.stored());
      const ids = (await messagesOf(stage)).map(({ id }) => id);
      const { epoch } = await numbering(stage, "Work");
      await stage.pause();
      await remake(stage, "Work");
      wire.clear();
      await stage.start("INBOX", "Work");
      await until(async () =>
        expect(await numbering(stage, "Work")).toEqual({ epoch: epoch + 1, done: true }),
      );
      await stage.inStep("INBOX", "Work");
      for (const [id, row] of rowsById(await stage.stored()))
        if (id !== "<twin@x>") expect(row).toBe(before.get(id));
      const after = await messagesOf(stage);
      expect(after.map(({ id }) => id)).toEqual(ids);
      expect(after.every((row) => row.assignee === "ann" && row.status === "open")).toBe(true);
      expect(after.every((row) => row.gone_at === null && !row.is_new)).toBe(true);
      const twins = (await stage.stored()).filter(({ messageId }) => messageId === "<twin@x>");
      expect([...new Set(stage.wire.wholes())].sort()).toEqual(twins.map(({ uid }) => uid));
    },
  },
  {
    name: "a renamed folder is followed: same messages, nothing fetched; what comes in there later is brought",
    needs: ["folders"],
    async play(stage) {
      const { admin, wire } = stage;
      for (let n = 0; n < 4; n++) await put(admin, "Work", `w${n}@x`);
      await stage.start("INBOX", "Work");
      const before = rowsById(await stage.stored());
      const folder = await stage.folderId("Work");
      wire.clear();
      await admin.mailboxRename("Work", "Arbeit");
      await until(async () => expect(await stage.folderId("Arbeit")).toBe(folder));
      await stage.inStep("Arbeit", "INBOX");
      expect(rowsById(await stage.stored())).toEqual(before);
      expect(stage.wire.bodies()).toEqual([]);
      await put(admin, "Arbeit", "later@x");
      await stage.inStep("Arbeit", "INBOX");
    },
  },
  {
    name: "the mail of a folder that was removed is gone, a folder that was added is imported",
    needs: ["folders"],
    async play(stage) {
      const { admin } = stage;
      await put(admin, "Work", "lost@x");
      await put(admin, "INBOX", "kept@x");
      await stage.change({ new_folders: true });
      await stage.start("INBOX", "Work");
      await admin.mailboxDelete("Work");
      await goneAre(stage, "lost@x");
      await admin.mailboxCreate("Projects");
      await put(admin, "Projects", "project@x");
      await stage.inStep("INBOX", "Projects");
      expect(await idsOf(stage)).toEqual(["<kept@x>", "<lost@x>", "<project@x>"]);
    },
  },
  {
    name: "a folder that is listed and does not open is left alone more and more, and holds up no other",
    needs: ["phantom"],
    async play(stage) {
      const { admin, wire, server, login } = stage;
      await server.makePhantom(login, "Phantom");
      await put(admin, "INBOX", "before@x");
      await stage.start("INBOX", "Phantom", "Work");
      wire.clear();
      for (const folder of ["INBOX", "Work"]) await put(admin, folder, `${folder}@x`);
      await inFolder(admin, "INBOX", () => admin.messageDelete("1"));
      await stage.inStep("INBOX", "Work");
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(wire.lines.filter((line) => /^EXAMINE "?Phantom/.test(line)).length).toBeLessThan(4);
      expect(wire.lines.filter((line) => /^(LOGIN|AUTHENTICATE)/.test(line)).length).toBeLessThan(4);
    },
  },
];
