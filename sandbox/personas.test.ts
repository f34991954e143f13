/** Each persona does what its entry says, over the wire; and nothing of the tables is out of reach. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusals, numberOf } from "./identity/refusals.ts";
import { registration, registrations, type Registration } from "./identity/registration.ts";
import { personaByAddress, personas } from "./personas.ts";
import type { SignInStep } from "./personas/persona.ts";
import {
  authorizeRequest,
  callToken,
  connect,
  mailScopes,
  newBrowser,
  redeemCode,
  signInAndAccept,
  startFixture,
  type Fixture,
} from "./testing/fixture.ts";

test("ids, addresses and object ids are told apart, and every one says what it does", () => {
  for (const field of ["id", "address", "oid"] as const)
    expect(new Set(personas.map((one) => one[field])).size).toBe(personas.length);
  for (const { does, oid } of personas) {
    expect(does.en.length).toBeGreaterThan(10);
    expect(does.zh).toMatch(/[一-鿿]/);
    expect(oid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  }
  expect(personaByAddress(" ALIAS@outlook.example")?.id).toBe("alias");
  expect(personaByAddress("u.principal@corp.work.example")?.id).toBe("upn");
});

test("every refusal of the table can be had by an account or by an application", () => {
  const had = new Set([
    ...personas.flatMap(({ trouble }) => trouble?.signIn?.map(({ refusal }) => refusal) ?? []),
    ...registrations.flatMap(({ refuses }) => refuses ?? []),
  ]);
  const without = Object.keys(refusals).filter((key) => !had.has(key));
  // These come by themselves: of the registrations' mistakes, of a wrong secret, of "Cancel".
  expect(without.toSorted()).toEqual(
    [
      "50011",
      "50194",
      "65004",
      "700025",
      "7000215",
      "7000218",
      "7000222",
      "9002327",
      "9002331",
      "denied",
    ].toSorted(),
  );
});

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(async () => fixture.stop());

const refusedAt = (step: SignInStep): [string, string][] =>
  personas.flatMap(({ address, trouble }) => {
    const first = trouble?.signIn?.[0];
    return first?.at === step ? [[address, first.refusal] as [string, string]] : [];
  });

function expectRefusal(error: unknown, description: unknown, key: string, onPage = false): void {
  const { error: wanted } = refusals[key]!;
  expect(error).toBe(onPage && wanted === "invalid_grant" ? "access_denied" : wanted);
  if (numberOf(key) === 0) return;
  expect(description).toMatch(
    new RegExp(
      `^AADSTS${numberOf(key)}: .+ Trace ID: \\S+ Correlation ID: \\S+ Timestamp: [-\\d]+ [:\\d]+Z$`,
      "s",
    ),
  );
  expect(description).not.toMatch(/\{\w+\}/);
}

test.each(refusedAt("authorize"))("%s is shown %s, and the application is told", async (address, key) => {
  const request = authorizeRequest(fixture);
  const browser = newBrowser(fixture);
  const page = await browser.press(await browser.open(request.url), address);
  expect(page.html).toContain("You can’t sign in here right now");
  const back = await browser.press(page, "Return to Hitchpost");
  const { searchParams } = back.url;
  expect(searchParams.get("state")).toBe("s1");
  expectRefusal(searchParams.get("error"), searchParams.get("error_description"), key, true);
});

test.each(refusedAt("redeem"))("%s is refused with %s at the code", async (address, key) => {
  const { status, json } = await connect(fixture, address);
  expect(status).toBeGreaterThanOrEqual(400);
  expectRefusal(json["error"], json["error_description"], key);
});

test.each(refusedAt("refresh"))("%s connects, and is refused with %s afterwards", async (address, key) => {
  const first = await connect(fixture, address);
  expect(first.json).toMatchObject({ expires_in: 120 });
  const refresh_token = String(first.json["refresh_token"]);
  const { json } = await callToken(fixture, { grant_type: "refresh_token", refresh_token });
  expectRefusal(json["error"], json["error_description"], key);
});

test.each(refusedAt("device"))("%s is refused with %s at a device", async (address, key) => {
  expect((await byDevice(address))["error"]).toBe(refusals[key]?.error);
});

test("a device hears what the page said", async () => {
  expect(String((await byDevice("locked@outlook.example"))["error_description"])).toMatch(/^AADSTS50053: /);
  expect(await byDevice("admin-consent@work.example")).toMatchObject({
    error: "authorization_declined",
    error_codes: [90094],
  });
  expect(String((await byDevice("abuse@outlook.example"))["error_description"])).toContain(
    "service abuse mode",
  );
});

async function byDevice(address: string): Promise<Record<string, unknown>> {
  const client = { client_id: registration.clientId };
  const scope = "openid offline_access https://outlook.office.com/IMAP.AccessAsUser.All";
  const response = await fetch(`${fixture.ready.publicUrl}/common/oauth2/v2.0/devicecode`, {
    method: "POST",
    body: new URLSearchParams({ ...client, scope }),
  });
  const begun = (await response.json()) as {
    device_code: string;
    user_code: string;
    verification_uri: string;
  };
  const browser = newBrowser(fixture);
  let page = await browser.open(begun.verification_uri);
  page = await browser.press(page, "Next", { user_code: begun.user_code });
  page = await browser.press(page, "Continue");
  page = await browser.press(page, address);
  const button = ["Return to Hitchpost", "Accept"].find((name) => page.html.includes(name));
  if (button !== undefined) await browser.press(page, button);
  const { json } = await callToken(fixture, { grant_type: "device_code", device_code: begun.device_code });
  return json;
}

test.each<[Registration["secret"] | Registration["redirects"] | Registration["audience"], number]>([
  ["id-for-value", 7000215],
  ["expired", 7000222],
  ["spa", 9002327],
  ["public-client", 700025],
])("an application whose registration is %s is refused with %i", async (mistake, number) => {
  const { clientId, clientSecret } = registrations.find(
    (one) => one.secret === mistake || one.redirects === mistake,
  )!;
  const request = authorizeRequest(fixture, { client_id: clientId });
  const callback = await signInAndAccept(newBrowser(fixture), request, "well@outlook.example");
  const client = { client_id: clientId, client_secret: clientSecret };
  const { json } = await redeemCode(fixture, request, callback, client);
  expect(json).toMatchObject({ error_codes: [number] });
});

test.each([
  [103, "common", "AADSTS50011"],
  [106, "common", "AADSTS50194"],
  [107, "common", "AADSTS9002331"],
  [105, "consumers", "AADSTS9002332"],
])("application %i at /%s: the page says %s", async (number, tenant, code) => {
  const client_id = registration.clientId.replace(/0001$/, `0${number}`);
  const page = await newBrowser(fixture).open(authorizeRequest(fixture, { client_id }, tenant).url);
  expect(page.html).toContain(code);
});

test("an application for work accounts does not exist for a personal one", async () => {
  const client_id = registration.clientId.replace(/0001$/, "0105");
  const browser = newBrowser(fixture);
  let page = await browser.open(authorizeRequest(fixture, { client_id }).url);
  page = await browser.press(page, "well@outlook.example");
  const back = await browser.press(page, "Return to");
  expect(back.url.searchParams.get("error")).toBe("unauthorized_client");
  expect(back.url.searchParams.get("error_description")).toContain("not enabled for consumers");
});

test("the admin can have any account refused at any step, so many times", async () => {
  const order = (body: object): Promise<Response> =>
    fetch(`http://127.0.0.1:${fixture.ready.httpPort}/admin/personas/refuse`, {
      method: "POST",
      headers: { authorization: `Bearer ${fixture.ready.adminToken}` },
      body: JSON.stringify({ address: "well@outlook.example", ...body }),
    });
  expect((await order({ at: "redeem", refusal: "1" })).status).toBe(400);
  expect((await order({ at: "never", refusal: "53003" })).status).toBe(400);
  expect((await order({ at: "redeem", refusal: "53003" })).status).toBe(200);
  expect((await connect(fixture, "well@outlook.example")).json).toMatchObject({ error_codes: [53003] });
  expect((await connect(fixture, "well@outlook.example")).status).toBe(200);
});

test("once an administrator has consented, the account signs in without being asked", async () => {
  const { publicUrl, httpPort, adminToken } = fixture.ready;
  const redirect_uri = `${new URL(publicUrl).origin}/callback`;
  const query = new URLSearchParams({
    client_id: registration.clientId,
    scope: mailScopes,
    redirect_uri,
    state: "s2",
  });
  const browser = newBrowser(fixture);
  const at = (tenant: string): string => `${publicUrl}/${tenant}/v2.0/adminconsent?${query}`;
  expect((await browser.open(at("common"))).html).toContain("AADSTS90002");
  const page = await browser.open(at("organizations"));
  const refused = await browser.press(page, "Cancel");
  expect(refused.url.searchParams.get("error")).toBe("access_denied");
  const granted = (await browser.press(page, "Accept")).url.searchParams;
  expect([granted.get("admin_consent"), granted.get("state")]).toEqual(["True", "s2"]);
  const request = authorizeRequest(fixture);
  const back = await browser.press(await browser.open(request.url), "admin-consent@work.example");
  expect(back.url.searchParams.has("code")).toBe(true);
  expect((await redeemCode(fixture, request, back.url)).status).toBe(200);
  await fetch(`http://127.0.0.1:${httpPort}/admin/consents/forget`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminToken}` },
    body: JSON.stringify({ address: "admin-consent@work.example" }),
  });
  expect((await newBrowser(fixture).open(request.url)).html).toContain("Sign in");
});

test("tokens name the primary, the user principal name, and no address where there is none", async () => {
  expect(await claims("alias@outlook.example")).toMatchObject({ email: "main@outlook.example" });
  expect(await claims("upn@work.example")).toMatchObject({
    email: "upn@work.example",
    preferred_username: "u.principal@corp.work.example",
  });
  expect(await claims("no-email@outlook.example")).not.toHaveProperty("email");
});

async function claims(address: string): Promise<Record<string, unknown>> {
  const { json } = await connect(fixture, address);
  const [, body = ""] = String(json["id_token"]).split(".");
  return JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
}
