/**
 * The sandbox's IMAP front, checked by clients that are not ours: mbsync (isync) and offlineimap sync
 * a whole mailbox into Maildirs, which must then hold what the sandbox holds.
 */
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startMail } from "../../sandbox/mail/start.ts";
import type { RunningMail } from "../../sandbox/mail/start.ts";

const run = promisify(execFile);
const address = "password@outlook.example";

function requireBinary(name: string, debianPackage: string): void {
  try {
    execFileSync("which", [name]);
  } catch {
    throw new Error(`${name} is missing: install the Debian package ${debianPackage}`);
  }
}

let directory: string;
let mail: RunningMail;

beforeAll(async () => {
  requireBinary("mbsync", "isync");
  requireBinary("offlineimap", "offlineimap3");
  directory = mkdtempSync(join(tmpdir(), "sandbox-clients-"));
  const options = { dataDir: join(directory, "sandbox"), imapPort: 0, smtpPort: 0 };
  mail = await startMail({ ...options, tokens: { verify: () => null } });
});

afterAll(async () => {
  await mail?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A message's bytes, without what a client may change: line ends, and headers of its own. */
function contentHash(raw: Buffer): string {
  const text = raw.toString("latin1").replaceAll("\r\n", "\n");
  const kept = text.replaceAll(/^X-(?:TUID|OfflineIMAP): .*\n/gm, "").trimEnd();
  return createHash("sha256").update(kept, "latin1").digest("hex");
}

/** Both clients keep folder names as they are on the wire, in modified UTF-7. */
function wireName(name: string): string {
  return name.replaceAll("&", "&-").replaceAll("ü", "&APw-").replaceAll("ö", "&APY-");
}

function sandboxHashes(): Record<string, string[]> {
  const mailboxId = mail.store.mailboxId(address) ?? -1;
  const folders = mail.store.folders.all(mailboxId).map((folder) => {
    const { messages } = mail.store;
    const raws = messages.uids(folder.id).map((uid) => messages.raw(folder.id, uid) ?? Buffer.alloc(0));
    return [wireName(folder.name), raws.map(contentHash).sort()] as const;
  });
  return Object.fromEntries(folders.filter(([, hashes]) => hashes.length > 0));
}

function maildirFiles(folder: string): string[] {
  return ["cur", "new"].flatMap((part) =>
    readdirSync(join(folder, part)).map((name) => join(folder, part, name)),
  );
}

function maildirHashes(root: string): Record<string, string[]> {
  const hashes = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => {
      const files = maildirFiles(join(root, entry.name));
      return [entry.name, files.map((file) => contentHash(readFileSync(file))).sort()] as const;
    });
  // mbsync knows one name for the Inbox only.
  return Object.fromEntries(
    hashes
      .filter(([, list]) => list.length > 0)
      .map(([name, list]) => [name === "INBOX" ? "Inbox" : name, list]),
  );
}

function inboxFlags(): Map<number, string[]> {
  const inbox = mail.store.list(address)?.find((folder) => folder.name === "Inbox");
  return new Map(inbox?.messages.map((message) => [message.uid, message.flags]));
}

const mbsyncDir = (): string => join(directory, "mbsync");

async function mbsync(): Promise<void> {
  const { stdout, stderr } = await run("mbsync", ["-V", "-c", join(directory, "mbsyncrc"), "-a"]);
  expect(`${stdout}${stderr}`).not.toMatch(/error|warning: unexpected|protocol/i);
}

const offlineDir = (): string => join(directory, "offlineimap");

async function offlineimap(): Promise<void> {
  const config = join(directory, "offlineimaprc");
  const { stdout, stderr } = await run("offlineimap", ["-c", config, "-o", "-u", "basic"]);
  expect(`${stdout}${stderr}`).not.toMatch(/error|traceback/i);
}

function unreadCount(): number {
  return [...inboxFlags().values()].filter((flags) => !flags.includes("\\Seen")).length;
}

function unreadFile(inbox: string): string {
  const unread = maildirFiles(inbox).find((file) => !/:2,.*S/.test(file));
  if (!unread) throw new Error("the Inbox has no unread message");
  return unread;
}

describe("mbsync", () => {
  beforeAll(() => {
    mkdirSync(mbsyncDir());
    writeFileSync(
      join(directory, "mbsyncrc"),
      `IMAPAccount sandbox
Host 127.0.0.1
Port ${mail.imapPort}
User ${address}
Pass sandbox
AuthMechs LOGIN
SSLType None

IMAPStore far
Account sandbox

MaildirStore near
Path ${mbsyncDir()}/
Inbox ${mbsyncDir()}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
`,
    );
  });

  test("the Maildir equals what the sandbox holds, and a second run changes nothing", async () => {
    await mbsync();
    const held = sandboxHashes();
    expect(Object.values(held).flat().length).toBeGreaterThan(30);
    expect(maildirHashes(mbsyncDir())).toEqual(held);
    const before = JSON.stringify(mail.store.list(address));
    const inbox = join(mbsyncDir(), "INBOX");
    const filesBefore = maildirFiles(inbox).sort();
    await mbsync();
    expect(maildirFiles(inbox).sort()).toEqual(filesBefore);
    expect(JSON.stringify(mail.store.list(address))).toBe(before);
  });

  test("flags and new messages reach the other side", async () => {
    await mbsync();
    const inbox = join(mbsyncDir(), "INBOX");
    const unread = unreadFile(inbox);
    const unseenBefore = unreadCount();
    const name = unread.split("/").at(-1)?.split(":")[0] ?? "";
    renameSync(unread, join(inbox, "cur", `${name}:2,FS`));
    writeFileSync(
      join(inbox, "new", "1700000000.1_1.here"),
      "Subject: from the Maildir\nMessage-ID: <near@x>\n\nhello\n",
    );
    mail.store.deliver({ to: [address], raw: Buffer.from("Subject: from the sandbox\r\n\r\nhello\r\n") });
    await mbsync();
    const after = [...inboxFlags().values()];
    // One read, two new ones unread.
    expect(unreadCount()).toBe(unseenBefore - 1 + 2);
    expect(after.filter((flags) => flags.includes("\\Flagged")).length).toBe(1);
    const subjects = mail.store.list(address)?.flatMap((folder) => folder.messages.map((one) => one.subject));
    expect(subjects).toContain("from the Maildir");
    expect(maildirHashes(mbsyncDir())).toEqual(sandboxHashes());
  });

  test("folders made on one side appear on the other", async () => {
    const name = "Müller & Söhne";
    const made = join(mbsyncDir(), wireName(name));
    for (const part of ["", "cur", "new", "tmp"]) mkdirSync(join(made, part));
    writeFileSync(join(made, "cur", "1700000001.1_1.here:2,S"), "Subject: filed\n\nhello\n");
    const mailboxId = mail.store.mailboxId(address) ?? -1;
    const other = mail.store.folders.create({ mailboxId, name: "Möbelöl", role: "user", attributes: [] });
    const raw = Buffer.from("Subject: oil\r\n\r\nhello\r\n");
    mail.store.messages.append(other.id, { raw, flags: ["\\Flagged"], internalDate: 0 });
    await mbsync();
    expect(mail.store.list(address)?.find((folder) => folder.name === name)?.messages.length).toBe(1);
    expect(maildirHashes(mbsyncDir())).toEqual(sandboxHashes());
  });
});

describe("offlineimap", () => {
  beforeAll(() => {
    mkdirSync(offlineDir());
    writeFileSync(
      join(directory, "offlineimaprc"),
      `[general]
accounts = sandbox
metadata = ${join(directory, "offlineimap-state")}
maxsyncaccounts = 1

[Account sandbox]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = ${offlineDir()}
sep = /

[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = ${mail.imapPort}
remoteuser = ${address}
remotepass = sandbox
ssl = no
starttls = no
auth_mechanisms = LOGIN
maxconnections = 1
`,
    );
  });

  test("the Maildir equals what the sandbox holds, and changes go both ways", async () => {
    await offlineimap();
    expect(maildirHashes(offlineDir())).toEqual(sandboxHashes());
    const inbox = join(offlineDir(), "Inbox");
    const unread = unreadFile(inbox);
    const unseenBefore = unreadCount();
    const name = unread.split("/").at(-1)?.split(":")[0] ?? "";
    renameSync(unread, join(inbox, "cur", `${name}:2,S`));
    writeFileSync(
      join(inbox, "new", "1700000002.1_1.here"),
      "Subject: second\nMessage-ID: <second@x>\n\nhello\n",
    );
    await offlineimap();
    expect(unreadCount()).toBe(unseenBefore - 1 + 1);
    expect(maildirHashes(offlineDir())).toEqual(sandboxHashes());
  });
});
