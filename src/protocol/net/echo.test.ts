import { expect, test } from "vitest";
import { HitchpostError } from "../../core/errors.ts";
import { withoutEcho } from "./echo.ts";

const pass = 'canary "7f3d\\9';
const user = "ann@shop.example";
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const refused = (response: string, message = "refused"): HitchpostError =>
  new HitchpostError("auth_failed", message, {
    cause: new Error(`Invalid login: ${response}`),
    details: { response, reason: "refused", retryAfterMs: 5 },
  });

test.each([
  ["itself", `NO no such password: ${pass}`],
  ["in base64", `NO ${base64(pass)}`],
  ["as PLAIN sends it", `NO AUTHENTICATE PLAIN ${base64(`\0${user}\0${pass}`)}`],
])("a password, %s", (_what, line) => {
  const clean = withoutEcho(refused(line, line), { user, pass });
  const all = `${clean.message} ${JSON.stringify(clean.details)} ${String(clean.cause)}`;
  for (const form of [pass, base64(pass), base64(`\0${user}\0${pass}`)]) expect(all).not.toContain(form);
  expect(clean.details).toMatchObject({ reason: "refused", retryAfterMs: 5 });
  expect(clean.details.response).toMatch(/^NO .*····$/);
});

test("an access token, also in the SASL message", () => {
  const accessToken = "EwBcanary";
  const line = base64(`user=${user}\u0001auth=Bearer ${accessToken}\u0001\u0001`);
  const clean = withoutEcho(refused(`535 ${accessToken} ${line}`), { user, accessToken });
  expect(clean.details.response).toBe("535 ···· ····");
});

test("what holds no secret stays the very error, and so does what is too short to be told from a word", () => {
  const error = refused("NO AUTHENTICATE failed.");
  expect(withoutEcho(error, { user, pass })).toBe(error);
  expect(withoutEcho(error, { user, pass: "NO" })).toBe(error);
  expect(withoutEcho(error, undefined)).toBe(error);
});
