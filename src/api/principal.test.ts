import { expect, test } from "vitest";
import { isOwnOrigin, sameText } from "./principal.ts";

const local = "http://localhost:3000";
const deployed = "https://inbox.example.com";

test.each<[string, string, string, boolean]>([
  [local, "localhost:3000", local, true],
  ["http://127.0.0.1:3000", "127.0.0.1:3000", local, true],
  ["http://192.168.1.5:3000", "192.168.1.5:3000", local, true],
  ["http://[::1]:3000", "[::1]:3000", local, true],
  [deployed, "inbox.example.com", deployed, true],
  [deployed, "10.0.0.5:3000", deployed, true], // a proxy may change the host
  // Names can be rebound to this server
  ["http://rebound.example:3000", "rebound.example:3000", local, false],
  ["http://localhost.evil.example:3000", "localhost.evil.example:3000", local, false],
  ["http://127.0.0.1.evil.example", "127.0.0.1.evil.example", local, false],
  // Another host, port or scheme
  ["http://192.168.1.6:3000", "192.168.1.5:3000", local, false],
  ["http://localhost:3001", "localhost:3000", local, false],
  ["http://inbox.example.com", "inbox.example.com", deployed, false],
  ["https://evil.example", "inbox.example.com", deployed, false],
  ["https://inbox.example.com.evil.example", "inbox.example.com", deployed, false],
  ["null", "localhost:3000", local, false],
  ["", "", local, false],
])("%j at %j of %s: %s", (origin, host, publicUrl, own) => {
  expect(isOwnOrigin(origin, host, publicUrl)).toBe(own);
});

test("texts are compared whole", () => {
  expect(sameText("abc", "abc")).toBe(true);
  expect(sameText("abc", "abd")).toBe(false);
  expect(sameText("abc", "ab")).toBe(false);
  expect(sameText("", "")).toBe(true);
  expect(sameText("é", "e\u0301")).toBe(false);
});
