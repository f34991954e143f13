import { describe, expect, test } from "vitest";
import { parseHeaderOnly, parseMessage, parseParts } from "./parse.ts";
import { extractPart, walkSource } from "./structure.ts";
import { decodeTransfer } from "./transfer.ts";
import { processorMs } from "../../../tests/support/processor-time.ts";

const bytes = (text: string, encoding: BufferEncoding = "utf8") =>
  Buffer.from(text.replaceAll("\n", "\r\n"), encoding);
const parse = (text: string, encoding?: BufferEncoding) => parseMessage(bytes(text, encoding));
const simple = (headers: string, body = "Hello\n") => `From: Ann <ann@a.example>\n${headers}\n\n${body}`;

const mixed = `From: "Ann, the first" <Ann@A.example>
To: bob@b.example, Team: c@c.example, "D" <d@d.example>;
Subject: =?utf-8?B?5L2g5aW9?= =?gb2312?B?zsQ=?=
Date: Tue, 3 Mar 2026 10:00:00 +0100 (CET)
Message-ID: <1@a.example>
In-Reply-To: <0@b.example>
References: <r@b.example>
 <0@b.example> <0@b.example>
Content-Type: multipart/mixed; boundary="m"

preamble
--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe aus K=F6ln =
weiter
--a
Content-Type: multipart/related; boundary=r

--r
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

${Buffer.from("<p>Grüße aus Köln weiter</p>").toString("base64")}
--r
Content-Type: image/png; name="x.png"
Content-ID: <pic@a>
Content-Disposition: inline
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--r--
--a--
--m
Content-Type: message/rfc822

From: inner@a.example
Subject: inner

inner text
--m
Content-Type: application/ms-tnef; name=winmail.dat
Content-Transfer-Encoding: base64

eJ8+
--m
Content-Type: text/plain; name="notes.txt"
Content-Disposition: attachment; filename*=utf-8''%E6%96%87.txt

notes
--m--
`;

describe("parseMessage", () => {
  test("reads heads, bodies and attachments", async () => {
    const message = await parse(mixed);
    expect(message).toMatchObject({
      messageId: "<1@a.example>",
      inReplyTo: ["<0@b.example>"],
      references: ["<r@b.example>", "<0@b.example>"],
      subject: "你好文",
      from: { name: "Ann, the first", address: "Ann@A.example" },
      dateMs: Date.UTC(2026, 2, 3, 9),
      text: "Grüße aus Köln weiter",
      html: "<p>Grüße aus Köln weiter</p>",
      snippet: "Grüße aus Köln weiter",
      automatic: false,
      bounce: false,
      flags: [],
    });
    expect(message.to.map(({ address }) => address)).toEqual(["bob@b.example", "c@c.example", "d@d.example"]);
    expect(
      message.attachments.map(({ n, partPath, contentType, filename, disposition }) => [
        n,
        partPath,
        contentType,
        filename,
        disposition,
      ]),
    ).toEqual([
      [1, "1.2.2", "image/png", "x.png", "inline"],
      [2, "2", "message/rfc822", null, "attachment"],
      [3, "3", "application/ms-tnef", "winmail.dat", "attachment"],
      [4, "4", "text/plain", "文.txt", "attachment"],
    ]);
    expect(message.searchText).toContain("bob b example");
    expect(message.searchText).toContain("winmail dat");
  });

  test("of many inline texts the first are the letter, the others files", async () => {
    const message = await parse(
      `Content-Type: multipart/mixed; boundary=b\n\n${"--b\n\nx\n".repeat(80)}--b--`,
    );
    expect(message.attachments).toHaveLength(16);
    expect(message.text.replace(/\s/g, "")).toBe("x".repeat(64));
  });

  test("what a source says of attachments is cleaned too", async () => {
    const attachment = {
      partPath: "2",
      contentType: "a/b",
      filename: "a\0\ud800\nb",
      contentId: null,
      disposition: null,
      encoding: "base64",
      sizeBytes: 78,
    };
    const message = await parseParts({
      header: bytes("Subject: x\n\n"),
      text: [],
      attachments: [attachment],
    });
    expect(message.attachments[0]).toMatchObject({
      filename: "a\uFFFD b",
      sizeBytes: 57,
      disposition: "attachment",
    });
    expect(message.flags).toEqual(["nul_removed"]);
  });

  test("content ids come without brackets", async () => {
    expect((await parse(mixed)).attachments[0]!.contentId).toBe("pic@a");
  });

  test("gives out single parts of a source", () => {
    const raw = bytes(mixed);
    expect(Buffer.from(decodeTransfer(extractPart(raw, "1.2.2")!, "base64")).toString("hex")).toBe(
      "89504e470d0a1a0a",
    );
    expect(extractPart(raw, "9")).toBeNull();
  });

  test("both ways give the same, also when the source says nothing of alternatives", async () => {
    const walk = walkSource(bytes(mixed));
    const plain = walk.text.map(({ alternative: _a, flowed: _f, delSp: _d, ...part }) => part);
    expect(await parseParts({ ...walk, text: plain })).toEqual(await parse(mixed));
  });

  test("a single part without parameters takes them from the header", async () => {
    const source = simple(
      "Content-Type: text/plain; charset=windows-1251; format=flowed",
      "\xcf\xf0\xe8\xe2\xe5\xf2 \nmir\n",
    );
    const raw = bytes(source, "latin1");
    const { header, text } = walkSource(raw);
    const part = { ...text[0]!, charset: null };
    delete part.flowed;
    const fromParts = await parseParts({ header, text: [part], attachments: [] });
    expect(fromParts.text).toBe("Привет mir");
    expect(fromParts).toEqual(await parseMessage(raw));
  });

  test("parts that stand beside each other follow each other, in both forms", async () => {
    const message = await parse(
      "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/html\n\n<p>One</p>\n--m\n\nTwo <2>\n--m--\n",
    );
    expect(message.text).toBe("One\n\nTwo <2>");
    expect(message.html).toContain("<p>One</p>");
    expect(message.html).toContain("Two &lt;2&gt;");
  });

  test.each<[string, BufferEncoding, string, string, string[]]>([
    ["UTF-8 in raw headers", "utf8", "Grüße, 你好", "Grüße, 你好", []],
    ["GBK in raw headers", "latin1", "\xc4\xe3\xba\xc3\xca\xc0\xbd\xe7", "你好世界", ["bad_charset"]],
    ["Latin-1 in raw headers", "latin1", "M\xfcller & S\xf6hne", "Müller & Söhne", ["bad_charset"]],
  ])("reads %s", async (_name, encoding, subject, expected, flags) => {
    const message = await parse(simple(`Subject: ${subject}`), encoding);
    expect(message.subject).toBe(expected);
    expect(message.flags).toEqual(flags);
  });

  test("raw headers may be in the charset of the body", async () => {
    const message = await parse(
      simple("Subject: \xa4\xa4\xa4\xe5\nContent-Type: text/plain; charset=big5"),
      "latin1",
    );
    expect(message.subject).toBe("中文");
  });

  test("believes the bytes more than a wrong label", async () => {
    const message = await parse(
      simple("Content-Type: text/plain; charset=utf-8", "\xc4\xe3\xba\xc3\xca\xc0\xbd\xe7"),
      "latin1",
    );
    expect(message).toMatchObject({ text: "你好世界", flags: ["bad_charset"] });
    const utf8 = await parse(simple("Content-Type: text/plain; charset=x-nonsense", "Grüße"));
    expect(utf8).toMatchObject({ text: "Grüße", flags: ["bad_charset"] });
  });

  test("NUL and lone surrogates never come out", async () => {
    const message = await parse(
      simple(
        "Subject: a=?utf-8?Q?=00b?=\nContent-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64",
        "AABIAADYaQA=",
      ),
    );
    expect(message).toMatchObject({
      subject: "ab",
      text: "H\uFFFDi",
      flags: expect.arrayContaining(["nul_removed"]) as unknown,
    });
  });

  test.each([
    ["Wed, 30 Feb 2099 99:99:99", null],
    ["nonsense", null],
    ["Fri, 21 Nov 97 09:55:06 -0600", Date.UTC(1997, 10, 21, 15, 55, 6)],
    ["21 Nov 1997 09(comment):   55  :  06 EST", Date.UTC(1997, 10, 21, 14, 55, 6)],
    ["2026-03-03T10:00:00", Date.UTC(2026, 2, 3, 10)],
    ["Tue Mar  3 10:00:00 2026", Date.UTC(2026, 2, 3, 10)],
  ])("reads the date %s", async (date, expected) => {
    const message = await parse(simple(`Date: ${date}`));
    expect(message.dateMs).toBe(expected);
    expect(message.flags.includes("bad_date")).toBe(expected === null);
  });

  test.each([
    ["Auto-Submitted: auto-replied", true],
    ["Auto-Submitted: no", false],
    ["List-Id: <l.example>", true],
    ["Precedence: bulk", true],
    ["Return-Path: <>", true],
    ["X-Other: 1", false],
  ])("%s: automatic is %s", async (header, automatic) => {
    expect((await parse(simple(header))).automatic).toBe(automatic);
  });

  test("knows noreply senders and delivery reports", async () => {
    expect((await parse("From: no-reply@a.example\n\nx")).automatic).toBe(true);
    const report = await parse(
      "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nFailed\n--b\nContent-Type: message/delivery-status\n\nAction: failed\n--b--",
    );
    expect(report).toMatchObject({ automatic: true, bounce: true, text: "Failed" });
  });

  test("text without a header is kept", async () => {
    expect(await parse("just some words\n\nand more")).toMatchObject({
      text: "just some words\n\nand more",
      flags: ["no_headers"],
    });
    expect(await parse("just some words")).toMatchObject({ text: "just some words", flags: ["no_headers"] });
    expect(await parse("")).toMatchObject({ text: "", subject: "", from: null, flags: ["no_headers"] });
  });

  test("digests do not depend on line ends or on the kind of fetch", async () => {
    const text = simple("Subject: x", "One  two\n\n> old\n");
    const [crlf, lf] = [await parse(text), await parseMessage(Buffer.from(text))];
    expect(crlf.headerDigest).toBe(lf.headerDigest);
    expect(crlf.textDigest).toBe(lf.textDigest);
    expect((await parse(simple("Subject: y"))).headerDigest).not.toBe(crlf.headerDigest);
    expect((await parse(simple("Subject: x", "One two"))).textDigest).toBe(crlf.textDigest);
  });

  test("search text has Chinese, Japanese and Thai cut into words", async () => {
    const { searchText } = await parse(simple("Subject: 我们在北京开会", "日本語を勉強しています สวัสดีครับ\n"));
    expect(searchText).toMatch(/我们 在 北京 开会/);
    expect(searchText).toMatch(/日本語 を 勉強/);
    expect(searchText).toMatch(/สวัสดี ครับ/);
  });

  test("the header alone", () => {
    const message = parseHeaderOnly(bytes(simple("Subject: x")), "parse_failed");
    expect(message).toMatchObject({
      subject: "x",
      from: { address: "ann@a.example" },
      text: "",
      flags: ["parse_failed"],
    });
  });
});

describe("hostile messages", () => {
  test("10,000 header lines, huge values, many addresses and references", async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => `X-Line-${i}: value`).join("\n");
    expect((await parse(simple(`Subject: kept\n${many}`))).flags).toEqual(["headers_truncated"]);
    const wide = await parse(
      simple(
        `To: ${Array.from({ length: 3_000 }, (_, i) => `a${i}@a.example`).join(", ")}\nReferences: ${Array.from({ length: 900 }, (_, i) => `<${i}@a>`).join(" ")}\nMessage-ID: <${"x".repeat(5_000)}@a>`,
      ),
    );
    expect(wide.to).toHaveLength(3_000);
    expect(wide.references).toHaveLength(200);
    expect([wide.references[0], wide.references[1], wide.references[199]]).toEqual([
      "<0@a>",
      "<701@a>",
      "<899@a>",
    ]);
    expect(wide.messageId!.length).toBeLessThan(100);
    expect((await parse(simple(`Subject: ${"x".repeat(300_000)}`))).subject).toHaveLength(8_000);
  });

  test("200 nested parts", async () => {
    let body = "deep";
    for (let i = 0; i < 200; i++)
      body = `Content-Type: multipart/mixed; boundary=b${i}b\n\n--b${i}b\n${body}\n--b${i}b--\n`;
    const message = await parse(body);
    expect(message.flags).toContain("too_deep");
    expect(message.attachments).toHaveLength(1);
  });

  test("50,000 parts", async () => {
    const message = await parse(
      `Content-Type: multipart/mixed; boundary=b\n\n${"--b\nContent-Type: a/b\n\nx\n".repeat(50_000)}--b--`,
    );
    expect(message.attachments).toHaveLength(1_000);
    expect(message.flags).toContain("too_deep");
  });

  test("50 MB of text and 50 MB of attachment", async () => {
    const line = `${"x".repeat(76)}\r\n`;
    const text = await parseMessage(
      Buffer.concat([Buffer.from(simple("Subject: big", "")), Buffer.from(line.repeat(640_000))]),
    );
    expect(Buffer.byteLength(text.text)).toBe(1024 * 1024);
    expect(text.flags).toEqual(["body_truncated"]);
    const file = Buffer.concat([
      bytes("Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\n"),
      Buffer.from(line.repeat(640_000)),
    ]);
    const started = processorMs();
    expect((await parseMessage(file)).attachments[0]!.sizeBytes).toBe(640_000 * 57);
    expect(processorMs(started)).toBeLessThan(2_000);
  });

  test.each([
    ["no closing boundary", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n", "Hello"],
    ["a boundary that never comes", "Content-Type: multipart/mixed; boundary=b\n\nHello\n", "Hello"],
    ["no boundary parameter", "Content-Type: multipart/mixed\n\nHello\n", "Hello"],
    [
      "a boundary that begins like another",
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--bb\n--b--",
      "Hello\n--bb",
    ],
    [
      "text where a part's header should be",
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nHi\n--b--",
      "Hi",
    ],
    ["no type that is one", "Content-Type: nonsense\n\nHello\n", "Hello"],
    ["an unknown transfer encoding", "Content-Transfer-Encoding: x-strange\n\nHello\n", "Hello"],
    ["broken base64", "Content-Transfer-Encoding: base64\n\nSGVsbG8=SGVsbG8=\n!!", "HelloHello"],
    ["uuencode", "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a.txt\n%2&5L;&\\\n`\nend\n", "Hello"],
  ])("%s", async (_, source, text) => {
    expect((await parse(source)).text).toBe(text);
  });

  test("HTML that nests 100,000 deep still gives its text", async () => {
    const message = await parse(`Content-Type: text/html\n\n<p>top</p>${"<div>".repeat(100_000)}deep`);
    expect(message.text).toContain("top");
  });
});
