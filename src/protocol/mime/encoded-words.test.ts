import { expect, test } from "vitest";
import { charsetOfWords, decodeWords } from "./encoded-words.ts";
import { processorMs } from "../../../tests/support/processor-time.ts";

const b64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

test.each([
  ["=?utf-8?Q?a?==?utf-8?Q?b?= c", "ab c"],
  ["=?utf-8?Q?a?= \t =?utf-8?Q?b?=", "ab"],
  ["=?utf-8?Q?a?= text =?utf-8?Q?b?=", "a text b"],
  ["pre=?utf-8?Q?=C3=BC?=post", "preüpost"],
  ["=?utf-8?Q?Gr=C3?= =?UTF-8?Q?=BC=C3=9Fe?=", "Grüße"],
  ["=?utf-8?B?8J+Y?= =?utf-8?B?gg==?=", "😂"],
  ["=?utf-8?B?5L2g5?= =?utf-8?B?aW9?=", "你好"],
  ["=?iso-2022-jp?B?GyRCRnwbKEI=?= =?iso-2022-jp?B?GyRCS1wbKEI=?=", "日本"],
  ["=?UTF-8*de?Q?Gr=C3=BCn?=", "Grün"],
  ["=?utf-8?q?with space_and=5Fmore?=", "with space and_more"],
  ["=?utf-8?Q?really?_yes?=", "really? yes"],
  ["=?utf-8 ?B?w6Q=?=", "ä"],
  ["=?utf-8?B?w6Q= ?=", "ä"],
  ["=?us-ascii?Q?=C3=BC?=", "ü"],
  ["=??Q?a?=", "a"],
  ["=?hz-gb-2312?B?fntWUE5Efn0=?=", "中文"],
  ["=?cp437?B?gYE=?=", "üü"],
  ["=?utf-16?B?/v8AQQBC?=", "AB"],
  ["=?iso-8859-1?Q?Gr=FC=DFe?= und =?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße und Grüße"],
  ["=?utf-8?X?abc?=", "=?utf-8?X?abc?="],
  ["=?utf-8?Q?open", "=?utf-8?Q?open"],
  ["no words = here?", "no words = here?"],
])("%s", (text, decoded) => {
  expect(decodeWords(text)).toBe(decoded);
});

test("a character split over two words, in every charset that has more than one byte", () => {
  for (const [charset, bytes] of [
    ["gb18030", Buffer.from("d6d0cec4", "hex")],
    ["shift_jis", Buffer.from("93fa967b", "hex")],
    ["utf-8", Buffer.from("中文")],
  ] as const) {
    const whole = decodeWords(`=?${charset}?B?${b64(bytes)}?=`);
    for (let at = 1; at < bytes.length; at++) {
      const split = `=?${charset}?B?${b64(bytes.subarray(0, at))}?=\t=?${charset}?B?${b64(bytes.subarray(at))}?=`;
      expect(decodeWords(split)).toBe(whole);
    }
  }
});

test("half a megabyte of words that begin and never end takes no time", () => {
  const start = processorMs();
  for (const piece of ["=?utf-8?Q?", "=?utf-8?Q?a", "=?", "=?utf-8?B?AAAA?", "=?utf-8?Q?a?= "])
    expect(decodeWords(piece.repeat((512 * 1024) / piece.length))).toBeTypeOf("string");
  expect(processorMs(start)).toBeLessThan(5_000);
});

test("the charset that the words name", () => {
  expect(charsetOfWords("Re: =?koi8-r?B?8NLJ?= x")).toBe("koi8-r");
  expect(charsetOfWords("=??Q?a?= plain")).toBeNull();
});
