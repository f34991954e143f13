/** What happens beside an import and within a live mailbox at the wrong moment: nothing is lost, doubled or made up. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { HitchpostError } from "../../src/core/errors.ts";
import { getMailbox } from "../../src/store/mailboxes.ts";
import { mail } from "../support/fake-source.ts";
import { syncRig } from "../support/sync-rig.ts";
import { openLifeParts, startLife, type Life, type LifeParts } from "../support/sync-life.ts";

let parts: LifeParts;
beforeAll(async () => {
  parts = await openLifeParts();
});
afterAll(() => parts.close());

const patient = { timeout: 15_000, interval: 25 };

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
      await vi.waitFor(async () => {
        life.server.push("INBOX");
        if (named) expect(await headCursor(life, "INBOX")).not.toEqual(before); // the live part heard of it
      }, patient);
    };
    await life.choose("INBOX");
    await vi.waitFor(
      async () =>
        expect(await places(life)).toEqual([
          { path: "INBOX", key: "1", flags: [] },
          { path: "INBOX", key: "3", flags: ["\\Flagged"] },
          { path: "INBOX", key: "4", flags: [] },
        ]),
      patient,
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
  await vi.waitFor(async () => {
    for (const path of ["INBOX", "Odd"]) life.server.push(path);
    expect(await life.stored()).toEqual(["<a@x>", "<b@x>", "<c@x>"]);
  }, patient);
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
  await vi.waitFor(async () => {
    life.server.push("INBOX");
    expect(await life.stored()).toEqual(["<a@x>"]);
  }, patient);
  const looks = (): number => life.server.calls.filter((call) => call === "head INBOX").length;
  const before = looks();
  await vi.waitFor(() => expect(looks()).toBeGreaterThan(before + 1), patient);
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
