import { expect, test } from "vitest";
import { isFromAccount, submissionOf } from "./submission.ts";

const message = Buffer.from(
  "From: Well <well@outlook.example>\r\nMessage-ID: <ours@x>\r\nReferences: <a@b> <c@d>\r\nBcc: secret@x.example\r\n\r\nhi\r\n",
);

test("the Message-ID is replaced and the old one kept; References stay", () => {
  const { messageId, sentCopy, delivered } = submissionOf(message, 0);
  const text = delivered.toString();
  expect(messageId).toMatch(/^<[0-9A-F]{40}@SANDBOXPROD01\.PROD\.OUTLOOK\.EXAMPLE>$/);
  expect(text.match(/^Message-ID: .*$/gim)).toEqual([`Message-ID: ${messageId}`]);
  expect(text).toContain("X-Microsoft-Original-Message-ID: <ours@x>\r\n");
  expect(text).toContain("References: <a@b> <c@d>\r\n");
  expect(text).toContain("Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n");
  expect(text.endsWith("\r\n\r\nhi\r\n")).toBe(true);
  expect(text).not.toContain("secret@");
  expect(sentCopy.toString()).toContain("Bcc: secret@x.example\r\n");
});

test("bare line feeds are mended", () => {
  expect(submissionOf(Buffer.from("From: a@b\n\nx\ny\n"), 0).delivered.toString()).not.toMatch(/[^\r]\n/);
});

test("From must be the account", () => {
  expect(isFromAccount(message, "well@outlook.example")).toBe(true);
  expect(isFromAccount(message, "other@outlook.example")).toBe(false);
  expect(isFromAccount(Buffer.from("From: well@outlook.example, x@y\r\n\r\n"), "well@outlook.example")).toBe(
    false,
  );
  expect(isFromAccount(Buffer.from("Subject: x\r\n\r\n"), "well@outlook.example")).toBe(false);
});
