import { afterAll, beforeAll, expect, test } from "vitest";
import { personas } from "../personas.ts";
import { mail, startTestGraph, well } from "./test-graph.ts";
import type { Json, TestGraph } from "./test-graph.ts";

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(async () => graph.stop());

const code = (json: Json): unknown => (json["error"] as Json)["code"];

test("/me says who it is; without a token, and with one for Outlook, it says what is wrong", async () => {
  const me = await graph.ask("/me");
  expect(me.json).toMatchObject({ userPrincipalName: well, id: "7e110a5b1c6f0001", mail: well });
  const none = await graph.ask("/me", { token: null });
  expect([none.status, code(none.json)]).toEqual([401, "InvalidAuthenticationToken"]);
  expect(none.headers.get("www-authenticate")).toContain("Bearer");
  const wrong = await graph.ask("/me", { token: `${well}||https://outlook.office.com` });
  expect((wrong.json["error"] as Json)["message"]).toBe("Access token validation failure. Invalid audience.");
  expect(wrong.json["error"]).toHaveProperty("innerError.request-id");
});

test("a scope that the token lacks is ErrorAccessDenied", async () => {
  const sender = { token: `${well}|Mail.Send` };
  const refused = await graph.ask("/me/mailFolders/inbox/messages", sender);
  expect([refused.status, code(refused.json)]).toEqual([403, "ErrorAccessDenied"]);
  const reader = { token: `${well}|Mail.Read` };
  expect((await graph.ask("/me/mailFolders/inbox/messages", reader)).status).toBe(200);
  const made = await graph.ask("/me/mailFolders", { ...reader, method: "POST", body: { displayName: "x" } });
  expect(made.status).toBe(403);
});

test("folders have Outlook's names, the mail ones only, ten a page", async () => {
  const first = await graph.ask("/me/mailFolders?$count=true&$top=3");
  expect(first.json["@odata.count"]).toBe(8);
  expect(first.json["@odata.nextLink"]).toContain("$skip=3");
  const names = (await graph.all("/me/mailFolders?$top=3")).map((folder) => folder["displayName"]);
  expect(names).toEqual([
    "Inbox",
    "Drafts",
    "Sent Items",
    "Deleted Items",
    "Junk Email",
    "Archive",
    "Outbox",
    "Conversation History",
  ]);
  const german = await graph.ask("/me/mailFolders/SentItems", { token: "other@outlook.example" });
  expect(german.json["displayName"]).toBe("Gesendete Elemente");
  const root = await graph.ask("/me/mailFolders('msgfolderroot')?$select=displayName");
  expect(root.json["displayName"]).toBe("Top of Information Store");
  expect(code((await graph.ask("/me/mailFolders/clutter")).json)).toBe("ErrorItemNotFound");
  expect(code((await graph.ask("/me/mailFolders/nonsense")).json)).toBe("ErrorInvalidIdMalformed");
});

test("a message has what its bytes say", async () => {
  const id = graph.put(
    mail(
      "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=",
      'Cc: bare@x.example\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/html; charset=utf-8\n\n<p>Hi &amp; bye</p><script>x</script>\n--b\nContent-Type: text/plain; name="a.txt"\nContent-Disposition: attachment; filename*=utf-8\'\'%C3%BC.txt\nContent-Transfer-Encoding: base64\n\nYWJj\n--b--\n',
    ),
  );
  const [listed] = await graph.all("/me/messages?$filter=receivedDateTime ge 2020-01-01T00:00:00Z&$top=1");
  const { json } = await graph.ask(
    `/me/messages/${String(listed?.["id"])}?$expand=attachments($select=name,size)`,
  );
  expect(json).toMatchObject({
    subject: "Grüße",
    internetMessageId: "<=?utf-8?Q?Gr=C3=BC=C3=9Fe?=@test>",
    sentDateTime: "2026-03-02T08:05:00Z",
    from: { emailAddress: { name: "Jana", address: "other@outlook.example" } },
    ccRecipients: [{ emailAddress: { name: "bare@x.example", address: "bare@x.example" } }],
    bodyPreview: "Hi & bye",
    hasAttachments: true,
    isRead: false,
    isDraft: false,
    flag: { flagStatus: "notFlagged" },
    body: { contentType: "html", content: "<p>Hi &amp; bye</p>" },
    attachments: [{ name: "ü.txt", size: 3 }],
  });
  expect(json).not.toHaveProperty("internetMessageHeaders");
  const raw = await graph.ask(`/me/messages/${String(json["id"])}/$value`);
  const item = graph.store.items.find(id);
  expect(
    raw.bytes.equals(graph.store.messages.raw(item?.folderId ?? 0, item?.uid ?? 0) ?? Buffer.alloc(0)),
  ).toBe(true);
  const [attachment] = await graph.all(`/me/messages/${String(json["id"])}/attachments`);
  expect(attachment?.["contentBytes"]).toBe("YWJj");
  const bytes = await graph.ask(
    `/me/messages/${String(json["id"])}/attachments/${String(attachment?.["id"])}/$value`,
  );
  expect(bytes.bytes.toString()).toBe("abc");
});

test("$select, $filter, MAPI properties, text bodies", async () => {
  graph.put(mail("needle", "References: <a@b> <c@d>\n"));
  const path =
    "/me/messages?$filter=internetMessageId eq '<needle@test>' and isRead eq false&$select=subject,internetMessageHeaders&$expand=singleValueExtendedProperties($filter=id eq 'Integer 0x0E08' or id eq 'String 0x1039')";
  const [found, ...rest] = await graph.all(path);
  expect(rest).toEqual([]);
  expect(Object.keys(found ?? {})).toEqual([
    "@odata.etag",
    "id",
    "subject",
    "internetMessageHeaders",
    "singleValueExtendedProperties",
  ]);
  const [size, references] = (found?.["singleValueExtendedProperties"] ?? []) as Json[];
  expect(Number(size?.["value"])).toBeGreaterThan(100);
  expect([size?.["id"], references]).toEqual([
    "Integer 0xe08",
    { id: "String 0x1039", value: "<a@b> <c@d>" },
  ]);
  const text = await graph.ask(`/me/messages/${String(found?.["id"])}?$select=body`, {
    headers: { prefer: 'outlook.body-content-type="text", IdType="ImmutableId"' },
  });
  expect(text.json["body"]).toEqual({ contentType: "text", content: "body of needle\r\n" });
  const wrong = await graph.ask("/me/messages?$select=nonsense");
  expect(code(wrong.json)).toBe("RequestBroker--ParseUri");
  expect((await graph.ask("/me/messages?$filter=isRead is true")).status).toBe(400);
  expect((await graph.ask("/me/nothing")).status).toBe(400);
});

const failing = personas.filter((persona) => persona.trouble?.graph !== undefined);

test.each(failing.map((persona) => [persona.address, persona] as const))(
  "%s meets what its entry says, and /me all the same",
  async (address, { trouble }) => {
    const refused = await graph.ask("/me/messages", { token: address });
    expect([refused.status, code(refused.json)]).toEqual([trouble?.graph?.status, trouble?.graph?.code]);
    const wait = trouble?.graph?.retryAfterSeconds;
    expect(refused.headers.get("retry-after")).toBe(wait === undefined ? null : String(wait));
    expect((await graph.ask("/me", { token: address })).status).toBe(200);
  },
);

test("Graph opens a mailbox whose IMAP is off, and none that is not made yet", async () => {
  const off = personas.find((persona) => persona.trouble?.switchedOff?.includes("imap"))!;
  expect((await graph.ask("/me/mailFolders/inbox", { token: off.address })).status).toBe(200);
  const unmade = personas.find((persona) => persona.trouble?.notReady === true)!;
  const refused = await graph.ask("/me/mailFolders/inbox", { token: unmade.address });
  expect(code(refused.json)).toBe("MailboxNotEnabledForRESTAPI");
});

test("ordinary ids die with a move, immutable ones do not", async () => {
  graph.put(mail("mover"));
  const immutable = { prefer: 'IdType="ImmutableId"' };
  const find = "/me/messages?$filter=subject eq 'mover'&$select=id";
  const [ordinary] = await graph.all(find);
  const [lasting] = await graph.all(find, immutable);
  const moved = await graph.ask(`/me/messages/${String(ordinary?.["id"])}/move`, {
    method: "POST",
    body: { destinationId: "archive" },
  });
  expect(moved.status).toBe(201);
  expect(moved.json["id"]).not.toBe(ordinary?.["id"]);
  expect(code((await graph.ask(`/me/messages/${String(ordinary?.["id"])}`)).json)).toBe("ErrorItemNotFound");
  const [after] = await graph.all(find, immutable);
  expect(after?.["id"]).toBe(lasting?.["id"]);
  expect((await graph.ask(`/me/messages/${String(lasting?.["id"])}`)).status).toBe(200);
});
