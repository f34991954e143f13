import { expect, test } from "vitest";
import { textOfBytes } from "./answer-text.ts";
import { explain } from "./explain.ts";
import { readAnswer } from "./read-answer.ts";
import { findingOfAadsts } from "./rules-aadsts.ts";
import { processorMs } from "../../../tests/support/processor-time.ts";

const signsOf = (text: string): string[] => readAnswer(text).signs.map(({ sign }) => sign);

test.each([
  ["ten megabytes of one letter", "x".repeat(10_000_000)],
  ["ten megabytes of blanks", " ".repeat(10_000_000)],
  ["a million numbers", "AADSTS".repeat(1_500_000)],
  ["a million tags", "<a <a ".repeat(1_500_000)],
  ["entities", "&#x41;&#".repeat(1_000_000)],
  ["percent signs", "%E4%".repeat(2_000_000)],
  ["colons of IPv6", "etimedout 2603:1026:".repeat(500_000)],
  ["issuers", "issuer eset ".repeat(800_000)],
  [
    "noise",
    Array.from({ length: 300_000 }, (_one, index) => String.fromCodePoint((index * 7_919) % 60_000)).join(""),
  ],
])("%s are read in bounded time, without an error", (_what, text) => {
  const began = processorMs();
  explain({ text, step: null, kind: null, language: "en" });
  expect(processorMs(began)).toBeLessThan(1_000);
});

test("the end of a long answer is read, too", () => {
  expect(signsOf(`${"noise ".repeat(500_000)} AADSTS50173: revoked`)[0]).toBe("grant_revoked");
});

test("a number beats the words beside it, and one broken by a line is put together", () => {
  expect(signsOf("invalid_grant: AADSTS700\r\n082: expired")[0]).toBe("grant_expired");
  expect(signsOf("invalid_client: AADSTS50173")[0]).toBe("grant_revoked");
  expect(readAnswer("AADSTS1234567: new").unknownNumber).toBe(1_234_567);
});

test("words that only contain a sign are none", () => {
  expect(
    signsOf("the protocol of the pipe is fine; these are not found; try again; unknown cause; no limit"),
  ).not.toEqual(
    expect.arrayContaining([
      "tls_failed",
      "connection_reset",
      "host_not_found",
      "dns_unavailable",
      "tls_unknown_issuer",
    ]),
  );
});

test("the challenge of a refused token is read", () => {
  const challenge = Buffer.from(
    '{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}',
  ).toString("base64");
  expect(signsOf(`+ ${challenge}`)).toContain("authenticate_failed");
});

test("bytes: UTF-8, UTF-16 with a mark, GB 18030", () => {
  const utf16 = Uint8Array.from([0xff, 0xfe, ...Buffer.from("AADSTS70008", "utf16le")]);
  expect(textOfBytes(utf16)).toContain("AADSTS70008");
  const gbk = Uint8Array.from([
    0xc7, 0xeb, 0xca, 0xb9, 0xd3, 0xc3, 0xca, 0xda, 0xc8, 0xa8, 0xc2, 0xeb, 0xb5, 0xc7, 0xc2, 0xbc,
  ]);
  expect(signsOf(textOfBytes(gbk))).toContain("qq_authorization_code_needed");
  expect(textOfBytes(Buffer.from("déjà 错误"))).toBe("déjà 错误");
});

test("every number of Microsoft's table has its finding", () => {
  const table =
    "50011 50020 50034 16000 51004 50194 50053 50055 50056 50057 50126 50058 50072 50074 50076 50078 50079 50158 50105 50132 50133 50173 53000 53001 53002 53003 530032 530034 530035 54005 501481 65001 65004 650052 650056 650057 65006 90094 90095 70008 700082 700084 70043 70011 28000 700022 70016 70018 70019 700016 70001 500011 7000215 7000222 7000218 700025 9002326 9002327 90002 90014 90023 9002313 900561 9001023 9002331 9002346 9002332 90027 500200 500201 700005";
  const without = table.split(" ").filter((number) => findingOfAadsts(Number(number)) === null);
  expect(without).toEqual([]);
});

test("Explain answers with code, confidence, title and fix alone, in either language, and never with nothing", () => {
  const [first] = explain({ text: "AADSTS90094", step: "authorize", kind: "work", language: "zh" });
  expect(first).toEqual({
    code: "admin_consent_required",
    confidence: 0.97,
    title: "需要管理员先批准此应用",
    fix: expect.stringContaining("管理员"),
  });
  const [unknown, ...others] = explain({ text: "gribble", step: "smtp", kind: null, language: "en" });
  expect(unknown).toMatchObject({ code: "unknown", confidence: 0, fix: expect.stringContaining("587") });
  expect(others).toEqual([]);
});
