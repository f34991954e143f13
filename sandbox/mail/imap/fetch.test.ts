import { describe, expect, test } from "vitest";
import { readPartTree } from "../mime/part-tree.ts";
import { bodyStructureOf } from "./bodystructure.ts";
import { envelopeOf } from "./envelope.ts";
import { readFetchItems } from "./fetch-items.ts";
import { FetchedMessage, fetchValues, marksSeen } from "./fetch-response.ts";
import { BadCommand } from "./refusal.ts";
import { readTokens } from "./tokens.ts";

const source = Buffer.from(
  [
    'From: "Ann ""Q""" <ann@x.example>',
    "To: team: a@b.c, d@e.f;, last@g.h",
    "Subject: two",
    " lines",
    "Content-Type: multipart/mixed; boundary=q",
    "",
    "--q",
    "Content-Type: text/plain; charset=utf-8",
    "",
    "hello",
    "world",
    "--q",
    "Content-Type: message/rfc822",
    "",
    "Subject: inner",
    "Content-Type: multipart/alternative; boundary=r",
    "",
    "--r",
    "",
    "first",
    "--r",
    "Content-Type: text/html",
    "Content-Disposition: attachment; filename=x.html",
    "",
    "<i>",
    "--r--",
    "--q--",
    "",
  ].join("\r\n"),
);

const row = {
  id: 1,
  uid: 7,
  flags: ["\\Seen"],
  internalDate: Date.UTC(2026, 1, 3, 4, 5, 6),
  size: source.length,
};
const values = (items: string, byUid = false): string =>
  fetchValues(new FetchedMessage(row, () => source), readFetchItems(readTokens(items, []), byUid));

const bytes = (item: string): string => values(item).replace(/^[^\n]*\n/, "");
const marks = (items: string): boolean => marksSeen(readFetchItems(readTokens(items, []), false));

describe("FETCH", () => {
  test("simple items and macros", () => {
    expect(values("FAST", true)).toBe(
      `UID 7 FLAGS (\\Seen) INTERNALDATE " 3-Feb-2026 04:05:06 +0000" RFC822.SIZE ${source.length}`,
    );
  });

  test.each([
    ["BODY.PEEK[1]", "BODY[1] {12}\r\nhello\r\nworld"],
    ["BODY[1.MIME]", "BODY[1.MIME] {43}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"],
    ["BODY[2.1]", "BODY[2.1] {5}\r\nfirst"],
    ["BODY[2.2]", "BODY[2.2] {3}\r\n<i>"],
    ["BODY[2.HEADER.FIELDS (subject)]", "BODY[2.HEADER.FIELDS (subject)] {18}\r\nSubject: inner\r\n\r\n"],
    [
      "BODY[HEADER.FIELDS (SUBJECT X)]",
      "BODY[HEADER.FIELDS (SUBJECT X)] {24}\r\nSubject: two\r\n lines\r\n\r\n",
    ],
    ["BODY[1]<6.3>", "BODY[1]<6> {3}\r\n\nwo"],
    ["BODY[1]<50.3>", "BODY[1]<50> {0}\r\n"],
    ["BODY[3]", "BODY[3] NIL"],
    ["BODY[1.1]", "BODY[1.1] NIL"],
    ["BODY[1.HEADER]", "BODY[1.HEADER] NIL"],
  ])("%s", (item, expected) => {
    expect(values(item)).toBe(expected);
  });

  test("the whole, its header and its text fit together", () => {
    expect(bytes("BODY[]")).toBe(source.toString("latin1"));
    expect(bytes("RFC822.HEADER") + bytes("RFC822.TEXT")).toBe(source.toString("latin1"));
    expect(bytes("BODY[HEADER]") + bytes("BODY[TEXT]")).toBe(source.toString("latin1"));
  });

  test("a message of one part has part 1", () => {
    const plain = Buffer.from("Subject: x\r\n\r\nbody");
    const fetched = new FetchedMessage(row, () => plain);
    expect(fetchValues(fetched, readFetchItems(readTokens("BODY[1]", []), false))).toBe(
      "BODY[1] {4}\r\nbody",
    );
  });

  test("only sections without PEEK mark as read", () => {
    expect(marks("(BODY.PEEK[] RFC822.HEADER BODY)")).toBe(false);
    expect(marks("BODY[]")).toBe(true);
    expect(marks("RFC822")).toBe(true);
  });

  test.each(["BODY[MIME]", "BODY[0]", "BODY[HEADER.FIELDS]", "BODY[1]<0.0>", "NONSENSE", "()", "FLAGS UID"])(
    "%s is refused",
    (items) => {
      expect(() => values(items)).toThrow(BadCommand);
    },
  );
});

describe("ENVELOPE and BODYSTRUCTURE", () => {
  test("groups, missing fields and defaults", () => {
    expect(envelopeOf(readPartTree(source).headers)).toBe(
      '(NIL "two lines" (("Ann ""Q""" NIL "ann" "x.example")) '.replace(
        '"Ann ""Q"""',
        String.raw`"\"Ann \"\"Q\"\"\""`,
      ) +
        `((${String.raw`"\"Ann \"\"Q\"\"\""`} NIL "ann" "x.example")) ((${String.raw`"\"Ann \"\"Q\"\"\""`} NIL "ann" "x.example")) ` +
        '((NIL NIL "team" NIL)(NIL NIL "a" "b.c")(NIL NIL "d" "e.f")(NIL NIL NIL NIL)(NIL NIL "last" "g.h")) NIL NIL NIL NIL)',
    );
  });

  test("the structure of nested parts", () => {
    const inner =
      '(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 0 NIL NIL NIL NIL)' +
      '("text" "html" NIL NIL NIL "7bit" 3 0 NIL ("attachment" ("filename" "x.html")) NIL NIL) "alternative" ("boundary" "r") NIL NIL NIL)';
    const structure = bodyStructureOf(source, readPartTree(source), true);
    expect(structure).toContain('(("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 12 1 NIL NIL NIL NIL)');
    expect(structure).toContain(`(NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL) ${inner}`);
    expect(structure.endsWith(' "mixed" ("boundary" "q") NIL NIL NIL)')).toBe(true);
  });

  test("BODY has no extension data", () => {
    const plain = Buffer.from("Subject: x\r\n\r\nbody\r\n");
    expect(bodyStructureOf(plain, readPartTree(plain), false)).toBe(
      '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 1)',
    );
  });
});
