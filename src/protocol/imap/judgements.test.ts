/** The pure parts between the commands: cursors, slices, structures, COPYUID, sent copies. */
import { describe, expect, test } from "vitest";
import type { MessageStructureObject } from "imapflow";
import { pairCopies } from "./copies.ts";
import { copyUids } from "./move.ts";
import { readHeadCursor, readTailCursor } from "./cursors.ts";
import type { FetchRow } from "./fetch-row.ts";
import { parseFetchRow } from "./fetch-row.ts";
import { matchCopies } from "./find-sent.ts";
import { proofNeeded, sliceSize } from "./head.ts";
import { leavesOf, splitParts, structureDigest } from "./structure.ts";

describe("cursors", () => {
  const head = { uidvalidity: "7", uidnext: 10, highestmodseq: null, rotation: null, lookedAt: 0 };
  test("the tail begins where the first head ended", () =>
    expect(readTailCursor(head)).toEqual({ uidvalidity: "7", below: 10, belowSeq: null }));
  test("a cursor that cannot be read asks for a new match instead of a wrong one", () => {
    for (const bad of [{}, { ...head, uidnext: "10" }, { ...head, highestmodseq: "-1" }]) {
      expect(() => readHeadCursor(bad)).toThrow(expect.objectContaining({ code: "folder_reset" }) as Error);
      expect(() => readTailCursor(bad)).toThrow(expect.objectContaining({ code: "folder_reset" }) as Error);
    }
  });
});

test("the rotation covers a folder within ten minutes, however often one looks", () => {
  for (const [exists, everyMs] of [
    [100_000, 8_000],
    [30_000, 60_000],
    [1_500, 10_000],
  ] as const) {
    expect(sliceSize(exists, everyMs) * (600_000 / everyMs)).toBeGreaterThanOrEqual(exists);
  }
  expect(sliceSize(1_000_000, 3_600_000)).toBe(20_000);
});

describe("whether removals are looked for where the server names none of them", () => {
  const modseq = { modseq: true, qresync: false };
  const before = { exists: 10, uidnext: 20, unproved: false };
  test.each([
    ["nothing came, nothing went", { exists: 10, uidNext: 20 }, before, "none"],
    ["two came", { exists: 12, uidNext: 22 }, before, "none"],
    ["one went", { exists: 9, uidNext: 20 }, before, "anew"],
    ["one came and one went", { exists: 10, uidNext: 21 }, before, "anew"],
    ["one came and went", { exists: 10, uidNext: 21 }, before, "anew"],
    ["the last count is not known", { exists: 10, uidNext: 20 }, { ...before, exists: null }, "anew"],
    ["the server tells no UIDNEXT", { exists: 10, uidNext: null }, before, "anew"],
    ["a removal is still to be found", { exists: 10, uidNext: 20 }, { ...before, unproved: true }, "on"],
    ["another went meanwhile", { exists: 9, uidNext: 20 }, { ...before, unproved: true }, "anew"],
  ] as const)("%s", (_name, folder, cursor, proof) => {
    expect(proofNeeded(folder, cursor, modseq)).toBe(proof);
    expect(proofNeeded(folder, cursor, { modseq: false, qresync: false })).toBe("on");
    expect(proofNeeded(folder, cursor, { modseq: true, qresync: true })).toBe("none");
  });
});

const text = (
  part: string,
  type = "text/plain",
  more: Partial<MessageStructureObject> = {},
): MessageStructureObject => ({ part, type, size: 10, encoding: "7bit", ...more });

const digest = (node: MessageStructureObject) => structureDigest(leavesOf(node));

describe("structure", () => {
  const mixed: MessageStructureObject = {
    type: "multipart/mixed",
    childNodes: [
      {
        part: "1",
        type: "multipart/alternative",
        childNodes: [
          text("1.1", "text/plain", { parameters: { charset: "gbk", format: "flowed", delsp: "yes" } }),
          text("1.2", "text/html"),
        ],
      },
      text("2", "text/plain", {
        disposition: "attachment",
        dispositionParameters: { filename: "notes.txt" },
      }),
      { part: "3", type: "message/rfc822", size: 99, childNodes: [text("3.1")] },
    ],
  };
  test("texts are read, the rest is described, an embedded message is one part", () => {
    const { text: read, attachments } = splitParts(leavesOf(mixed));
    expect(read).toMatchObject([
      { partPath: "1.1", charset: "gbk", alternative: "1", flowed: true, delSp: true },
      { partPath: "1.2", contentType: "text/html", alternative: "1", flowed: false },
    ]);
    expect(attachments).toMatchObject([
      { partPath: "2", filename: "notes.txt" },
      { partPath: "3", contentType: "message/rfc822" },
    ]);
  });
  test("a message that is not multipart is part 1", () =>
    expect(leavesOf({ type: "text/html" })).toMatchObject([{ partPath: "1", alternative: null }]));
  test("the digest tells size, name and type apart, and nothing else", () => {
    const base = digest(text("1"));
    expect(digest(text("1", "text/plain", { parameters: { charset: "utf-8" }, disposition: "inline" }))).toBe(
      base,
    );
    for (const other of [
      text("1", "text/html"),
      text("1", "text/plain", { size: 11 }),
      text("1", "text/plain", { parameters: { name: "x" } }),
    ])
      expect(digest(other)).not.toBe(base);
  });
});

const mailRow = (sizeBytes: number, messageId = "<a@x>"): FetchRow => ({
  seq: 1,
  uid: null,
  flags: null,
  internalDateMs: 1_000,
  sizeBytes,
  envelope: { messageId, subject: "s" },
  structure: null,
  sections: new Map(),
});

describe("what an earlier try copied", () => {
  const marks = new Map(["1", "2"].map((key) => [key, { epochKey: "9", uidNext: 5 }]));
  const originals = new Map([
    [1, mailRow(10)],
    [2, mailRow(10)],
  ]);

  test("twins get a copy each, and none from below the mark", () => {
    const inTarget = new Map([4, 5, 6].map((uid) => [uid, mailRow(10)]));
    expect([...pairCopies(originals, inTarget, marks, "9").values()]).toEqual([
      { from: "1", to: "5", epochKey: "9" },
      { from: "2", to: "6", epochKey: "9" },
    ]);
  });
  test("another size, another Message-ID, another numbering of the target: no copy", () => {
    expect(pairCopies(originals, new Map([[5, mailRow(11)]]), marks, "9").size).toBe(0);
    expect(pairCopies(originals, new Map([[5, mailRow(10, "<b@x>")]]), marks, "9").size).toBe(0);
    expect(pairCopies(originals, new Map([[5, mailRow(10)]]), marks, "8").size).toBe(0);
  });
});

describe("COPYUID", () => {
  test("pairs sources and targets in order", () => {
    expect(copyUids(["COPYUID", "7", "1:2,5", "11:13"])).toEqual([
      { from: "1", to: "11", epochKey: "7" },
      { from: "2", to: "12", epochKey: "7" },
      { from: "5", to: "13", epochKey: "7" },
    ]);
  });
  test.each([
    [null],
    [["TRYCREATE"]],
    [["COPYUID", "7", "", ""]],
    [["COPYUID", "7", "1:3", "4:5"]],
    [["COPYUID", "7", "1:4294967295", "1:4294967295"]],
  ])("%j tells nothing", (code) => expect(copyUids(code)).toEqual([]));
});

const row = (uid: number, envelope: FetchRow["envelope"], original = ""): FetchRow => ({
  seq: uid,
  uid,
  flags: null,
  internalDateMs: null,
  sizeBytes: null,
  envelope,
  structure: null,
  sections: new Map(original === "" ? [] : [["HEADER.FIELDS", Buffer.from(original)]]),
});

describe("sent copies", () => {
  const dateMs = Date.UTC(2026, 1, 2, 10);
  const trace = {
    messageId: "<ours@x>",
    otherIds: ["<another@x>"],
    from: "me@x",
    to: ["a@x", "b@x"],
    subject: "Re: Hello",
    dateMs,
  };
  const same = {
    messageId: "<theirs@x>",
    date: new Date(dateMs + 60_000),
    subject: "Re:  Hello",
    from: [{ address: "ME@x" }],
    to: [{ address: "b@x" }, { address: "a@x" }],
  };
  test("an id decides, also the original one that Outlook keeps, folded", () => {
    const rows = [
      row(1, same),
      row(2, { messageId: "<ours@x>" }),
      row(3, { messageId: "<new@x>" }, "X-Microsoft-Original-Message-ID:\r\n <ours@x>\r\n\r\n"),
    ];
    expect(matchCopies(rows, trace)).toEqual(["2", "3"]);
  });
  test("what bears the id of another mail of ours is not this one, however alike", () => {
    const rows = [
      row(1, { ...same, messageId: "<another@x>" }),
      row(2, same, "X-Microsoft-Original-Message-ID: <another@x>\r\n\r\n"),
    ];
    expect(matchCopies(rows, trace)).toEqual([]);
  });
  test("without an id, all of From, To, subject and date must agree", () => {
    expect(matchCopies([row(1, same)], trace)).toEqual(["1"]);
    const others = [
      { ...same, subject: "Re: Hello again" },
      { ...same, to: [{ address: "a@x" }] },
      { ...same, date: new Date(dateMs + 121_000) },
      { ...same, from: [{ address: "you@x" }] },
    ];
    expect(
      matchCopies(
        others.map((envelope, n) => row(n + 1, envelope)),
        trace,
      ),
    ).toEqual([]);
  });
});

test("a row with a broken structure keeps everything else", () => {
  const items = [
    { type: "ATOM", value: "UID" },
    { type: "ATOM", value: "5" },
    { type: "ATOM", value: "BODYSTRUCTURE" },
    [[null, [null]]],
    { type: "ATOM", value: "FLAGS" },
    [
      { type: "ATOM", value: "\\Recent" },
      { type: "ATOM", value: "\\Seen" },
    ],
  ];
  const untagged = {
    tag: "*",
    command: "3",
    attributes: [{ type: "ATOM", value: "FETCH" }, items],
  } as unknown as Parameters<typeof parseFetchRow>[0];
  expect(parseFetchRow(untagged)).toMatchObject({ seq: 3, uid: 5, flags: ["\\Seen"] });
});
