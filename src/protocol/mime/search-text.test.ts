import { expect, test } from "vitest";
import { buildSearchText, segmentForSearch } from "./search-text.ts";

test.each([
  ["write to ann.lee@shop.example", "write to ann lee shop example"],
  ["https://www.shop.example/orders/4711?x=1", "https www shop example orders 4711 x 1"],
  ["RE-2026/0815, AB12-34_X", "RE 2026 0815 AB12 34 X"],
  ["Grüße aus Łódź, naïve Øre, Straße", "Grusse aus lodz naive ore Strasse"],
  ["Ёлка й Ελλάδα", "Елка и Ελλαδα"],
  ["مَرْحَبًا", "مرحبا"],
  ["が ｶﾞ 한글 สวัสดีครับ", "が ガ 한글 สวัสดี ครับ"],
  ["我们在北京开会", "我们 在 北京 开会"],
  ["ＡＢＣ１２３", "ABC123"],
  ["party 🎉!", "party 🎉"],
])("%s", (text, words) => {
  expect(segmentForSearch(text)).toBe(words);
  expect(segmentForSearch(words)).toBe(words); // what is found can be asked for again
});

test("subject and people come first, and nothing is longer than 100 KB", () => {
  const text = buildSearchText({
    subject: "Offer",
    people: [{ name: "Ann", address: "ann@a.example" }],
    attachmentNames: ["报价单_v2.pdf"],
    visible: "long ".repeat(100_000),
  });
  expect(text).toMatch(/^Offer Ann ann a example 报价 单 v2 pdf long/);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(100 * 1024);
});
