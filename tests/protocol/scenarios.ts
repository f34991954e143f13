/**
 * What every MailSource must do, told once and run against each server. A scenario gets a fresh, empty mailbox and a
 * second hand in it (`admin`), which does what other mail programs do.
 */
import type { ImapFlow } from "imapflow";
import { expect } from "vitest";
import type { HeadChanges, MailSource, RemoteItem } from "../../src/protocol/mail-source.ts";
import { mail, readAll, type Scenario, type Stage } from "./scenario.ts";
import { oddScenarios } from "./scenarios-odd.ts";

const has = ({ lacks = [] }: Stage, what: "flags" | "folders"): boolean => !lacks.includes(what);

async function fill(admin: ImapFlow, count: number, folder = "INBOX"): Promise<void> {
  for (let n = 1; n <= count; n += 1)
    await admin.append(folder, mail(`m${n}`), n % 2 === 0 ? ["\\Seen"] : []);
}

const keysOf = (items: RemoteItem[]): string[] => items.map(({ key }) => key);

async function readTail(
  source: MailSource,
  folder: string,
  head: HeadChanges,
  limit: number,
): Promise<string[]> {
  const seen: string[] = [];
  let cursor: HeadChanges["cursor"] | null = head.cursor;
  for (let pages = 0; cursor !== null && pages < 1_000; pages += 1) {
    const page = await source.tail(folder, cursor, { sinceMs: null }, limit);
    seen.push(...keysOf(page.items));
    cursor = page.cursor;
  }
  return seen;
}

/** The keys that a caller would hold after these changes: added, minus vanished, minus what proved windows leave out. */
function follow(known: Set<string>, changes: HeadChanges): Set<string> {
  const next = new Set([...known, ...keysOf(changes.added)]);
  for (const key of changes.vanished) next.delete(key);
  for (const { from, to, items } of changes.windows) {
    const listed = new Set(keysOf(items));
    for (const key of next) {
      const inside = (from === null || Number(key) >= from) && (to === null || Number(key) <= to);
      if (inside && !listed.has(key)) next.delete(key);
    }
  }
  return next;
}

const reading: Scenario[] = [
  {
    name: "lists folders with their roles and counts",
    async play({ source, admin, trash }) {
      await admin.mailboxCreate("Rückfragen/已发送");
      await fill(admin, 2);
      const folders = await source.listFolders({ counts: true });
      const byPath = new Map(folders.map((folder) => [folder.path, folder]));
      expect(byPath.get("INBOX")).toMatchObject({ role: "inbox", selectable: true, messages: 2 });
      expect(byPath.get("Sent")).toMatchObject({ role: "sent" });
      expect(byPath.get(trash)).toMatchObject({ role: "trash" });
      expect(byPath.get("Rückfragen/已发送")).toMatchObject({
        name: "已发送",
        parentPath: "Rückfragen",
        role: null,
      });
    },
  },
  {
    name: "head and tail together tell every message once, whatever the page size",
    async play(stage) {
      const { source, admin } = stage;
      await fill(admin, 23);
      const head = await source.head("INBOX", null);
      expect(head).toMatchObject({ added: [], vanished: [], exists: 23 });
      await fill(admin, 2); // arrives during the backfill: the head's, not the tail's
      const tail = await readTail(source, "INBOX", head, 5);
      expect(tail).toEqual(Array.from({ length: 23 }, (_, n) => String(23 - n)));
      const next = await source.head("INBOX", head.cursor);
      expect(keysOf(next.added)).toEqual(["24", "25"]);
      if (has(stage, "flags")) expect(next.added[1]?.flags).toContain("\\Seen");
      expect((await source.head("INBOX", next.cursor)).added).toEqual([]);
    },
  },
  {
    name: "a removal between two pages of the tail hides no message",
    async play({ source, admin }) {
      await fill(admin, 12);
      const head = await source.head("INBOX", null);
      const first = await source.tail("INBOX", head.cursor, { sinceMs: null }, 4);
      await remove(admin, "2,11:12");
      const rest = await readTail(source, "INBOX", { ...head, cursor: first.cursor ?? {} }, 4);
      expect([...keysOf(first.items), ...rest]).toEqual([
        "12",
        "11",
        "10",
        "9",
        "8",
        "7",
        "6",
        "5",
        "4",
        "3",
        "1",
      ]);
    },
  },
  {
    name: "a range is read by its dates and estimated",
    async play({ source, admin }) {
      for (const year of [2023, 2024, 2025])
        await admin.append("INBOX", mail(`y${year}`), [], new Date(Date.UTC(year, 5, 1)));
      const head = await source.head("INBOX", null);
      const range = { sinceMs: Date.UTC(2024, 0, 1) };
      expect(await source.estimate("INBOX", range)).toBe(2);
      expect(await source.estimate("INBOX", { sinceMs: null })).toBe(3);
      const first = await source.tail("INBOX", head.cursor, range, 1);
      const second = await source.tail("INBOX", first.cursor ?? {}, range, 1);
      expect([keysOf(first.items), keysOf(second.items), second.cursor]).toEqual([["3"], ["2"], null]);
    },
  },
  {
    name: "an empty folder is finished at once; its first message is new, and a peek tells of it",
    async play({ source, admin }) {
      const head = await source.head("INBOX", null);
      expect(await source.tail("INBOX", head.cursor, { sinceMs: null }, 10)).toMatchObject({
        cursor: null,
        items: [],
      });
      expect((await source.listAll("INBOX")).window).toEqual({ from: null, to: null, items: [] });
      const still = await source.head("INBOX", head.cursor);
      const peeked = await source.peek(["INBOX"]); // the folder is open on that connection
      await fill(admin, 1);
      expect(await source.peek(["INBOX"])).not.toEqual(peeked);
      expect(keysOf((await source.head("INBOX", still.cursor)).added)).toEqual(["1"]);
    },
  },
  {
    name: "a folder that is not there is its own error and hurts no other",
    async play({ source, admin }) {
      await fill(admin, 1);
      await expect(source.head("Nowhere", null)).rejects.toMatchObject({ code: "folder_unavailable" });
      expect((await source.head("INBOX", null)).exists).toBe(1);
      expect([...(await source.peek(["Nowhere", "INBOX"])).keys()]).toEqual(["INBOX"]);
    },
  },
];

async function remove(admin: ImapFlow, uids: string): Promise<void> {
  const lock = await admin.getMailboxLock("INBOX");
  try {
    await admin.messageDelete(uids, { uid: true });
  } finally {
    lock.release();
  }
}

/** As another program sees them. */
async function flagsAt(admin: ImapFlow): Promise<string[][]> {
  const lock = await admin.getMailboxLock("INBOX");
  try {
    const rows = await admin.fetchAll("1:*", { flags: true });
    return rows.map(({ flags = new Set() }) => [...flags].filter((one) => one !== "\\Recent"));
  } finally {
    lock.release();
  }
}

async function flag(admin: ImapFlow, uid: string, add: string[]): Promise<void> {
  const lock = await admin.getMailboxLock("INBOX");
  try {
    await admin.messageFlagsAdd(uid, add, { uid: true });
  } finally {
    lock.release();
  }
}

const following: Scenario[] = [
  {
    name: "flags changed elsewhere and removals are told, over rotating windows too",
    async play(stage) {
      const { source, admin } = stage;
      await fill(admin, 20);
      const options = { window: 4, slice: 3 };
      let changes = await source.head("INBOX", null, options);
      let known = new Set(await readTail(source, "INBOX", changes, 50));
      await remove(admin, "2,4,6,8,10,12,14,16,18,20");
      await flag(admin, "5", ["\\Flagged"]);
      const flags = new Map<string, string[]>();
      for (let round = 0; round < 8; round += 1) {
        changes = await source.head("INBOX", changes.cursor, options);
        known = follow(known, changes);
        for (const item of [...changes.flagged, ...changes.windows.flatMap(({ items }) => items)])
          flags.set(item.key, item.flags ?? []);
      }
      const { window, epochKey } = await source.listAll("INBOX");
      expect(epochKey).toBe(changes.epochKey);
      expect([...known].sort()).toEqual(keysOf(window.items).sort());
      expect(known.size).toBe(10);
      if (has(stage, "flags")) expect(flags.get("5")).toContain("\\Flagged");
    },
  },
  {
    name: "a folder that was emptied elsewhere holds nothing any more",
    async play({ source, admin }) {
      await fill(admin, 3);
      const before = await source.head("INBOX", null);
      await remove(admin, "1:3");
      const after = await source.head("INBOX", before.cursor);
      expect(after.exists).toBe(0);
      expect([...follow(new Set(["1", "2", "3"]), after)]).toEqual([]);
    },
  },
  {
    name: "a folder made again is another epoch, and old positions are refused",
    async play({ source, admin }) {
      await admin.mailboxCreate("Box");
      await fill(admin, 2, "Box");
      const before = await source.head("Box", null);
      await admin.mailboxDelete("Box");
      await new Promise((resolve) => setTimeout(resolve, 1_100)); // Dovecot's UIDVALIDITY counts seconds
      await admin.mailboxCreate("Box");
      await fill(admin, 1, "Box");
      const after = await source.head("Box", before.cursor);
      expect(after.epochKey).not.toBe(before.epochKey);
      expect(after).toMatchObject({ added: [], vanished: [], exists: 1 });
      await expect(source.tail("Box", before.cursor, { sinceMs: null }, 10)).rejects.toMatchObject({
        code: "folder_reset",
      });
      await expect(readAll(source, "Box", before.epochKey, ["1"])).rejects.toMatchObject({
        code: "folder_reset",
      });
      expect(await readTail(source, "Box", after, 10)).toEqual(["1"]);
    },
  },
  {
    name: "watching tells of new mail in the pushed and in the other folders",
    async play(stage) {
      const { source, admin } = stage;
      const folders = has(stage, "folders") ? ["INBOX", "Sent"] : ["INBOX"];
      await source.connect();
      const stop = new AbortController();
      const seen = new Set<string>();
      const { promise: ready, resolve: watches } = Promise.withResolvers<void>();
      const watching = (async () => {
        for await (const { folderPath } of source.watch(folders, stop.signal)) {
          if (folderPath === null) watches();
          else if (seen.add(folderPath).size === folders.length) stop.abort();
        }
      })();
      await ready;
      await fill(admin, 1);
      await fill(admin, 1, "Sent");
      const late = setTimeout(() => stop.abort(), 15_000);
      await watching;
      clearTimeout(late);
      expect([...seen].sort()).toEqual(folders);
    },
  },
];

const writing: Scenario[] = [
  {
    name: "flags are set and taken, and what is no longer there is named",
    async play({ source, admin }) {
      await fill(admin, 3);
      const { epochKey } = await source.head("INBOX", null);
      const at = { folderPath: "INBOX", epochKey };
      expect(
        await source.apply({ ...at, kind: "flags", keys: ["1", "2", "9"], add: ["\\Seen", "\\Flagged"] }),
      ).toMatchObject({ done: ["1", "2"], missing: ["9"] });
      await source.apply({ ...at, kind: "flags", keys: ["2"], remove: ["\\Flagged"] });
      const { items } = (await source.listAll("INBOX")).window;
      expect(items.map(({ flags }) => flags?.toSorted())).toEqual([["\\Flagged", "\\Seen"], ["\\Seen"], []]);
    },
  },
  {
    name: "a move names the new keys and leaves others' deleted mail alone",
    async play({ source, admin, trash }) {
      await fill(admin, 4);
      await flag(admin, "4", ["\\Deleted"]);
      const { epochKey } = await source.head("INBOX", null);
      const result = await source.apply({
        kind: "move",
        folderPath: "INBOX",
        epochKey,
        keys: ["1", "3"],
        targetPath: trash,
      });
      expect(result.done).toEqual(["1", "3"]);
      const target = await source.listAll(trash);
      expect(result.moved.map(({ from, to }) => [from, to])).toEqual(
        keysOf(target.window.items).map((key, n) => [["1", "3"][n], key]),
      );
      expect(new Set(result.moved.map((one) => one.epochKey))).toEqual(new Set([target.epochKey]));
      expect(keysOf((await source.listAll("INBOX")).window.items)).toEqual(["2", "4"]);
      await expect(
        source.apply({ kind: "move", folderPath: "INBOX", epochKey, keys: ["2"], targetPath: "Nowhere" }),
      ).rejects.toMatchObject({
        code: "folder_unavailable",
      });
    },
  },
  {
    name: "an append is found as the sent copy, by its id and by what it says",
    async play({ source }) {
      const raw = Buffer.from(mail("sent one"));
      const append = { kind: "append", folderPath: "Sent", epochKey: "", keys: [], add: ["\\Seen"] } as const;
      const { done } = await source.apply({ ...append, raw, keys: [], add: ["\\Seen"] });
      const replaced = mail("other").replace(
        "Message-ID: <other@example>",
        "Message-ID: <new@outlook>\r\nX-Microsoft-Original-Message-ID:\r\n <ours@example>",
      );
      await source.apply({ ...append, raw: Buffer.from(replaced), keys: [], add: [] });
      const trace = { from: "other@example", to: ["well@example"], dateMs: Date.now(), otherIds: [] };
      expect(
        await source.findSent("Sent", { ...trace, messageId: "<sent one@example>", subject: "" }),
      ).toEqual(done);
      expect(await source.findSent("Sent", { ...trace, messageId: "<ours@example>", subject: "" })).toEqual([
        "2",
      ]);
      expect(
        await source.findSent("Sent", { ...trace, messageId: "<none@example>", subject: "none" }),
      ).toEqual([]);
    },
  },
  {
    name: "reading leaves the mailbox as it was",
    async play(stage) {
      const { source, admin } = stage;
      await fill(admin, 3);
      const head = await source.head("INBOX", null);
      await readAll(source, "INBOX", head.epochKey, ["1", "2", "3"]);
      await source.fetchPart("INBOX", head.epochKey, "1", null);
      const before = [[], ["\\Seen"], []];
      if (has(stage, "flags"))
        expect((await source.listAll("INBOX")).window.items.map(({ flags }) => flags)).toEqual(before);
      expect(await flagsAt(admin)).toEqual(before);
    },
  },
];

export const scenarios: Scenario[] = [...reading, ...following, ...writing, ...oddScenarios];
