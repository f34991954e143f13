import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mailScopes, newBrowser, startFixture, type Fixture } from "../testing/fixture.ts";
import type { Shown } from "../testing/browser.ts";
import { registration } from "./registration.ts";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(async () => fixture.stop());

type Started = { user_code: string; device_code: string; verification_uri: string; interval: number };

async function post(path: string, fields: Record<string, string>): Promise<Record<string, unknown>> {
  const body = new URLSearchParams({ client_id: registration.clientId, ...fields });
  const response = await fetch(`${fixture.ready.publicUrl}/common/oauth2/v2.0/${path}`, {
    method: "POST",
    body,
  });
  return (await response.json()) as Record<string, unknown>;
}

async function start(): Promise<Started> {
  return (await post("devicecode", { scope: mailScopes })) as Started;
}

const poll = (code: string) =>
  post("token", { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: code });

async function enter(code: Started): Promise<{ browser: ReturnType<typeof newBrowser>; page: Shown }> {
  const browser = newBrowser(fixture);
  const input = await browser.open(code.verification_uri);
  return { browser, page: await browser.press(input, "Next", { user_code: code.user_code.toLowerCase() }) };
}

test("without a secret: pending, then tokens, then redeemed", async () => {
  const code = await start();
  expect(code).toMatchObject({
    expires_in: 900,
    interval: 1,
    verification_uri: `${fixture.ready.publicUrl}/devicelogin`,
  });
  expect(await poll(code.device_code)).toMatchObject({
    error: "authorization_pending",
    error_codes: [70016],
  });
  const { browser, page } = await enter(code);
  expect(page.html).toContain(code.user_code);
  const consent = await browser.press(await browser.press(page, "Continue"), "well@outlook.example");
  const done = await browser.press(consent, "Accept");
  expect(done.html).toContain("You have signed in");
  expect(done.html).not.toMatch(/\{\w+\}/);
  const tokens = await poll(code.device_code);
  expect(fixture.tokens().verify(String(tokens["access_token"]))?.upn).toBe("well@outlook.example");
  expect(tokens["id_token"]).toBeTypeOf("string");
  const refreshed = await post("token", {
    grant_type: "refresh_token",
    refresh_token: String(tokens["refresh_token"]),
  });
  expect(refreshed["access_token"]).toBeTypeOf("string");
  expect(await poll(code.device_code)).toMatchObject({ error: "invalid_grant", error_codes: [54005] });
});

test("cancelled before signing in: authorization_declined", async () => {
  const code = await start();
  const { browser, page } = await enter(code);
  expect((await browser.press(page, "Cancel")).html).toContain("Declined");
  expect(await poll(code.device_code)).toMatchObject({
    error: "authorization_declined",
    error_codes: [65004],
  });
});

test("declined at consent: authorization_declined", async () => {
  const code = await start();
  const { browser, page } = await enter(code);
  const consent = await browser.press(await browser.press(page, "Continue"), "other@outlook.example");
  expect((await browser.press(consent, "Cancel")).html).toContain("Declined");
  expect(await poll(code.device_code)).toMatchObject({ error: "authorization_declined" });
});

test("unknown codes, on the page and at the endpoint", async () => {
  const { page } = await enter({ ...(await start()), user_code: "XXXXXXXXX" });
  expect(page.html).toContain("That code is not known");
  expect(await poll("nothing")).toMatchObject({ error: "bad_verification_code", error_codes: [70018] });
});

test("a wrong secret is refused though none is needed", async () => {
  const answer = await post("devicecode", { scope: mailScopes, client_secret: "nope" });
  expect(answer).toMatchObject({ error: "invalid_client", error_codes: [7000215] });
});

test("expired: expired_token, and the page says so", async () => {
  const code = await start();
  const db = new DatabaseSync(`${fixture.dataDir}/identity.db`);
  db.exec("UPDATE model SET payload = json_set(payload, '$.exp', 1) WHERE kind = 'DeviceCode'");
  db.close();
  expect(await poll(code.device_code)).toMatchObject({ error: "expired_token", error_codes: [70019] });
  expect((await enter(code)).page.html).toContain("That code has expired");
});
