import { afterAll, beforeAll, expect, test } from "vitest";
import { ImapProbe, startTestMail, xoauth2 } from "../test-mail.ts";
import type { TestMail } from "../test-mail.ts";

const well = "well@outlook.example";
const message = (subject: string): Buffer =>
  Buffer.from(`From: x@y\r\nSubject: ${subject}\r\n\r\nfirst\r\n.dotted\r\nlast\r\n`);

let mail: TestMail;
beforeAll(async () => {
  mail = await startTestMail();
});
afterAll(async () => mail.stop());

const popToken = (address: string): string => `${address}|POP.AccessAsUser.All`;

/** Sends the lines one after the other, and returns everything the server said till it hung up. */
async function talk(...lines: string[]): Promise<string> {
  const probe = new ImapProbe(mail.popPort ?? 0);
  await probe.until(/^\+OK The Microsoft Exchange POP3 service is ready.*\r\n/);
  for (const line of lines) probe.write(`${line}\r\n`);
  const said = await probe.until(/signing off\.\r\n/);
  probe.close();
  return said;
}

const signIn = (address: string, token = popToken(address)): string[] => [
  "AUTH XOAUTH2",
  xoauth2(address, token),
];

test("XOAUTH2 in two lines opens the Inbox alone; UIDLs are the same in every session", async () => {
  mail.store.deliver({ to: [well], raw: message("one") });
  mail.store.deliver({ to: [well], raw: message("two") });
  const first = await talk(...signIn(well), "STAT", "LIST", "UIDL", "QUIT");
  const [, count, bytes] = /\+OK (\d+) (\d+)\r\n/.exec(first) ?? [];
  expect(count).toBe("2");
  expect(first).toContain(`+OK 2 ${bytes}\r\n1 `);
  const uidls = /1 (AQ\S+)\r\n2 (AQ\S+)\r\n\.\r\n/.exec(first);
  expect(uidls).not.toBe(null);
  const inbox = mail.store.folders.byRole(mail.store.mailboxId(well) ?? 0, "inbox");
  mail.store.renumber(inbox.id);
  expect(await talk(...signIn(well), "UIDL 2", "QUIT")).toContain(`+OK 2 ${uidls?.[2]}\r\n`);
});

test("RETR is byte-stuffed, TOP stops after so many lines", async () => {
  const said = await talk(...signIn(well), "RETR 1", "TOP 1 1", "TOP 1 0", "QUIT");
  const [whole = "", one = "", none = ""] = said.split("\r\n.\r\n");
  expect(whole).toContain("first\r\n..dotted\r\nlast");
  expect(one).toMatch(/Subject: one\r\n\r\nfirst$/);
  expect(none).toMatch(/Subject: one\r\n$/);
  expect(mail.store.traffic.read(mail.store.mailboxId(well) ?? 0).bodies.pop3).toBe(2);
});

test("what is deleted moves to a folder of its own at QUIT, and not before", async () => {
  const said = await talk(...signIn(well), "DELE 1", "RETR 1", "STAT", "RSET", "DELE 2", "QUIT");
  expect(said).toContain("-ERR The specified message does not exist.\r\n+OK 1 ");
  const names = mail.store.list(well)?.filter((folder) => folder.messages.length > 0);
  expect(names?.map((folder) => [folder.name, folder.messages.map((one) => one.subject)])).toEqual([
    ["Inbox", ["one"]],
    ["POP", ["two"]],
  ]);
});

test("refuses as Outlook does", async () => {
  const oauth = "-ERR Authentication failure: unknown user name or bad password.";
  const logon = "-ERR Logon failure: unknown user name or bad password.";
  expect(await talk(...signIn(well, `${well}|IMAP.AccessAsUser.All`), "QUIT")).toContain(oauth);
  expect(await talk(...signIn(well, popToken("other@outlook.example")), "QUIT")).toContain(oauth);
  expect(await talk(`USER ${well}`, "PASS sandbox", "QUIT")).toContain(logon);
  expect(await talk(`AUTH XOAUTH2 ${xoauth2(well, popToken(well))}`, "QUIT")).toContain(
    "-ERR Protocol error. 14",
  );
  expect(await talk(...signIn("imap-off@outlook.example"), "STAT", "QUIT")).toContain(logon);
  expect(await talk("STAT", "CAPA", "QUIT")).toMatch(
    /-ERR.*\r\n\+OK\r\nTOP\r\nUIDL\r\nSASL PLAIN XOAUTH2\r\nUSER\r\n\./,
  );
});

test("the persona that takes a password takes it here too", async () => {
  const said = await talk("USER password@outlook.example", "PASS sandbox", "STAT", "QUIT");
  expect(said).toContain("+OK User successfully logged on.\r\n+OK 0 0\r\n");
});
