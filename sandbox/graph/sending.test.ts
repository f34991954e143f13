import { afterAll, beforeAll, expect, test } from "vitest";
import { personas, type Persona } from "../personas.ts";
import { mail, startTestGraph, well } from "./test-graph.ts";
import type { Json, TestGraph } from "./test-graph.ts";

const other = "other@outlook.example";
/** One who may use a mailbox that is not hers. */
const delegate: Persona = {
  ...personas[0]!,
  id: "delegate",
  address: "delegate@outlook.example",
  oid: "d",
  mayOpen: [other],
};

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph({ personas: [...personas, delegate] });
});
afterAll(async () => graph.stop());

const immutable = { prefer: 'IdType="ImmutableId"' };
const to = [{ emailAddress: { address: other } }];
const error = (json: Json): unknown => (json["error"] as Json | undefined)?.["code"];
const post = (path: string, body: unknown, headers: Record<string, string> = {}, token = well) =>
  graph.ask(path, { method: "POST", body, headers, token });
const mime = (path: string, raw: string) =>
  post(path, Buffer.from(raw.replaceAll("\n", "\r\n")).toString("base64"), {
    "content-type": "text/plain",
    ...immutable,
  });
const listed = async (address: string, role: "Inbox" | "Sent" | "Gesendete Elemente", subject: string) =>
  graph.store
    .list(address)
    ?.find((folder) => folder.name === role)
    ?.messages.filter((one) => one.subject === subject) ?? [];

test("a draft keeps its immutable id and its Message-ID when it is sent", async () => {
  const made = await post(
    "/me/messages",
    { subject: "Über uns", toRecipients: to, body: { contentType: "text", content: "Hallo\n.Ende" } },
    immutable,
  );
  expect(made.json).toMatchObject({
    isDraft: true,
    isRead: true,
    subject: "Über uns",
    from: { emailAddress: { address: well } },
  });
  const path = `/me/messages/${String(made.json["id"])}`;
  const patched = await graph.ask(path, {
    method: "PATCH",
    body: { importance: "high" },
    headers: immutable,
  });
  expect(patched.json).toMatchObject({ id: made.json["id"], importance: "high", subject: "Über uns" });
  const file = {
    "@odata.type": "#microsoft.graph.fileAttachment",
    name: "ä.txt",
    contentType: "text/plain",
    contentBytes: "YWJj",
  };
  expect((await post(`${path}/attachments`, file)).json).toMatchObject({ name: "ä.txt", size: 3 });
  expect((await post(`${path}/send`, undefined)).status).toBe(202);
  const sent = await graph.ask(path, {
    headers: { prefer: 'IdType="ImmutableId", outlook.body-content-type="text"' },
  });
  expect(sent.json).toMatchObject({
    isDraft: false,
    hasAttachments: true,
    internetMessageId: made.json["internetMessageId"],
    body: { content: "Hallo\r\n.Ende" },
  });
  expect((await listed(well, "Sent", "Über uns")).map((one) => one.messageId)).toEqual([
    made.json["internetMessageId"],
  ]);
  expect(await listed(other, "Inbox", "Über uns")).toHaveLength(1);
  expect(error((await post(`${path}/send`, undefined)).json)).toBe("ErrorInvalidRequest");
});

test("MIME is sent as it is, but for a foreign Message-ID and From", async () => {
  const raw = mail("by mime")
    .replace(/^From: .*/, "From: <someone@else.example>")
    .replace(/^To: .*/m, `To: <${other}>`);
  expect((await mime("/me/sendMail", raw)).status).toBe(202);
  const [copy] = await graph.all(
    "/me/mailFolders/sentitems/messages?$filter=subject eq 'by mime'&$select=from,internetMessageId,internetMessageHeaders",
  );
  expect(copy?.["from"]).toMatchObject({ emailAddress: { address: well } });
  expect(copy?.["internetMessageId"]).not.toBe("<by-mime@test>");
  expect(copy?.["internetMessageHeaders"]).toContainEqual({
    name: "X-Microsoft-Original-Message-ID",
    value: "<by-mime@test>",
  });
  expect(await listed(other, "Inbox", "by mime")).toHaveLength(1);
  const bad = await post("/me/sendMail", "not base64!", { "content-type": "text/plain" });
  expect(error(bad.json)).toBe("ErrorMimeContentInvalidBase64String");
});

test("saveToSentItems false leaves no copy", async () => {
  await post("/me/sendMail", { message: { subject: "gone", toRecipients: to }, saveToSentItems: false });
  expect(await listed(well, "Sent", "gone")).toEqual([]);
  expect(await listed(other, "Inbox", "gone")).toHaveLength(1);
});

const withHeader = (name: string) => ({
  subject: "x",
  toRecipients: to,
  internetMessageHeaders: [{ name, value: "<a@b>" }],
});

test("headers of one's own begin with X-, those of the thread come as MAPI properties", async () => {
  expect(error((await post("/me/messages", withHeader("In-Reply-To"))).json)).toBe(
    "InvalidInternetMessageHeader",
  );
  const made = await post("/me/messages?$select=internetMessageHeaders", {
    ...withHeader("X-Own"),
    singleValueExtendedProperties: [{ id: "String 0x1042", value: "<parent@x>" }],
  });
  expect(made.json["internetMessageHeaders"]).toEqual(
    expect.arrayContaining([
      { name: "X-Own", value: "<a@b>" },
      { name: "In-Reply-To", value: "<parent@x>" },
    ]),
  );
});

test("a reply hangs on its message", async () => {
  graph.put(mail("question", "References: <root@x>\n"));
  const [question] = await graph.all("/me/messages?$filter=subject eq 'question'");
  const made = await post(
    `/me/messages/${String(question?.["id"])}/createReply?$select=subject,toRecipients,internetMessageHeaders`,
    { comment: "a < b" },
  );
  expect(made.json).toMatchObject({
    subject: "Re: question",
    toRecipients: [{ emailAddress: { address: other } }],
  });
  expect(made.json["internetMessageHeaders"]).toContainEqual({
    name: "References",
    value: "<root@x> <question@test>",
  });
});

test("another's mailbox is opened, and written from, by those who may", async () => {
  const path = `/users/${other}/sendMail`;
  const body = { message: { subject: "for her", toRecipients: [{ emailAddress: { address: well } }] } };
  expect(error((await post(path, body)).json)).toBe("ErrorAccessDenied");
  expect((await post(path, body, {}, delegate.address)).status).toBe(202);
  expect(await listed(other, "Gesendete Elemente", "for her")).toHaveLength(1);
  const noShared = `${delegate.address}|Mail.ReadWrite`;
  expect((await graph.ask(`/users/${other}/messages`, { token: noShared })).status).toBe(403);
  const as = { message: { ...body.message, from: { emailAddress: { address: other } } } };
  expect(error((await post("/me/sendMail", as)).json)).toBe("ErrorSendAsDenied");
  expect((await post("/me/sendMail", as, {}, delegate.address)).status).toBe(202);
  expect(error((await post("/users/nobody@outlook.example/sendMail", body)).json)).toBe("ErrorInvalidUser");
  expect(error((await post("/users/nobody@far.example/sendMail", body)).json)).toBe("ResourceNotFound");
});

test("a large file comes in chunks, in order, without a token", async () => {
  const draft = await post("/me/messages", { subject: "large", toRecipients: to }, immutable);
  const path = `/me/messages/${String(draft.json["id"])}`;
  const size = 3 * 1024 * 1024 + 5;
  const open = (bytes: number) =>
    post(`${path}/attachments/createUploadSession`, {
      AttachmentItem: { attachmentType: "file", name: "big.bin", size: bytes },
    });
  expect(error((await open(5)).json)).toBe("ErrorAttachmentSizeShouldNotBeLessThanMinimumSize");
  const session = await open(size);
  expect(session.status).toBe(201);
  const url = String(session.json["uploadUrl"]);
  const file = Buffer.alloc(size, "abc");
  const put = (from: number, to_: number, token: string | null = null) =>
    graph.ask(url, {
      method: "PUT",
      token,
      body: file.subarray(from, to_),
      headers: { "content-range": `bytes ${from}-${to_ - 1}/${size}` },
    });
  expect(error((await put(0, 10, well)).json)).toBe("InvalidAudienceForResource");
  expect((await put(0, 2_000_000)).json["nextExpectedRanges"]).toEqual(["2000000"]);
  expect((await put(1_000_000, size)).status).toBe(416);
  const last = await put(2_000_000, size);
  expect([last.status, last.headers.get("location")]).toEqual([
    201,
    expect.stringContaining("/Attachments('"),
  ]);
  const [attachment] = await graph.all(`${path}/attachments`);
  expect(attachment).toMatchObject({ name: "big.bin", size });
  expect(Buffer.from(String(attachment?.["contentBytes"]), "base64").equals(file)).toBe(true);
  expect((await put(0, 10)).status).toBe(404);
});
