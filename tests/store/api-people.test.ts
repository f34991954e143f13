/** The first owner, sign-in and session, invitations, members and API keys, over HTTP. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cookieOf, password, startApi, type Answer, type ApiRig, type Team } from "../support/api.ts";

const owner = {
  email: "Jo@Marlow.example",
  name: "Jo Kessler",
  workspace: "Marlow Ceramics",
  password,
};

const signIn = (rig: ApiRig, email: string, given = password, ip = "198.51.100.7"): Promise<Answer> =>
  rig.call("/api/auth/sign-in/email", {
    method: "POST",
    origin: rig.url,
    body: { email, password: given },
    headers: { "x-forwarded-for": ip },
  });

describe("the first owner", () => {
  let rig: ApiRig;
  beforeAll(async () => {
    rig = await startApi();
  });
  afterAll(() => rig.close());
  const setup = (token: string, more: object = {}): Promise<Answer> =>
    rig.call("/v1/setup", { method: "POST", body: { ...owner, token, ...more } });

  test("needs the one-time token", async () => {
    const before = await rig.call("/v1/session");
    expect(before.json).toMatchObject({ setupNeeded: true, user: null, workspace: null });
    const wrong = await setup("not-the-token-of-this-server-000");
    expect([wrong.status, wrong.json["code"]]).toEqual([403, "setup_token_invalid"]);
    expect((await rig.call("/v1/session")).json["setupNeeded"]).toBe(true);
  });

  test("a short password is refused by name of its field", async () => {
    const short = await setup(rig.setupToken, { password: "short" });
    expect([short.status, short.json["field"]]).toEqual([400, "password"]);
  });

  test("not from a foreign page", async () => {
    const foreign = await rig.call("/v1/setup", {
      method: "POST",
      origin: "https://evil.example",
      body: { ...owner, token: rig.setupToken },
    });
    expect(foreign.status).toBe(403);
  });

  test("is made once, signed in at once, and may have a key", async () => {
    // What a kill in the middle of an earlier try left over: a person without a password.
    await rig.database.pool.query(
      "INSERT INTO users (id, name, email) VALUES ('left-over', 'x', lower($1))",
      [owner.email],
    );
    // Two at the same moment: one of them makes it.
    const both = await Promise.all([
      setup(rig.setupToken, { apiKey: true }),
      setup(rig.setupToken, { apiKey: true }),
    ]);
    expect(both.map((answer) => answer.status).toSorted()).toEqual([201, 409]);
    const made = both.find((answer) => answer.status === 201)!;
    const session = await rig.call("/v1/session", { cookie: cookieOf(made.headers) });
    expect(session.json).toMatchObject({
      setupNeeded: false,
      role: "owner",
      workspace: { name: owner.workspace },
    });
    const status = await rig.call("/v1/status", { key: String(made.json["apiKey"]) });
    expect(status.status).toBe(200);
    const { rows } = await rig.database.pool.query("SELECT email FROM users");
    expect(rows).toHaveLength(1); // who came second has left nothing behind
  });

  test("a second time is a conflict, and the token's file is gone", async () => {
    const again = await setup(rig.setupToken);
    expect([again.status, again.json["code"]]).toEqual([409, "conflict"]);
    expect(existsSync(`${rig.dataDir}/setup-token`)).toBe(false);
  });

  test("the cookie is kept from scripts and from other sites", async () => {
    const answer = await signIn(
      rig,
      (await rig.database.pool.query("SELECT email FROM users")).rows[0].email,
    );
    expect(answer.status).toBe(200);
    const [line] = answer.headers.getSetCookie();
    expect(line).toMatch(/^hitchpost\.session_token=/);
    expect(line).toMatch(/HttpOnly/i);
    expect(line).toMatch(/SameSite=Lax/i);
  });
});

describe("a team", () => {
  let rig: ApiRig;
  let team: Team;
  beforeAll(async () => {
    rig = await startApi({ trustProxy: ["127.0.0.1"] });
    team = await rig.workspace("Marlow");
  });
  afterAll(() => rig.close());

  const invite = async (email: string, role = "agent"): Promise<string> => {
    const { status, json } = await rig.call("/v1/invitations", {
      method: "POST",
      cookie: team.cookie,
      body: { email, role },
    });
    expect(status).toBe(201);
    return new URL(String(json["url"])).hash.slice(1);
  };
  const accept = (token: string, body: object): Promise<Answer> =>
    rig.call("/v1/invitations/accept", { method: "POST", body: { token, ...body } });

  test("nobody signs up by themselves, and unused routes of the library are shut", async () => {
    for (const path of ["sign-up/email", "forget-password", "update-user", "delete-user", "list-sessions"]) {
      const answer = await rig.call(`/api/auth/${path}`, {
        method: "POST",
        origin: rig.url,
        body: { email: "new@marlow.example", password, name: "New" },
      });
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });

  test("sign-in from a foreign page is refused", async () => {
    const answer = await rig.call("/api/auth/sign-in/email", {
      method: "POST",
      origin: "https://evil.example",
      body: { email: team.owner.email, password },
    });
    expect(answer.status).toBe(403);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test("signing out ends the session", async () => {
    const { cookie } = await team.join("agent");
    expect((await rig.call("/v1/status", { cookie })).status).toBe(200);
    const out = await rig.call("/api/auth/sign-out", { method: "POST", cookie, body: {} });
    expect(out.status).toBe(200);
    expect((await rig.call("/v1/status", { cookie })).status).toBe(401);
  });

  test("an invitation makes an account, once", async () => {
    const token = await invite("New.Person@marlow.example");
    const look = await rig.call("/v1/invitations/look", { method: "POST", body: { token } });
    expect(look.json).toEqual({
      workspace: "Marlow",
      email: "new.person@marlow.example",
      role: "agent",
      hasAccount: false,
    });
    const short = await accept(token, { password: "short", name: "New" });
    expect([short.status, short.json["field"]]).toEqual([400, "password"]);
    const joined = await accept(token, { password, name: "New Person" });
    expect(joined.status).toBe(201);
    const session = await rig.call("/v1/session", { cookie: cookieOf(joined.headers) });
    expect(session.json).toMatchObject({ role: "agent", user: { name: "New Person" } });
    expect((await accept(token, { password, name: "New" })).status).toBe(404);
    expect((await rig.call("/v1/invitations", { cookie: team.cookie })).json.items).toEqual([]);
  });

  test("who has an account joins with its own password", async () => {
    const elsewhere = await rig.workspace("Elsewhere");
    const token = await invite(elsewhere.owner.email, "admin");
    const wrong = await accept(token, { password: "not my password" });
    expect([wrong.status, wrong.json["code"]]).toEqual([401, "unauthenticated"]);
    const joined = await accept(token, { password });
    expect(joined.json).toEqual({ workspaceId: team.workspaceId });
    const cookie = `${cookieOf(joined.headers)}; hitchpost_workspace=${team.workspaceId}`;
    const { json } = await rig.call("/v1/session", { cookie });
    expect([json["role"], (json["workspaces"] as unknown[]).length]).toEqual(["admin", 2]);
  });

  test("guessing that password is throttled in the database, too", async () => {
    const victim = await rig.workspace("Victim");
    const token = await invite(victim.owner.email);
    const guesses = await Promise.all(
      Array.from({ length: 12 }, (_, n) => accept(token, { password: `guess number ${n}` })),
    );
    const answers = guesses.map((guess) => guess.status);
    expect(new Set(answers)).toEqual(new Set([401, 429]));
    const { rows } = await rig.database.pool.query("SELECT key FROM rate_limits");
    expect(rows.length).toBeGreaterThan(0);
  });

  test("one that has expired or was withdrawn is not known", async () => {
    const late = await invite("late@marlow.example");
    await rig.database.pool.query(
      "UPDATE invitations SET expires_at = now() - interval '1 second' WHERE email = 'late@marlow.example'",
    );
    expect((await accept(late, { password, name: "Late" })).status).toBe(404);
    const withdrawn = await invite("never@marlow.example");
    const [item] = (await rig.call("/v1/invitations", { cookie: team.cookie })).json.items ?? [];
    await rig.call(`/v1/invitations/${String(item?.["id"])}`, { method: "DELETE", cookie: team.cookie });
    expect((await accept(withdrawn, { password, name: "Never" })).status).toBe(404);
    expect((await accept(`${withdrawn}x`, { password, name: "Never" })).status).toBe(404);
  });

  test("an admin makes no owners: not by invitation, not by key", async () => {
    const { cookie } = await team.join("admin");
    const invitation = { email: "boss@marlow.example", role: "owner" };
    expect((await rig.call("/v1/invitations", { method: "POST", cookie, body: invitation })).status).toBe(
      403,
    );
    const key = { name: "boss", role: "owner" };
    expect((await rig.call("/v1/api-keys", { method: "POST", cookie, body: key })).status).toBe(403);
  });

  test("the last owner can neither go nor step down", async () => {
    const path = `/v1/members/${team.owner.id}`;
    const { cookie } = team;
    const gone = await rig.call(path, { method: "DELETE", cookie });
    expect([gone.status, gone.json["code"]]).toEqual([409, "conflict"]);
    const lower = await rig.call(path, { method: "PATCH", cookie, body: { role: "agent" } });
    expect(lower.status).toBe(409);
    const { user } = await team.join("agent");
    const raised = await rig.call(`/v1/members/${user.id}`, {
      method: "PATCH",
      cookie,
      body: { role: "owner" },
    });
    expect(raised.json["role"]).toBe("owner");
    expect((await rig.call(`/v1/members/${user.id}`, { method: "DELETE", cookie })).status).toBe(200);
  });

  test("who was removed is out at once: session and keys", async () => {
    const { user, cookie } = await team.join("admin");
    const made = await rig.call("/v1/api-keys", { method: "POST", cookie, body: { name: "mine" } });
    const key = String(made.json["key"]);
    expect((await rig.call("/v1/mailboxes", { key })).status).toBe(200);
    await rig.call(`/v1/members/${user.id}`, { method: "DELETE", cookie: team.cookie });
    const after = await rig.call("/v1/mailboxes", { cookie });
    expect([after.status, after.json["code"]]).toEqual([403, "forbidden"]);
    expect((await rig.call("/v1/session", { cookie })).json["workspace"]).toBeNull();
    expect((await rig.call("/v1/mailboxes", { key })).status).toBe(401);
  });

  test("a lower role holds from the next request", async () => {
    const { user, cookie } = await team.join("admin");
    expect((await rig.call("/v1/api-keys", { cookie })).status).toBe(200);
    const change = { method: "PATCH", cookie: team.cookie, body: { role: "agent" } };
    await rig.call(`/v1/members/${user.id}`, change);
    expect((await rig.call("/v1/api-keys", { cookie })).status).toBe(403);
  });

  test("an API key is shown once, kept as a hash, and dies when revoked", async () => {
    const body = { name: "CI", role: "agent" };
    const made = await rig.call("/v1/api-keys", { method: "POST", cookie: team.cookie, body });
    const key = String(made.json["key"]);
    expect(key).toMatch(/^hp_[0-9a-f]{32}_/);
    const listed = await rig.call("/v1/api-keys", { cookie: team.cookie });
    expect(listed.text).not.toContain(key);
    const { rows } = await rig.database.pool.query("SELECT row_to_json(k)::text AS row FROM api_keys k");
    expect(rows.map((row) => row.row).join()).not.toContain(key.split("_").slice(2).join("_"));
    expect((await rig.call("/v1/mailboxes", { key })).status).toBe(200);
    const { id } = made.json["apiKey"] as { id: string };
    await rig.call(`/v1/api-keys/${id}`, { method: "DELETE", cookie: team.cookie });
    expect((await rig.call("/v1/mailboxes", { key })).status).toBe(401);
    expect((await rig.call("/v1/mailboxes", { key: `${key.slice(0, -1)}A` })).status).toBe(401);
  });

  test("a key counts although a cookie comes with it, and needs no Origin", async () => {
    const { cookie } = await team.join("agent");
    const options = { key: team.keys.owner, cookie, origin: "https://elsewhere.example" };
    const renamed = await rig.call("/v1/workspace", {
      ...options,
      method: "PATCH",
      body: { name: "Marlow" },
    });
    expect(renamed.status).toBe(200);
  });

  test("a person's name and language; a key has none", async () => {
    const { cookie } = await team.join("agent");
    const body = { name: "王芳", language: "zh" };
    expect((await rig.call("/v1/me", { method: "PATCH", cookie, body })).status).toBe(200);
    const session = await rig.call("/v1/session", { cookie });
    expect(session.json["user"]).toMatchObject(body);
    const byKey = await rig.call("/v1/me", { method: "PATCH", key: team.keys.owner, body });
    expect(byKey.status).toBe(403);
  });

  test("sign-ins from one address are throttled, and not those from another", async () => {
    const tries = [];
    for (let n = 0; n < 12; n++) tries.push((await signIn(rig, team.owner.email, "wrong password")).status);
    expect(tries.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(tries.slice(10)).toEqual([429, 429]);
    // The right password does not help there, and does elsewhere.
    expect((await signIn(rig, team.owner.email)).status).toBe(429);
    expect((await signIn(rig, team.owner.email, password, "198.51.100.8")).status).toBe(200);
  });

  test("an address that is claimed by header is not believed without a trusted proxy", async () => {
    const untrusting = await startApi();
    try {
      const other = await untrusting.workspace("Other");
      const tries = [];
      for (let n = 0; n < 11; n++)
        tries.push((await signIn(untrusting, other.owner.email, "wrong", `198.51.100.${n}`)).status);
      expect(tries.at(-1)).toBe(429);
    } finally {
      await untrusting.close();
    }
  });
});
