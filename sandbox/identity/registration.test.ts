import { expect, test } from "vitest";
import { redirectUriAllowed } from "./registration.ts";

const publicUrl = "https://mail.example.test/sandbox";

test.each([
  ["https://mail.example.test/connect/callback", true],
  ["http://localhost:8080/cb?x=1", true],
  ["http://127.0.0.1/cb", true],
  ["http://mail.example.test/cb", false],
  ["https://mail.example.test:444/cb", false],
  ["https://mail.example.test.evil.example/cb", false],
  ["https://mail.example.test@evil.example/cb", false],
  ["http://localhost@evil.example/cb", false],
  ["http://user@localhost/cb", false],
  ["https://mail.example.test/cb#x", false],
  ["javascript:alert(1)", false],
  ["/connect", false],
  ["", false],
])("redirect to %s: %s", (uri, allowed) => {
  expect(redirectUriAllowed(uri, publicUrl)).toBe(allowed);
});
