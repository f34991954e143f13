/** Access tokens of a connected mailbox: refreshed once, rotated token first, and a dead grant told from a dead network. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { credentialsOf } from "../../src/connect/tokens.ts";
import { HitchpostError } from "../../src/core/errors.ts";
import { readGrant, type Grant } from "../../src/store/grants.ts";
import { getMailbox, type Mailbox } from "../../src/store/mailboxes.ts";
import { dumpDatabase, startConnect, type ConnectRig } from "../support/connect.ts";

const well = "well@outlook.example";

let rig: ConnectRig;
let mailbox: Mailbox;
beforeAll(async () => {
  rig = await startConnect();
});
afterAll(() => rig.close());

/** A fresh grant before each test. */
beforeEach(async () => {
  rig.wire.instead = null;
  const attempt = await rig.begin(well);
  await rig.signIn(rig.browser(), attempt, well);
  const { mailboxId } = await rig.settled(attempt.id);
  mailbox = await getMailbox(rig.team.tenant, mailboxId!);
  rig.wire.sent.length = 0;
});

const grant = (): Promise<Grant> => readGrant(rig.team.tenant, rig.deps.connect.parts.ring, mailbox.id);
const credentials = (refused?: string) =>
  credentialsOf(rig.deps.connect.parts, rig.team.tenant, mailbox, { channel: "imap", refused });
const refreshTokenOf = ({ secret }: Grant): string => (secret.kind === "oauth" ? secret.refreshToken : "");
const findings = async (): Promise<{ code: string; closedAt: string | null }[]> =>
  ((await rig.ask(`/v1/mailboxes/${mailbox.id}/findings`)).json.items ?? []) as never;

/** A minute left is little enough to ask for another. */
async function expire(leftMs = 60_000): Promise<void> {
  await rig.team.tenant.db
    .updateTable("grants")
    .set({ access_expires_at: new Date(Date.now() + leftMs) })
    .where("workspace_id", "=", rig.team.workspaceId)
    .execute();
}

async function errorOf(work: Promise<unknown>): Promise<HitchpostError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(HitchpostError);
  return error as HitchpostError;
}

describe("refreshing", () => {
  test("a fresh token is used as it is", async () => {
    const { secret } = await grant();
    expect(await credentials()).toEqual({
      user: well,
      accessToken: secret.kind === "oauth" ? secret.accessToken : "",
    });
    expect(rig.wire.sent).toEqual([]);
  });

  test("many who want it at once refresh once", async () => {
    const before = await grant();
    await expire();
    const all = await Promise.all(Array.from({ length: 8 }, () => credentials()));
    expect(rig.wire.sent).toHaveLength(1);
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1);
    const after = await grant();
    expect(after.generation).toBe(before.generation + 1);
    expect(refreshTokenOf(after)).not.toBe(refreshTokenOf(before));
    expect(rig.wire.sent[0]?.get("refresh_token")).toBe(refreshTokenOf(before));
    expect(rig.wire.sent[0]?.get("scope")).toContain("IMAP.AccessAsUser.All");
  });

  test("the next one sends the rotated token", async () => {
    await expire();
    await credentials();
    const rotated = refreshTokenOf(await grant());
    await expire();
    await credentials();
    expect(rig.wire.sent.map((form) => form.get("refresh_token"))[1]).toBe(rotated);
  });

  test("the rotated token is stored before anybody gets the new access token", async () => {
    const before = await grant();
    await expire();
    const { accessToken } = (await credentials()) as { accessToken: string };
    // Read by a connection of its own: what is not committed is not seen.
    const stored = await grant();
    expect(stored.secret).toMatchObject({ kind: "oauth", accessToken });
    expect(refreshTokenOf(stored)).not.toBe(refreshTokenOf(before));
  });

  test("an answer without a new refresh token keeps the old one", async () => {
    const before = await grant();
    await expire();
    rig.wire.alter = ({ refresh_token: _left, ...rest }) => rest;
    try {
      await credentials();
    } finally {
      rig.wire.alter = null;
    }
    expect(refreshTokenOf(await grant())).toBe(refreshTokenOf(before));
  });

  test("a token that the server refuses although it looks fresh is renewed, unseen", async () => {
    await rig.admin("tokens/expire", { address: well });
    const source = rig.deps.connect.openSource(rig.team.tenant, mailbox);
    try {
      await source.connect();
      expect((await source.listFolders()).length).toBeGreaterThan(4);
    } finally {
      await source.close();
    }
    expect(rig.wire.sent).toHaveLength(1);
  });

  test("many connections with a token that is taken renew nothing; refused, they renew it once", async () => {
    const open = () => rig.deps.connect.openSource(rig.team.tenant, mailbox);
    const connectAll = async (): Promise<void> => {
      const sources = [open(), open(), open()];
      await Promise.all(sources.map((source) => source.connect()));
      await Promise.all(sources.map((source) => source.close()));
    };
    await connectAll();
    expect(rig.wire.sent).toHaveLength(0);
    await rig.admin("tokens/expire", { address: well });
    await connectAll();
    expect(rig.wire.sent).toHaveLength(1);
  });

  test("one source signs in often with the same token", async () => {
    const source = rig.deps.connect.openSource(rig.team.tenant, mailbox);
    try {
      await Promise.all([1, 2, 3].map(() => source.peek(["Inbox"])));
    } finally {
      await source.close();
    }
    expect(rig.wire.sent).toHaveLength(0);
  });
});

describe("a dead grant", () => {
  test("is noted once, needs attention with grant_revoked, and is healed by a reconnect", async () => {
    await rig.admin("tokens/revoke", { address: well });
    await expire();
    const error = await errorOf(credentials());
    expect(error.code).toBe("oauth_grant_invalid");
    expect((await grant()).brokenCode).toBe("oauth_grant_invalid");
    expect(rig.wire.sent).toHaveLength(1);
    // Asking again does not bother the provider.
    expect((await errorOf(credentials())).code).toBe("oauth_grant_invalid");
    expect(rig.wire.sent).toHaveLength(1);

    const verdict = await rig.deps.connect.onFailure(rig.team.tenant, mailbox, error);
    expect(verdict).toEqual({ state: "needs_attention" });
    expect(await findings()).toMatchObject([{ code: "grant_revoked", closedAt: null }]);

    const attempt = await rig.begin(well, { mailboxId: mailbox.id });
    await rig.signIn(rig.browser(), attempt, well);
    expect(await rig.settled(attempt.id)).toMatchObject({ step: "connected", mailboxId: mailbox.id });
    expect((await grant()).brokenCode).toBeNull();
    expect((await findings()).filter((one) => one.closedAt === null)).toEqual([]);
    expect(await credentials()).toMatchObject({ user: well });
  });

  test("the mailbox page's own test says the same", async () => {
    await rig.admin("tokens/revoke", { address: well });
    await expire();
    const answer = await rig.ask(`/v1/mailboxes/${mailbox.id}/test`, { method: "POST" });
    expect(answer.json).toMatchObject({ ok: false, finding: { code: "grant_revoked" } });
  });
});

const html = (status: number) => async () =>
  new Response("<h1>Bad gateway</h1>", { status, headers: { "content-type": "text/html" } });
const json = (status: number, body: object) => async () => Response.json(body, { status });

describe("what is not the grant's fault", () => {
  test.each<[string, () => Promise<Response>]>([
    ["no network", () => Promise.reject(new TypeError("fetch failed"))],
    ["a proxy's page for 502", html(502)],
    ["a page for 503", html(503)],
    ["429 without a word", html(429)],
    [
      "temporarily_unavailable",
      json(503, { error: "temporarily_unavailable", error_description: "AADSTS90033: busy" }),
    ],
    ["server_error", json(500, { error: "server_error", error_description: "x" })],
    ["a portal's page for 200", html(200)],
    ["a proxy's page for 403", html(403)],
  ])("%s leaves it whole and is tried again", async (_what, instead) => {
    await expire(-1);
    const before = await grant();
    rig.wire.instead = instead;
    const error = await errorOf(credentials());
    expect(error.code).toBe("oauth_unavailable");
    expect(await grant()).toEqual(before);
    await rig.deps.connect.onRecovery(rig.team.tenant, mailbox.id);
    const verdict = await rig.deps.connect.onFailure(rig.team.tenant, mailbox, error);
    expect(verdict.state).toBe("backing_off");
    expect(verdict.retryAtMs).toBeGreaterThan(Date.now());
    rig.wire.instead = null;
    expect(await credentials()).toMatchObject({ user: well });
  });

  test("while the token still lives, an outage is not even noticed", async () => {
    const { secret } = await grant();
    await expire();
    rig.wire.instead = html(503);
    const kept = secret.kind === "oauth" ? secret.accessToken : "";
    expect(await credentials()).toEqual({ user: well, accessToken: kept });
    const refused = credentials(kept ?? "");
    expect((await errorOf(refused)).code).toBe("oauth_unavailable");
  });

  test("a mailbox whose app is no longer set up says so, and blames nobody", async () => {
    await expire();
    const parts = { ...rig.deps.connect.parts, apps: () => ({ microsoft: null, sandbox: null }) };
    const error = await errorOf(credentialsOf(parts, rig.team.tenant, mailbox, { channel: "imap" }));
    expect(error.code).toBe("oauth_not_configured");
    await rig.deps.connect.onFailure(rig.team.tenant, mailbox, error);
    expect((await findings()).filter((one) => one.closedAt === null)).toMatchObject([
      { code: "app_missing" },
    ]);
    await rig.deps.connect.onRecovery(rig.team.tenant, mailbox.id);
  });

  test("a wrong secret is the operator's: the grant stays, a person is told", async () => {
    await expire();
    rig.wire.instead = json(401, {
      error: "invalid_client",
      error_description: "AADSTS7000215: Invalid client secret provided. Trace ID: 123",
      error_codes: [7000215],
    });
    const error = await errorOf(credentials());
    expect(error.code).toBe("oauth_client_invalid");
    expect((await grant()).brokenCode).toBeNull();
    const verdict = await rig.deps.connect.onFailure(rig.team.tenant, mailbox, error);
    expect(verdict.state).toBe("needs_attention");
    const open = (await findings()).filter((one) => one.closedAt === null);
    expect(open).toMatchObject([{ code: "app_secret_wrong" }]);
    expect(JSON.stringify(open)).not.toContain("Trace ID");
    expect(JSON.stringify(open)).toContain("client secret");
    await rig.deps.connect.onRecovery(rig.team.tenant, mailbox.id);
  });

  test("one refused sign-in is not believed, the second is; throttling keeps its time to the millisecond", async () => {
    const { tenant } = rig.team;
    const refused = new HitchpostError("auth_failed", "NO AUTHENTICATE failed.");
    expect((await rig.deps.connect.onFailure(tenant, mailbox, refused)).state).toBe("backing_off");
    // Told again, it is looked into: while every check passes, nobody is called.
    expect((await rig.deps.connect.onFailure(tenant, mailbox, refused)).state).toBe("backing_off");
    expect((await findings()).filter((one) => one.closedAt === null)).toEqual([]);
    await rig.admin("personas/switch", { address: mailbox.address, imap: false });
    expect((await rig.deps.connect.onFailure(tenant, mailbox, refused)).state).toBe("needs_attention");
    await rig.admin("personas/switch", { address: mailbox.address, imap: true });
    await rig.deps.connect.onRecovery(tenant, mailbox.id);
    const throttled = new HitchpostError("throttled", "wait", { details: { retryAfterMs: 300_000 } });
    const before = Date.now();
    const verdict = await rig.deps.connect.onFailure(tenant, mailbox, throttled);
    expect(verdict.state).toBe("backing_off");
    expect(verdict.retryAtMs! - before).toBeGreaterThanOrEqual(300_000);
    expect(verdict.retryAtMs! - before).toBeLessThan(301_000);
    await rig.deps.connect.onRecovery(tenant, mailbox.id);
  });

  test("our own database's trouble is no finding of the mailbox", async () => {
    const gone = Object.assign(new Error("terminating connection"), { code: "57P01" });
    for (let failure = 0; failure < 6; failure++)
      expect((await rig.deps.connect.onFailure(rig.team.tenant, mailbox, gone)).state).toBe("backing_off");
    expect((await findings()).filter((one) => one.closedAt === null)).toEqual([]);
    await rig.deps.connect.onRecovery(rig.team.tenant, mailbox.id);
  });

  test("network trouble that lasts is told, and closes itself", async () => {
    const { tenant } = rig.team;
    const lost = new HitchpostError("network_unreachable", "no way there");
    for (let failure = 0; failure < 3; failure++) await rig.deps.connect.onFailure(tenant, mailbox, lost);
    expect((await findings()).filter((one) => one.closedAt === null)).toEqual([]);
    expect((await rig.deps.connect.onFailure(tenant, mailbox, lost)).state).toBe("backing_off");
    expect((await findings()).filter((one) => one.closedAt === null)).toMatchObject([
      { code: "host_unreachable" },
    ]);
    await rig.deps.connect.onRecovery(tenant, mailbox.id);
    expect((await findings()).filter((one) => one.closedAt === null)).toEqual([]);
  });
});

test("no token stands in the log, in findings or in any table", async () => {
  const dump = await dumpDatabase(rig);
  for (const secret of rig.wire.secrets) {
    expect(dump).not.toContain(secret);
    expect(rig.logged()).not.toContain(secret);
  }
});
