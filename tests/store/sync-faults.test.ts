/** What happens beside an import and within a live mailbox at the wrong moment: nothing is lost, doubled or made up. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { HitchpostError } from "../../src/core/errors.ts";
import { chooseFolders } from "../../src/store/folders.ts";
import { getMailbox, updateMailbox } from "../../src/store/mailboxes.ts";
import { lookAtHead } from "../../src/sync/head-round.ts";
import { sweepGone } from "../../src/sync/transit.ts";
import { mail } from "../support/fake-source.ts";
import { syncRig } from "../support/sync-rig.ts";
import { openLifeParts, startLife, type Life, type LifeParts } from "../support/sync-life.ts";
import { eventually } from "../support/eventually.ts";

let parts: LifeParts;
beforeAll(async () => {
  parts = await openLifeParts();
});
afterAll(() => parts.close());

interface StoredPlace {
  path: string;
  key: string;
  flags: string[];
}

const places = async ({ workspaceId }: Life): Promise<StoredPlace[]> => {
  const { rows } = await parts.database.pool.query<StoredPlace>(
    `SELECT f.path, l.remote_key AS key, l.flags FROM message_locations l
     JOIN folders f ON f.id = l.folder_id AND f.epoch = l.epoch WHERE l.workspace_id = $1 ORDER BY f.path, l.uid`,
    [workspaceId],
  );
  return rows;
};

const headCursor = async ({ workspaceId }: Life, path: string): Promise<Record<string, unknown> | null> => {
  const { rows } = await parts.database.pool.query<{ head_cursor: Record<string, unknown> | null }>(
    "SELECT head_cursor FROM folders WHERE workspace_id = $1 AND path = $2",
    [workspaceId, path],
  );
  return rows[0]?.head_cursor ?? null;
};

test.each([true, false])(
  "removed or flagged while its page is on its way: in step once the import is done (changes named: %s)",
  async (named) => {
    const life = await startLife(parts, {}, (server) => {
      server.named = named;
      const inbox = server.folder("INBOX");
      for (let n = 0; n < 4; n++) inbox.add(mail({ id: `i${n}@x`, subject: `n ${n}` }));
    });
    const inbox = life.server.folder("INBOX");
    life.server.afterFetch = async () => {
      life.server.afterFetch = null;
      inbox.remove(2);
      inbox.get(3).flags.add("\\Flagged");
      const before = await headCursor(life, "INBOX");
      await eventually(async () => {
        life.server.push("INBOX");
        if (named) expect(await headCursor(life, "INBOX")).not.toEqual(before); // the live part heard of it
      });
    };
    await life.choose("INBOX");
    await eventually(async () =>
      expect(await places(life)).toEqual([
        { path: "INBOX", key: "1", flags: [] },
        { path: "INBOX", key: "3", flags: ["\\Flagged"] },
        { path: "INBOX", key: "4", flags: [] },
      ]),
    );
    await life.supervisor.stop();
  },
);

test("a folder that answers wrongly is left alone: the others import and live on", async () => {
  const life = await startLife(parts, {}, (server) => {
    server.broken.set("tail Odd", new HitchpostError("protocol_error", "2 of 3 listed"));
    server.folder("Odd").add(mail({ id: "odd@x" }));
    server.folder("INBOX").add(mail({ id: "a@x" }));
  });
  await life.choose("INBOX", "Odd");
  await life.until("live");
  life.server.folder("INBOX").add(mail({ id: "b@x" }), { internalDateMs: Date.now() + 1_000 });
  life.server.folder("Odd").add(mail({ id: "c@x" }), { internalDateMs: Date.now() + 1_000 });
  await eventually(async () => {
    for (const path of ["INBOX", "Odd"]) life.server.push(path);
    expect(await life.stored()).toEqual(["<a@x>", "<b@x>", "<c@x>"]);
  });
  expect(life.server.calls.filter((call) => call === "connect")).toHaveLength(1);
  expect(life.server.calls.filter((call) => call === "tail Odd").length).toBeLessThanOrEqual(2);
  await life.supervisor.stop();
});

test("while a folder cannot be looked at, the mailbox is not said to be in step", async () => {
  const life = await startLife(parts, {}, (server) => {
    server.broken.set("head Odd", new HitchpostError("folder_unavailable", "does not open"));
    server.folder("Odd");
  });
  await life.choose("INBOX", "Odd");
  await life.until("live");
  life.server.folder("INBOX").add(mail({ id: "a@x" }), { internalDateMs: Date.now() + 1_000 });
  await eventually(async () => {
    life.server.push("INBOX");
    expect(await life.stored()).toEqual(["<a@x>"]);
  });
  const looks = (): number => life.server.calls.filter((call) => call === "head INBOX").length;
  const before = looks();
  await eventually(() => expect(looks()).toBeGreaterThan(before + 1));
  expect((await getMailbox(life.tenant, life.mailboxId)).inStepAt).toBeNull();
  await life.supervisor.stop();
});

test("a message whose copy stands in a folder still being imported is not gone", async () => {
  const rig = await syncRig(parts.database.pool, parts.parser);
  const raw = mail({ id: "copied@x" });
  const inbox = rig.server.folder("INBOX", "inbox");
  rig.server.folder("Copies").add(raw);
  const uid = inbox.add(raw);
  await rig.choose("INBOX");
  await rig.backfill();
  await rig.choose("INBOX", "Copies");
  for (let round = 0; round < 2; round++) await rig.look("Copies");
  inbox.remove(uid);
  await rig.look("INBOX");
  expect(await rig.proveAll()).toBe(0);
  await rig.backfill();
  expect(await rig.proveAll()).toBe(0);
  expect(await rig.messages()).toMatchObject([
    { places: ["Copies 1 in"], transit_since: null, gone_at: null },
  ]);
});

const date = (day: number): number => Date.UTC(2026, 0, day);

test("a hole in a range of the past is mended; what is older is asked for its date once, and stays away", async () => {
  const rig = await syncRig(parts.database.pool, parts.parser);
  const inbox = rig.server.folder("INBOX", "inbox");
  const range = { sinceMs: date(10) };
  inbox.add(mail({ id: "old@x" }), { internalDateMs: date(1) });
  inbox.add(mail({ id: "a@x" }), { internalDateMs: date(11) });
  inbox.add(mail({ id: "filed-later@x" }), { internalDateMs: date(2) });
  inbox.add(mail({ id: "lost@x" }), { internalDateMs: date(12) });
  inbox.add(mail({ id: "b@x" }), { internalDateMs: date(13) });
  await rig.choose("INBOX");
  await rig.backfill({ range });
  const stored = async (): Promise<(string | null)[]> =>
    (await rig.messages())
      .filter((message) => message.places.length > 0)
      .map(({ message_id }) => message_id)
      .sort();
  expect(await stored()).toEqual(["<a@x>", "<b@x>", "<lost@x>"]);
  await parts.database.pool.query(
    "DELETE FROM message_locations l USING folders f WHERE f.id = l.folder_id AND l.workspace_id = $1 AND l.uid = 4",
    [rig.ctx.tenant.workspaceId],
  );
  const look = async (): Promise<unknown> =>
    lookAtHead(rig.ctx, rig.source, await rig.folder("INBOX"), { range });
  await look();
  expect(await stored()).toEqual(["<a@x>", "<b@x>", "<lost@x>"]);
  const before = rig.server.fetched.length;
  await look();
  expect(rig.server.fetched.length).toBe(before);
});

test("a hole that was removed while it was being fetched is not stored", async () => {
  const rig = await syncRig(parts.database.pool, parts.parser);
  const inbox = rig.server.folder("INBOX", "inbox");
  for (let n = 0; n < 3; n++) inbox.add(mail({ id: `i${n}@x`, subject: `n ${n}` }));
  await rig.choose("INBOX");
  await rig.backfill();
  await parts.database.pool.query("DELETE FROM message_locations WHERE workspace_id = $1 AND uid = 2", [
    rig.ctx.tenant.workspaceId,
  ]);
  rig.server.withheld.add(2);
  rig.server.afterFetch = async () => {
    if (inbox.messages.length === 3) inbox.remove(2);
  };
  await rig.look("INBOX");
  expect((await rig.messages()).filter((message) => message.parse_flags.includes("unreadable"))).toEqual([]);
});

test("from now on begins with the choice, though the first look comes later", async () => {
  const life = await startLife(parts, {}, async (server, { tenant, mailboxId }) => {
    server.folder("INBOX").add(mail({ id: "old@x" }));
    await tenant.transaction((tx) => updateMailbox(tx, mailboxId, { history: "none" }));
  });
  await life.until("listing");
  await eventually(() => life.tenant.transaction((tx) => chooseFolders(tx, life.mailboxId, ["INBOX"])));
  life.server.folder("INBOX").add(mail({ id: "between@x" }), { internalDateMs: Date.now() });
  await life.until("live");
  expect(await life.stored()).toEqual(["<between@x>"]);
  await life.supervisor.stop();
});

test("a longer history chosen later brings the older mail, as old mail, and fetches nothing again", async () => {
  const life = await startLife(parts, {}, async (server, { tenant, mailboxId }) => {
    server.named = true;
    const inbox = server.folder("INBOX");
    for (let n = 0; n < 3; n++)
      inbox.add(mail({ id: `old${n}@x`, subject: `old ${n}` }), { internalDateMs: Date.UTC(2020, 0, 1) });
    inbox.add(mail({ id: "recent@x" }), { internalDateMs: Date.now() - 86_400_000 });
    await tenant.transaction((tx) => updateMailbox(tx, mailboxId, { history: "1m" }));
  });
  await life.choose("INBOX");
  await life.until("live");
  expect(await life.stored()).toEqual(["<recent@x>"]);
  await life.tenant.transaction((tx) => updateMailbox(tx, life.mailboxId, { history: "all" }));
  await life.choose("INBOX");
  await eventually(async () => expect(await life.stored()).toHaveLength(4));
  await life.until("live");
  expect(life.server.fetched.map(({ uid }) => uid).sort()).toEqual([1, 2, 3, 4]);
  const { rows } = await parts.database.pool.query(
    "SELECT bool_or(is_new) AS new, count(*)::int AS stored FROM messages WHERE workspace_id = $1",
    [life.workspaceId],
  );
  expect(rows).toEqual([{ new: false, stored: 4 }]);
  await life.supervisor.stop();
});

test("folders chosen during an import join in, those no longer chosen drop out", async () => {
  const rig = await syncRig(parts.database.pool, parts.parser);
  const big = rig.server.folder("Big");
  for (let n = 0; n < 60; n++) big.add(mail({ id: `b${n}@x`, subject: `b ${n}` }));
  rig.server.folder("Late").add(mail({ id: "late@x" }));
  await rig.choose("Big");
  rig.server.afterFetch = async () => {
    rig.server.afterFetch = null;
    await rig.choose("Late");
  };
  await rig.backfill({ page: 5 });
  expect((await rig.messages()).map((message) => message.message_id)).toContain("<late@x>");
  expect(rig.server.fetched.filter(({ path }) => path === "Big").length).toBeLessThan(60);
});

test("a folder renumbered while a page is on its way: the page is refused, and everything is found again once", async () => {
  const rig = await syncRig(parts.database.pool, parts.parser);
  const inbox = rig.server.folder("INBOX", "inbox");
  for (let n = 0; n < 25; n++) inbox.add(mail({ id: `i${n}@x`, subject: `n ${n}` }));
  await rig.choose("INBOX");
  let pages = 0;
  rig.server.afterFetch = async () => {
    if (++pages !== 2) return;
    inbox.renumber();
    inbox.add(mail({ id: "later@x" }), { internalDateMs: Date.now() + 1_000 });
    expect((await rig.look("INBOX")).renumbered).toBe(true);
  };
  await rig.backfill({ page: 5 });
  await parts.database.pool.query("UPDATE folders SET backoff_until = NULL");
  await rig.backfill({ page: 5 });
  const messages = await rig.messages();
  expect(messages.map((message) => message.places.length)).toEqual(Array.from({ length: 26 }, () => 1));
  expect(new Set(messages.map((message) => message.message_id)).size).toBe(26);
  expect(messages.every((message) => message.transit_since === null)).toBe(true);
  const news = messages.filter((message) => message.is_new).map((message) => message.message_id);
  expect(news).toEqual(["<later@x>"]);
  expect(await rig.folder("INBOX")).toMatchObject({ epoch: 1, tailDone: true });
});

test("one mail in two folders that are stored at the same moment is one message", async () => {
  const rig = await syncRig(parts.database.pool, parts.parser);
  const raw = mail({ id: "same@x" });
  for (const path of ["A", "B"]) rig.server.folder(path).add(raw);
  await rig.choose("A", "B");
  const inbox = {
    ...rig.ctx.inbox,
    settle: async (...args: Parameters<typeof rig.ctx.inbox.settle>) => {
      await new Promise((resolve) => setTimeout(resolve, 200)); // its rows are written, and not yet seen by others
      return rig.ctx.inbox.settle(...args);
    },
  };
  await rig.backfill({ ctx: { ...rig.ctx, inbox } });
  expect((await rig.messages()).map((message) => message.places)).toEqual([["A 1 in", "B 1 in"]]);
});

test("what left after the folders were proved is not gone by that proof", async () => {
  const rig = await syncRig(parts.database.pool, parts.parser);
  rig.server.named = true; // a look lists nothing, and so proves nothing
  const inbox = rig.server.folder("INBOX", "inbox");
  const uid = inbox.add(mail({ id: "a@x" }));
  await rig.choose("INBOX");
  await rig.backfill();
  await rig.proveAll();
  inbox.remove(uid);
  await rig.look("INBOX");
  expect((await rig.messages())[0]).toMatchObject({ places: [], gone_at: null });
  expect(await sweepGone(rig.ctx)).toBe(0);
  expect(await rig.proveAll()).toBe(1);
});

test.each([
  ["throttled", new HitchpostError("throttled", "slow down", { details: { retryAfterMs: 400 } })],
  ["cut off", new HitchpostError("connection_lost", "Session invalidated - AccessTokenExpired")],
  ["told to look again", new HitchpostError("folder_reset", "look again")],
])("%s in the middle of an import: everything is there once", async (_name, failure) => {
  const life = await startLife(parts, {}, (server) => {
    const inbox = server.folder("INBOX");
    for (let n = 0; n < 300; n++) inbox.add(mail({ id: `i${n}@x`, subject: `n ${n}` }));
    server.afterFetch = async () => {
      server.afterFetch = null;
      server.failures.set("fetch", failure);
    };
  });
  await life.choose("INBOX");
  await eventually(async () => expect(await life.stored()).toHaveLength(300));
  expect(new Set(await life.stored()).size).toBe(300);
  expect(new Set((await places(life)).map(({ key }) => key)).size).toBe(300);
  await life.supervisor.stop();
});
