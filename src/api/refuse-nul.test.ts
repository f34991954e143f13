import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { findNul } from "./refuse-nul.ts";

test("finds a NUL wherever it stands, and says where", () => {
  expect(findNul({ imap: { host: "a\0b" } })).toBe("imap.host");
  expect(findNul({ to: ["a@b.example", "\0"] })).toBe("to.1");
  expect(findNul("\0")).toBe("");
  expect(findNul(Object.assign(Object.create(Object.create(null)) as object, { q: "\0" }))).toBe("q"); // as Fastify's queries
  expect(findNul({ "na\0me": 1 })).toBe("name");
});

test("leaves all else alone", () => {
  const query: unknown = Object.assign(Object.create(null) as object, { q: "mugs" });
  expect([query, { a: [1, null, "\u0001"] }, undefined, Readable.from(["\0"])].map(findNul)).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

test("comes back from the deepest JSON", () => {
  expect(findNul(JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`))).toBeNull();
});
