/** Official Authorization against the sandbox: every way in, and every way it can go wrong. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestBrowser } from "../../sandbox/testing/browser.ts";
import { completeAttempt } from "../../src/connect/complete.ts";
import { pollDevice } from "../../src/connect/device.ts";
import type { ServiceParts } from "../../src/connect/parts.ts";
import { createConnectService } from "../../src/connect/service.ts";
import { systemClock } from "../../src/core/clock.ts";
import { HitchpostError } from "../../src/core/errors.ts";
import type { OAuthClient } from "../../src/oauth/client.ts";
import { readGrant } from "../../src/store/grants.ts";
import { getMailbox } from "../../src/store/mailboxes.ts";
import { dumpDatabase, startConnect, type Attempt, type ConnectRig } from "../support/connect.ts";

const well = "well@outlook.example";
const other = "other@outlook.example";

let rig: ConnectRig;
beforeAll(async () => {
  rig = await startConnect();
});
afterAll(() => rig.close());

const linkOf = ({ connectUrl }: { connectUrl: string }): string => connectUrl.split("/").at(-1)!;
const mailboxes = async (): Promise<unknown[]> => (await rig.ask("/v1/mailboxes")).json.items ?? [];
const stateOf = (address: string): string => new URL(address).searchParams.get("state") ?? "";
const failed = (reason: string): string => `/connect/failed?reason=${reason}`;

/** Grants and attempts hold what they hold sealed: nothing that crossed the wire can be read in the database. */
async function expectSealed(): Promise<void> {
  const dump = await dumpDatabase(rig);
  expect(rig.wire.secrets.size).toBeGreaterThan(3);
  for (const secret of rig.wire.secrets) expect(dump).not.toContain(secret);
}

describe("in a browser", () => {
  test("the link's page says who asks and for what, and looking at it uses nothing up", async () => {
    const attempt = await rig.begin(well);
    expect(attempt.step).toBe("waiting");
    for (let look = 0; look < 3; look++) {
      const { json, text } = await rig.call(`/v1/connect/${linkOf(attempt)}`);
      expect(json).toMatchObject({
        workspaceName: "Marlow",
        requestedByName: rig.team.owner.name,
        address: well,
        providerName: "Sandbox Outlook",
        step: "waiting",
        member: false,
        mailboxId: null,
        attemptId: null,
      });
      expect(text).not.toContain(attempt.id);
      expect((json["permissions"] as string[]).length).toBeGreaterThan(2);
    }
    const wrong = `${linkOf(attempt).slice(0, -1)}${linkOf(attempt).endsWith("A") ? "B" : "A"}`;
    expect((await rig.call(`/v1/connect/${wrong}`)).status).toBe(404);
    const asMember = await rig.ask(`/v1/connect/${linkOf(attempt)}`);
    expect(asMember.json).toMatchObject({ member: true, attemptId: attempt.id });
  });

  test("the wrong account, then the right one", async () => {
    const attempt = await rig.begin(well);
    const browser = rig.browser();
    const back = await rig.signIn(browser, attempt, other);
    expect([back.status, back.url.pathname]).toEqual([200, `/connect/${linkOf(attempt)}`]);
    const mismatch = await rig.settled(attempt.id);
    expect(mismatch.finding).toMatchObject({ code: "account_mismatch" });
    expect(mismatch.finding?.cause).toContain(well);
    expect(mismatch.finding?.cause).toContain(other);
    expect(mismatch.checks.map((check) => check.state)).toEqual(["failed", "waiting", "waiting", "waiting"]);
    expect(await mailboxes()).toEqual([]);
    // Its permission is gone: there is nothing to test again with.
    expect((await rig.ask(`/v1/attempts/${attempt.id}/verify`, { method: "POST" })).status).toBe(409);
    await expectSealed();

    await rig.signIn(browser, attempt, well);
    const done = await rig.settled(attempt.id);
    expect(done).toMatchObject({ step: "connected", finding: null, account: { address: well } });
    expect(done.checks.map((check) => check.state)).toEqual(["ok", "ok", "ok", "ok"]);
    const mailbox = await rig.ask(`/v1/mailboxes/${done.mailboxId}`);
    expect(mailbox.json).toMatchObject({
      address: well,
      method: "oauth",
      state: "connecting",
      foldersChosen: false,
    });
    const folders = await rig.ask(`/v1/mailboxes/${done.mailboxId}/folders`);
    expect(folders.json.items?.length).toBeGreaterThan(4);
    expect(rig.nudges).toContain(done.mailboxId);
    const grant = await readGrant(rig.team.tenant, rig.deps.connect.parts.ring, done.mailboxId!);
    expect(grant).toMatchObject({ brokenCode: null, secret: { kind: "oauth" } });
    await expectSealed();

    // Its link has done its work: it still says so, and starts nothing more.
    expect((await rig.call(`/v1/connect/${linkOf(attempt)}`)).json["step"]).toBe("connected");
    const again = await rig.call(`/v1/connect/${linkOf(attempt)}/start`, { method: "POST" });
    expect([again.status, again.json["code"]]).toEqual([409, "conflict"]);
  });

  test("the same address again is a reconnect of the same mailbox, by the same account alone", async () => {
    const attempt = await rig.begin(well);
    await rig.signIn(rig.browser(), attempt, well);
    const done = await rig.settled(attempt.id);
    expect(done.step).toBe("connected");
    expect(await mailboxes()).toHaveLength(1);

    const { tenant } = rig.team;
    const before = await readGrant(tenant, rig.deps.connect.parts.ring, done.mailboxId!);
    const stranger = await rig.begin("whatever@outlook.example", { mailboxId: done.mailboxId });
    await rig.signIn(rig.browser(), stranger, other);
    const refused = await rig.settled(stranger.id);
    expect(refused.finding?.code).toBe("account_mismatch");
    expect(refused.finding?.cause).toContain(well); // the mailbox's address, not the one that was typed
    expect(await readGrant(tenant, rig.deps.connect.parts.ring, done.mailboxId!)).toEqual(before);

    // The very address is not enough where the account behind it is another one.
    const { subject } = await getMailbox(tenant, done.mailboxId!);
    await tenant.db
      .updateTable("mailboxes")
      .set({ subject_oid: "00000000-0000-0000-0000-00000000dead" })
      .where("workspace_id", "=", tenant.workspaceId)
      .execute();
    const recycled = await rig.begin(well, { mailboxId: done.mailboxId });
    await rig.signIn(rig.browser(), recycled, well);
    expect((await rig.settled(recycled.id)).finding?.code).toBe("account_replaced");
    expect((await rig.ask(`/v1/attempts/${recycled.id}/verify`, { method: "POST" })).status).toBe(409);
    expect(await readGrant(tenant, rig.deps.connect.parts.ring, done.mailboxId!)).toEqual(before);
    await tenant.db
      .updateTable("mailboxes")
      .set({ subject_oid: subject!.oid })
      .where("workspace_id", "=", tenant.workspaceId)
      .execute();
  });
});

/** Up to the moment when the browser comes back. */
async function cameBack(attempt: Attempt, persona: string): Promise<[URL, () => string | null]> {
  const browser = new TestBrowser(rig.url, "en", "/oauth/callback");
  const back = await rig.signIn(browser, attempt, persona);
  const binding = /hitchpost_connect_[0-9a-f]{32}=([^;]+)/.exec(browser.cookie)?.[1] ?? null;
  return [back.url, () => binding];
}

/** Up to the moment when the permission is there and nobody has checked it. */
async function authorized(attempt: Attempt, persona = other): Promise<void> {
  const dying = createConnectService(rig.deps.connect.parts);
  await dying.close(); // from here on it begins no checks
  await dying.callback(...(await cameBack(attempt, persona)));
}

/** The rooms' parts, with another client for the sandbox. */
function partsWith(change: (client: OAuthClient) => Partial<OAuthClient>): ServiceParts {
  const { parts } = rig.deps.connect;
  const { sandbox } = parts.apps();
  const client = { ...sandbox!.client, ...change(sandbox!.client) };
  return { ...parts, apps: () => ({ microsoft: null, sandbox: { ...sandbox!, client } }) };
}

describe("a sign-in that cannot be matched, or ends otherwise", () => {
  test("a state is good once", async () => {
    const attempt = await rig.begin(other);
    const browser = rig.browser();
    const address = await rig.start(browser, attempt);
    const page = await browser.press(await browser.open(address), other);
    if (page.url.pathname.startsWith("/sandbox/")) await browser.press(page, "Accept");
    const { cookie } = browser;
    await rig.settled(attempt.id);
    const again = await rig.call(`/oauth/callback?code=x&state=${stateOf(address)}`, { cookie });
    expect(again.headers.get("location")).toBe(`${rig.url}${failed("stale")}`);
    expect((await rig.attempt(attempt.id)).step).toBe("connected");
  });

  test("a browser that did not begin it brings nobody's mailbox, and the one that did still may", async () => {
    const attempt = await rig.begin(other);
    const attacker = rig.browser();
    const address = await rig.start(attacker, attempt);
    const victim = rig.browser();
    let page = await victim.press(await victim.open(address), other);
    if (page.url.pathname.startsWith("/sandbox/")) page = await victim.press(page, "Accept");
    expect(`${page.url.pathname}${page.url.search}`).toBe(failed("stale"));
    expect((await rig.attempt(attempt.id)).step).toBe("authorizing");
    await rig.signIn(attacker, attempt, other);
    expect((await rig.settled(attempt.id)).step).toBe("connected");
  });

  test("another start takes the place of the one before", async () => {
    const attempt = await rig.begin(other);
    const browser = rig.browser();
    const first = await rig.start(browser, attempt);
    await rig.start(browser, attempt);
    const { headers } = await rig.call(`/oauth/callback?code=x&state=${stateOf(first)}`, {
      cookie: browser.cookie,
    });
    expect(headers.get("location")).toContain(failed("stale"));
    await rig.ask(`/v1/attempts/${attempt.id}`, { method: "DELETE" });
  });

  test("a state that nobody made, and none at all", async () => {
    for (const query of ["?code=x&state=made-up", "?code=x", "", "?error=access_denied"]) {
      const { status, headers } = await rig.call(`/oauth/callback${query}`);
      expect([query, status, headers.get("location")]).toEqual([query, 303, `${rig.url}${failed("stale")}`]);
    }
  });

  test("declining is a finding with a way on", async () => {
    const attempt = await rig.begin(other);
    const browser = rig.browser();
    const page = await browser.press(await browser.open(await rig.start(browser, attempt)), "Cancel");
    expect(page.url.pathname).toBe(`/connect/${linkOf(attempt)}`);
    const declined = await rig.settled(attempt.id);
    expect(declined.finding?.code).toBe("consent_declined");
    await rig.signIn(browser, attempt, other);
    expect((await rig.settled(attempt.id)).step).toBe("connected");
  });

  test("an attempt that has run out says so everywhere", async () => {
    const attempt = await rig.begin(other);
    const browser = rig.browser();
    const address = await rig.start(browser, attempt);
    await rig.database.pool.query(
      "UPDATE connect_attempts SET expires_at = now() - interval '1 s' WHERE id = $1",
      [attempt.id],
    );
    const { headers } = await rig.call(`/oauth/callback?code=x&state=${stateOf(address)}`, {
      cookie: browser.cookie,
    });
    expect(headers.get("location")).toContain(failed("stale"));
    expect((await rig.attempt(attempt.id)).step).toBe("expired");
    expect((await rig.call(`/v1/connect/${linkOf(attempt)}`)).json["step"]).toBe("expired");
    const start = await rig.call(`/v1/connect/${linkOf(attempt)}/start`, { method: "POST" });
    expect([start.status, start.json["code"]]).toEqual([400, "oauth_state_invalid"]);
  });

  test("an attempt that was given up leads nowhere", async () => {
    const attempt = await rig.begin(other);
    const link = linkOf(attempt);
    await rig.ask(`/v1/attempts/${attempt.id}`, { method: "DELETE" });
    expect((await rig.call(`/v1/connect/${link}/start`, { method: "POST" })).status).toBe(400);
  });

  test("starting is for our own page, not for a foreign one", async () => {
    const attempt = await rig.begin(other);
    const start = await rig.call(`/v1/connect/${linkOf(attempt)}/start`, {
      method: "POST",
      origin: "https://evil.example",
    });
    expect(start.status).toBe(403);
    expect(start.headers.getSetCookie()).toEqual([]);
  });

  test("the browser is sent off with PKCE, nonce, account choice and the address", async () => {
    const attempt = await rig.begin(well);
    const url = new URL(await rig.start(rig.browser(), attempt));
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: "code",
      code_challenge_method: "S256",
      prompt: "select_account",
      login_hint: well,
      redirect_uri: `${rig.url}/oauth/callback`,
    });
    for (const name of ["state", "nonce", "code_challenge"])
      expect(url.searchParams.get(name)?.length).toBeGreaterThan(20);
    expect(url.searchParams.get("scope")?.split(" ")).toContain(
      "https://outlook.office.com/IMAP.AccessAsUser.All",
    );
  });

  test("an answer whose token is forged is refused, and leaves no trace of what it brought", async () => {
    const attempt = await rig.begin(well);
    rig.wire.alter = (body) => {
      const [head, payload] = String(body["id_token"]).split(".");
      return { ...body, id_token: `${head}.${payload}.${"A".repeat(342)}` };
    };
    try {
      await rig.signIn(rig.browser(), attempt, well);
      const refused = await rig.settled(attempt.id);
      expect(refused.finding?.code).toBe("identity_answer_invalid");
      expect((await rig.ask(`/v1/attempts/${attempt.id}/verify`, { method: "POST" })).status).toBe(409);
    } finally {
      rig.wire.alter = null;
    }
    await expectSealed();
  });

  test("two sign-ins in two tabs of one browser both come back", async () => {
    const [one, two] = [await rig.begin(other), await rig.begin(other)];
    const browser = rig.browser();
    const [first, second] = [await rig.start(browser, one), await rig.start(browser, two)];
    for (const [attempt, address] of [
      [one, first],
      [two, second],
    ] as const) {
      const { headers } = await rig.call(`/oauth/callback?error=access_denied&state=${stateOf(address)}`, {
        cookie: browser.cookie,
      });
      expect(headers.get("location")).toContain(`/connect/${linkOf(attempt)}`);
    }
  });

  test("an attempt that is given up while it is checked makes no mailbox", async () => {
    const attempt = await rig.begin(other);
    await authorized(attempt);
    const { parts } = rig.deps.connect;
    const openSource: typeof parts.openSource = (...server) => {
      const source = parts.openSource(...server);
      const listFolders = async () => {
        await rig.ask(`/v1/attempts/${attempt.id}`, { method: "DELETE" });
        return source.listFolders();
      };
      return { ...source, listFolders };
    };
    await completeAttempt({ ...parts, openSource }, rig.team.tenant, attempt.id);
    expect(await rig.attempt(attempt.id)).toMatchObject({ step: "expired", mailboxId: null });
  });

  test.each<[string, (attempt: Attempt) => Promise<unknown>, string]>([
    ["given up", ({ id }) => rig.ask(`/v1/attempts/${id}`, { method: "DELETE" }), "expired"],
    ["begun anew", (attempt) => rig.start(rig.browser(), attempt), "authorizing"],
  ])("an attempt that is %s while the provider is asked takes no permission", async (_how, act, step) => {
    const attempt = await rig.begin(other);
    const way = await cameBack(attempt, other);
    const redeem =
      (client: OAuthClient): OAuthClient["redeem"] =>
      async (callback, asked) => {
        const tokens = await client.redeem(callback, asked);
        await act(attempt);
        return tokens;
      };
    const service = createConnectService(partsWith((client) => ({ redeem: redeem(client) })));
    await service.callback(...way);
    await service.close();
    expect(await rig.attempt(attempt.id)).toMatchObject({ step, mailboxId: null, account: null });
  });

  test("an attempt that is given up while the way to the provider is sought does not start", async () => {
    const attempt = await rig.begin(other);
    const authorizationUrl = async (): Promise<string> => {
      await rig.ask(`/v1/attempts/${attempt.id}`, { method: "DELETE" });
      return "https://login.example/";
    };
    const service = createConnectService(partsWith(() => ({ authorizationUrl })));
    await expect(service.start(linkOf(attempt))).rejects.toMatchObject({ code: "oauth_state_invalid" });
    expect((await rig.attempt(attempt.id)).step).toBe("expired");
  });

  test("two attempts for one address at the same moment make one mailbox, and both say so", async () => {
    const address = "password@outlook.example";
    const attempts = [await rig.begin(address), await rig.begin(address)];
    for (const attempt of attempts) await authorized(attempt, address);
    const { parts } = rig.deps.connect;
    await Promise.all(attempts.map(({ id }) => completeAttempt(parts, rig.team.tenant, id)));
    const [one, two] = await Promise.all(attempts.map(({ id }) => rig.attempt(id)));
    expect([one?.step, two?.step]).toEqual(["connected", "connected"]);
    expect(one?.mailboxId).toBe(two?.mailboxId);
  });

  test("what a restart cut off goes on when somebody looks", async () => {
    const attempt = await rig.begin(other);
    await authorized(attempt);
    const { rows } = await rig.database.pool.query("SELECT step FROM connect_attempts WHERE id = $1", [
      attempt.id,
    ]);
    expect(rows).toEqual([{ step: "verifying" }]);
    expect((await rig.settled(attempt.id)).step).toBe("connected");
  });
});

const enter = async (code: string, persona: string, button = "Continue"): Promise<void> => {
  const browser = rig.browser();
  let page = await browser.open(`${rig.url}/sandbox/devicelogin`);
  page = await browser.press(page, "Next", { user_code: code });
  page = await browser.press(page, button);
  if (button !== "Continue") return;
  page = await browser.press(page, persona);
  if (page.html.includes("Accept")) await browser.press(page, "Accept");
};

describe("by device code", () => {
  test("connects without a browser of ours", async () => {
    const attempt = await rig.begin(well, { flow: "device" });
    expect(attempt).toMatchObject({
      step: "authorizing",
      device: { verificationUri: `${rig.url}/sandbox/devicelogin` },
    });
    expect(JSON.stringify(attempt)).not.toContain("deviceCode");
    await enter(attempt.device!.userCode, well);
    expect(await rig.settled(attempt.id)).toMatchObject({ step: "connected", account: { address: well } });
    await expectSealed();
  });

  test("another account is a mismatch here, too", async () => {
    const attempt = await rig.begin(well, { flow: "device" });
    await enter(attempt.device!.userCode, other);
    expect((await rig.settled(attempt.id)).finding?.code).toBe("account_mismatch");
  });

  test("is asked for less often when the provider says slow_down or is away (RFC 8628 3.5)", async () => {
    const attempt = await rig.begin(well, { flow: "device" });
    const slept: number[] = [];
    const clock = { ...systemClock, sleep: async (ms: number) => void slept.push(ms) };
    const answers = [{ error: "slow_down" }, { error: "authorization_pending" }, null];
    rig.wire.instead = async () => {
      const body = answers.shift();
      if (body === null) return new Response("away", { status: 503 });
      return Response.json(body ?? { error: "expired_token" }, { status: 400 });
    };
    try {
      const parts = { ...rig.deps.connect.parts, clock };
      const { signal } = new AbortController();
      expect(await pollDevice(parts, rig.team.tenant, attempt.id, signal)).toBe(false);
    } finally {
      rig.wire.instead = null;
    }
    expect(slept).toEqual([1_000, 6_000, 6_000, 11_000]);
    expect((await rig.settled(attempt.id)).finding?.code).toBe("device_code_expired");
  });

  test("given up while the provider is asked: what it then says counts no more", async () => {
    const attempt = await rig.begin(well, { flow: "device" });
    const decline = async (): Promise<never> => {
      await rig.ask(`/v1/attempts/${attempt.id}`, { method: "DELETE" });
      throw new HitchpostError("oauth_denied", "Declined.");
    };
    const parts = partsWith(() => ({ pollDevice: decline }));
    expect(await pollDevice(parts, rig.team.tenant, attempt.id, new AbortController().signal)).toBe(false);
    expect(await rig.attempt(attempt.id)).toMatchObject({ step: "expired", finding: null });
  });

  test("declined", async () => {
    const attempt = await rig.begin(well, { flow: "device" });
    await enter(attempt.device!.userCode, well, "Cancel");
    expect((await rig.settled(attempt.id)).finding?.code).toBe("consent_declined");
  });
});

/** Last: of everything that crossed the wire in this file, nothing was logged, told or kept in the clear. */
test("no secret stands in the log or in the database", async () => {
  const logged = rig.logged();
  expect(logged).toContain("a sign-in came back without a permission");
  for (const secret of rig.wire.secrets) expect(logged).not.toContain(secret);
  await expectSealed();
});
