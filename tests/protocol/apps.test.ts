/** Microsoft apps of the operator's page: kept sealed, shown without their secret, used by who was authorized with them. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registrations } from "../../sandbox/identity/registration.ts";
import { readAppSecret } from "../../src/store/apps.ts";
import { rotateSecrets } from "../../src/store/rotate-secrets.ts";
import { secretKey } from "../../src/store/secrets.ts";
import { dumpDatabase, startConnect, type ConnectRig } from "../support/connect.ts";

let rig: ConnectRig;
beforeAll(async () => {
  rig = await startConnect();
});
afterAll(() => rig.close());

interface App {
  id: string;
  isDefault: boolean;
  mailboxes: { address: string }[];
  check: { checks: { id: string; state: string }[] } | null;
  findings: { code: string; cause: string; evidence: { line: string }[] }[];
}

const good = registrations[0]!;

async function enter(more: object = {}): Promise<App> {
  const body = { name: "Post", clientId: good.clientId, secret: good.clientSecret, ...more };
  const { status, json, text } = await rig.ask("/v1/apps", { method: "POST", body });
  expect(status, text).toBe(201);
  return json as unknown as App;
}

const check = async (id: string): Promise<App> =>
  (await rig.ask(`/v1/apps/${id}/check`, { method: "POST" })).json as unknown as App;

const states = ({ check: done }: App): Record<string, string> =>
  Object.fromEntries((done?.checks ?? []).map(({ id, state }) => [id, state]));

const drop = (id: string) => rig.ask(`/v1/apps/${id}`, { method: "DELETE" });

describe("Check app", () => {
  test("an app as it should be", async () => {
    const app = await check((await enter()).id);
    expect(app.findings).toEqual([]);
    expect(states(app)).toMatchObject({
      tenant: "ok",
      client: "ok",
      secret: "ok",
      redirect: "ok",
      audience: "ok",
      public_url: "ok",
      clock: "ok",
      publisher: "unknown",
    });
    await drop(app.id);
  });

  const byMistake = Object.fromEntries(registrations.map((one) => [one.clientId.slice(-3), one]));
  test.each([
    ["a secret's ID in place of its value", "101", {}, "app_secret_is_id"],
    ["an expired secret", "102", {}, "app_secret_expired"],
    ["a redirect address that is not registered", "103", {}, "app_redirect_mismatch"],
    ["an app that is not for personal accounts", "105", {}, "app_work_only"],
    ["an app of one tenant", "106", {}, "app_single_tenant"],
    ["an app for personal accounts alone", "107", {}, "app_personal_only"],
    ["a public client with a secret", "108", {}, "app_is_public"],
    ["a wrong secret", "001", { secret: "not~the.secret-of_this.app" }, "app_secret_wrong"],
    ["no secret for a web app", "001", { secret: null }, "app_secret_missing"],
    [
      "an unknown client id",
      "001",
      { clientId: "b7c1a4de-0000-4000-8000-00000000ffff" },
      "app_client_unknown",
    ],
    ["a tenant that is none", "001", { tenant: "no-such-tenant.example" }, "app_tenant_unknown"],
  ])("%s", async (_what, number, more, code) => {
    const { clientId, clientSecret } = byMistake[number]!;
    const { id } = await enter({ clientId, secret: clientSecret, ...more });
    const app = await check(id);
    expect(app.findings.map((finding) => finding.code)).toEqual([code]);
    expect(app.findings[0]!.cause).not.toContain("…");
    await drop(id);
  });
});

describe("entering, changing, removing", () => {
  test("the secret is in no answer, log or table; changes are noted by name", async () => {
    const secret = `canary~${randomBytes(12).toString("hex")}`;
    const { id } = await enter({ secret });
    const changed = await rig.ask(`/v1/apps/${id}`, {
      method: "PATCH",
      body: { secret: `${secret}2`, secretExpiresOn: "2020-01-01" },
    });
    expect((changed.json as unknown as App).findings.map(({ code }) => code)).toEqual(["app_secret_expired"]);
    const checked = await check(id);
    const log = await rig.ask(`/v1/apps/${id}/log`);
    expect(log.json.items).toMatchObject([
      { what: "changed", fields: ["secret", "secretExpiresOn"], by: expect.any(String) as string },
      { what: "created" },
    ]);
    const everything = [
      changed.text,
      JSON.stringify(checked),
      log.text,
      rig.logged(),
      await dumpDatabase(rig),
    ];
    for (const text of everything) expect(text).not.toContain(secret);
    expect(await readAppSecret(rig.team.tenant, rig.deps.connect.parts.ring, id)).toBe(`${secret}2`);
    await drop(id);
  });

  test("a new key opens what the old one sealed", async () => {
    const { id } = await enter();
    const { current } = rig.deps.connect.parts.ring;
    const next = { current: secretKey(randomBytes(32)), others: [current] };
    expect(await rotateSecrets(rig.database.pool, next)).toBeGreaterThan(0);
    const alone = { current: next.current, others: [] };
    expect(await readAppSecret(rig.team.tenant, alone, id)).toBe(good.clientSecret);
    await rotateSecrets(rig.database.pool, { current, others: [next.current] });
    await drop(id);
  });

  test("the first is the default; another one takes its place, and there is always one at most", async () => {
    const first = await enter({ name: "First" });
    const second = await enter({ name: "Second" });
    expect([first.isDefault, second.isDefault]).toEqual([true, false]);
    await rig.ask(`/v1/apps/${second.id}`, { method: "PATCH", body: { isDefault: true } });
    const { json } = await rig.ask("/v1/apps");
    expect(json.items?.map(({ name, isDefault }) => [name, isDefault])).toEqual([
      ["First", false],
      ["Second", true],
    ]);
    await drop(first.id);
    await drop(second.id);
  });
});

describe("a mailbox and the app that it was authorized with", () => {
  test("its refresh goes on with that app, and the app cannot be removed under it", async () => {
    const { id } = await enter();
    const attempt = await rig.begin("well@outlook.example", { provider: "outlook" });
    await rig.signIn(rig.browser(), attempt, "well@outlook.example");
    const { step, mailboxId } = await rig.settled(attempt.id);
    expect(step).toBe("connected");
    const other = await enter({ clientId: "b7c1a4de-0000-4000-8000-00000000ffff", isDefault: true });
    await rig.database.pool.query("UPDATE grants SET access_expires_at = now()");
    const tested = await rig.ask(`/v1/mailboxes/${mailboxId}/test`, { method: "POST" });
    expect(tested.json).toMatchObject({ ok: true });
    const refused = await drop(id);
    expect([refused.status, refused.json["code"]]).toEqual([409, "conflict"]);
    expect(refused.json["detail"]).toContain("well@outlook.example");
    expect((await drop(other.id)).status).toBe(200);
    await rig.ask(`/v1/mailboxes/${mailboxId}?data=erase`, { method: "DELETE" });
    expect((await drop(id)).status).toBe(200);
  });

  test("another app can be chosen by hand, and one that is not there is refused", async () => {
    const appId = "00000000-0000-7000-8000-000000000000";
    const body = { address: "well@outlook.example", provider: "outlook", appId };
    const { status, json } = await rig.ask("/v1/mailboxes/authorize", { method: "POST", body });
    expect([status, json["field"]]).toEqual([404, "appId"]);
  });
});

test("who has us ask too often waits, and is told for how long", async () => {
  const { id } = await enter();
  await rig.database.pool.query(
    "INSERT INTO contact_counts (workspace_id, who, what, began_at, count) VALUES ($1, $2, 'app_check', now(), 20) ON CONFLICT (workspace_id, who, what) DO UPDATE SET count = 20, began_at = now()",
    [rig.team.workspaceId, rig.team.owner.id],
  );
  const { status, json, headers } = await rig.ask(`/v1/apps/${id}/check`, { method: "POST" });
  expect([status, json["code"]]).toEqual([429, "rate_limited"]);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(500);
  await rig.database.pool.query("UPDATE contact_counts SET began_at = now() - interval '11 minutes'");
  expect((await rig.ask(`/v1/apps/${id}/check`, { method: "POST" })).status).toBe(200);
  await drop(id);
});
