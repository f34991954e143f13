import { describe, expect, test } from "vitest";
import { composeMessage, type OutgoingMessage } from "./compose.ts";
import { parseMessage } from "./parse.ts";
import { splitQuotedHtml } from "./quotes-html.ts";
import { splitQuotedText } from "./quotes.ts";
import { newMessageId, quoteForReply, replyRecipients, replyThreading } from "./reply.ts";

const person = (address: string, name = "") => ({ name, address });
const message: OutgoingMessage = {
  from: person("ann@a.example", "Ann Müller"),
  to: [person("bob@b.example", 'Bob "B" <x>')],
  cc: [person("用户@例子.example", "用户")],
  bcc: [person("secret@s.example")],
  subject: "Re: Grüße 你好 — a long subject that has to be folded because it goes on and on and on and on",
  text: "Grüße\n.\nFrom here",
  html: '<p>Grüße <img src="cid:pic@a"></p>',
  inReplyTo: "<0@b.example>",
  references: ["<r@b.example>", "<0@b.example>"],
  messageId: "<1@a.example>",
  dateMs: Date.UTC(2026, 2, 3, 9),
  attachments: [
    { filename: "报价 1.pdf", contentType: "application/pdf", content: Buffer.from("%PDF") },
    { filename: "pic.png", contentType: "image/png", content: Buffer.from("png"), cid: "pic@a" },
  ],
};

describe("composeMessage", () => {
  test("comes back as it was written", async () => {
    const raw = Buffer.from(await composeMessage(message));
    const parsed = await parseMessage(raw);
    expect(parsed).toMatchObject({
      from: message.from,
      to: message.to,
      cc: message.cc,
      bcc: [],
      subject: message.subject,
      html: message.html,
      messageId: message.messageId,
      inReplyTo: [message.inReplyTo],
      references: message.references,
      dateMs: message.dateMs,
      flags: [],
    });
    expect(parsed.text.trim()).toBe(message.text);
    expect(parsed.attachments.map(({ filename, disposition }) => [filename, disposition]).sort()).toEqual([
      ["pic.png", "inline"],
      ["报价 1.pdf", "attachment"],
    ]);
    expect(raw.toString("latin1")).not.toMatch(/secret@s|bcc:/i);
    expect(raw.toString("latin1").replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  });

  test.each<[string, Partial<OutgoingMessage>, string]>([
    ["a line break in the subject", { subject: "x\r\nBcc: evil@e.example" }, "invalid_request"],
    ["a lone line feed in a name", { to: [person("bob@b.example", "Bob\nX: y")] }, "invalid_request"],
    ["NUL in the subject", { subject: "a\0b" }, "invalid_request"],
    ["a line break in an address", { to: [person("bob@b.example\r\nX: y")] }, "invalid_request"],
    ["a broken address", { cc: [person("bob at b")] }, "recipient_invalid"],
    ["a broken Bcc", { bcc: [person("bob at b")] }, "recipient_invalid"],
    ["a line break in a message id", { messageId: "<1@a>\r\nX: y" }, "invalid_request"],
    ["a line break in a reference", { references: ["<1@a\r\nX:y>"] }, "invalid_request"],
    [
      "a line break in a file name",
      { attachments: [{ ...message.attachments[0]!, filename: "a\r\nX: y" }] },
      "invalid_request",
    ],
    [
      "a line break in a type",
      { attachments: [{ ...message.attachments[0]!, contentType: "a/b\r\nX: y" }] },
      "invalid_request",
    ],
    [
      "a line break in a content id",
      { attachments: [{ ...message.attachments[0]!, cid: "a\r\nX: y" }] },
      "invalid_request",
    ],
  ])("refuses %s", async (_, change, code) => {
    await expect(composeMessage({ ...message, ...change })).rejects.toMatchObject({ code });
  });
});

const addressesOf = (list: { to: { address: string }[]; cc: { address: string }[] }) => [
  list.to.map((one) => one.address),
  list.cc.map((one) => one.address),
];

describe("replies", () => {
  test("message ids are new and well-formed", () => {
    expect(newMessageId("a.example")).toMatch(/^<[0-9a-f]{32}@a\.example>$/);
    expect(newMessageId("a>\r\nX: y")).toMatch(/^<[0-9a-f]{32}@[\w.-]+>$/);
    expect(newMessageId("bücher.example")).toMatch(/^<[0-9a-f]{32}@xn--bcher-kva\.example>$/);
    expect(newMessageId("a.example")).not.toBe(newMessageId("a.example"));
  });

  test("threading takes over the references", () => {
    expect(replyThreading({ messageId: "<2@a>", references: ["<1@a>"], inReplyTo: ["<1@a>"] })).toEqual({
      inReplyTo: "<2@a>",
      references: ["<1@a>", "<2@a>"],
    });
    expect(replyThreading({ messageId: "<2@a>", references: [], inReplyTo: ["<1@a>"] }).references).toEqual([
      "<1@a>",
      "<2@a>",
    ]);
    const long = `<${"x".repeat(901)}@a>`;
    expect(replyThreading({ messageId: long, references: ["<1@a>", long], inReplyTo: [] })).toEqual({
      inReplyTo: null,
      references: ["<1@a>"],
    });
    expect(replyThreading({ messageId: null, references: [], inReplyTo: [] })).toEqual({
      inReplyTo: null,
      references: [],
    });
  });

  const received = {
    from: person("Ann@A.example"),
    replyTo: [],
    to: [person("me@b.example"), person("carl@c.example")],
    cc: [person("dora@d.example"), person("ann@a.example"), person("ME@b.example")],
  };
  test("answers the author, or everybody but oneself, once", () => {
    expect(addressesOf(replyRecipients(received, ["me@b.example"], false))).toEqual([["Ann@A.example"], []]);
    expect(addressesOf(replyRecipients(received, ["me@b.example"], true))).toEqual([
      ["Ann@A.example"],
      ["carl@c.example", "dora@d.example"],
    ]);
  });

  test("Reply-To stands before From", () => {
    expect(
      addressesOf(
        replyRecipients({ ...received, replyTo: [person("desk@a.example")] }, ["me@b.example"], false),
      ),
    ).toEqual([["desk@a.example"], []]);
  });

  test("a tagged form of an own address is one's own", () => {
    const tagged = { ...received, cc: [person("me+orders@b.example"), person("ann+x@a.example")] };
    expect(addressesOf(replyRecipients(tagged, ["me@b.example"], true))).toEqual([
      ["Ann@A.example"],
      ["carl@c.example", "ann+x@a.example"],
    ]);
  });

  test("to an own message it goes to whom that went to", () => {
    const own = { ...received, from: person("me@b.example") };
    expect(addressesOf(replyRecipients(own, ["me@b.example"], false))).toEqual([["carl@c.example"], []]);
  });

  test.each(["en", "zh"] as const)("the quote in %s is recognised as one", (lang) => {
    const quote = quoteForReply(
      {
        from: person("ann@a.example", "Ann <b>"),
        dateMs: Date.UTC(2026, 2, 3, 9),
        text: "Old\n> older",
        html: null,
      },
      { lang, timeZone: "Europe/Berlin" },
    );
    expect(quote.text).toMatch(/2026.*10:00/);
    expect(quote.text).toContain("> Old\n>> older");
    expect(quote.html).not.toContain("<b>");
    expect(splitQuotedText(`New\n\n${quote.text}`).visible).toBe("New");
    expect(splitQuotedHtml(`<p>New</p>${quote.html}`).visible).toBe("<p>New</p>");
  });
});
