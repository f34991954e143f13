import { describe, expect, test } from "vitest";
import { withoutSecrets } from "./secrets.ts";
import { processorMs } from "../../../tests/support/processor-time.ts";

describe("secrets are taken out of evidence", () => {
  const jwt = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ";
  const sasl = Buffer.from(`user=a@b.example\u0001auth=Bearer ${jwt}\u0001\u0001`).toString("base64");
  const plain = Buffer.from("\0ann@outlook.com\0a-very-secret-canary-password").toString("base64");

  test.each([
    ["a JWT", `token ${jwt} refused`, "c2lnbmF0dXJlLWNhbmFyeQ"],
    ["a JWT cut short", "refused eyJ0eXAiOiJKV1QiLCJhbGciOiJS", "eyJ0eXAi"],
    ["Bearer", "Authorization: Bearer EwB4canary1234567890", "canary"],
    ["auth=Bearer of SASL", "user=a\u0001auth=Bearer EwB4canary1234567890\u0001\u0001", "canary"],
    ["XOAUTH2 in base64", `A1 AUTHENTICATE XOAUTH2 ${sasl}`, sasl.slice(0, 40)],
    ["PLAIN in base64", `AUTH PLAIN ${plain}`, plain.slice(0, 24)],
    ["password=", "login failed password=canary!", "canary"],
    ["a password in JSON", '{"password":"canary", "x": 1}', "canary"],
    ["client_secret", "grant_type=x&client_secret=canary~1&y", "canary"],
    ["refresh_token", "refresh_token: M.C5_BAY.canary*x", "canary"],
    ["access_token in JSON", '"access_token" : "canary"', "canary"],
    ["a code", "?code=M.canary&state=x", "canary"],
    ["an opaque access token", "token EwBYA8l6BAAcanaryCanary12 refused", "canary"],
    ["a refresh token", "grant M.C5_BAY.0.U.-CanaryCanary*1!x used", "Canary"],
    ["a work refresh token", "0.AXEAcanarycanary-1_x", "canary"],
    ["Basic", "Authorization: Basic YW5uOmNhbmFyeQ==", "YW5uOmNhbmFyeQ"],
    ["IMAP LOGIN", 'A1 LOGIN "ann@outlook.com" "canary pass"', "canary"],
    ["IMAP LOGIN bare", "A1 LOGIN ann@outlook.com canary1", "canary"],
    ["POP PASS", "PASS canary", "canary"],
    ["an address with a password", "imaps://ann:canary@mail.example:993", "canary"],
    ["a password with blanks in JSON", '{"password": "my canary pass"}', "canary"],
    ["escaped JSON", '{\\"refresh_token\\":\\"canary\\"}', "canary"],
    ["URL-encoded", "body=client_secret%3Dcanary~1%26grant_type", "canary"],
    ["camelCase", "accessToken: 'canary', other: 1", "canary"],
    ["a PHP array", "['password' => 'canary']", "canary"],
    ["a Python dictionary", "{'refresh_token': 'canary'}", "canary"],
    ["a cookie", "Set-Cookie: canary=abc", "canary"],
    ["a device code", "device_code=canary12", "canary"],
    ["an assertion", "client_assertion=canary12", "canary"],
    ["a long opaque token", `x ${"Canary9".repeat(9)}`, "Canary9Canary9"],
  ])("%s", (_what, line, canary) => {
    expect(line).toContain(canary);
    expect(withoutSecrets(line)).not.toContain(canary);
    expect(withoutSecrets(line)).toContain("····");
  });

  test.each([
    "NO [AUTHENTICATIONFAILED] AUTHENTICATE failed.",
    "BAD User is authenticated but not connected.",
    "535 5.7.3 Authentication unsuccessful [AM0PR10CA0001.EURPRD10.PROD.OUTLOOK.COM 2026-01-01T00:00:00.000Z]",
    "Request is throttled. Suggested Backoff Time: 299961 milliseconds",
    "{ code: 'EAUTH', responseCode: 535, command: 'AUTH XOAUTH2' }",
    '{"error":{"code":"MailboxNotEnabledForRESTAPI","message":"REST API is not yet supported for this mailbox."}}',
    "https://login.example/callback?error=access_denied&state=1",
    "AADSTS70008: The refresh token has expired due to inactivity.",
  ])("%s stays as it is", (line) => {
    expect(withoutSecrets(line)).toBe(line);
  });

  test("ten megabytes take no time", () => {
    for (const noise of [
      "x".repeat(10_000_000),
      "password=".repeat(1_000_000),
      'a"'.repeat(5_000_000),
      "login a@b ".repeat(900_000),
    ]) {
      const began = processorMs();
      withoutSecrets(noise);
      expect(processorMs(began)).toBeLessThan(500);
    }
  });

  test("a line ends at 500 characters", () => {
    expect(withoutSecrets("x ".repeat(1_000)).length).toBe(500);
  });
});
