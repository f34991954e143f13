import { expect, test } from "vitest";
import { canonicalAddress } from "./pages.ts";

test.each<[string, string, string, string | null]>([
  ["127.0.0.1:3000", "/inbox?x=1", "http://localhost:3000", "http://localhost:3000/inbox?x=1"],
  ["[::1]:3000", "/", "http://localhost:3000", "http://localhost:3000/"],
  ["localhost:3000", "/", "http://127.0.0.1:3000", "http://127.0.0.1:3000/"],
  ["localhost:3000", "/", "http://localhost:3000", null],
  ["127.0.0.1:3001", "/", "http://localhost:3000", null], // a forwarded port: it may be the only way in
  ["192.168.1.5:3000", "/", "http://localhost:3000", null],
  ["127.0.0.1:3000", "/", "https://inbox.example.com", null],
  ["inbox.example.com", "/", "https://inbox.example.com", null],
  ["", "/", "http://localhost:3000", null],
  ["not a host", "/", "http://localhost:3000", null],
])("%s%s with %s leads to %s", (host, path, publicUrl, to) => {
  expect(canonicalAddress(host, path, publicUrl)).toBe(to);
});

test("a path cannot lead to another host", () => {
  expect(canonicalAddress("127.0.0.1:3000", "//evil.example/", "http://localhost:3000")).toBe(
    "http://localhost:3000//evil.example/",
  );
});
