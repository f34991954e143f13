import { describe, expect, test } from "vitest";
import { FetchedMessage } from "./fetch-response.ts";
import { BadCommand } from "./refusal.ts";
import { readSearchKeys } from "./search-keys.ts";
import { matches } from "./search-match.ts";
import { inRanges, readSequenceSet } from "./sequence-set.ts";
import { readTokens } from "./tokens.ts";

const source = Buffer.from(
  [
    "From: =?utf-8?q?J=C3=BCrgen?= <j@x.example>",
    "To: well@outlook.example",
    "Subject: =?gbk?B?1tDOxA==?= and more",
    "Date: Tue, 03 Feb 2026 23:30:00 -0500",
    "X-Thing: blue",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    "The kettle is hot, gr=C3=BC=C3=9Fe.",
  ].join("\r\n"),
);
const row = {
  id: 1,
  uid: 30,
  flags: ["\\Seen", "\\Flagged"],
  internalDate: Date.UTC(2026, 1, 4, 5),
  size: 400,
};

const inSet = (set: string, byUid: boolean): boolean =>
  inRanges(readSequenceSet(set, byUid ? 30 : 3), byUid ? 30 : 3);

function found(search: string): boolean {
  const key = readSearchKeys(readTokens(search, []));
  return matches(key, new FetchedMessage(row, () => source), inSet);
}

describe("SEARCH", () => {
  test.each([
    "ALL",
    "SEEN FLAGGED UNANSWERED UNDELETED UNDRAFT OLD",
    "NOT UNSEEN",
    "OR UNSEEN FLAGGED",
    "(OR (ANSWERED) (FLAGGED SEEN))",
    "FROM jürgen",
    'FROM "J@X"',
    "SUBJECT 中文",
    "SUBJECT MORE",
    "HEADER x-thing blu",
    'HEADER X-Thing ""',
    "BODY Grüße",
    "TEXT kettle",
    "TEXT blue",
    "ON 4-Feb-2026",
    "SINCE 4-Feb-2026",
    "BEFORE 5-Feb-2026",
    "SENTON 3-Feb-2026",
    "SENTBEFORE 4-Feb-2026",
    "SENTSINCE 03-Feb-2026",
    "LARGER 399",
    "SMALLER 401",
    "UID 1,20:*",
    "2:3",
    "UNKEYWORD $Forwarded",
    "KEYWORD \\Seen",
  ])("%s finds it", (search) => {
    expect(found(bytes(search))).toBe(true);
  });

  test.each([
    "UNSEEN",
    "NEW",
    "RECENT",
    "NOT ALL",
    "SEEN ANSWERED",
    "SUBJECT kettle",
    "BODY blue",
    'HEADER X-Other ""',
    "SINCE 5-Feb-2026",
    "SENTON 4-Feb-2026",
    "LARGER 400",
    "UID 31",
    "1:2",
    "CC well",
    "KEYWORD $Forwarded",
  ])("%s does not", (search) => {
    expect(found(bytes(search))).toBe(false);
  });

  test.each(["", "NONSENSE", "OR SEEN", "SINCE yesterday", "LARGER big", "UID x", "NOT", "HEADER X"])(
    "'%s' is refused",
    (search) => {
      expect(() => found(search)).toThrow(BadCommand);
    },
  );
});

function bytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
