/** Messages as no standard has them and every mailbox does. */
import { describe, expect, test } from "vitest";
import { sameContent } from "./digests.ts";
import { parseMessage, parseParts } from "./parse.ts";
import { extractPart, walkSource } from "./structure.ts";

const bytes = (text: string, encoding: BufferEncoding = "utf8") =>
  Buffer.from(text.replaceAll("\n", "\r\n"), encoding);
const parse = (text: string, encoding?: BufferEncoding) => parseMessage(bytes(text, encoding));
const simple = (headers: string, body = "Hello\n") => `From: Ann <ann@a.example>\n${headers}\n\n${body}`;

const attachment = (headers: string, body: string) =>
  simple(
    "Content-Type: multipart/mixed; boundary=b",
    `--b\n\nx\n--b\nContent-Disposition: attachment\n${headers}\n\n${body}\n--b--\n`,
  );

const source = async (text: string) => (await parse(text)).sourceDigest;
const digest = async (text: string) => (await parse(text)).contentDigest;

describe("the Message-ID as its header has it, and the key made of it", () => {
  const long = `<${"x".repeat(900)}@a.example>`;
  test.each<[string, string | null, string | null]>([
    ["<a@b.example>", "<a@b.example>", "<a@b.example>"],
    ["\n <a@b.example>", "<a@b.example>", "<a@b.example>"],
    ["<a@b.example> (by hand) junk", "<a@b.example>", "<a@b.example>"],
    ["a@b.example", "a@b.example", "<a@b.example>"],
    ["no at", "no at", "<noat>"],
    ["<a@b.example", "<a@b.example", "<a@b.example>"],
    ["<a b@c.example>", "<a b@c.example>", "<ab@c.example>"],
    ["<a\n b@c.example>", "<a b@c.example>", "<ab@c.example>"],
    ['<"a>b"@c.example>', '<"a>b"@c.example>', '<"a>'],
    ["<=?utf-8?Q?a?=@b.example>", "<=?utf-8?Q?a?=@b.example>", "<=?utf-8?Q?a?=@b.example>"],
    ["<ü@b.example>", "<ü@b.example>", "<ü@b.example>"],
    [long, long, long],
    ["<one@b.example>\nMessage-ID: <two@b.example>", "<one@b.example>", "<one@b.example>"],
    ["<>", null, null],
    ["", null, null],
  ])("%j", async (header, written, key) => {
    const message = await parse(simple(`Message-ID: ${header}`));
    expect([message.writtenMessageId, message.messageId]).toEqual([written, key]);
  });

  test("one that no index takes is named by its digest, and told whole", async () => {
    const id = `<${"漢".repeat(1_000)}@a.example>`;
    const message = await parse(simple(`Message-ID: ${id}`));
    expect(message.writtenMessageId).toBe(id);
    expect(message.messageId).toMatch(/^<[0-9a-f]{64}@long-id\.invalid>$/);
  });
});

describe("headers", () => {
  test("what counts is read wherever it stands", async () => {
    const last = "Subject: last\nMessage-ID: <last@a.example>\nDate: Tue, 3 Mar 2026 10:00:00 +0000";
    for (const before of [
      Array.from({ length: 10_000 }, (_, n) => `X-${n}: y`).join("\n"),
      `X-Long: ${"y".repeat(1_000_000)}`,
      `X-Folded: ${"y\n ".repeat(300_000)}z`,
    ])
      expect(await parse(simple(`${before}\n${last}`))).toMatchObject({
        subject: "last",
        messageId: "<last@a.example>",
        dateMs: Date.UTC(2026, 2, 3, 10),
        text: "Hello\n".trim(),
        flags: ["headers_truncated"],
      });
  });

  test("all recipients count, of several To and Cc fields too; of several others the first", async () => {
    const message = await parse(
      simple(
        "To: a@x.example\nFrom: Eve <e@x.example>\nTo: b@x.example\nCc: c@x.example\ncc: d@x.example\nSubject: 1\nSubject: 2",
      ),
    );
    expect(message.to.map(({ address }) => address)).toEqual(["a@x.example", "b@x.example"]);
    expect(message.cc.map(({ address }) => address)).toEqual(["c@x.example", "d@x.example"]);
    expect(message).toMatchObject({ subject: "1", from: { address: "ann@a.example" } });
  });

  test.each([
    ["CR CR LF", "Subject: odd\r\r\nMessage-ID: <o@a>\r\r\n\r\r\nthe text\r\r\n"],
    ["CR alone", "Subject: odd\rMessage-ID: <o@a>\r\rthe text\r"],
    ["LF alone", "Subject: odd\nMessage-ID: <o@a>\n\nthe text\n"],
    ["a blank in the empty line", "Subject: odd\r\nMessage-ID: <o@a>\r\n \r\nthe text\r\n"],
    ["no empty line", "Subject: odd\r\nMessage-ID: <o@a>\r\nthe text\r\n"],
    ["garbage between", "From x Mon\r\nSubject: odd\r\ngarbage\r\nMessage-ID : <o@a>\r\n\r\nthe text\r\n"],
  ])("lines ending in or with %s", async (_, raw) => {
    const message = await parseMessage(Buffer.from(raw));
    expect(message).toMatchObject({ subject: "odd", messageId: "<o@a>" });
    expect(message.text.trim()).toBe("the text");
  });

  test("raw bytes are read in the charset that the words beside them name", async () => {
    const koi8 = Buffer.from("f0d2c9d7c5d4", "hex").toString("latin1");
    const message = await parse(simple("Subject: =?koi8-r?B?8NLJ18XU?=", `${koi8}\n`), "latin1");
    expect([message.subject, message.text]).toEqual(["Привет", "Привет"]);
  });

  test.each([
    ["Tue, 3 Mar 9999 10:00:00 +0000", Date.UTC(9999, 2, 3, 10)],
    ["Thu, 13 Feb 1969 23:32:54 -0330", Date.UTC(1969, 1, 14, 3, 2, 54)],
    ["Tue, 3 Mar 2026 10:00:00 +8", Date.UTC(2026, 2, 3, 2)],
    ["Tue, 3 Mar 0000 10:00:00 +0000", null],
    ["Tue, 3 Mar 275760 10:00:00 +0000", null],
  ])("the date %s", async (date, expected) => {
    expect((await parse(simple(`Date: ${date}`))).dateMs).toBe(expected);
  });
});

describe("bodies", () => {
  test.each([
    ["base64", "SGVs!bG8=", "Hello"],
    ["base64", "SGVsbG8=\nV29ybGQ=", "HelloWorld"],
    ["base64", "SGVsbG8=\n\n--\nfooter of a list", "Hello"],
    ["base64", "SGVsbG8h\n\n____\nfooter of a list", "Hello!"],
    ["base64", "SGVs\n\nbG8h", "Hello!"],
    ["base64", "-_SGVs", "Hel"],
    ["quoted-printable", "a=\nb=3D", "ab="],
  ])("%s %j", async (encoding, body, text) => {
    const message = await parse(simple(`Content-Transfer-Encoding: ${encoding}`, body));
    expect(message.text).toBe(text);
    const attached = await parse(attachment(`Content-Transfer-Encoding: ${encoding}`, body));
    expect(attached.attachments).toMatchObject([{ sizeBytes: text.length }]);
  });

  test("a text under a name is shown and can be saved", async () => {
    const raw = bytes(
      simple(
        "Content-Type: multipart/mixed; boundary=b",
        "--b\nContent-Type: text/plain; name=log.txt\n\nread me\n--b--\n",
      ),
    );
    const message = await parseMessage(raw);
    expect(message).toMatchObject({ text: "read me", attachments: [{ filename: "log.txt", sizeBytes: 7 }] });
    expect(Buffer.from(extractPart(raw, message.attachments[0]!.partPath!)!).toString()).toBe("read me");
  });

  test("digests: of what was written, and of everything; unknown for a header alone", async () => {
    const one = simple("To: b@b.example\nReferences: <r@a>\nMessage-ID: <m@a>");
    expect(await digest(`Received: by x\n${one}`)).toBe(await digest(one));
    expect(await digest(one.replace("Hello", "Hallo"))).not.toBe(await digest(one));
    expect(await digest(one.replace("To: b@", "To: c@"))).not.toBe(await digest(one));
    expect(await digest(one.replace("<r@a>", "<s@a>"))).not.toBe(await digest(one));
    const { header } = walkSource(bytes(one));
    expect(await parseParts({ header, text: [], attachments: [] })).toMatchObject({
      contentDigest: null,
      sourceDigest: null,
    });
    expect(await source(`Received: by x\n${one}`)).not.toBe(await source(one));
    const two = simple(
      "Content-Type: multipart/mixed; boundary=b1",
      "--b1\nContent-Type: a/b\n\nfile\n--b1--\n",
    );
    expect(await source(two.replaceAll("b1", "b2"))).toBe(await source(two));
    expect(await source(two.replace("file", "feel"))).not.toBe(await source(two));
  });

  test("of files that were fetched once and not the other time nothing is said", async () => {
    const file = simple(
      "Content-Type: multipart/mixed; boundary=b1",
      "--b1\nContent-Type: text/plain\n\ntext\n--b1\nContent-Type: a/b; name=c\n\nfile\n--b1--\n",
    );
    const whole = (await source(file))!;
    const walk = walkSource(bytes(file));
    const described = walk.attachments.map(({ body: _octets, decodedBytes: _size, ...part }) => part);
    const parts = (await parseParts({ ...walk, attachments: described })).sourceDigest!;
    expect(parts).not.toBe(whole);
    expect(sameContent(parts, whole)).toBe(true);
    expect(sameContent(whole, (await source(file.replace("file", "feel")))!)).toBe(false);
    expect(sameContent(parts, (await source(file.replace("text\n", "test\n")))!)).toBe(false);
  });
});
