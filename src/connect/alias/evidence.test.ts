import { describe, expect, test } from "vitest";
import { aliasEvidence, isCodeMail, readFields } from "./evidence.ts";
import { processorMs } from "../../../tests/support/processor-time.ts";

const question = { wanted: "Alias@Outlook.example", own: ["main@outlook.example"] };
const mail = (...lines: string[]) => readFields(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`));
const judged = (...lines: string[]) => aliasEvidence(mail(...lines), question);

describe("what proves that an address is another name of the account", () => {
  test.each([
    ["Delivered-To", ["From: a@x.example", "To: list@x.example", "Delivered-To: alias@outlook.example"]],
    ["X-Original-To", ["X-Original-To: <alias@outlook.example>", "List-Post: <mailto:l@x.example>"]],
    ["To", ["From: shop@x.example", 'To: "Ali" <ALIAS@outlook.example>', "List-Unsubscribe: <mailto:u@x>"]],
    ["Cc", ["From: a@x.example", "To: b@x.example,", " c@x.example", "Cc: alias@outlook.example"]],
  ])("%s", (header, lines) => expect(judged(...lines)).toBe(header));

  test.each([
    ["a mail to both, which may have come by either", ["To: alias@outlook.example, main@outlook.example"]],
    [
      "a mail that the account copied to itself",
      ["To: alias@outlook.example", "Cc: Main <main@outlook.example>"],
    ],
    ["a discussion list", ["To: alias@outlook.example", "List-Post: <mailto:alias@outlook.example>"]],
    ["one with its precedence", ["To: alias@outlook.example", "Precedence: LIST"]],
    ["what the account sent", ["From: main@outlook.example", "To: alias@outlook.example"]],
    ["a name that only looks like it", ['To: "alias@outlook.example" <x@evil.example>']],
    ["somebody else's mail", ["From: a@x.example", "To: b@x.example"]],
    ["the address in a longer one", ["To: not-alias@outlook.example"]],
  ])("not %s", (_, lines) => expect(judged(...lines)).toBeNull());
});

describe("the mail with the code", () => {
  const code = { wanted: "alias@outlook.example", subject: "Hitchpost address check ABCDEFGHJK" };
  const to = "To: alias@outlook.example";

  test("its subject to the letter", () => {
    expect(isCodeMail(mail(`Subject: ${code.subject}`, to), code)).toBe(true);
    expect(isCodeMail(mail(`Subject: Undeliverable: ${code.subject}`, to), code)).toBe(false);
    expect(isCodeMail(mail(`Subject: ${code.subject}`, "To: else@x.example"), code)).toBe(false);
    expect(isCodeMail(mail(`Subject: ${code.subject}`, to, "Auto-Submitted: auto-replied"), code)).toBe(
      false,
    );
  });
});

test("a header of any size is read in a moment", () => {
  const began = processorMs();
  readFields(Buffer.from(`To: ${"a@x.example, ".repeat(200_000)}\r\n\r\n`));
  expect(processorMs(began)).toBeLessThan(500);
});
