import { expect, test } from "vitest";
import type { AnsweredMessage } from "./reply-source.ts";
import { replyContent, writtenHtml } from "./reply-content.ts";

const answered: AnsweredMessage = {
  id: "1",
  mailboxId: "2",
  messageId: "<q@x.example>",
  inReplyTo: [],
  references: [],
  from: { name: "Ann", address: "ann@x.example" },
  to: [],
  cc: [],
  replyTo: [],
  subject: "Hi",
  dateMs: Date.UTC(2026, 2, 3, 9),
  text: "Where is it?\n\nAnn",
  html: '<style>p{display:none}</style><p>Where is it?</p><img src="cid:logo"><img src="https://a.example/x.png">',
};
const quote = { signatureHtml: "", quote: { lang: "en", timeZone: "UTC" } } as const;
const bare = { signatureHtml: "", quote: null };
const signatureHtml = "<p>Kind regards,</p><p>Bo &amp; Co</p>";

test("text alone stays plain, with the quote below", () => {
  const { text, html, blank } = replyContent({ text: "Soon.  \n" }, answered, quote);
  expect(text).toBe(
    "Soon.\n\nOn Tue, 3 Mar 2026, 09:00, Ann <ann@x.example> wrote:\n> Where is it?\n>\n> Ann\n",
  );
  expect([html, blank]).toEqual([null, false]);
});

test.each([undefined, "", "  "])("HTML alone makes its text (%j), links and all", (text) => {
  const html = '<p>See <a href="https://b.example/1">here</a></p>';
  expect(replyContent({ text, html }, answered, bare)).toMatchObject({
    text: "See here [https://b.example/1]",
    blank: false,
  });
});

test.each([
  [{}, true],
  [{ text: " \n" }, true],
  [{ html: "<p>&nbsp;</p>" }, true],
  [{ html: "<script>alert(1)</script>" }, true],
  [{ html: '<img src="https://a.example/x.png">' }, false],
  [{ text: "x", html: "<p></p>" }, false],
])("%j is blank: %s", (written, blank) => expect(replyContent(written, answered, quote).blank).toBe(blank));

test("the quoted mail does not dress our words, nor leave holes where its pictures were", () => {
  const { html } = replyContent({ html: "<p>Soon.</p>" }, answered, quote);
  expect(html).not.toMatch(/<style|display:none/);
  expect(html?.match(/<img[^>]*>/g)).toEqual(['<img src="https://a.example/x.png" />']);
});

test.each([
  [{ html: "<p>Soon.</p><p>Bo</p>" }, "<p>Soon.</p><p>Bo</p>"],
  [
    { text: "Soon & safe\n\n> not the quote\n\nBo" },
    "<p>Soon &amp; safe</p><p></p><p>&gt; not the quote</p><p></p><p>Bo</p>",
  ],
])("what was written comes back without the quote: %j", (written, back) => {
  for (const below of [quote, bare, { ...quote, signatureHtml }, { ...bare, signatureHtml }])
    for (const text of [answered.text, ""])
      expect(writtenHtml(replyContent(written, { ...answered, text }, below), below.signatureHtml)).toBe(
        back,
      );
});

test("the mailbox's signature stands below the words and above the quote", () => {
  const both = { html: "<p>Soon.</p>", text: "Soon." };
  const { text, html } = replyContent(both, answered, { ...quote, signatureHtml });
  expect(text).toMatch(/^Soon\.\n\n-- \nKind regards,\n\nBo & Co\n\nOn .* wrote:\n> /);
  expect(html).toMatch(
    /^<p>Soon\.<\/p><br><div class="gmail_signature"><p>Kind.*<\/div><br><div class="gmail_quote">/s,
  );
  expect(replyContent({ text: "Soon." }, answered, { ...bare, signatureHtml })).toMatchObject({
    text: "Soon.\n\n-- \nKind regards,\n\nBo & Co",
    html: null,
  });
  expect(replyContent({ text: " " }, answered, { ...bare, signatureHtml }).blank).toBe(true);
});

test("an endless mail is quoted in part, as text", () => {
  const endless = { ...answered, text: "line\n".repeat(1_000_000), html: "<".repeat(4_000_000) };
  const { text, html } = replyContent({ html: "<p>Soon.</p>" }, endless, quote);
  expect(text.length).toBeLessThan(400_000);
  expect(text.trimEnd().endsWith("> […]")).toBe(true);
  expect(html?.length).toBeLessThan(400_000);
});
