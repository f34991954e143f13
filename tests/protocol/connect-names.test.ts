/** Addresses that are not the account's own name: aliases proved, shared mailboxes opened; and who may decide it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestBrowser } from "../../sandbox/testing/browser.ts";
import { systemClock } from "../../src/core/clock.ts";
import { getAttempt } from "../../src/store/attempts.ts";
import { getMailbox } from "../../src/store/mailboxes.ts";
import { dumpDatabase, startConnect, type Attempt, type ConnectRig } from "../support/connect.ts";

const alias = "alias@outlook.example";
const main = "main@outlook.example";
const well = "well@outlook.example";
const other = "other@outlook.example";
const shared = "shared@work.example";
const delegate = "delegate@work.example";

let rig: ConnectRig;
beforeAll(async () => {
  rig = await startConnect();
  Object.assign(rig.deps.connect.parts, { proofWaitMs: 300 });
});
afterAll(() => rig.close());

const linkOf = ({ connectUrl }: { connectUrl: string }): string => connectUrl.split("/").at(-1)!;

/** As the page's button does, with this browser's cookies. */
async function decide(browser: TestBrowser, attempt: Attempt, what: "alias" | "shared") {
  return rig.call(`/v1/connect/${linkOf(attempt)}/decide`, {
    method: "POST",
    origin: rig.url,
    cookie: browser.cookie,
    body: { what },
  });
}

async function settled(id: string): Promise<Attempt> {
  for (;;) {
    const now = await rig.attempt(id);
    if (!["waiting", "authorizing", "verifying", "proving"].includes(now.step)) return now;
    await systemClock.sleep(50);
  }
}

const stepsOf = (attempt: Attempt): string[] =>
  (attempt.finding as unknown as { steps: { action: string }[] }).steps.map(({ action }) => action);

async function mismatch(
  address: string,
  persona: string,
): Promise<{ attempt: Attempt; browser: TestBrowser }> {
  const attempt = await rig.begin(address);
  const browser = rig.browser();
  await rig.signIn(browser, attempt, persona);
  const found = await settled(attempt.id);
  expect(found).toMatchObject({ step: "finding", finding: { code: "account_mismatch" } });
  return { attempt: found, browser };
}

describe("an alias", () => {
  test("is offered, proved by mail that stands in the mailbox, and the primary logs in", async () => {
    const { attempt, browser } = await mismatch(alias, main);
    expect(stepsOf(attempt)).toEqual(["sign_in_again", "prove_alias"]);
    expect((await decide(browser, attempt, "alias")).status).toBe(200);
    const done = await settled(attempt.id);
    expect(done).toMatchObject({ step: "connected", finding: null });
    const mailbox = await getMailbox(rig.team.tenant, done.mailboxId!);
    expect(mailbox).toMatchObject({ address: alias, principal: main, relation: "alias" });
    expect(mailbox.addressProof).toMatchObject({ by: "delivered" });
    const log = (await rig.ask(`/v1/mailboxes/${mailbox.id}/log`)).json.items as { text: string }[];
    expect(log.map(({ text }) => text)).toContain(`${alias} was proved to be another name of ${main}.`);
  });

  test("signed in again, it is the same mailbox without another proof; another account is refused", async () => {
    const again = await rig.begin(alias);
    await rig.signIn(rig.browser(), again, main);
    const done = await settled(again.id);
    expect(done.step).toBe("connected");
    expect(await getMailbox(rig.team.tenant, done.mailboxId!)).toMatchObject({
      relation: "alias",
      addressProof: { by: "delivered" },
    });
    const stranger = await mismatch(alias, other);
    expect(stepsOf(stranger.attempt)).toEqual(["sign_in_again"]);
    expect((await decide(stranger.browser, stranger.attempt, "alias")).status).toBe(409);
  });

  test("of somebody else is refused: the mail that is sent to it arrives elsewhere", async () => {
    const { attempt, browser } = await mismatch(well, other);
    await decide(browser, attempt, "alias");
    const refused = await settled(attempt.id);
    expect(refused).toMatchObject({ step: "finding", finding: { code: "alias_unproved" } });
    expect(stepsOf(refused)).toEqual(["sign_in_again", "prove_alias"]);
    expect(((await rig.ask("/v1/mailboxes")).json.items ?? []).length).toBe(1);
  });

  test("may be claimed only in the browser that signed in", async () => {
    const { attempt } = await mismatch(well, other);
    expect((await decide(rig.browser(), attempt, "alias")).status).toBe(403);
    const asOwner = await rig.ask(`/v1/attempts/${attempt.id}/decide`, {
      method: "POST",
      body: { what: "alias" },
    });
    expect(asOwner.status).toBe(403);
    const dump = await dumpDatabase(rig);
    for (const secret of rig.wire.secrets) expect(dump).not.toContain(secret);
  });

  test("that nobody decides about: the permission is forgotten", async () => {
    const { attempt, browser } = await mismatch(well, other);
    const { tenant } = rig.team;
    const { ring } = rig.deps.connect.parts;
    await tenant.db
      .updateTable("connect_attempts")
      .set({ sign_in_until: new Date(systemClock.now() - 1) })
      .where("workspace_id", "=", tenant.workspaceId)
      .where("id", "=", attempt.id)
      .execute();
    expect((await decide(browser, attempt, "alias")).status).toBe(409);
    await rig.deps.connect.tidy(tenant);
    expect((await getAttempt(tenant, ring, attempt.id)).secret).toEqual({ link: linkOf(attempt) });
  });
});

describe("a shared mailbox", () => {
  test("asked for on purpose: the delegate signs in, reads it by its name, sends as himself", async () => {
    const attempt = await rig.begin(shared, { shared: true, delegate, provider: "sandbox" });
    const browser = rig.browser();
    const address = new URL(await rig.start(browser, attempt));
    expect(address.searchParams.get("login_hint")).toBe(delegate);
    await rig.signIn(browser, attempt, delegate);
    const done = await settled(attempt.id);
    expect(done.finding).toBeNull();
    expect(await getMailbox(rig.team.tenant, done.mailboxId!)).toMatchObject({
      address: shared,
      principal: delegate,
      relation: "shared",
    });
    const tested = await rig.ask(`/v1/mailboxes/${done.mailboxId}/test`, { method: "POST" });
    expect(tested.json).toMatchObject({ ok: true });
  });

  test("offered where a work account came back; one that may not open it is told so", async () => {
    const attempt = await rig.begin("reception@work.example", { provider: "sandbox" });
    const browser = rig.browser();
    await rig.signIn(browser, attempt, delegate);
    const found = await settled(attempt.id);
    expect(stepsOf(found)).toEqual(["sign_in_again", "prove_alias", "open_shared"]);
    await decide(browser, found, "shared");
    const refused = await settled(attempt.id);
    expect(refused.finding).toMatchObject({ code: "shared_mailbox_refused" });
    expect(refused.finding?.cause).toContain(delegate);
  });
});

describe("what was begun", () => {
  test("is listed by the server until it is finished or given up", async () => {
    const sent = await rig.begin(other, { share: true });
    const ids = async () =>
      ((await rig.ask("/v1/attempts")).json.items as { id: string }[]).map(({ id }) => id);
    expect((await ids())[0]).toBe(sent.id);
    const until = new Date((sent as unknown as { expiresAt: string }).expiresAt).getTime();
    expect(until - systemClock.now()).toBeGreaterThan(6 * 86_400_000);
    await rig.ask(`/v1/attempts/${sent.id}`, { method: "DELETE" });
    expect(await ids()).not.toContain(sent.id);
  });
});
