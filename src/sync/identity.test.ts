import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  evidenceAgrees,
  identityOf,
  matchItems,
  onlyOnes,
  type Candidate,
  type Evidence,
  type Placeable,
} from "./identity.ts";
import { placeholder } from "./stored-message.ts";

const place = { transport: "imap", folderId: "f", epoch: 0, key: "1", sizeBytes: 10 };
const base = {
  ...placeholder("bad_date", ""),
  flags: [],
  messageId: "<a@x>",
  from: { name: "", address: "Ann@Example.org" },
  dateMs: 1_000_500,
  subject: "Re: Offer",
  headerDigest: "h",
};
const same = (a: object, b: object, at = place): boolean =>
  identityOf({ ...base, ...a }, place).equals(identityOf({ ...base, ...b }, at));

describe("identityOf", () => {
  test("folds what servers and clients write differently", () => {
    expect(same({}, { from: { name: "Ann", address: "ann@example.ORG" } })).toBe(true);
    expect(same({}, { subject: "Re:  Offer " })).toBe(true);
    expect(same({}, { dateMs: 1_000_900 })).toBe(true);
    expect(same({}, { headerDigest: "other" })).toBe(true);
  });

  test.each([
    ["Message-ID", { messageId: "<b@x>" }],
    ["From", { from: { name: "", address: "bob@example.org" } }],
    ["Date", { dateMs: 1_001_000 }],
    ["Subject, with its Re:", { subject: "Offer" }],
  ])("another %s is another message", (_what, change) => {
    expect(same({}, change)).toBe(false);
  });

  test("without a Message-ID the raw header counts, within one transport", () => {
    const none = { messageId: null };
    expect(same(none, { ...none, subject: "parsed otherwise" })).toBe(true);
    expect(same(none, { ...none, headerDigest: "other" })).toBe(false);
    expect(same(none, none, { ...place, transport: "graph" })).toBe(false);
  });

  test("unreadable content equals only itself, empty headers only those of equal size", () => {
    const unreadable = { flags: ["unreadable" as const] };
    expect(same(unreadable, unreadable)).toBe(true);
    expect(same(unreadable, unreadable, { ...place, key: "2" })).toBe(false);
    const bare = { messageId: null, flags: ["no_headers" as const] };
    expect(same(bare, bare, { ...place, sizeBytes: 11 })).toBe(false);
  });
});

const evidence = (
  internalDateMs: number | null,
  structureDigest: string | null,
  contentDigest: string | null = null,
): Evidence => ({ internalDateMs, structureDigest, contentDigest, readOver: "imap", textDigest: null });

describe("evidence", () => {
  test.each<[boolean, Evidence, Evidence, string]>([
    [false, evidence(null, null), evidence(null, null), "unknown never agrees"],
    [true, evidence(1_000, null), evidence(1_999, "x"), "one second"],
    [true, evidence(1_000, "x"), evidence(2_000, "x"), "one structure"],
    [false, evidence(1_000, "x"), evidence(2_000, "y"), "neither"],
    [true, evidence(1_000, "x", "t"), evidence(2_000, "x", "t"), "read, one structure"],
    [false, evidence(1_000, "x", "t"), evidence(1_000, "x", "u"), "read, another text"],
    [false, evidence(1_000, "x", "t"), evidence(1_000, "y", "t"), "read, another structure"],
    [true, evidence(1_000, "x"), evidence(1_000, "y", "t"), "by the header alone the date is enough"],
  ])("%s: %j %j (%s)", (agrees, a, b) => {
    expect([evidenceAgrees(a, b), evidenceAgrees(b, a)]).toEqual([agrees, agrees]);
  });
});

const identities = fc.constantFrom("a", "b");
const dates = fc.constantFrom(null, 0, 5_000);
const digests = fc.constantFrom(null, "s", "t");
const evidences = {
  identity: identities,
  internalDateMs: dates,
  structureDigest: digests,
  contentDigest: digests,
  readOver: fc.constantFrom("imap" as const, "graph" as const, "pop3" as const),
  textDigest: fc.constantFrom("read", "otherwise"),
};
const candidates = fc
  .array(fc.record({ ...evidences, here: fc.boolean() }), { maxLength: 8 })
  .map((list) => list.map((entry, index): Candidate => ({ ...entry, id: `m${index}`, conversationId: "c" })));
const items = fc
  .array(fc.record(evidences), { maxLength: 8 })
  .map((list) => list.map((entry, index): Placeable => ({ ...entry, key: String(index) })));

test("matching: never two items of a folder in one message, never one that stands here, never without evidence", () => {
  fc.assert(
    fc.property(items, candidates, (list, stored) => {
      const matches = matchItems(list, stored);
      const taken = [...matches.values()].map((candidate) => candidate.id);
      expect(new Set(taken).size).toBe(taken.length);
      for (const item of list) {
        const match = matches.get(item.key);
        if (match === undefined) continue;
        expect(match.here).toBe(false);
        expect(match.identity).toBe(item.identity);
        expect(evidenceAgrees(item, match)).toBe(true);
      }
    }),
  );
});

const twin = (id: string, internalDateMs: number): Candidate => ({
  id,
  identity: "a",
  conversationId: "c",
  here: false,
  internalDateMs,
  structureDigest: "s",
  contentDigest: null,
  readOver: "imap",
  textDigest: null,
});
const item = (key: string, internalDateMs: number): Placeable => ({
  key,
  identity: "a",
  internalDateMs,
  structureDigest: "s",
  contentDigest: null,
  readOver: "imap",
  textDigest: null,
});

test("twins find back to themselves when both kinds of evidence tell them apart", () => {
  const matches = matchItems([item("2", 2_000), item("1", 1_000)], [twin("one", 1_000), twin("two", 2_000)]);
  expect([...matches].map(([key, candidate]) => [key, candidate.id])).toEqual([
    ["2", "two"],
    ["1", "one"],
  ]);
});

/** As another transport reads it: no structure, and perhaps other octets. */
const across = (a: Partial<Evidence>, b: Partial<Evidence>): boolean => {
  const one: Evidence = { ...evidence(1_000, "x", "octets"), textDigest: "text", ...a };
  const other: Evidence = { ...evidence(1_500, null, "octets"), readOver: "graph", textDigest: "text", ...b };
  expect(evidenceAgrees(one, other)).toBe(evidenceAgrees(other, one));
  return evidenceAgrees(one, other);
};

const known = (list: Placeable[], stored: Candidate[]) => [...onlyOnes(list, stored, "second")];

describe("across transports", () => {
  test("the same octets are one mail, though one transport gives no date", () => {
    expect(across({}, { internalDateMs: null, readOver: "pop3" })).toBe(true);
    expect(across({}, { internalDateMs: null, readOver: "imap" })).toBe(false);
  });

  test("over POP3 again the same octets are one mail, and others another", () => {
    const bare = { internalDateMs: null, structureDigest: null, readOver: "pop3" } as const;
    expect(across(bare, bare)).toBe(true);
    expect(across({ ...bare, contentDigest: "another" }, bare)).toBe(false);
  });

  test("other octets of the same text are one mail when they came in one second, else two", () => {
    expect(across({}, { contentDigest: "written anew" })).toBe(true);
    expect(across({}, { contentDigest: "written anew", internalDateMs: 2_000 })).toBe(false);
    expect(across({}, { contentDigest: "written anew", internalDateMs: null })).toBe(false);
    expect(across({}, { contentDigest: "written anew", textDigest: "another" })).toBe(false);
    // Within one transport other octets are another mail, as they were.
    expect(across({}, { contentDigest: "written anew", readOver: "imap" })).toBe(false);
  });

  test("of two that read alike the one with the very octets is taken", () => {
    const stored = [
      { ...twin("alike", 1_000), contentDigest: "b", textDigest: "text" },
      { ...twin("same", 1_000), contentDigest: "a", textDigest: "text" },
    ];
    const read = { ...item("k", 1_000), readOver: "graph" as const, contentDigest: "a", textDigest: "text" };
    expect(matchItems([{ ...read, structureDigest: null }], stored).get("k")?.id).toBe("same");
  });

  test("a header alone names the one mail of its second, and none of twins", () => {
    expect(known([item("1", 1_000)], [twin("a", 1_999)])).toEqual(["1"]);
    expect(known([item("1", 1_000)], [twin("a", 2_000)])).toEqual([]);
    expect(known([item("1", 1_000), item("2", 1_001)], [twin("a", 1_000)])).toEqual([]);
    expect(known([item("1", 1_000)], [twin("a", 1_000), twin("b", 1_002)])).toEqual([]);
    expect(known([{ ...item("1", 0), internalDateMs: null }], [twin("a", 1_000)])).toEqual([]);
    // One that was read where no second is told may be the item as well: its twin is not taken for it.
    expect(known([item("1", 1_000)], [twin("a", 1_000), { ...twin("b", 0), internalDateMs: null }])).toEqual(
      [],
    );
    expect(known([item("1", 1_000)], [{ ...twin("b", 0), internalDateMs: null }])).toEqual([]);
    const vague = { ...twin("b", 1_000), structureDigest: null };
    expect([...onlyOnes([item("1", 1_000)], [twin("a", 1_000), vague], "structure")]).toEqual([]);
    const other = { ...twin("b", 1_000), structureDigest: "t" };
    expect([...onlyOnes([item("1", 1_000)], [twin("a", 1_000), other], "structure")]).toEqual(["1"]);
    expect([...onlyOnes([item("1", 1_000)], [twin("a", 1_000), twin("b", 1_000)], "structure")]).toEqual([]);
  });
});
