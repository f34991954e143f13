import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callToken, connect, startFixture, type Fixture } from "../testing/fixture.ts";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(async () => fixture.stop());

const well = "well@outlook.example";
const imap = "https://outlook.office.com/IMAP.AccessAsUser.All";

const refresh = (token: unknown, more: Record<string, string> = {}) =>
  callToken(fixture, { grant_type: "refresh_token", refresh_token: String(token), ...more });

async function admin(path: string, body: object): Promise<Response> {
  return fetch(`http://127.0.0.1:${fixture.ready.httpPort}/admin${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${fixture.ready.adminToken}` },
    body: JSON.stringify(body),
  });
}

describe("refresh tokens", () => {
  test("each use gives a new one, and the old one stays valid", async () => {
    const { json: first } = await connect(fixture, well);
    const second = await refresh(first["refresh_token"]);
    expect(second.status).toBe(200);
    expect(second.json["refresh_token"]).not.toBe(first["refresh_token"]);
    expect((await refresh(first["refresh_token"])).status).toBe(200);
    expect((await refresh(second.json["refresh_token"])).status).toBe(200);
  });

  test("serves any resource that was consented to, one at a time", async () => {
    const scope = `openid offline_access ${imap} https://graph.microsoft.com/Mail.ReadWrite`;
    const { json } = await connect(fixture, well, { scope, prompt: "consent" });
    const graph = await refresh(json["refresh_token"], { scope: "Mail.ReadWrite" });
    expect(fixture.tokens().verify(String(graph.json["access_token"]))).toMatchObject({
      audience: "https://graph.microsoft.com",
      scopes: ["Mail.ReadWrite"],
    });
    const outlook = await refresh(json["refresh_token"], { scope: imap });
    expect(fixture.tokens().verify(String(outlook.json["access_token"]))?.audience).toBe(
      "https://outlook.office.com",
    );
    const mixed = await refresh(json["refresh_token"], { scope: `${imap} Mail.ReadWrite` });
    expect(mixed.status).toBe(400);
    expect(mixed.json).toMatchObject({ error: "invalid_scope", error_codes: [70011] });
  });

  test("a scope never consented to is AADSTS70000", async () => {
    const { json } = await connect(fixture, "password@outlook.example");
    const denied = await refresh(json["refresh_token"], { scope: "Mail.Send" });
    expect(denied.json).toMatchObject({ error: "invalid_grant", error_codes: [70000] });
    expect(denied.json["error_description"]).toContain("unauthorized or expired");
  });

  test("unknown, expired and revoked ones are invalid_grant", async () => {
    expect((await refresh("nothing")).json).toMatchObject({ error: "invalid_grant", error_codes: [70000] });
    const { json } = await connect(fixture, well);
    fixture.skewMs = 91 * 24 * 3600 * 1000;
    expect((await refresh(json["refresh_token"])).json["error_codes"]).toEqual([700082]);
    fixture.skewMs = 0;
    expect((await admin("/tokens/revoke", { address: well })).status).toBe(200);
    expect((await refresh(json["refresh_token"])).json["error_codes"]).toEqual([70000]);
  });
});

describe("access tokens", () => {
  test("end after their life, and all at once by the admin", async () => {
    const { json } = await connect(fixture, well);
    const token = String(json["access_token"]);
    expect(fixture.tokens().verify(token)).not.toBeNull();
    fixture.skewMs = 3601 * 1000;
    expect(fixture.tokens().verify(token)).toBeNull();
    fixture.skewMs = 0;
    await admin("/tokens/expire", { address: well });
    expect(fixture.tokens().verify(token)).toBeNull();
    const renewed = await refresh(json["refresh_token"]);
    expect(fixture.tokens().verify(String(renewed.json["access_token"]))).not.toBeNull();
  });

  test("a changed, cut or foreign token is refused", async () => {
    const { json } = await connect(fixture, well);
    const token = String(json["access_token"]);
    const middle = Math.floor(token.length / 2);
    const changed = token.slice(0, middle) + (token[middle] === "A" ? "B" : "A") + token.slice(middle + 1);
    for (const bad of [
      changed,
      token.slice(0, 20),
      "EwB",
      "",
      "a.b.c",
      "a.b",
      "💌",
      String(json["id_token"]),
    ]) {
      expect(fixture.tokens().verify(bad), bad).toBeNull();
    }
  });
});

describe("restart", () => {
  test("grants, tokens, sessions and keys outlive it; the key file is the owner's alone", async () => {
    const { json } = await connect(fixture, "other@outlook.example");
    await fixture.restart();
    expect(fixture.tokens().verify(String(json["access_token"]))).not.toBeNull();
    expect((await refresh(json["refresh_token"])).status).toBe(200);
    const { statSync } = await import("node:fs");
    expect(statSync(`${fixture.dataDir}/identity-keys.json`).mode & 0o777).toBe(0o600);
  });
});
