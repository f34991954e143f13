/** What the mail servers answer to each persona, and what its switches change. */
import { createTransport } from "nodemailer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { personas, type Persona } from "../personas.ts";
import { openSwitches } from "../switches.ts";
import { ImapProbe, startTestMail, xoauth2, type TestMail } from "./test-mail.ts";

const persona = (id: string): Persona => personas.find((one) => one.id === id)!;

const send = (user: string, accessToken: string, from: string) =>
  createTransport({
    host: "127.0.0.1",
    port: mail.smtpPort,
    ignoreTLS: true,
    auth: { type: "OAuth2", user, accessToken },
  }).sendMail({ from, to: "well@outlook.example", text: "x" });

let mail: TestMail;
beforeAll(async () => {
  mail = await startTestMail();
});
afterAll(async () => mail.stop());

const failing = (kind: "imap" | "smtp"): [string, Persona][] =>
  personas.filter(({ trouble }) => trouble?.[kind] !== undefined).map((one) => [one.address, one]);

async function firstAnswers(user: string, token = user): Promise<string> {
  const probe = new ImapProbe(mail.imapPort);
  await probe.until(/ready.*\r\n/);
  probe.write(
    `A AUTHENTICATE XOAUTH2 ${xoauth2(user, token)}\r\nB NAMESPACE\r\nC LIST "" *\r\nD NOOP\r\nE LOGOUT\r\n`,
  );
  const all = await probe.until(/^(E .*|\* BYE Session.*|\* BYE Connection.*)\r\n/m);
  probe.close();
  return all;
}

test.each(failing("imap"))("IMAP says to %s what its entry says", async (address, { trouble }) => {
  expect(await firstAnswers(address)).toContain(trouble!.imap!.says);
});

test("the one that is refused once is let in the second time", async () => {
  expect(await firstAnswers("moody@outlook.example")).toContain("A OK");
});

test.each(failing("smtp"))("SMTP says to %s what its entry says", async (address, { trouble }) => {
  const auth = { type: "OAuth2", user: address, accessToken: address } as const;
  const sender = createTransport({ host: "127.0.0.1", port: mail.smtpPort, ignoreTLS: true, auth });
  const sent = sender.sendMail({ from: address, to: "well@outlook.example", text: "x" });
  const { says } = trouble!.smtp!;
  await expect(sent).rejects.toMatchObject({ responseCode: Number(says.slice(0, 3)) });
  await expect(sent).rejects.toThrow(says.slice(4, 40));
});

test("a shared mailbox opens for its delegate alone, a user name is asked for by SMTP", async () => {
  expect(await firstAnswers("shared@work.example", "delegate@work.example")).toContain("B OK");
  expect(await firstAnswers("shared@work.example", "work@work.example")).toContain("A NO");
  expect(await firstAnswers("upn@work.example", "u.principal@corp.work.example")).toContain("B OK");
  const upn = "u.principal@corp.work.example";
  await expect(send("upn@work.example", upn, "upn@work.example")).rejects.toThrow(/535 5\.7\.3/);
  await send(upn, upn, "upn@work.example");
  await send("delegate@work.example", "delegate@work.example", "shared@work.example");
  await expect(send("work@work.example", "work@work.example", "shared@work.example")).rejects.toThrow(
    /5\.7\.60/,
  );
});

test("a mail to an alias lies in its mailbox", async () => {
  mail.store.deliver({
    to: ["alias@outlook.example"],
    raw: Buffer.from("Subject: to alias\r\n\r\nx\r\n"),
  });
  const inbox = mail.store.list("main@outlook.example")?.find(({ name }) => name === "Inbox");
  expect(inbox?.messages).toMatchObject([{ subject: "to alias" }]);
});

test("a new mailbox is ready once a mail has come, or a while after it was first asked for", async () => {
  expect(await firstAnswers("new@outlook.example")).toContain(
    "B BAD User is authenticated but not connected.",
  );
  mail.store.deliver({
    to: ["new@outlook.example"],
    raw: Buffer.from("Subject: hello\r\n\r\nx\r\n"),
  });
  expect(await firstAnswers("new@outlook.example")).toContain("B OK");
});

test("switches outlive a restart, and time makes a new mailbox", () => {
  const clock = { at: 1_000, now: () => clock.at };
  const before = openSwitches(mail.dataDir, clock);
  expect(before.stateOf(persona("imap-off"))).toEqual({ imap: false, pop: false, ready: true });
  before.set(persona("imap-off"), { imap: true });
  before.set(persona("new"), { ready: false });
  const after = openSwitches(mail.dataDir, clock);
  expect(after.stateOf(persona("imap-off"))).toEqual({ imap: true, pop: false, ready: true });
  expect(after.stateOf(persona("new")).ready).toBe(false);
});
