/** The first import: newest first, in its range, resumed, large mail in two phases, nothing changed by reading. */
import { expect } from "vitest";
import { mail } from "../support/fake-source.ts";
import { daysAgo, idsOf, inFolder, messagesOf, put, until, type SyncScenario } from "./sync-scenario.ts";

const flagSets = [[], ["\\Seen"], ["\\Flagged"], ["\\Seen", "\\Answered"], ["\\Seen", "$Forwarded"]];

const large = (octets: number): string => {
  const encoded = Buffer.alloc(octets, "0123456789abcdef").toString("base64").replaceAll(/.{76}/g, "$&\r\n");
  return `Message-ID: <large@x>\r\nFrom: ann@example.org\r\nSubject: large\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nthe text\r\n--b\r\nContent-Type: application/zip; name=big.zip\r\nContent-Disposition: attachment; filename=big.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded}\r\n--b--\r\n`;
};

export const importScenarios: SyncScenario[] = [
  {
    name: "the first import brings the newest first, and every message of the chosen folders once",
    async play(stage) {
      const { admin, database, wire, workspaceId } = stage;
      for (let n = 1; n <= 110; n++) await put(admin, "INBOX", `in${n}@x`, { flags: flagSets[n % 5]! });
      const others = stage.those("Work", "Sent");
      for (let n = 0; n < 6 * others.length; n++) await put(admin, others[n % 2]!, `other${n}@x`);
      await stage.start("INBOX", "Sent", "Work");
      await stage.inStep("INBOX", "Sent", "Work");
      expect(new Set(await idsOf(stage)).size).toBe(110 + 6 * others.length);
      const { rows } = await database.pool.query<{ key: string }>(
        `SELECT l.remote_key AS key FROM message_locations l JOIN folders f ON f.id = l.folder_id
         WHERE l.workspace_id = $1 AND f.path = 'INBOX' ORDER BY l.message_id LIMIT 50`,
        [workspaceId],
      );
      expect(Math.min(...rows.map(({ key }) => wire.uid(key)!))).toBe(61);
    },
  },
  {
    name: "the history is kept to its range, and reaches further back when that is chosen; nothing is fetched twice",
    async play(stage) {
      const { admin } = stage;
      for (const [id, days] of Object.entries({ old: 800, half: 200, month: 60, new: 1 }))
        await put(admin, "INBOX", `${id}@x`, { date: daysAgo(days) });
      await stage.change({ history: "3m" });
      await stage.start("INBOX");
      expect(await idsOf(stage)).toEqual(["<month@x>", "<new@x>"]);
      await stage.choose("all", "INBOX");
      await until(async () =>
        expect(await idsOf(stage)).toEqual(["<half@x>", "<month@x>", "<new@x>", "<old@x>"]),
      );
      expect(stage.wire.wholes().sort()).toEqual([1, 2, 3, 4]);
      expect((await messagesOf(stage)).some((row) => row.is_new)).toBe(false);
    },
  },
  {
    name: "imported conversations are closed, unless unread and younger than 30 days",
    async play(stage) {
      const { admin } = stage;
      await put(admin, "INBOX", "old-unread@x", { date: daysAgo(40) });
      await put(admin, "INBOX", "young-unread@x", { date: daysAgo(10) });
      await put(admin, "INBOX", "young-read@x", { date: daysAgo(10), flags: ["\\Seen"] });
      await stage.start("INBOX");
      const status = new Map((await messagesOf(stage)).map((row) => [row.message_id, row.status]));
      expect(Object.fromEntries(status)).toEqual({
        "<old-unread@x>": "closed",
        "<young-unread@x>": "open",
        "<young-read@x>": stage.can("flags") ? "closed" : "open",
      });
    },
  },
  {
    name: "an import that stops dead goes on where it was: nothing stored is fetched again",
    async play(stage) {
      const { admin, wire } = stage;
      const text = "0123456789 abcdef ".repeat(100);
      for (let n = 1; n <= 16; n++) await put(admin, "INBOX", `m${n}@x`, { text });
      await inFolder(admin, "INBOX", async () => {
        for (let n = 0; n < 4; n++) await admin.messageCopy("1:*", "INBOX");
      });
      wire.holdAfter(wire.transport === "graph" ? 900_000 : 260_000); // in the second page, of 200
      await stage.begin("INBOX");
      await until(() => expect(wire.holding()).toBe(true));
      // The page before needs the server no more: it is committed beside the hold.
      await until(async () => expect(await stage.stored()).not.toEqual([]));
      const before = new Set((await stage.stored()).map(({ uid }) => uid));
      expect(before.size).toBeLessThan(256);
      wire.clear();
      await stage.takeOver();
      await stage.live();
      await stage.inStep("INBOX");
      expect((await messagesOf(stage)).length).toBe(256);
      expect(stage.wire.wholes().filter((uid) => before.has(uid))).toEqual([]);
    },
  },
  {
    name: "of a large message the text comes at once, its attachment when it is asked for",
    needs: ["parts"],
    async play(stage) {
      const { admin, wire } = stage;
      const raw = large(4 * 1024 * 1024);
      await admin.append("INBOX", raw);
      await stage.start("INBOX");
      expect(wire.received()).toBeLessThan(100_000);
      const [row] = await messagesOf(stage);
      expect(row).toMatchObject({ snippet: "the text", attachments: [{ filename: "big.zip" }] });
      const source = stage.source();
      const { epochKey } = await source.head("INBOX", null);
      expect((await source.fetchPart("INBOX", epochKey, "1", null)).length).toBe(raw.length);
    },
  },
  {
    name: "reading never changes the mailbox: no flag, not even \\Recent",
    async play(stage) {
      const { admin, wire } = stage;
      for (let n = 1; n <= 5; n++) await put(admin, "INBOX", `m${n}@x`, { flags: n === 5 ? ["\\Seen"] : [] });
      await admin.append("INBOX", large(100_000));
      await stage.start("INBOX", "Work");
      await put(admin, "INBOX", "later@x");
      await until(async () => expect(await idsOf(stage)).toContain("<later@x>"));
      const source = stage.source();
      const { epochKey } = await source.head("INBOX", null);
      const keyOf = new Map((await stage.stored()).map(({ uid, key }) => [uid, key]));
      await source.fetchPart("INBOX", epochKey, keyOf.get(1)!, null);
      await source.fetchPart("INBOX", epochKey, keyOf.get(6)!, "2");
      expect(wire.changes()).toEqual([]);
      await stage.pause();
      const flags = await inFolder(admin, "INBOX", async () => {
        const rows = await admin.fetchAll("1:*", { flags: true });
        return rows.map((row) => [...(row.flags ?? [])].sort());
      });
      const recent = stage.can("recent") ? ["\\Recent"] : [];
      expect(flags).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => (n === 5 ? [...recent, "\\Seen"] : recent)));
    },
  },
  {
    name: "twins in one folder are two messages, a copy in another folder is the same one",
    needs: ["folders"],
    async play(stage) {
      const { admin } = stage;
      const date = daysAgo(2);
      for (const folder of ["INBOX", "INBOX", "Work"]) await put(admin, folder, "twin@x", { date });
      await stage.start("INBOX", "Work");
      await stage.inStep("INBOX", "Work");
      const stored = await stage.stored();
      expect(new Set(stored.map(({ rowId }) => rowId)).size).toBe(2);
      expect(new Set(stored.filter(({ folder }) => folder === "INBOX").map(({ rowId }) => rowId)).size).toBe(
        2,
      );
      await admin.append(
        "INBOX",
        mail({ id: "twin@x", subject: "About twin@x", text: "another text" }),
        [],
        date,
      );
      await until(async () => expect((await messagesOf(stage)).length).toBe(3));
    },
  },
];
