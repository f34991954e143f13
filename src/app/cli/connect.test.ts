import { expect, test } from "vitest";
import { findingError, keptText, portOf } from "./connect.ts";
import { describe as describeError } from "./exit.ts";

test.each([
  ["imap", "tls", undefined, 993],
  ["imap", "starttls", undefined, 143],
  ["imap", "none", undefined, 143],
  ["smtp", "tls", undefined, 465],
  ["smtp", "starttls", undefined, 587],
  ["imap", "starttls", "1143", 1143],
] as const)("%s by %s at %s is port %i", (kind, security, given, port) => {
  expect(portOf(given, kind, security)).toBe(port);
});

test("a port that is no number is wrong usage", () => {
  expect(() => portOf("imaps", "imap", "tls")).toThrow("--imap-port takes a number, not “imaps”.");
});

const at = "2026-01-01T00:00:00Z";

test("a mailbox that is kept: why, what makes it quicker, and that it goes on by itself", () => {
  const link = "https://x.example";
  expect(
    keptText({
      id: "x",
      code: "imap_disabled",
      severity: "blocking",
      title: "IMAP is off, or it is new",
      cause: "It does not open.",
      who: "you",
      steps: [{ text: "Switch IMAP on", detail: null, link, action: "open_link" }],
      meanwhile: "We try again by ourselves.",
      evidence: [],
      openedAt: at,
      closedAt: null,
      nextCheckAt: at,
    }),
  ).toBe(
    "IMAP is off, or it is new. It does not open.\n  Switch IMAP on https://x.example\nWe try again by ourselves.\n",
  );
});

test("a finding is told with each way out, its link, and what was seen", () => {
  const error = findingError({
    id: "x",
    code: "token_refused",
    severity: "blocking",
    title: "The mailbox does not accept the sign-in",
    cause: "Usually IMAP is switched off.",
    who: "you",
    steps: [
      {
        text: "Switch IMAP on",
        detail: "Outlook › Settings",
        link: "https://x.example",
        action: "open_link",
      },
      { text: "Is it an alias?", detail: "Then use the other.", link: null, action: "none" },
      { text: "Test again", detail: null, link: null, action: "test_again" },
    ],
    meanwhile: "",
    evidence: [{ at, step: "mailbox", line: "NO AUTHENTICATE failed." }],
    openedAt: at,
    closedAt: null,
    nextCheckAt: null,
  });
  expect(describeError(error)).toMatchObject({
    code: "token_refused",
    message: "The mailbox does not accept the sign-in. Usually IMAP is switched off.",
    hint: [
      "Switch IMAP on: Outlook › Settings https://x.example",
      "Is it an alias? Then use the other.",
      "Test again",
      "Seen: NO AUTHENTICATE failed.",
    ].join("\n  "),
  });
});
