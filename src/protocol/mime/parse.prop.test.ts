import * as fc from "fast-check";
import { expect, test } from "vitest";
import { composeMessage } from "./compose.ts";
import { parseMessage, parseParts } from "./parse.ts";
import { splitQuotedHtml } from "./quotes-html.ts";
import { splitQuotedText } from "./quotes.ts";
import { sanitiseHtml } from "./sanitise.ts";
import { walkSource } from "./structure.ts";
import type { ParsedMessage } from "./types.ts";

const strings = (value: unknown): string[] =>
  typeof value === "string"
    ? [value]
    : value !== null && typeof value === "object"
      ? Object.values(value).flatMap(strings)
      : [];

function expectClean(message: ParsedMessage): void {
  for (const text of strings(message)) {
    expect(text.includes("\0")).toBe(false);
    expect(text.isWellFormed()).toBe(true);
  }
  expect(message.snippet.length).toBeLessThanOrEqual(200);
  expect(Buffer.byteLength(message.searchText)).toBeLessThanOrEqual(100 * 1024);
}

/** Pieces out of which something like a message grows more often than by chance. */
const piece = fc.oneof(
  fc.constantFrom(
    "\r\n",
    "\n",
    "\r\n\r\n",
    "\0",
    ": ",
    "--b",
    "--b--",
    "=00",
    "=?utf-8?B?AAAA?=",
    "=?utf-16?B?2AA=?=",
    "=?gb2312?Q?=00=80?=",
    " ",
    "\t",
    "Content-Type: multipart/mixed; boundary=b\r\n",
    'Content-Type: multipart/alternative; boundary="b"\r\n',
    "Content-Type: text/html; charset=utf-16\r\n",
    "Content-Type: text/plain; charset=utf-7; format=flowed\r\n",
    "Content-Transfer-Encoding: base64\r\n",
    "Content-Transfer-Encoding: quoted-printable\r\n",
    "Content-Disposition: attachment; filename*0*=utf-8''%00; filename*1=x\r\n",
    "Subject: ",
    "From: ",
    "Message-ID: <",
    "Date: ",
    "> ",
    "-- \r\n",
    "<div>",
    "<style>",
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const soup = fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.from(pieces.join(""), "latin1"));

test("bytes of any kind never throw, and nothing unfit for the database comes out", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 400 }), soup), async (raw) => {
      expectClean(await parseMessage(raw));
    }),
    { numRuns: 600 },
  );
});

test("both ways agree on anything", async () => {
  await fc.assert(
    fc.asyncProperty(soup, async (raw) => {
      const { tooDeep: _, ...parts } = walkSource(raw);
      expect(await parseParts(parts)).toEqual(await parseMessage(raw));
    }),
    { numRuns: 400 },
  );
});

const line = fc.string({ unit: "grapheme", maxLength: 60 }).map((text) =>
  text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/gu, " ")
    .replace(/\s+/g, " ")
    .trim(),
);
const body = fc.array(line, { maxLength: 8 }).map((lines) => lines.join("\n"));

test("what is composed comes back, whole and in parts", async () => {
  await fc.assert(
    fc.asyncProperty(
      line,
      line,
      body,
      fc.option(body),
      fc.array(line, { maxLength: 3 }),
      async (subject, name, text, html, names) => {
        const raw = await composeMessage({
          from: { name, address: "ann@a.example" },
          to: [{ name: "", address: "bob@b.example" }],
          cc: [],
          bcc: [],
          subject,
          text,
          html: html === null ? null : `<p>${html.replace(/[<>&]/g, "")}</p>`,
          inReplyTo: null,
          references: [],
          messageId: "<1@a.example>",
          dateMs: 1_772_528_400_000,
          attachments: names.map((filename) => ({
            filename,
            contentType: "application/pdf",
            content: Buffer.from(filename),
          })),
        });
        const whole = await parseMessage(raw);
        expect(whole.subject).toBe(subject);
        expect(whole.from).toEqual({ name, address: "ann@a.example" });
        expect(whole.attachments).toHaveLength(names.length);
        const parts = walkSource(raw);
        const bare = parts.text.map(({ alternative: _a, flowed: _f, delSp: _d, ...part }) => part);
        expect(await parseParts({ ...parts, text: bare })).toMatchObject({
          text: whole.text,
          html: whole.html,
          textDigest: whole.textDigest,
        });
      },
    ),
    { numRuns: 150 },
  );
});

test("splitting quotes loses no text", () => {
  const words = fc.array(
    fc.constantFrom(
      "Hi",
      "> old",
      "-- ",
      "",
      "On 3 Mar 2026, a@a.example wrote:",
      "From: a",
      "Sent: b",
      "To: c",
      "_".repeat(30),
      "-----Original Message-----",
    ),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(words, (lines) => {
      const text = lines.join("\n");
      const { visible, quoted } = splitQuotedText(text);
      expect(`${visible}\n${quoted}`.replace(/\s+/g, "")).toBe(text.replace(/\s+/g, ""));
      if (text.trim() !== "") expect(visible.trim()).not.toBe("");
    }),
  );
});

test("sanitising is stable and never throws", () => {
  const markup = fc.array(
    fc.oneof(
      fc.constantFrom(
        "<script>",
        "</script>",
        "<style>",
        "</style>",
        "<a href='javascript:x'>",
        "<img src=x onerror=y>",
        "<div class=gmail_quote>",
        "</div>",
        "<!--",
        "-->",
        "<svg>",
        "<td",
        '"',
        "'",
        ">",
        "<",
        "url(",
        "\\75rl(",
        "&lt;",
        'style="',
        "<p style='",
      ),
      fc.string({ maxLength: 6 }),
    ),
    { maxLength: 25 },
  );
  const options = { imageUrl: () => null, cidUrl: () => null, allowRemote: false };
  fc.assert(
    fc.property(markup, (pieces) => {
      const once = sanitiseHtml(pieces.join(""), options).html;
      expect(once).not.toMatch(/<script|<svg|<[a-z][^>"]*\son\w+=|href="javascript/i);
      const { visible, quoted } = splitQuotedHtml(once);
      expect(sanitiseHtml(visible + quoted, options).html).not.toMatch(/<script|<svg/i);
    }),
    { numRuns: 500 },
  );
});
