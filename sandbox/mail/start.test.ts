import { readFileSync } from "node:fs";
import { ImapFlow } from "imapflow";
import { createTransport } from "nodemailer";
import { expect, test } from "vitest";
import type { MailStore } from "./store/mail-store.ts";
import { seedFor } from "./seed/seed.ts";
import { startTestMail } from "./test-mail.ts";
import type { TestMail } from "./test-mail.ts";

const well = "well@outlook.example";

function client(mail: TestMail, address = well): ImapFlow {
  const auth = { user: address, accessToken: address };
  return new ImapFlow({ host: "127.0.0.1", port: mail.imapPort, secure: false, logger: false, auth });
}

function sender(mail: TestMail, address = well) {
  const auth = { type: "OAuth2", user: address, accessToken: address } as const;
  return createTransport({ host: "127.0.0.1", port: mail.smtpPort, secure: false, ignoreTLS: true, auth });
}

function held(store: MailStore, address: string, folder: string) {
  return store.list(address)?.find((one) => one.name === folder)?.messages ?? [];
}

test("imapflow reads the seeded mailbox", async () => {
  const mail = await startTestMail({ seed: seedFor });
  const imap = client(mail, "other@outlook.example");
  await imap.connect();
  expect((await imap.list()).map((folder) => folder.path)).toContain("Gesendete Elemente");
  await imap.mailboxOpen("INBOX");
  const fetched = await imap.fetchAll("1:*", { envelope: true, bodyStructure: true, source: true });
  const stored = held(mail.store, "other@outlook.example", "Inbox");
  expect(fetched.map((one) => one.uid)).toEqual(stored.map((one) => one.uid));
  expect(fetched.map((one) => one.envelope?.subject)).toEqual(stored.map((one) => one.subject));
  expect(fetched.every((one) => one.bodyStructure && one.source)).toBe(true);
  expect(await imap.search({ subject: "Klöße" })).toEqual([]);
  expect(await imap.search({ body: "Klöße" })).not.toEqual([]);
  await imap.logout();
  await mail.stop();
});

test("a message sent lies in Sent and in the other's Inbox, and survives a restart", async () => {
  const first = await startTestMail();
  const to = "other@outlook.example, password@outlook.example, nobody@outlook.example";
  const info = await sender(first).sendMail({ from: well, to, subject: "Grüße", text: "hi" });
  const id = /OK (<.*>) \[/.exec(info.response)?.[1];
  await first.close();

  const mail = await startTestMail({ dataDir: first.dataDir });
  expect(held(mail.store, well, "Sent")).toEqual([
    { uid: 1, flags: ["\\Seen"], messageId: id, subject: "Grüße" },
  ]);
  expect(held(mail.store, "other@outlook.example", "Inbox")).toMatchObject([{ messageId: id, flags: [] }]);
  expect(held(mail.store, "password@outlook.example", "Inbox")).toMatchObject([{ messageId: id }]);
  expect(held(mail.store, well, "Inbox")).toMatchObject([{ subject: "Undeliverable: Grüße" }]);
  await mail.stop();
});

test("submission refuses as Outlook does", async () => {
  const mail = await startTestMail();
  const other = "other@outlook.example";
  await expect(sender(mail).sendMail({ from: other, to: well, text: "x" })).rejects.toThrow(
    /550 5\.7\.60 .*SendAsDenied/,
  );
  const options = { host: "127.0.0.1", port: mail.smtpPort, ignoreTLS: true };
  const auth = { type: "OAuth2", user: well, accessToken: `${well}|IMAP.AccessAsUser.All` } as const;
  const noScope = createTransport({ ...options, auth });
  await expect(noScope.sendMail({ from: well, to: other, text: "x" })).rejects.toThrow(/535 5\.7\.3 /);
  const password = createTransport({ ...options, auth: { user: well, pass: "sandbox" } });
  await expect(password.sendMail({ from: well, to: other, text: "x" })).rejects.toThrow(
    /535 5\.7\.139 .*basic auth/,
  );
  expect(held(mail.store, other, "Inbox")).toEqual([]);
  await mail.stop();
});

test("speaks TLS with a certificate of its own", async () => {
  const mail = await startTestMail({ imapSecurity: "tls" });
  const auth = { user: well, accessToken: well };
  const tls = { ca: readFileSync(mail.caFile ?? "") };
  const imap = new ImapFlow({
    host: "127.0.0.1",
    port: mail.imapPort,
    secure: true,
    logger: false,
    auth,
    tls,
  });
  await imap.connect();
  expect(imap.authenticated).toBe(true);
  await imap.logout();
  await mail.stop();
});
