import { expect, test } from "vitest";
import { enLater } from "./en-later.ts";
import { en } from "./en.ts";
import { zhLater } from "./zh-later.ts";
import { zh } from "./zh.ts";

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, prefix = ""): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") texts.set(prefix + key, value);
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) texts.set(inner, text);
  }
  return texts;
}

const english = flat({ ...en, ...enLater });
const chinese = flat({ ...zh, ...zhLater });
const isSingular = (key: string) => key.endsWith("_one");
const placeholders = (text: string) =>
  [...text.matchAll(/\{\{(\w+)\}\}/gu)].map((match) => match[1]).toSorted();

test("both languages have the same texts; Chinese has no singular", () => {
  expect([...chinese.keys()].filter((key) => !isSingular(key)).toSorted()).toEqual(
    [...english.keys()].filter((key) => !isSingular(key)).toSorted(),
  );
  expect(english.size).toBeGreaterThan(200);
});

test("every text that counts has a singular and a plural in English", () => {
  for (const key of english.keys()) {
    if (isSingular(key)) expect(english.has(key.replace(/_one$/u, "_other")), key).toBe(true);
    if (key.endsWith("_other")) expect(english.has(key.replace(/_other$/u, "_one")), key).toBe(true);
  }
});

test("the same placeholders stand in both languages", () => {
  for (const [key, text] of chinese) {
    expect(placeholders(text), key).toEqual(placeholders(english.get(key) ?? ""));
  }
});

test("no text is empty", () => {
  for (const [key, text] of [...english, ...chinese]) expect(text.trim(), key).not.toBe("");
});

test("Chinese addresses people in one way, as the server's texts do", () => {
  for (const [key, text] of chinese) expect(text, key).not.toContain("你");
});
