import { expect, test } from "vitest";
import { isUsed } from "./mail-fonts.ts";

test.each([
  ["U+0000-00FF, U+0131", "Hello", true],
  ["U+0000-00FF, U+0131", "ı", true],
  ["U+0100-02BA", "Zażółć", true],
  ["U+0100-02BA", "Hello", false],
  ["U+0400-045F", "王晓梅", false],
  ["U+1F300-1F5FF", "🌿", true],
  ["", "Hello", false],
])("%s in %s: %s", (range, text, used) => expect(isUsed(range, text)).toBe(used));
