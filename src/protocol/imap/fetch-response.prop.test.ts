import * as fc from "fast-check";
import parser from "imapflow/lib/handler/imap-parser.js";
import { expect, test } from "vitest";
import { readFetchResponse } from "./fetch-response.ts";

/** A line of a response and its literals, as imapflow's stream hands them on. */
interface Line {
  text: string;
  literals: Buffer[];
}
const plain = (text: string): Line => ({ text, literals: [] });
const joined = (lines: readonly Line[], between: string): Line => ({
  text: lines.map(({ text }) => text).join(between),
  literals: lines.flatMap(({ literals }) => literals),
});

const literal = fc
  .uint8Array({ maxLength: 40 })
  .map((bytes): Line => ({ text: `{${bytes.length}}\r\n`, literals: [Buffer.from(bytes)] }));
const quoted = fc
  .string({ unit: "grapheme", maxLength: 12 })
  .map((text) => plain(`"${text.replaceAll(/[\r\n]/g, "").replaceAll(/["\\]/g, "\\$&")}"`));
const value = fc.oneof(
  fc.nat().map(String).map(plain),
  fc.constantFrom("NIL", "nil").map(plain),
  quoted,
  literal,
);
const nested = fc.letrec<{ list: Line; item: Line }>((tie) => ({
  list: fc
    .array(tie("item"), { maxLength: 5 })
    .map((items) => joined(items, " "))
    .map((inside) => ({ ...inside, text: `(${inside.text})` })),
  item: fc.oneof({ depthSize: "small" }, value, tie("list")),
})).list;
const flag = fc.oneof(
  fc.constantFrom("\\Seen", "\\Answered", "$Forwarded", "NonJunk", "$MDNSent", "a.b"),
  fc.stringMatching(/^[!-'+-~]{1,6}$/),
);
const section = fc.constantFrom("", "HEADER", "1", "1.2.MIME", "TEXT", "HEADER.FIELDS (DATE FROM)", "2]<0>[");
const item = fc.oneof(
  fc.nat().map((uid) => plain(`UID ${uid}`)),
  fc.array(flag, { maxLength: 4 }).map((flags) => plain(`FLAGS (${flags.join(" ")})`)),
  fc.nat().map((modseq) => plain(`MODSEQ (${modseq})`)),
  fc.constant(plain('INTERNALDATE " 1-Oct-2026 10:00:00 +0000"')),
  nested.map((list) => ({ ...list, text: `BODYSTRUCTURE ${list.text}` })),
  fc
    .tuple(section, fc.constantFrom("", "<0>", "<17>"), fc.oneof(literal, quoted, fc.constant(plain("NIL"))))
    .map(([name, from, body]) => ({ ...body, text: `BODY[${name}]${from} ${body.text}` })),
);
const response = fc
  .tuple(
    fc.integer({ min: 1, max: 4e9 }),
    fc.array(item, { minLength: 1, maxLength: 6 }),
    fc.constantFrom("", " "),
  )
  .map(([n, items, end]): Line => {
    const inside = joined(items, " ");
    return { ...inside, text: `* ${n} FETCH (${inside.text}${end})${end}` };
  });
/** What no server should send: letters fall out, or come in between. */
const broken = fc
  .tuple(response, fc.nat(), fc.nat(3), fc.string({ maxLength: 2 }))
  .map(([line, at, out, into]): Line => {
    const from = at % line.text.length;
    return { ...line, text: line.text.slice(0, from) + into + line.text.slice(from + out) };
  });

const byImapflow = async ({ text, literals }: Line): Promise<unknown> =>
  parser(Buffer.from(text), { literals: [...literals] }).catch(() => "refused");

test("a response is read as imapflow reads it, or left to imapflow", async () => {
  let own = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(response, broken), async (line) => {
      const read = readFetchResponse(Buffer.from(line.text), line.literals);
      if (read === null) return;
      own += 1;
      expect(read).toEqual(await byImapflow(line));
    }),
    { numRuns: 2_000 },
  );
  expect(own).toBeGreaterThan(200);
});

test("what servers send every day is read here", () => {
  const literals = [Buffer.from("From: a\r\n\r\n"), Buffer.from("text")];
  const structure =
    '(("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 12 1 NIL NIL NIL NIL)("text" "html" NIL NIL NIL "8bit" 9 1) "alternative" ("boundary" "a\\"b"))';
  for (const line of [
    "* 7 FETCH (UID 12 FLAGS (\\Seen $Forwarded) RFC822.SIZE 9)",
    `* 7 FETCH (UID 12 INTERNALDATE "01-Oct-2026 10:00:00 +0000" BODYSTRUCTURE ${structure})`,
  ])
    expect(readFetchResponse(Buffer.from(line), [])).not.toBeNull();
  const bodies = Buffer.from("* 7 FETCH (UID 12 BODY[HEADER]<0> {11}\r\n BODY[1.2] {4}\r\n)");
  expect(readFetchResponse(bodies, literals)).not.toBeNull();
});

test.each([
  ["another response", "* 7 EXISTS"],
  ["a tagged one", "A1 OK FETCH (UID 1)"],
  ["padding", "\0* 7 FETCH (UID 1)"],
  ["a list left open", "* 7 FETCH (UID 1"],
  ["something behind it", "* 7 FETCH (UID 1) UID 2"],
  ["a literal without its octets", "* 7 FETCH (BODY[] {3}\r\n)"],
  ["an unended string", '* 7 FETCH (A "b\\"'],
  ["what nests very deep", `* 7 FETCH (A ${"(".repeat(200)}${")".repeat(200)})`],
])("%s is left to imapflow", (_name, line) => {
  expect(readFetchResponse(Buffer.from(line), [])).toBeNull();
});

test("octets that nothing asked for leave the response to imapflow", () => {
  expect(readFetchResponse(Buffer.from("* 7 FETCH (UID 1)"), [Buffer.from("x")])).toBeNull();
});
