import { expect, test } from "vitest";
import { errorCatalogue, HitchpostError, isHitchpostError } from "./errors.ts";

test("every entry has a status of HTTP and a hint that is a sentence", () => {
  for (const [code, { status, hint }] of Object.entries(errorCatalogue)) {
    expect([code, status >= 200 && status < 600]).toEqual([code, true]);
    expect(hint, code).toMatch(/^[A-Z].*\.$/s);
  }
});

test("an error knows its entry and keeps its cause", () => {
  const cause = new Error("ECONNREFUSED");
  const error = new HitchpostError("network_refused", "Nothing listens.", {
    cause,
    details: { field: "imap.port" },
  });
  expect(error).toMatchObject({ status: 502, retry: "later", cause, details: { field: "imap.port" } });
  expect(isHitchpostError(error)).toBe(true);
  expect(isHitchpostError(error, "dns_failed")).toBe(false);
  expect(isHitchpostError(cause)).toBe(false);
});
