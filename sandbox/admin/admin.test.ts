import { afterAll, beforeAll, expect, test } from "vitest";
import type { MailStore } from "../contract.ts";
import { startFixture, type Fixture } from "../testing/fixture.ts";
import { composeMail, parseAdminMail } from "./compose.ts";

const delivered: { to: string[]; raw: Buffer }[] = [];
const store: MailStore = {
  deliver: (mail) => void delivered.push(mail),
  list: (address) =>
    address === "well@outlook.example" ? [{ name: "INBOX", uidValidity: 1, messages: [] }] : null,
};

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture("/sandbox", store);
});
afterAll(async () => fixture.stop());

function call(path: string, init: RequestInit = {}, headers: Record<string, string> = {}): Promise<Response> {
  const authorization = `Bearer ${fixture.ready.adminToken}`;
  return fetch(`http://127.0.0.1:${fixture.ready.httpPort}${path}`, {
    ...init,
    headers: { authorization, ...headers },
  });
}

test("delivers a mail between personas", async () => {
  const body = JSON.stringify({
    from: "Jana Other <other@outlook.example>",
    to: "Well <WELL@outlook.example>",
    subject: "你好, with a rather long subject so that two encoded words are needed",
    text: "hello",
    inReplyTo: "<a@b>",
  });
  const response = await call("/admin/mail", { method: "POST", body });
  expect(response.status).toBe(200);
  const { messageId } = (await response.json()) as { messageId: string };
  expect(delivered[0]?.to).toEqual(["well@outlook.example"]);
  const raw = delivered[0]?.raw.toString() ?? "";
  expect(raw).toContain(`Message-ID: ${messageId}\r\n`);
  expect(raw).toContain("In-Reply-To: <a@b>\r\nReferences: <a@b>\r\n");
  expect(raw).toMatch(/Subject: =\?utf-8\?B\?[^?]+\?=\r\n =\?utf-8/);
});

test("unknown recipients and nonsense are told apart", async () => {
  const mail = { from: "a@b", to: ["nobody@outlook.example"], subject: "", text: "" };
  expect((await call("/admin/mail", { method: "POST", body: JSON.stringify(mail) })).status).toBe(404);
  expect((await call("/admin/mail", { method: "POST", body: "[" })).status).toBe(400);
});

test("lists a mailbox", async () => {
  const known = await call("/admin/mailboxes/well%40outlook.example");
  expect(await known.json()).toMatchObject({ folders: [{ name: "INBOX" }] });
  expect((await call("/admin/mailboxes/x@y")).status).toBe(404);
});

test("is closed without the token, through a proxy, and below the public path", async () => {
  const path = "/admin/mailboxes/well@outlook.example";
  expect((await call(path, {}, { authorization: "Bearer no" })).status).toBe(401);
  expect((await call(path, {}, { "x-forwarded-for": "10.0.0.1" })).status).toBe(401);
  expect((await call(`/sandbox${path}`)).status).toBe(404);
});

test("a line break in a field makes no header", () => {
  const mail = parseAdminMail({
    from: "a@b\r\nBcc: x@y",
    to: "c@d",
    subject: "s\nEvil: 1",
    text: "t",
    html: "<p>t",
  });
  if (typeof mail === "string") throw new Error(mail);
  const raw = composeMail(mail, 0).raw.toString();
  expect(raw).not.toMatch(/^(Bcc|Evil):/m);
  expect(raw).toContain("Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n");
  expect(raw.match(/^Content-Type: text\//gm)).toHaveLength(2);
});
