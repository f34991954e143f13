/** What others do in the mailbox while we keep it in step, and while nobody does. */
import { expect } from "vitest";
import {
  daysAgo,
  goneAre,
  idsOf,
  inFolder,
  messagesOf,
  put,
  rowsById,
  until,
  type SyncScenario,
} from "./sync-scenario.ts";
import type { SyncStage } from "./sync-stage.ts";

/** Nothing but what the server pushes, or `watch` asks by itself, brings news. */
const pushOnly = { peekMs: 600_000, watchedPeekMs: 600_000, lookMs: 600_000, restLookMs: 600_000 };

async function statesTold({ database, workspaceId }: SyncStage): Promise<string[]> {
  const { rows } = await database.pool.query<{ state: string }>(
    "SELECT payload->>'state' AS state FROM events WHERE workspace_id = $1 AND type = 'mailbox.state' ORDER BY created_at",
    [workspaceId],
  );
  return rows.map(({ state }) => state);
}

export const liveScenarios: SyncScenario[] = [
  {
    name: "new mail is told by what is pushed or watched, in Inbox and in another folder, and is new",
    tempo: pushOnly,
    async play(stage) {
      const { admin, wire } = stage;
      await put(admin, "INBOX", "before@x");
      await stage.start("INBOX", "Work");
      if (wire.transport === "imap") await until(() => expect(wire.lines).toContain("IDLE"));
      await new Promise((resolve) => setTimeout(resolve, 1_000)); // the one peek after watching began is over
      const heard = wire.lines.length;
      await until(() =>
        expect(wire.lines.some((line) => line.startsWith("NOTIFY")) || wire.lines.length > heard).toBe(true),
      );
      const folders = stage.those("INBOX", "Work");
      for (const folder of folders) await put(admin, folder, `${folder}@x`);
      const come = folders.map((folder): [string, boolean] => [`<${folder}@x>`, true]);
      await until(async () => {
        const isNew = (await messagesOf(stage)).map((row) => [row.message_id, row.is_new]);
        expect(Object.fromEntries(isNew)).toEqual({ "<before@x>": false, ...Object.fromEntries(come) });
      });
    },
  },
  {
    name: "flags that another client sets and takes are shown",
    needs: ["flags"],
    async play(stage) {
      const { admin } = stage;
      for (const id of ["a", "b"]) await put(admin, "INBOX", `${id}@x`);
      await stage.start("INBOX");
      const shown = async (): Promise<string[]> =>
        (await messagesOf(stage)).map(({ seen, flagged }) => `${seen} ${flagged}`).sort();
      const flags = ["\\Seen", "\\Flagged"];
      await inFolder(admin, "INBOX", () => admin.messageFlagsAdd("1", flags));
      await until(async () => expect(await shown()).toEqual(["false false", "true true"]));
      await inFolder(admin, "INBOX", () => admin.messageFlagsRemove("1", flags));
      await until(async () => expect(await shown()).toEqual(["false false", "false false"]));
      await stage.inStep("INBOX");
    },
  },
  {
    name: "a move keeps the message, a deletion is told once every folder was proved: the newest, the oldest, all",
    needs: ["folders"],
    async play(stage) {
      const { admin } = stage;
      for (let n = 0; n < 8; n++) await put(admin, "INBOX", `a${n}@x`);
      await stage.start("INBOX", "Sent", "Work");
      const before = rowsById(await stage.stored());
      await inFolder(admin, "INBOX", async () => {
        await admin.messageMove("3:5", "Work");
        await admin.messageDelete("1");
        await admin.messageDelete("*");
      });
      await stage.inStep("INBOX", "Sent", "Work");
      const after = rowsById(await stage.stored());
      for (const [id, row] of after) expect(row).toBe(before.get(id));
      await goneAre(stage, "a0@x", "a7@x");
      await inFolder(admin, "INBOX", () => admin.messageDelete("1:*"));
      await stage.inStep("INBOX", "Sent", "Work");
      await goneAre(stage, "a0@x", "a1@x", "a5@x", "a6@x", "a7@x");
    },
  },
  {
    name: "what is deleted is told once the mailbox was proved; what came beside it is kept",
    async play(stage) {
      const { admin } = stage;
      for (let n = 0; n < 4; n++) await put(admin, "INBOX", `a${n}@x`);
      await stage.start("INBOX");
      await inFolder(admin, "INBOX", () => admin.messageDelete("2"));
      await put(admin, "INBOX", "later@x");
      await stage.inStep("INBOX");
      await goneAre(stage, "a1@x");
      expect((await messagesOf(stage)).length).toBe(5);
    },
  },
  {
    name: "what happened while nobody kept the mailbox is found: mail of that time is new, the removed is gone",
    async play(stage) {
      const { admin } = stage;
      for (const id of ["kept", "removed"]) await put(admin, "INBOX", `${id}@x`, { date: daysAgo(3) });
      await stage.start("INBOX", "Work");
      await stage.pause();
      await put(admin, "INBOX", "meanwhile@x");
      await put(admin, "INBOX", "copied-in@x", { date: daysAgo(300) }); // old mail, filed now
      await inFolder(admin, "INBOX", async () => {
        await admin.messageDelete("2");
        await admin.messageFlagsAdd("1", ["\\Flagged"]);
      });
      await stage.start("INBOX", "Work");
      await stage.inStep("INBOX", "Work");
      await goneAre(stage, "removed@x");
      const rows = await messagesOf(stage);
      expect(rows.filter((row) => row.is_new).map((row) => row.message_id)).toEqual(["<meanwhile@x>"]);
      const flagged = stage.can("flags") ? ["<kept@x>"] : [];
      expect(rows.filter((row) => row.flagged).map((row) => row.message_id)).toEqual(flagged);
    },
  },
  {
    name: "a network that cuts every connection costs a moment, no mail, and nobody is told",
    async play(stage) {
      const { admin, wire } = stage;
      await put(admin, "INBOX", "before@x");
      await stage.start("INBOX", "Work");
      const states = await statesTold(stage);
      wire.cut();
      const folders = stage.those("INBOX", "Work");
      for (const folder of folders) await put(admin, folder, `${folder}@x`);
      await stage.inStep("INBOX", "Work");
      expect(await statesTold(stage)).toEqual(states);
      expect(await idsOf(stage)).toEqual(["<before@x>", ...folders.map((folder) => `<${folder}@x>`)].sort());
    },
  },
];
