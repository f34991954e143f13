import { expect, test } from "vitest";
import { exampleAfter, examples } from "./examples.ts";
import { askedText, mostFileBytes, sureness, textOfFile } from "./pasted.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("a short text is asked whole, without what the API refuses", () => {
  expect(askedText("  535\u0000 5.7.139 \n")).toEqual({ text: "535  5.7.139", isCut: false });
});

test("of a long text its beginning and its end are asked, within what the API takes", () => {
  const { text, isCut } = askedText(`first ${"x".repeat(900_000)} last`);
  expect(isCut).toBe(true);
  expect(text.length).toBeLessThan(200_000);
  expect(text.startsWith("first ")).toBe(true);
  expect(text.endsWith(" last")).toBe(true);
});

test("a file is read as UTF-8, UTF-16 with a mark, or GB 18030", () => {
  const utf16 = Uint8Array.from([
    0xff,
    0xfe,
    ...[..."登录失败"].flatMap((char) => {
      const code = char.codePointAt(0) ?? 0;
      return [code & 0xff, code >> 8];
    }),
  ]);
  expect(textOfFile(bytes("535 登录失败"))).toEqual({ text: "535 登录失败" });
  expect(textOfFile(utf16)).toEqual({ text: "登录失败" });
  expect(textOfFile(Uint8Array.from([0xb5, 0xc7, 0xc2, 0xbc, 0xca, 0xa7, 0xb0, 0xdc]))).toEqual({
    text: "登录失败",
  });
});

test("a file that is too large, binary or empty is named as such", () => {
  expect(textOfFile(new Uint8Array(mostFileBytes + 1))).toEqual({ problem: "big" });
  expect(textOfFile(Uint8Array.from({ length: 600 }, (_value, index) => (index * 7) % 31))).toEqual({
    problem: "binary",
  });
  expect(textOfFile(bytes(" \n"))).toEqual({ problem: "binary" });
  expect(textOfFile(bytes("\u001B[31merror\u001B[0m: 535 5.7.3"))).toMatchObject({
    text: expect.stringContaining("535 5.7.3"),
  });
});

test("how sure, in words", () => {
  expect([0.97, 0.9, 0.7, 0.4, 0.1].map(sureness)).toEqual([
    "certain",
    "certain",
    "likely",
    "possible",
    "faint",
  ]);
});

test("the examples follow each other and begin anew", () => {
  const seen = [exampleAfter("what somebody typed")];
  for (let index = 1; index < examples.length; index += 1) seen.push(exampleAfter(seen.at(-1) ?? ""));
  expect(seen).toEqual(examples);
  expect(exampleAfter(seen.at(-1) ?? "")).toBe(examples[0]);
});
