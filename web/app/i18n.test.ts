import { describe, expect, test } from "vitest";
import { localeOf, pickLanguage } from "./i18n.ts";
import { safeReturn } from "./safe-return.ts";

describe("pickLanguage", () => {
  test.each([
    [null, ["zh-CN", "en"], "zh"],
    [null, ["de-DE", "zh-TW"], "zh"],
    [null, ["de-DE", "en-GB", "zh"], "en"],
    [null, ["fr"], "en"],
    ["en", ["zh-CN"], "en"],
    ["klingon", ["zh-CN"], "zh"],
  ] as const)("stored %s, browser %j → %s", (stored, wanted, expected) =>
    expect(pickLanguage(stored, wanted)).toBe(expected),
  );
});

test("dates follow the browser's region, where it is the language's", () => {
  expect(localeOf("en", ["de-DE", "en-GB"])).toBe("en-GB");
  expect(localeOf("en", ["de-DE"])).toBe("en");
  expect(localeOf("zh", ["en-GB"])).toBe("zh-CN");
});

test("after signing in one goes to a place of this page only", () => {
  expect(safeReturn("/inbox/open/1?q=a")).toBe("/inbox/open/1?q=a");
  for (const evil of [
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    undefined,
  ])
    expect(safeReturn(evil)).toBe("/");
});
