import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FolderChange } from "./change-feed.ts";
import { MailStore } from "./mail-store.ts";

const well = "well@outlook.example";
const raw = Buffer.from(`From: ${well}\r\nSubject: hello\r\n\r\nbody\r\n`);

let directory: string;
let store: MailStore;
let mailboxId: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "mail-store-"));
  store = new MailStore(directory, () => 1_700_000_000_000);
  mailboxId = store.ensureMailbox({ address: well, language: "zh" }, () => undefined);
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

const inboxId = (): number => store.folders.byRole(mailboxId, "inbox").id;
const add = (): number => store.messages.append(inboxId(), { raw, flags: [], internalDate: 0 });

test("a new mailbox has its folders in its language, and is seeded once", () => {
  expect(store.folders.all(mailboxId).map((folder) => folder.name)).toContain("已发送邮件");
  let seeded = 0;
  store.ensureMailbox({ address: well, language: "zh" }, () => seeded++);
  expect(seeded).toBe(0);
});

test("a seed that fails leaves no half mailbox", () => {
  const owner = { address: "new@outlook.example", language: "en" };
  const making = (): number =>
    store.ensureMailbox(owner, () => {
      throw new Error("no");
    });
  expect(making).toThrow("no");
  expect(store.mailboxId(owner.address)).toBe(null);
});

test("a copy outlives its original, and a moved message keeps its id", () => {
  const archive = store.folders.byRole(mailboxId, "archive").id;
  const uid = add();
  const id = store.messages.get(inboxId(), uid)?.id;
  expect(store.messages.copy(inboxId(), uid, archive)).toBe(1);
  expect(store.messages.move(inboxId(), uid, archive)).toBe(2);
  expect(store.messages.get(archive, 2)?.id).toBe(id);
  store.messages.expunge(archive, 2);
  expect(store.messages.raw(archive, 1)?.equals(raw)).toBe(true);
  expect(store.messages.raw(archive, 2)).toBe(null);
  expect(add()).toBe(uid + 1);
});

test("what a transaction changed is told after its commit, and not after a rollback", () => {
  const told: FolderChange[] = [];
  store.feed.subscribe(inboxId(), (change) => told.push(change));
  store.transaction(() => {
    add();
    expect(told).toEqual([]);
  });
  expect(told.map((change) => change.kind)).toEqual(["appended"]);
  const failing = (): void =>
    store.transaction(() => {
      add();
      throw new Error("no");
    });
  expect(failing).toThrow("no");
  expect(told.length).toBe(1);
  expect(store.messages.uids(inboxId())).toEqual([1]);
});

test("delivery reaches each persona once; an unknown address of the domain bounces, others do not", () => {
  store.deliver({ to: [well, "WELL@outlook.example", "who@outlook.example", "x@elsewhere.example"], raw });
  const inbox = store.list(well)?.find((folder) => folder.name === "Inbox");
  expect(inbox?.messages.map((message) => message.subject)).toEqual(["hello", "Undeliverable: hello"]);
  const arrived = store.messages.raw(inboxId(), 1)?.toString();
  expect(arrived).toMatch(/^Received: from /);
  expect(arrived?.endsWith(raw.toString())).toBe(true);
  expect(store.messages.raw(inboxId(), 2)?.toString()).toContain(
    "Final-Recipient: rfc822;who@outlook.example",
  );
});

test("a bounce that cannot be delivered is not bounced", () => {
  store.deliver({ to: ["who@outlook.example"], raw });
  const report = store.messages.raw(inboxId(), 1) ?? Buffer.alloc(0);
  store.deliver({ to: ["who@outlook.example"], raw: report });
  expect(store.messages.uids(inboxId())).toEqual([1]);
});

test("a mailbox made before changes were logged is told of as a whole", () => {
  add();
  const archive = store.folders.byRole(mailboxId, "archive").id;
  store.messages.move(inboxId(), add(), archive);
  store.close();
  const database = new DatabaseSync(join(directory, "mail.sqlite"));
  const triggers = database.prepare("select name from sqlite_master where type = 'trigger'").all();
  for (const { name } of triggers) database.exec(`drop trigger ${String(name)}`);
  database.exec("drop table item; drop table item_change; drop table folder_change");
  database.close();
  store = new MailStore(directory, () => 1_700_000_000_000);
  const entries = store.items.changesAfter(0);
  expect(entries.map(({ folderId, gone, entry }) => ({ folderId, gone, entry }))).toEqual([
    { folderId: inboxId(), gone: false, entry: 1 },
    { folderId: archive, gone: false, entry: 1 },
  ]);
  expect(store.items.folderChanges(mailboxId, 0, 100)).toHaveLength(store.folders.all(mailboxId).length);
  store.close();
  store = new MailStore(directory, () => 1_700_000_000_000);
  expect(store.items.changesAfter(0)).toEqual(entries);
});

test("a log that knew one stay a folder is kept, and knows of more from then on", () => {
  add();
  const uid = add();
  const before = store.items.changesAfter(0);
  store.close();
  const database = new DatabaseSync(join(directory, "mail.sqlite"));
  database.exec(`pragma legacy_alter_table = on; alter table item_change rename to newer;
    create table item_change (seq integer primary key autoincrement, folder_id integer not null, message_id integer not null,
      entry integer not null, gone integer not null, born integer not null, unique (folder_id, message_id));
    insert into item_change select * from newer; drop table newer`);
  database.close();
  store = new MailStore(directory, () => 1_700_000_000_000);
  expect(store.items.changesAfter(0)).toEqual(before);
  const archive = store.folders.byRole(mailboxId, "archive").id;
  store.messages.move(archive, store.messages.move(inboxId(), uid, archive) ?? 0, inboxId());
  const stays = store.items.changesOf(inboxId(), before.at(-1)!.seq, 10);
  expect(stays.map(({ entry, gone }) => [entry, gone])).toEqual([
    [1, true],
    [3, false],
  ]);
});

test("a rewritten message gets another UID, and the old content goes", () => {
  const uid = add();
  const id = store.messages.get(inboxId(), uid)?.id ?? 0;
  const other = Buffer.from("Subject: other\r\n\r\nx\r\n");
  expect(store.messages.rewrite(inboxId(), uid, { raw: other, internalDate: 5 })).toBe(uid + 1);
  expect(store.items.find(id)).toMatchObject({ uid: uid + 1, subject: "other", internalDate: 5, change: 2 });
  expect(store.messages.raw(inboxId(), uid)).toBe(null);
  expect(store.messages.raw(inboxId(), uid + 1)?.equals(other)).toBe(true);
});
