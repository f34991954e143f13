/** A permission that was given goes on by itself: a mailbox that does not open yet is kept; an alias is proved by its mail. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock, type Clock } from "../../src/core/clock.ts";
import { listFindings } from "../../src/store/findings.ts";
import { getMailbox } from "../../src/store/mailboxes.ts";
import { startSupervisor, type Supervisor } from "../../src/sync/supervisor.ts";
import { startConnect, type Attempt, type ConnectRig } from "../support/connect.ts";
import { quickTempo } from "../support/sync-life.ts";
import { testParser } from "../support/sync-rig.ts";
import { eventually } from "../support/eventually.ts";

const fresh = "new@outlook.example";

let rig: ConnectRig;
const parser = testParser();
beforeAll(async () => {
  rig = await startConnect();
});
afterAll(async () => {
  await rig.close();
  await parser.close();
});

/** A clock that can be put forward: who sleeps until then wakes. */
function movedClock(): Clock & { forward(ms: number): void } {
  let ahead = 0;
  const now = (): number => systemClock.now() + ahead;
  return {
    ...systemClock,
    now,
    monotonic: () => systemClock.monotonic(),
    sleep: async (ms, signal) => {
      const until = now() + ms;
      while (now() < until) await systemClock.sleep(Math.min(20, until - now()), signal);
    },
    forward: (ms) => void (ahead += ms),
  };
}

/** The process that owns the mailboxes, with the real connecting room. */
const owner = (clock: Clock): Promise<Supervisor> =>
  startSupervisor({
    pool: rig.database.pool,
    clock,
    log: rig.deps.log,
    facts: { kind: "test", hostname: "test", pid: process.pid },
    hints: rig.deps.hints,
    inbox: rig.deps.inbox,
    parser,
    openSource: async (tenant, mailbox) => rig.deps.connect.openSource(tenant, mailbox),
    runOutbox: async () => ({ sent: false, nextDueAtMs: null }),
    onFailure: rig.deps.connect.onFailure,
    onConnected: (tenant, { id }) => rig.deps.connect.onRecovery(tenant, id),
    lookEveryMs: 200,
    tempo: quickTempo,
  });

const authorizations = (): number =>
  rig.wire.sent.filter((form) => form.get("grant_type") === "authorization_code").length;

const openFinding = async (id: string) =>
  (await listFindings(rig.team.tenant, id)).find(({ closedAt }) => closedAt === null);

test("a mailbox that does not open yet is kept, and the owner's own look brings it live: one authorization", async () => {
  const attempt = await rig.begin(fresh);
  await rig.signIn(rig.browser(), attempt, fresh);
  const kept = (await rig.settled(attempt.id)) as Attempt & { finding: { nextCheckAt: string } };
  expect(kept.step).toBe("kept");
  // IMAP alone does not tell it from a mailbox that lets no program in: both are named.
  expect(kept.finding?.title).toMatch(/IMAP is off, or it is new/);
  expect(Date.parse(kept.finding.nextCheckAt)).toBeGreaterThan(systemClock.now());
  const id = kept.mailboxId!;
  const { tenant } = rig.team;
  const state = async () => (await getMailbox(tenant, id)).state;
  expect(await state()).toBe("needs_attention");
  const clock = movedClock();
  const supervisor = await owner(clock);
  try {
    await eventually(async () => {
      expect((await openFinding(id))?.checks).toBe(1);
      expect(await state()).toBe("needs_attention");
    });
    expect((await openFinding(id))?.params).toMatchObject({ perhaps: "new" }); // still honest
    await rig.admin("personas/switch", { address: fresh, ready: true });
    const { nextCheckAt } = (await openFinding(id))!;
    await systemClock.sleep(300);
    expect(await state()).toBe("needs_attention"); // nothing but time is waited for
    clock.forward(nextCheckAt!.getTime() - systemClock.now() + 1_000);
    await eventually(async () => expect(await state()).toBe("live"));
    expect(await openFinding(id)).toBeUndefined();
    expect(authorizations()).toBe(1);
  } finally {
    await supervisor.stop();
  }
});

test("kept, its link still leads to Graph, for the same account alone; once it is live it does not", async () => {
  const address = "imap-off@outlook.example";
  const attempt = await rig.begin(address);
  await rig.signIn(rig.browser(), attempt, address);
  const kept = await rig.settled(attempt.id);
  expect(kept).toMatchObject({ step: "kept", transport: null, finding: { code: "imap_not_open" } });
  expect((await rig.ask("/v1/attempts")).json.items).toEqual([]); // nothing is left to be done
  const link = kept.connectUrl.split("/").at(-1)!;
  const browser = rig.browser();
  const start = () =>
    rig.call(`/v1/connect/${link}/start`, {
      method: "POST",
      origin: rig.url,
      body: { transport: "graph" },
    });
  const { headers, json } = await start();
  browser.take(headers);
  const choice = await browser.open(String(json["redirectTo"]));
  await browser.press(await browser.press(choice, address), "Accept");
  const done = await rig.settled(attempt.id);
  expect(done).toMatchObject({
    step: "connected",
    transport: "graph",
    finding: null,
    mailboxId: kept.mailboxId,
  });
  expect(await getMailbox(rig.team.tenant, kept.mailboxId!)).toMatchObject({
    transport: "graph",
    usualFolders: false, // who is at the wizard chooses
  });
  expect((await start()).status).toBe(409);
});

const isCode = (raw: Uint8Array): boolean =>
  /^Subject: Hitchpost address check \w+/mu.test(Buffer.from(raw).toString());

test("an alias without mail to it is proved by the mail that is sent to it now", async () => {
  const { parts } = rig.deps.connect;
  const { openSource } = parts;
  // The mailbox holds mail to the alias: all but the code's is hidden.
  Object.assign(parts, {
    openSource: (...args: Parameters<typeof openSource>) => {
      const source = openSource(...args);
      return Object.assign(Object.create(source), {
        async *fetch(...asked: Parameters<typeof source.fetch>) {
          for await (const one of source.fetch(...asked))
            if (one.content.kind === "parts" && isCode(one.content.parts.header)) yield one;
        },
      });
    },
  });
  try {
    const attempt = await rig.begin("alias@outlook.example");
    const browser = rig.browser();
    await rig.signIn(browser, attempt, "main@outlook.example");
    expect((await rig.settled(attempt.id)).finding?.code).toBe("account_mismatch");
    const link = attempt.connectUrl.split("/").at(-1)!;
    await rig.call(`/v1/connect/${link}/decide`, {
      method: "POST",
      origin: rig.url,
      cookie: browser.cookie,
      body: { what: "alias" },
    });
    const done = await eventually(async () => {
      const now = await rig.attempt(attempt.id);
      expect(now.step).toBe("connected");
      return now;
    });
    const mailbox = await getMailbox(rig.team.tenant, done.mailboxId!);
    expect(mailbox).toMatchObject({ address: "alias@outlook.example", relation: "alias" });
    expect(mailbox.addressProof).toMatchObject({ by: "code", header: "Subject" });
  } finally {
    Object.assign(parts, { openSource });
  }
});
