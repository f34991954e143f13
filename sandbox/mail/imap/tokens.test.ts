import { describe, expect, test } from "vitest";
import { BadCommand } from "./refusal.ts";
import { readTokens } from "./tokens.ts";

const atom = (text: string) => ({ kind: "atom", text });

describe("readTokens", () => {
  test("atoms, strings, literals and lists", () => {
    const literal = Buffer.from("l i t");
    expect(readTokens(String.raw`1:* "a \"b\\" (\Seen (X)) ` + "\0", [literal])).toEqual([
      atom("1:*"),
      { kind: "string", text: 'a "b\\', bytes: Buffer.from('a "b\\') },
      { kind: "list", items: [atom("\\Seen"), { kind: "list", items: [atom("X")] }] },
      { kind: "string", text: "l i t", bytes: literal },
    ]);
  });

  test("a section keeps its brackets whole", () => {
    const [list] = readTokens("(UID BODY.PEEK[HEADER.FIELDS (DATE FROM)]<0.10> FLAGS)", []);
    expect(list).toEqual({
      kind: "list",
      items: [atom("UID"), atom("BODY.PEEK[HEADER.FIELDS (DATE FROM)]<0.10>"), atom("FLAGS")],
    });
  });

  test.each(["(a", "a)", '"a', '"a\\', "(".repeat(60)])("%s is refused", (text) => {
    expect(() => readTokens(text, [])).toThrow(BadCommand);
  });
});
