import { createPublicKey, verify } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { consumerTenantId, personas } from "../personas.ts";
import {
  authorizeRequest,
  callToken,
  connect,
  newBrowser,
  redeemCode,
  signInAndAccept,
  startFixture,
  type Fixture,
} from "../testing/fixture.ts";
import { registration } from "./registration.ts";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(async () => fixture.stop());

const well = "well@outlook.example";
const other = "other@outlook.example";

async function getJson(url: string): Promise<Record<string, unknown>> {
  return (await (await fetch(url)).json()) as Record<string, unknown>;
}

async function openIdToken(token: string, tenant: string): Promise<Record<string, unknown>> {
  const [header = "", body = "", signature = ""] = token.split(".");
  const { keys } = (await getJson(`${fixture.ready.publicUrl}/${tenant}/discovery/v2.0/keys`)) as {
    keys: [{ kid: string; kty: string }];
  };
  const { kid } = JSON.parse(Buffer.from(header, "base64url").toString()) as { kid: string };
  expect(keys[0].kid).toBe(kid);
  const key = createPublicKey({ key: keys[0], format: "jwk" });
  expect(verify("sha256", Buffer.from(`${header}.${body}`), key, Buffer.from(signature, "base64url"))).toBe(
    true,
  );
  return JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
}

describe("discovery", () => {
  test("the common issuer holds the placeholder, the others their tenant", async () => {
    const base = fixture.ready.publicUrl;
    const document = await getJson(`${base}/common/v2.0/.well-known/openid-configuration`);
    expect(document["issuer"]).toBe(`${base}/{tenantid}/v2.0`);
    expect(document["token_endpoint"]).toBe(`${base}/common/oauth2/v2.0/token`);
    const consumers = await getJson(`${base}/consumers/v2.0/.well-known/openid-configuration`);
    expect(consumers["issuer"]).toBe(`${base}/${consumerTenantId}/v2.0`);
  });

  test("an unknown tenant is refused with 90002", async () => {
    const answer = await getJson(`${fixture.ready.publicUrl}/nobody/v2.0/.well-known/openid-configuration`);
    expect(answer["error_codes"]).toEqual([90002]);
  });
});

describe("authorization code", () => {
  test("sign in, consent, code, tokens with claims of the real tenant", async () => {
    const request = authorizeRequest(fixture);
    const browser = newBrowser(fixture);
    const signIn = await browser.open(request.url);
    expect(signIn.html).toContain("Sandbox, not Microsoft");
    const consent = await browser.press(signIn, well);
    expect(consent.html).toContain("Read and write your mail");
    const { url } = await browser.press(consent, "Accept");
    expect(url.searchParams.get("state")).toBe("s1");
    expect(url.searchParams.has("iss")).toBe(false);
    const { status, json } = await redeemCode(fixture, request, url);
    expect(status).toBe(200);
    expect(json["scope"]).toBe(
      "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send",
    );
    const persona = personas.find(({ address }) => address === well);
    expect(await openIdToken(String(json["id_token"]), "common")).toMatchObject({
      ver: "2.0",
      iss: `${fixture.ready.publicUrl}/${consumerTenantId}/v2.0`,
      aud: registration.clientId,
      oid: persona?.oid,
      tid: consumerTenantId,
      email: well,
      preferred_username: well,
      name: "Well Marlow",
      nonce: "n1",
    });
    expect(fixture.tokens().verify(String(json["access_token"]))).toMatchObject({
      oid: persona?.oid,
      upn: well,
      audience: "https://outlook.office.com",
      scopes: ["IMAP.AccessAsUser.All", "SMTP.Send"],
    });
  });

  test("address and password sign in too; a wrong password does not", async () => {
    const browser = newBrowser(fixture);
    const page = await browser.open(authorizeRequest(fixture, { login_hint: other }).url);
    expect(page.html).toContain(`value="${other}"`);
    const wrong = await browser.press(page, "Sign in", { address: other, password: "no" });
    expect(wrong.html).toContain("AADSTS50126");
    const consent = await browser.press(wrong, "Sign in", {
      address: ` ${other.toUpperCase()}`,
      password: "sandbox",
    });
    expect(consent.html).toContain("asks for permission");
  });

  test("a code is redeemed once, with its verifier, redirect URI and authority", async () => {
    const request = authorizeRequest(fixture);
    const callback = await signInAndAccept(newBrowser(fixture), request, well);
    const codes = async (more: Record<string, string>) =>
      (await redeemCode(fixture, request, callback, more)).json["error_codes"];
    expect(await codes({ code_verifier: "x".repeat(43) })).toEqual([501481]);
    expect(await codes({ redirect_uri: "http://localhost/else" })).toEqual([500112]);
    const elsewhere = { grant_type: "authorization_code", code: callback.searchParams.get("code") ?? "" };
    const atConsumers = await callToken(
      fixture,
      { ...elsewhere, redirect_uri: request.redirectUri, code_verifier: request.verifier },
      "consumers",
    );
    expect(atConsumers.json["error_codes"]).toEqual([700005]);
    expect(await codes({})).toBeUndefined();
    expect(await codes({})).toEqual([54005]);
  });

  test("declined consent comes back as access_denied with the state", async () => {
    const fresh = await startFixture("");
    try {
      const browser = newBrowser(fresh);
      const consent = await browser.press(await browser.open(authorizeRequest(fresh).url), well);
      const { url } = await browser.press(consent, "Cancel");
      expect(url.searchParams.get("error")).toBe("access_denied");
      expect(url.searchParams.get("error_description")).toContain("denied access to the scope");
      expect(url.searchParams.get("state")).toBe("s1");
      expect(url.searchParams.has("iss")).toBe(false);
    } finally {
      await fresh.stop();
    }
  });

  test("the wrong secret is AADSTS7000215, a missing one 7000218, in Microsoft's form", async () => {
    const fields = { grant_type: "refresh_token", refresh_token: "x" };
    const wrong = await callToken(fixture, { ...fields, client_secret: "nope" });
    expect(wrong.status).toBe(401);
    expect(wrong.json).toMatchObject({ error: "invalid_client", error_codes: [7000215] });
    expect(wrong.json["error_description"]).toMatch(
      /^AADSTS7000215: .* Trace ID: [\da-f-]{36} Correlation ID: [\da-f-]{36} Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/,
    );
    expect((await callToken(fixture, { ...fields, client_secret: "" })).json["error_codes"]).toEqual([
      7000215,
    ]);
    const body = new URLSearchParams({ ...fields, client_id: registration.clientId });
    const missing = await fetch(`${fixture.ready.publicUrl}/common/oauth2/v2.0/token`, {
      method: "POST",
      body,
    });
    expect(await missing.json()).toMatchObject({ error: "invalid_client", error_codes: [7000218] });
  });
});

describe("response modes", () => {
  test.each([
    ["fragment", {}, /callback#code=[^&]+&state=s1$/],
    ["fragment", { prompt: "none", login_hint: other }, /callback#error=login_required&.*state=s1$/],
    ["fragment", { scope: "nonsense" }, /callback#error=invalid_scope&.*state=s1$/],
  ])("%s with %j", async (mode, more, address) => {
    const browser = newBrowser(fixture);
    await signInAndAccept(browser, authorizeRequest(fixture), well);
    const { url } = await browser.open(authorizeRequest(fixture, { response_mode: mode, ...more }).url);
    expect(url.href).toMatch(address);
  });

  test("form_post, without iss, for codes and errors", async () => {
    const browser = newBrowser(fixture);
    await signInAndAccept(browser, authorizeRequest(fixture), well);
    const mode = { response_mode: "form_post", prompt: "none" };
    const page = await browser.open(authorizeRequest(fixture, mode).url);
    expect(page.html).toContain('name="code"');
    expect(page.html).not.toContain('name="iss"');
    const failed = await newBrowser(fixture).open(authorizeRequest(fixture, mode).url);
    expect(failed.html).toContain('value="login_required"');
    expect(failed.html).not.toContain('name="iss"');
  });
});

describe("what cannot be sent back is shown", () => {
  test("a wrong redirect URI is a page with AADSTS50011, escaped", async () => {
    const request = authorizeRequest(fixture, { redirect_uri: "https://evil.example/<script>" });
    const page = await newBrowser(fixture).open(request.url);
    expect(page.status).toBe(400);
    expect(page.html).toContain("AADSTS50011");
    expect(page.html).not.toContain("<script>");
  });

  test("an unknown client is a page with AADSTS700016", async () => {
    const page = await newBrowser(fixture).open(authorizeRequest(fixture, { client_id: "0" }).url);
    expect(page.html).toContain("AADSTS700016");
  });

  test("an unknown scope goes back to the application", async () => {
    const page = await newBrowser(fixture).open(authorizeRequest(fixture, { scope: "openid nonsense" }).url);
    expect(page.url.searchParams.get("error")).toBe("invalid_scope");
    expect(page.url.searchParams.get("error_description")).toContain("AADSTS70011");
  });

  test("a personal account is refused at /organizations and offered at /consumers", async () => {
    const browser = newBrowser(fixture);
    const page = await browser.open(authorizeRequest(fixture, {}, "organizations").url);
    expect(page.html).not.toContain(well);
    const refused = await browser.press(page, "Sign in", { address: well, password: "sandbox" });
    expect(refused.html).toContain("AADSTS50020");
    expect((await browser.open(authorizeRequest(fixture, {}, "consumers").url)).html).toContain(well);
  });
});

describe("accounts in one browser", () => {
  test("select_account shows those signed in, and another can be used", async () => {
    const browser = newBrowser(fixture);
    await signInAndAccept(browser, authorizeRequest(fixture), other);
    const picker = await browser.open(authorizeRequest(fixture, { prompt: "select_account" }).url);
    expect(picker.html).toContain("Pick an account");
    expect(picker.html).toContain(other);
    expect(picker.html).not.toContain(well);
    const form = await browser.press(picker, "Use another account");
    const request = authorizeRequest(fixture);
    await signInAndAccept(browser, request, other).catch(() => undefined);
    let landed = await browser.press(form, well);
    if (landed.status !== 0) landed = await browser.press(landed, "Accept");
    expect(landed.url.searchParams.has("code")).toBe(true);
    const both = await browser.open(authorizeRequest(fixture, { prompt: "select_account" }).url);
    expect(both.html).toContain(well);
    expect(both.html).toContain(other);
  });

  test("signed in and consented: straight through, also with prompt=none; prompt=login asks again", async () => {
    const browser = newBrowser(fixture);
    await signInAndAccept(browser, authorizeRequest(fixture), well);
    const again = await browser.open(authorizeRequest(fixture, { prompt: "none" }).url);
    expect(again.url.searchParams.has("code")).toBe(true);
    const login = await browser.open(authorizeRequest(fixture, { prompt: "login" }).url);
    expect(login.html).toContain("Sign in");
    const consent = await browser.open(authorizeRequest(fixture, { prompt: "consent" }).url);
    expect(consent.html).toContain("asks for permission");
  });

  test("a hint for another signed-in account switches without a page", async () => {
    const browser = newBrowser(fixture);
    await signInAndAccept(browser, authorizeRequest(fixture), well);
    await signInAndAccept(browser, authorizeRequest(fixture, { prompt: "login" }), other);
    const request = authorizeRequest(fixture, { login_hint: well });
    const { url } = await browser.open(request.url);
    const { json } = await redeemCode(fixture, request, url);
    expect(fixture.tokens().verify(String(json["access_token"]))?.upn).toBe(well);
  });

  test("prompt=none without a session is login_required", async () => {
    const page = await newBrowser(fixture).open(authorizeRequest(fixture, { prompt: "none" }).url);
    expect(page.url.searchParams.get("error")).toBe("login_required");
    expect(page.url.searchParams.get("error_description")).toContain("AADSTS50058");
  });

  test("signing out empties the browser", async () => {
    const browser = newBrowser(fixture);
    await signInAndAccept(browser, authorizeRequest(fixture), well);
    await browser.open(`${fixture.ready.publicUrl}/common/oauth2/v2.0/logout`);
    const page = await browser.open(authorizeRequest(fixture, { prompt: "none" }).url);
    expect(page.url.searchParams.get("error")).toBe("login_required");
  });

  test("an account in the picker of another browser cannot be claimed", async () => {
    await connect(fixture, well);
    const browser = newBrowser(fixture);
    const page = await browser.open(authorizeRequest(fixture).url);
    const stolen = await browser.submit(page, { account: personas[0]?.oid ?? "" });
    expect(stolen.html).toContain("Password");
  });
});
