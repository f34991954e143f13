/** The life of a mailbox, run by the supervisor over a scripted server. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { HitchpostError } from "../../src/core/errors.ts";
import { listEvents } from "../../src/store/events.ts";
import { insertIntents } from "../../src/store/intents.ts";
import { getMailbox, setMailboxState, updateMailbox } from "../../src/store/mailboxes.ts";
import { mailboxHealth } from "../../src/sync/health.ts";
import { mail } from "../support/fake-source.ts";
import { openLifeParts, quickTempo, startLife, type LifeParts } from "../support/sync-life.ts";
import { eventually } from "../support/eventually.ts";

let parts: LifeParts;
beforeAll(async () => {
  parts = await openLifeParts();
});
afterAll(() => parts.close());

const living = (...options: Parameters<typeof startLife> extends [unknown, ...infer R] ? R : never) =>
  startLife(parts, ...options);

test("lists, waits for the choice, imports, stays live, and stops cleanly", async () => {
  const life = await living();
  const inbox = life.server.folder("INBOX");
  for (let n = 0; n < 60; n++) inbox.add(mail({ id: `i${n}@x`, subject: `n ${n}` }));
  await life.until("listing");
  expect(await life.stored()).toEqual([]);
  await life.choose("INBOX", "Sent");
  await life.until("live");
  expect(await life.stored()).toHaveLength(60);
  inbox.add(mail({ id: "pushed@x" }), { internalDateMs: Date.now() + 1_000 });
  life.server.push("INBOX");
  await eventually(async () => expect(await life.stored()).toContain("<pushed@x>"));
  life.server.folder("Sent").add(mail({ id: "quiet@x" }), { internalDateMs: Date.now() + 1_000 });
  await eventually(async () => expect(await life.stored()).toContain("<quiet@x>"));
  const events = await listEvents(life.tenant, 0, 1000);
  const states = events
    .filter((event) => event.type === "mailbox.state")
    .map((event) => event.payload["state"]);
  expect(states).toEqual(["listing", "listing", "backfilling", "live"]);
  expect(events.some((event) => event.type === "mailbox.progress" && event.payload["done"] === 60)).toBe(
    true,
  );
  const health = (await mailboxHealth(life.tenant, Date.now())).get(life.mailboxId);
  expect(health).toMatchObject({ state: "live", backlog: 0, progress: null });
  expect(health?.inStepAt).not.toBeNull();
  await life.supervisor.stop();
  expect(life.server.calls.at(-1)).toBe("close");
  expect((await getMailbox(life.tenant, life.mailboxId)).owner).toBeNull();
});

test("a folder chosen later is imported and watched at once", async () => {
  const rarely = { peekMs: 60_000, watchedPeekMs: 60_000, lookMs: 60_000, restLookMs: 60_000 };
  const life = await living({ tempo: { ...quickTempo, ...rarely } });
  await life.choose("INBOX");
  await life.until("live");
  const sent = life.server.folder("Sent");
  sent.add(mail({ id: "s@x" }));
  await life.choose("INBOX", "Sent");
  await eventually(async () => expect(await life.stored()).toEqual(["<s@x>"]));
  sent.add(mail({ id: "t@x" }), { internalDateMs: Date.now() + 1_000 });
  await eventually(async () => {
    life.server.push("Sent");
    expect(await life.stored()).toHaveLength(2);
  });
  await life.supervisor.stop();
});

test("a deletion on the server ends as gone, by itself, though the folders were just proved after their import", async () => {
  const life = await living({ tempo: { ...quickTempo, proveGapMs: 60_000 } }, (server) => {
    server.named = true;
  });
  const inbox = life.server.folder("INBOX");
  const uid = inbox.add(mail({ id: "a@x" }));
  await life.choose("INBOX", "Sent");
  await eventually(() => expect(life.server.calls).toContain("listAll Sent"));
  inbox.remove(uid);
  life.server.push("INBOX");
  await eventually(async () => {
    const row = await life.tenant.db
      .selectFrom("messages")
      .select("gone_at")
      .where("workspace_id", "=", life.workspaceId)
      .executeTakeFirst();
    expect(row?.gone_at).toBeTruthy();
  });
  await life.supervisor.stop();
});

test("a renumbered folder is matched again while the mailbox lives", async () => {
  const life = await living();
  const inbox = life.server.folder("INBOX");
  for (let n = 0; n < 5; n++) inbox.add(mail({ id: `i${n}@x`, subject: `n ${n}` }));
  await life.choose("INBOX");
  await life.until("live");
  const before = await life.tenant.db
    .selectFrom("messages")
    .select(["id", "conversation_id"])
    .where("workspace_id", "=", life.workspaceId)
    .orderBy("id")
    .execute();
  inbox.renumber();
  life.server.push("INBOX");
  await eventually(async () => {
    const rows = await life.tenant.db
      .selectFrom("message_locations")
      .select("uid")
      .where("workspace_id", "=", life.workspaceId)
      .where("epoch", "=", 1)
      .execute();
    expect(rows).toHaveLength(5);
  });
  const after = await life.tenant.db
    .selectFrom("messages")
    .select(["id", "conversation_id"])
    .where("workspace_id", "=", life.workspaceId)
    .orderBy("id")
    .execute();
  expect(after).toEqual(before);
  await life.supervisor.stop();
});

test("a throttled mailbox keeps the pause and shows it", async () => {
  const pause = new HitchpostError("throttled", "Suggested Backoff Time", {
    details: { retryAfterMs: 1_500 },
  });
  const life = await living({}, (server) => server.failures.set("connect", pause));
  await life.until("backing_off");
  const { throttledUntil } = await getMailbox(life.tenant, life.mailboxId);
  const connects = (): number => life.server.calls.filter((call) => call === "connect").length;
  expect(connects()).toBe(1);
  await life.request("reconnect");
  await eventually(() => expect(connects()).toBe(2));
  expect(Date.now()).toBeGreaterThanOrEqual(throttledUntil!.getTime());
  await life.until("listing");
  expect((await getMailbox(life.tenant, life.mailboxId)).throttledUntil).toBeNull();
  await life.supervisor.stop();
});

test("a pause that was asked for before a restart is kept after it", async () => {
  const until = Date.now() + 1_500;
  const life = await living({}, async (_server, { tenant, mailboxId }) => {
    await tenant.transaction((tx) => updateMailbox(tx, mailboxId, { throttledUntil: new Date(until) }));
  });
  await eventually(() => expect(life.server.calls).toContain("connect"));
  expect(Date.now()).toBeGreaterThanOrEqual(until);
  await life.until("listing");
  await life.supervisor.stop();
});

test("needs attention until the user acts; a pause stops it and gives the connection back", async () => {
  const withdrawn = new HitchpostError("oauth_grant_invalid", "withdrawn");
  const life = await living({ onFailure: async () => ({ state: "needs_attention" }) }, (server) =>
    server.failures.set("connect", withdrawn),
  );
  await life.until("needs_attention");
  await life.request("reconnect");
  await life.choose("INBOX");
  await life.until("live");
  await life.tenant.transaction(async (tx) => void (await setMailboxState(tx, life.mailboxId, "paused")));
  life.supervisor.hint(life.workspaceId);
  await eventually(() => expect(life.supervisor.running).toBe(0));
  expect(await life.state()).toBe("paused");
  await life.tenant.transaction(async (tx) => void (await setMailboxState(tx, life.mailboxId, "connecting")));
  life.supervisor.hint(life.workspaceId);
  await life.until("live");
  await life.supervisor.stop();
});

test("trying again by hand while the server is away does not make the mailbox stay away for longer", async () => {
  const away = new HitchpostError("network_refused", "nobody listens");
  const waits: number[] = [];
  const life = await living({ onFailure: async () => ({ state: "backing_off" }) }, (server) =>
    server.failures.set("connect", away),
  );
  for (let tries = 1; tries <= 9; tries++) {
    await eventually(async () => {
      const told = (await listEvents(life.tenant, 0, 1_000)).filter(
        ({ type, payload }) => type === "mailbox.state" && payload["state"] === "backing_off",
      );
      expect(told).toHaveLength(tries);
      const { retryAt } = told.at(-1)!.payload["detail"] as { retryAt: string };
      waits.push(Date.parse(retryAt) - told.at(-1)!.createdAt.getTime());
    });
    life.server.failures.set("connect", away);
    await life.request("reconnect");
  }
  expect(Math.max(...waits)).toBeLessThan(10_000);
  await life.supervisor.stop();
});

test("one broken connection is mended without a change of state", async () => {
  const life = await living();
  await life.choose("INBOX");
  await life.until("live");
  life.server.failures.set("head", new HitchpostError("connection_lost", "reset by peer"));
  life.server.push("INBOX");
  const inbox = life.server.folder("INBOX");
  inbox.add(mail({ id: "after@x" }), { internalDateMs: Date.now() + 1_000 });
  await eventually(async () => expect(await life.stored()).toEqual(["<after@x>"]));
  const events = await listEvents(life.tenant, 0, 1000);
  expect(events.some((event) => event.payload["state"] === "backing_off")).toBe(false);
  await life.supervisor.stop();
});

test("an intent written by another part reaches the server by the hint of its event", async () => {
  const life = await living({ lookEveryMs: 600_000 });
  const inbox = life.server.folder("INBOX");
  const uid = inbox.add(mail({ id: "a@x" }));
  await life.choose("INBOX");
  await life.until("live");
  const row = await life.tenant.db
    .selectFrom("messages")
    .select("id")
    .where("workspace_id", "=", life.workspaceId)
    .executeTakeFirstOrThrow();
  await life.tenant.transaction((tx) =>
    insertIntents(tx, {
      mailboxId: life.mailboxId,
      kind: "flags",
      messageIds: [row.id],
      params: { add: ["\\Seen"] },
      createdBy: null,
    }),
  );
  life.supervisor.hint(life.workspaceId);
  await eventually(() => expect(inbox.get(uid).flags.has("\\Seen")).toBe(true));
  await life.supervisor.stop();
});

test("a mailbox reconnected while it lives goes on with its new servers at once", async () => {
  const opened: string[] = [];
  const life = await living({
    openSource: async (_tenant, { principal }) => {
      opened.push(principal);
      return life.server.source();
    },
  });
  await life.choose("INBOX");
  await life.until("live");
  // As it is done in one transaction; here with a look of the old session in between, which must not say *live* again.
  await updateMailbox(life.tenant, life.mailboxId, { principal: "renamed@x.example" });
  await life.tenant.transaction((tx) => setMailboxState(tx, life.mailboxId, "connecting"));
  await life.choose("INBOX", "Sent");
  await eventually(async () => expect(await life.tailsDone()).toEqual(["INBOX", "Sent"]));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await life.state()).toBe("connecting");
  await life.request("restart");
  await eventually(() => expect(opened).toHaveLength(2));
  await life.until("live");
  expect(opened[1]).toBe("renamed@x.example");
  expect(life.server.calls.indexOf("close")).toBeLessThan(life.server.calls.lastIndexOf("connect"));
  await life.supervisor.stop();
});

test("a reconnect that meets a failure being judged is not slept over", async () => {
  let refused = true;
  const life = await living({
    openSource: async () => {
      if (refused) throw new HitchpostError("auth_failed", "no");
      return life.server.source();
    },
    onFailure: async () => {
      refused = false;
      await life.request("restart");
      await eventually(async () => {
        const { rows } = await parts.database.pool.query(
          "SELECT 1 FROM mailbox_requests WHERE workspace_id = $1",
          [life.workspaceId],
        );
        expect(rows).toEqual([]); // taken: the runner was told while its failure is judged
      });
      return { state: "needs_attention" };
    },
  });
  await life.until("listing");
  await life.supervisor.stop();
});
