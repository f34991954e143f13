/** Our own changes on their way to the server. */
import { expect } from "vitest";
import { mail } from "../support/fake-source.ts";
import { noteCopying } from "../../src/store/intents.ts";
import { daysAgo, inFolder, messagesOf, put, remake, until, type SyncScenario } from "./sync-scenario.ts";
import type { SyncStage } from "./sync-stage.ts";

async function messageIds(stage: SyncStage, ...ids: string[]): Promise<string[]> {
  const rows = new Map((await messagesOf(stage)).map((row) => [row.message_id, row.id]));
  return ids.map((id) => rows.get(`<${id}>`)!);
}

const intentStates = async ({ database, workspaceId }: SyncStage): Promise<string[]> => {
  const { rows } = await database.pool.query<{ state: string }>(
    "SELECT DISTINCT state FROM intents WHERE workspace_id = $1 ORDER BY 1",
    [workspaceId],
  );
  return rows.map(({ state }) => state);
};

const idsIn = async (stage: SyncStage, folder: string): Promise<(string | null)[]> =>
  (await stage.held(folder)).map((item) => item.messageId).sort();

/** A move into Work of what stands in the Inbox, as a try leaves it that is cut off when the server has copied, or before. */
async function leaveCutOff(stage: SyncStage, id: string, { copied }: { copied: boolean }): Promise<void> {
  const { admin, tenant } = stage;
  const folders = { from: await stage.folderId("INBOX"), to: await stage.folderId("Work") };
  const [messageId] = await messageIds(stage, id);
  await stage.intend({ kind: "move", messageIds: [messageId!], params: { targetFolderId: folders.to } });
  const { rows } = await stage.database.pool.query<{ id: string }>(
    "SELECT id FROM intents WHERE workspace_id = $1 AND message_id = $2",
    [stage.workspaceId, messageId],
  );
  const status = await admin.status("Work", { uidNext: true, uidValidity: true });
  if (status === false) throw new Error("no status of Work");
  const mark = { epochKey: String(status.uidValidity), uidNext: status.uidNext! };
  await tenant.transaction((tx) => noteCopying(tx, [rows[0]!.id], folders, mark));
  const { uid } = (await stage.held("INBOX")).find((item) => item.messageId === `<${id}>`)!;
  if (copied) await inFolder(admin, "INBOX", () => admin.messageCopy(String(uid), "Work", { uid: true }));
}

export const writingScenarios: SyncScenario[] = [
  {
    name: "our flags, moves and deletions reach the server, and are the same messages afterwards",
    needs: ["writing"],
    async play(stage) {
      const { admin, trash } = stage;
      for (let n = 0; n < 5; n++) await put(admin, "INBOX", `a${n}@x`);
      await stage.start("INBOX", "Work", trash);
      const before = new Map((await messagesOf(stage)).map((row) => [row.message_id, row.id]));
      const flagged = await messageIds(stage, "a0@x", "a1@x");
      await stage.intend({ kind: "flags", messageIds: flagged, params: { add: ["\\Seen", "\\Flagged"] } });
      const targetFolderId = await stage.folderId("Work");
      await stage.intend({
        kind: "move",
        messageIds: await messageIds(stage, "a2@x"),
        params: { targetFolderId },
      });
      await stage.intend({ kind: "delete", messageIds: await messageIds(stage, "a3@x"), params: {} });
      await until(async () => {
        expect(await idsIn(stage, "Work")).toEqual(["<a2@x>"]);
        expect(await idsIn(stage, trash)).toEqual(["<a3@x>"]);
        const seen = (await stage.held("INBOX")).filter(({ flags }) => flags.includes("\\Seen"));
        expect(seen.map(({ messageId }) => messageId)).toEqual(["<a0@x>", "<a1@x>"]);
      });
      await stage.inStep("INBOX", "Work", trash);
      expect(await intentStates(stage)).toEqual(["confirmed"]);
      const after = await messagesOf(stage);
      expect(new Map(after.map((row) => [row.message_id, row.id]))).toEqual(before);
      // \Seen of ours is not "read by everybody".
      expect(after.some((row) => row.seen || row.gone_at !== null)).toBe(false);
    },
  },
  {
    name: "hundreds of changes are one STORE, hundreds of moves one MOVE",
    needs: ["bulk"],
    async play(stage) {
      const { admin, wire } = stage;
      for (let n = 0; n < 31; n++) await put(admin, "INBOX", `m${n}@x`, { date: daysAgo(1) });
      await inFolder(admin, "INBOX", async () => {
        for (let n = 0; n < 4; n++) await admin.messageCopy("1:*", "INBOX");
      });
      await stage.start("INBOX", "Work");
      const all = (await messagesOf(stage)).map(({ id }) => id);
      expect(all.length).toBe(496);
      wire.clear();
      await stage.intend({ kind: "flags", messageIds: all, params: { add: ["\\Flagged"] } });
      await until(async () => {
        const flagged = (await stage.held("INBOX")).filter(({ flags }) => flags.includes("\\Flagged"));
        expect(flagged.length).toBe(496);
      });
      await stage.intend({
        kind: "move",
        messageIds: all,
        params: { targetFolderId: await stage.folderId("Work") },
      });
      await until(async () => expect((await stage.held("Work")).length).toBe(496));
      await stage.inStep("INBOX", "Work");
      const said = wire.lines
        .filter((line) => /^UID (STORE|MOVE|COPY)/.test(line))
        .map((line) => line.split(" ")[1]);
      expect(said).toEqual(["STORE", "MOVE"]);
      expect((await messagesOf(stage)).map(({ id }) => id)).toEqual(all);
    },
  },
  {
    name: "moves that were cut off, into a folder that is renumbered before the next try: none stands there twice, none is lost",
    needs: ["folders", "copies"],
    async play(stage) {
      const { admin } = stage;
      for (const id of ["cut@x", "uncut@x", "there@x"]) await put(admin, "INBOX", id);
      const date = daysAgo(3);
      for (let n = 0; n < 2; n++) await put(admin, "INBOX", "twin@x", { date });
      await inFolder(admin, "INBOX", () => admin.messageMove("5", "Work"));
      await inFolder(admin, "INBOX", () => admin.messageCopy("3", "Work"));
      await stage.start("INBOX", "Work");
      await stage.pause();
      const before = (await messagesOf(stage)).map((row) => row.id);
      await leaveCutOff(stage, "cut@x", { copied: true });
      for (const id of ["uncut@x", "there@x", "twin@x"]) await leaveCutOff(stage, id, { copied: false });
      await remake(stage, "Work");
      await stage.start("INBOX", "Work");
      await until(async () => expect(await intentStates(stage)).toEqual(["confirmed"]));
      expect(await idsIn(stage, "INBOX")).toEqual([]);
      const all = ["<cut@x>", "<there@x>", "<there@x>", "<twin@x>", "<twin@x>", "<uncut@x>"];
      expect(await idsIn(stage, "Work")).toEqual(all);
      await stage.inStep("INBOX", "Work");
      const after = await messagesOf(stage);
      expect(after.map((row) => row.message_id).sort()).toEqual(all);
      expect(after.every((row) => row.gone_at === null)).toBe(true);
      expect(after.map((row) => row.id).filter((id) => before.includes(id))).toEqual(before);
    },
  },
  {
    name: "moves that were cut off, into a renumbered folder that is not chosen: what it holds octet by octet was copied, and nothing else",
    needs: ["folders", "copies"],
    async play(stage) {
      const { admin } = stage;
      const date = daysAgo(3);
      await put(admin, "INBOX", "cut@x", { date });
      await put(admin, "INBOX", "uncut@x", { date, text: "Good day" });
      await put(admin, "Work", "uncut@x", { date, text: "Good bye" });
      await stage.start("INBOX");
      await stage.pause();
      await leaveCutOff(stage, "cut@x", { copied: true });
      await leaveCutOff(stage, "uncut@x", { copied: false });
      await remake(stage, "Work");
      await stage.start("INBOX");
      await until(async () => expect(await intentStates(stage)).toEqual(["confirmed"]));
      expect(await idsIn(stage, "INBOX")).toEqual([]);
      expect(await idsIn(stage, "Work")).toEqual(["<cut@x>", "<uncut@x>", "<uncut@x>"]);
    },
  },
  {
    name: "a mailbox set to read only is never written to, not even what was asked for before",
    needs: ["folders"],
    async play(stage) {
      const { admin, wire } = stage;
      for (let n = 0; n < 3; n++) await put(admin, "INBOX", `a${n}@x`);
      await stage.start("INBOX", "Work");
      await stage.pause();
      const ids = await messageIds(stage, "a0@x");
      await stage.intend({ kind: "flags", messageIds: ids, params: { add: ["\\Flagged"] } });
      await stage.intend({
        kind: "move",
        messageIds: ids,
        params: { targetFolderId: await stage.folderId("Work") },
      });
      await stage.change({ read_only: true });
      wire.clear();
      await stage.start("INBOX", "Work");
      await until(async () => expect(await intentStates(stage)).toEqual(["undone"]));
      await expect(stage.intend({ kind: "delete", messageIds: ids, params: {} })).rejects.toMatchObject({
        code: "read_only",
      });
      await stage.inStep("INBOX", "Work");
      expect((await messagesOf(stage)).some((row) => row.flagged)).toBe(false);
      expect(wire.changes()).toEqual([]);
      expect((await stage.held("INBOX")).map(({ flags }) => flags)).toEqual([[], [], []]);
    },
  },
  {
    name: "what we file in Sent comes back once, as ours and read",
    needs: ["append"],
    async play(stage) {
      await stage.start("INBOX", "Sent");
      const raw = mail({
        id: "ours@x",
        from: "support@example.com",
        to: "ann@example.org",
        date: new Date().toUTCString(),
      });
      const append = { kind: "append", folderPath: "Sent", epochKey: "", keys: [], add: ["\\Seen"] };
      const source = stage.source();
      await source.apply({ ...append, kind: "append", raw: Buffer.from(raw) });
      await until(async () => expect((await messagesOf(stage)).length).toBe(1));
      await stage.inStep("INBOX", "Sent");
      expect(await messagesOf(stage)).toMatchObject([
        { message_id: "<ours@x>", direction: "out", seen: true },
      ]);
      const trace = {
        from: "support@example.com",
        to: ["ann@example.org"],
        dateMs: Date.now(),
        otherIds: [],
        subject: "",
      };
      expect((await source.findSent("Sent", { ...trace, messageId: "<ours@x>" })).length).toBe(1);
    },
  },
];
