import { describe, expect, test } from "vitest";
import { decodeBytes, decodeHeaderBytes } from "./charset.ts";

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");
const ascii = (text: string): Uint8Array => Buffer.from(text, "latin1");

test.each<[string, Uint8Array, string]>([
  ["gb2312", hex("d6d0cec4"), "中文"],
  ["GB_2312-80", hex("d6d0cec4"), "中文"],
  ["gb2312_charset", hex("d6d0cec4"), "中文"],
  ["windows-936", hex("d6d0cec4"), "中文"],
  ["hz-gb-2312", ascii("~{VPND~} ~~ a~\nb"), "中文 ~ ab"],
  ["big5", hex("c1c2c1c2"), "謝謝"],
  ["big5-hkscs", hex("9df6"), "喺"],
  ["iso-2022-jp", ascii("\x1b$BF|K\\\x1b(B"), "日本"],
  ["iso-2022-jp-ms", ascii("\x1b$BF|\x1b(B\x1b$BK\\\x1b(B"), "日本"],
  ["cp50220", ascii("\x1b$BF|K\\\x1b(B"), "日本"],
  ["windows-31j", hex("93fa967b"), "日本"],
  ["x-sjis", hex("93fa967b"), "日本"],
  ["uhc", hex("bec8b3e7"), "안녕"],
  ["cp949", hex("bec8b3e7"), "안녕"],
  ["iso-2022-kr", ascii("\x1b$)C\x0e>H3g\x0f!"), "안녕!"],
  ["cp437", hex("80817a"), "Çüz"],
  ["ibm850", hex("e1"), "ß"],
  ["win-1251", hex("cff0e8"), "При"],
  ["cp-1251", hex("cff0e8"), "При"],
  ["8859_1", hex("fc"), "ü"],
  ["ISO-8859-1?", hex("fc"), "ü"],
  ['3D"iso-8859-2"', hex("b1"), "ą"],
  ["iso-8859-8-i", hex("f9"), "ש"],
  ["x-mac-roman", hex("8a"), "ä"],
  ["utf-7", ascii("Gr+APwA3w-e +- +T2BZfQ-"), "Grüße + 你好"],
  ["unicode-1-1-utf-7", ascii("+T2BZfQ-"), "你好"],
  ["utf-16", hex("feff 4f60 597d"), "你好"],
  ["utf-16", hex("fffe 604f 7d59"), "你好"],
  ["utf-16", hex("0061 0062 4f60"), "ab你"],
  ["unicode", hex("6100 6200 604f"), "ab你"],
  ["utf-32", hex("fffe0000 61000000"), "a"],
  ["utf_8", Buffer.from("ü"), "ü"],
  ['"UTF-8"', Buffer.from("ü"), "ü"],
])("%s", (label, bytes, text) => {
  expect(decodeBytes(bytes, label)).toEqual({ text, bad: false });
});

describe("the bytes win over the label", () => {
  test.each<[string | null, Uint8Array, string]>([
    [null, Buffer.from("\x1b$BF|K\\\x1b(B", "latin1"), "日本"],
    ["us-ascii", hex("4772fc6e"), "Grün"],
    ["utf-8", hex("4772fc6e"), "Grün"],
    ["utf-8", hex("c3bc c3a4 61 fc 62"), "üäa\uFFFDb"],
    ["utf-8", hex("c4fabac3a3acb1a8bcdbb5a5"), "您好，报价单"],
    ["iso-2022-jp", Buffer.from("你好 und mehr"), "你好 und mehr"],
    ["utf-7", Buffer.from("你好"), "你好"],
    ["x-none-77", Buffer.from("你好"), "你好"],
    [null, hex("c4e3bac3a3accdf5"), "你好，王"],
    [null, hex("b1c6a657c1c2c1c2"), "排名謝謝"],
    [null, hex("93fa967b8cea82cc8381815b838b"), "日本語のメール"],
    [null, hex("c6fccbdcb8eca4cea5e1a1bca5eb"), "日本語のメール"],
    [null, hex("f0d2c9d7c5d42c20dcd4cf20d4c5d3d4"), "Привет, это тест"],
    [null, hex("cff0e8e2e5f22c20fdf2ee20f2e5f1f2"), "Привет, это тест"],
    [null, hex("e9 63 6f 6c 65 20 e0 20 63 f4 74 e9"), "école à côté"],
  ])("%j %#", (label, bytes, text) => {
    const decoded = decodeBytes(bytes, label);
    expect(decoded.text).toBe(text);
    expect(decoded.bad || label === "utf-7").toBe(true);
  });

  test("a hint helps where there is nothing better, and only where it fits", () => {
    const greek = hex("cae1ebe7ecddf1e1");
    expect(decodeBytes(greek, null, { hint: "iso-8859-7" }).text).toBe("Καλημέρα");
    expect(decodeHeaderBytes(Buffer.from(greek).toString("latin1"), "windows-1253").text).toBe("Καλημέρα");
    expect(decodeBytes(hex("fc"), null, { hint: "euc-kr" }).text).toBe("ü");
  });

  test("a character that a cap cut in two is no fault", () => {
    expect(decodeBytes(hex("61e4bd"), "utf-8", { truncated: true })).toEqual({ text: "a", bad: false });
  });
});
