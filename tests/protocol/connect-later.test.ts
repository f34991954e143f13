/** What happens after the sign-in: an administrator's consent, mailboxes that need somebody, and who is told of it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import type { MailSender } from "../../src/protocol/mail-sender.ts";
import { appendEvents, listEvents } from "../../src/store/events.ts";
import { closeFindings, openFinding } from "../../src/store/findings.ts";
import { listMailboxLog } from "../../src/store/mailbox-log.ts";
import { setMailboxState, updateMailbox } from "../../src/store/mailboxes.ts";
import { startConnect, type ConnectRig } from "../support/connect.ts";

const well = "well@outlook.example";
const other = "other@outlook.example";

let rig: ConnectRig;
const mails: { raw: string; to: string[]; from: string }[] = [];
beforeAll(async () => {
  rig = await startConnect();
});
afterAll(() => rig.close());

/** Mails are kept instead of sent. */
const catching = (): MailSender => ({
  verify: async () => undefined,
  send: async (raw, { from, to }) => {
    mails.push({ raw: Buffer.from(raw).toString(), from, to });
    return { response: "250 kept" };
  },
  close: async () => undefined,
});

async function connected(address: string): Promise<string> {
  const attempt = await rig.begin(address);
  await rig.signIn(rig.browser(), attempt, address);
  const { mailboxId, finding } = await rig.settled(attempt.id);
  expect(finding).toBeNull();
  return mailboxId!;
}

const inState = (id: string, state: "live" | "needs_attention" | "backing_off" | "connecting", detail = {}) =>
  rig.team.tenant.transaction(async (tx) => appendEvents(tx, await setMailboxState(tx, id, state, detail)));

test("only an administrator may consent: a link to send, his way back, and the attempt goes on", async () => {
  const attempt = await rig.begin("admin-consent@work.example", { provider: "sandbox" });
  const browser = rig.browser();
  const choice = await browser.open(await rig.start(browser, attempt));
  await browser.press(await browser.press(choice, "admin-consent@work.example"), "Return to Hitchpost");
  const found = (await rig.settled(attempt.id)) as unknown as {
    finding: { code: string; steps: { action: string }[] };
    adminLink: string;
    expiresAt: string;
  };
  expect(found.finding.code).toBe("admin_consent_required");
  expect(found.finding.steps.map(({ action }) => action)).toContain("copy_admin_link");
  const link = new URL(found.adminLink);
  expect(link.pathname).toMatch(/\/organizations\/v2\.0\/adminconsent$/u);
  expect(link.searchParams.get("scope")).toContain("IMAP.AccessAsUser.All");
  expect(Date.parse(found.expiresAt) - systemClock.now()).toBeGreaterThan(6 * 86_400_000);

  // Another person's browser: nothing but the state says what it is for.
  const back = async (query: string) =>
    (await fetch(`${rig.url}/oauth/callback?${query}`, { redirect: "manual" })).headers.get("location");
  const state = link.searchParams.get("state") ?? "";
  expect(await back("admin_consent=True&state=somebody-elses")).toContain("answer=stale");
  expect(await back(`admin_consent=False&error=access_denied&state=${state}`)).toContain("answer=refused");
  // A refusal that says no more than a refused sign-in does is told by its state.
  expect(await back(`error=access_denied&state=${state}`)).toContain("/connect/consented?answer=refused");
  expect(await back("error=access_denied&state=somebody-elses")).toContain("/connect/failed");
  expect(await rig.attempt(attempt.id)).toMatchObject({ step: "finding" });
  expect(await back(`admin_consent=True&tenant=t&state=${state}`)).toContain("answer=granted");
  expect(await rig.attempt(attempt.id)).toMatchObject({
    step: "waiting",
    finding: null,
    adminConsented: true,
  });
  expect(await back(`admin_consent=True&tenant=t&state=${state}`)).toContain("answer=stale");
});

test("a wait is one line of the log, with the times tried, however often it is interrupted", async () => {
  const id = await connected(well);
  await inState(id, "live");
  for (let tries = 0; tries < 4; tries++) {
    await inState(id, "backing_off", { code: "network_timeout", retryAt: `2026-01-01T00:00:0${tries}Z` });
    await inState(id, "connecting");
  }
  await inState(id, "live");
  const lines = await listMailboxLog(rig.team.tenant, id);
  expect(lines.map(({ code }) => code).slice(0, 3)).toEqual([
    "state.live",
    "state.backing_off",
    "state.live",
  ]);
  const { items } = (await rig.ask(`/v1/mailboxes/${id}/log`)).json as { items: { text: string }[] };
  expect(items[1]?.text).toContain("4 tries");
});

test("a mailbox that needs somebody: its people are written to once, through another one that works", async () => {
  const broken = await connected(other);
  const { tenant, owner } = rig.team;
  Object.assign(rig.deps.connect.parts, { openSender: catching });
  await updateMailbox(tenant, broken, { displayName: "Jana" });
  const finding = {
    mailboxId: broken,
    code: "grant_expired",
    severity: "blocking" as const,
    params: { wanted: other },
  };
  await tenant.transaction(async (tx) => appendEvents(tx, (await openFinding(tx, finding)).events));
  await inState(broken, "needs_attention", { code: "grant_expired", retryAt: null });
  expect(await rig.deps.connect.notify(tenant)).toBe(0); // it was opened this moment: it may mend itself
  await tenant.db
    .updateTable("findings")
    .set({ opened_at: new Date(systemClock.now() - 10 * 60_000) })
    .where("workspace_id", "=", tenant.workspaceId)
    .execute();
  await rig.ask("/v1/workspace", { method: "PATCH", body: { mailTrouble: false } });
  expect(await rig.deps.connect.notify(tenant)).toBe(0);
  await rig.ask("/v1/workspace", { method: "PATCH", body: { mailTrouble: true } });
  expect(await rig.deps.connect.notify(tenant)).toBe(1);
  expect(await rig.deps.connect.notify(tenant)).toBe(0);
  expect(mails).toHaveLength(1);
  expect(mails[0]).toMatchObject({ from: well, to: [owner.email] });
  expect(mails[0]?.raw).toMatch(/^Auto-Submitted: auto-generated\r\n/u);
  expect(mails[0]?.raw.replaceAll("=\r\n", "")).toContain(`/mailboxes/${broken}`);
  const [line] = await listMailboxLog(tenant, broken);
  expect(line).toMatchObject({ code: "notified", params: { recipients: owner.email } });
});

test("fixed, it says so: log and event name what was in the way", async () => {
  const { tenant } = rig.team;
  const { items } = (await rig.ask("/v1/mailboxes")).json as { items: { id: string; address: string }[] };
  const { id } = items.find(({ address }) => address === other)!;
  const before = (await listEvents(tenant, 0, 10_000)).length;
  await tenant.transaction(async (tx) => appendEvents(tx, await closeFindings(tx, id)));
  const [event] = (await listEvents(tenant, 0, 10_000)).slice(before);
  expect(event).toMatchObject({ type: "finding.closed", mailboxId: id, payload: { code: "grant_expired" } });
  expect((event!.payload as { closedAt: string }).closedAt).toMatch(/^\d{4}-/u);
  const log = (await rig.ask(`/v1/mailboxes/${id}/log`)).json as { items: { text: string }[] };
  expect(log.items[0]?.text).toMatch(/^Fixed: /u);
});

test("a mailbox that only took time: told when it is ready, not before", async () => {
  const { tenant } = rig.team;
  const { items } = (await rig.ask("/v1/mailboxes")).json as { items: { id: string; address: string }[] };
  const { id } = items.find(({ address }) => address === other)!;
  const finding = { mailboxId: id, code: "mailbox_not_initialised", severity: "blocking" as const };
  await tenant.transaction(async (tx) => appendEvents(tx, (await openFinding(tx, finding)).events));
  await tenant.db
    .updateTable("findings")
    .set({ opened_at: new Date(systemClock.now() - 3_600_000) })
    .where("workspace_id", "=", tenant.workspaceId)
    .execute();
  mails.length = 0;
  expect(await rig.deps.connect.notify(tenant)).toBe(0);
  await tenant.transaction(async (tx) => appendEvents(tx, await closeFindings(tx, id)));
  await inState(id, "live");
  expect(await rig.deps.connect.notify(tenant)).toBe(1);
  expect(mails[0]?.raw).toContain(`Subject: ${other} is ready`);
});
