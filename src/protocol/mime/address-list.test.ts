import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseAddressList } from "./address-list.ts";
import { processorMs } from "../../../tests/support/processor-time.ts";

const read = (field: string): string[] =>
  parseAddressList(field).map(({ name, address }) => (name === "" ? address : `${name} <${address}>`));

test.each<[string, string[]]>([
  ["a@b.example", ["a@b.example"]],
  ["A B <a@b.example>, c@d.example", ["A B <a@b.example>", "c@d.example"]],
  ['"Doe, J. (Sales)" <j@b.example>', ["Doe, J. (Sales) <j@b.example>"]],
  ['"A \\"q\\" B" <a@b.example>', ['A "q" B <a@b.example>']],
  ["a@b.example (Ann (from home) Lee)", ["Ann (from home) Lee <a@b.example>"]],
  ["Pete(A wonderful \\) chap) <pete(his account)@silly.test(his host)>", ["Pete <pete@silly.test>"]],
  ["Team: a@b.example, B <b@b.example>;, c@d.example", ["a@b.example", "B <b@b.example>", "c@d.example"]],
  ["undisclosed-recipients:;", []],
  ["unlisted-recipients:; (no To-header on input)", []],
  ["<Undisclosed-Recipient:@mail.example;>", []],
  ["a@b.example, , ,b@c.example,", ["a@b.example", "b@c.example"]],
  // Quotes of a local part belong to the address: without them it would be another one
  ['"a b"@c.example', ['"a b"@c.example']],
  ['X <"a@evil.example"@c.example>', ['X <"a@evil.example"@c.example>']],
  ["<@route.example,@two.example:a@b.example>", ["a@b.example"]],
  ["jdoe@test   . example", ["jdoe@test.example"]],
  ["a @ b.example", ["a@b.example"]],
  ["a@[127.0.0.1], <b@[IPv6:::1]>", ["a@[127.0.0.1]", "b@[IPv6:::1]"]],
  // As broken programs write it
  ["A <a@b.example>; B <b@c.example>", ["A <a@b.example>", "B <b@c.example>"]],
  ["Doe, John <j@b.example>", ["Doe, John <j@b.example>"]],
  ["a@b.example b@c.example", ["a@b.example", "b@c.example"]],
  ["Ann Lee a@b.example", ["Ann Lee <a@b.example>"]],
  ["<a@b.example> <b@c.example>", ["a@b.example", "b@c.example"]],
  ["A <a@b.example", ["A <a@b.example>"]],
  ["A <a@b.example, B <b@c.example>", ["A <a@b.example>", "B <b@c.example>"]],
  ['"open <a@b.example>', ['"open <a@b.example>']],
  ["<<a@b.example>>", ["a@b.example"]],
  ["A <mailto:a@b.example>", ["A <a@b.example>"]],
  ["A [mailto:a@b.example]", ["A <a@b.example>"]],
  ['"a@b.example" <a@b.example>', ["a@b.example <a@b.example>"]],
  ["root, MAILER-DAEMON (Mail System)", ["root", "MAILER-DAEMON"]],
  ["no address here", ["no address here <>"]],
  ["", []],
  // Encoded words
  ["=?utf-8?Q?J=C3=B6rg?=<j@b.example>", ["Jörg <j@b.example>"]],
  ['"=?gb2312?B?1cXI/Q==?=" <z@c.example>', ["张三 <z@c.example>"]],
  ["=?gb2312?B?1cXI/SzA7svE?= <z@c.example>", ["张三,李四 <z@c.example>"]],
  ["=?utf-8?Q?Max?= M. =?utf-8?Q?=C3=9C?= <a@b.example>", ["Max M. Ü <a@b.example>"]],
  ["=?utf-8?Q?boss=40b.example=3E=2C?= <c@d.example>", ["boss@b.example>, <c@d.example>"]],
  ["=?utf-8?Q?boss=40b.example?=", ["boss@b.example <>"]],
  ["Jörg <jörg@münchen.example>, 用户@例子.example", ["Jörg <jörg@münchen.example>", "用户@例子.example"]],
])("%s", (field, expected) => {
  expect(read(field)).toEqual(expected);
});

test("whatever stands in a field, addresses have no white space outside of quotes and no brackets", () => {
  const pieces = fc.constantFrom(
    ...'a @ . , ; : < > " ( ) [ ] \\ = ? \t'.split(" "),
    " ",
    "a@b.example",
    "=?utf-8?Q?a=40b?=",
    "ü",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (list) => {
      for (const { address } of parseAddressList(list.join(""))) {
        expect(address.replace(/"(?:[^"\\]|\\.)*"/g, "")).not.toMatch(/[\s<>]/);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("half a megabyte of what opens and never closes takes no time", () => {
  const start = processorMs();
  for (const piece of [
    "(",
    '"',
    '"\\',
    "<",
    "<@",
    '<"\\"',
    "a@",
    "a",
    ":",
    "a:",
    "a,",
    "=?a?q?",
    "a@b.example,",
    " @",
    "[",
    '<"',
    "a ",
  ])
    expect(parseAddressList(piece.repeat((512 * 1024) / piece.length))).toBeInstanceOf(Array);
  expect(processorMs(start)).toBeLessThan(15_000);
});
