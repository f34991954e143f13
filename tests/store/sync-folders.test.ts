/** Folders that come, go, change their names or only seem to, under a mailbox that is kept in step. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { HitchpostError } from "../../src/core/errors.ts";
import { syncFolderList } from "../../src/sync/folder-listing.ts";
import { mail } from "../support/fake-source.ts";
import { openLifeParts, quickTempo, startLife, type LifeParts } from "../support/sync-life.ts";
import { syncRig, type SyncRig } from "../support/sync-rig.ts";
import { eventually } from "../support/eventually.ts";

let parts: LifeParts;
beforeAll(async () => {
  parts = await openLifeParts();
});
afterAll(() => parts.close());

/** INBOX and Project are chosen and imported, Private is not chosen. */
const rigged = async (): Promise<SyncRig> => {
  const rig = await syncRig(parts.database.pool, parts.parser);
  rig.server.folder("INBOX", "inbox");
  rig.server.folder("Project").add(mail({ id: "p@x" }));
  rig.server.folder("Private");
  await rig.choose("INBOX", "Project");
  await rig.backfill();
  return rig;
};

const relist = ({ ctx, source }: SyncRig) => syncFolderList(ctx, source, { chosen: true, newFolders: true });

const removeFolder = ({ server }: SyncRig, path: string): void => {
  server.folders.splice(server.folders.indexOf(server.folder(path)), 1);
};

const chosen = async ({ ctx }: SyncRig): Promise<string[]> => {
  const rows = await ctx.tenant.db
    .selectFrom("folders")
    .select("path")
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .where("selected", "=", true)
    .where("removed_at", "is", null)
    .orderBy("path")
    .execute();
  return rows.map((row) => row.path);
};

test("a folder that one listing leaves out is not removed: it answers all the same", async () => {
  const rig = await rigged();
  const before = await rig.folder("Project");
  rig.server.unlisted.add("Project").add("Private");
  expect((await relist(rig)).changed).toBe(false);
  expect((await rig.folder("Project")).id).toBe(before.id);
  expect((await rig.messages())[0]?.places).toEqual(["Project 1 in"]);
  rig.server.unlisted.clear();
  await relist(rig);
  expect(await chosen(rig)).toEqual(["INBOX", "Project"]);
});

test("a removed folder takes its messages into transit, and after the proof they are gone; the conversation stays", async () => {
  const rig = await rigged();
  removeFolder(rig, "Project");
  expect((await relist(rig)).changed).toBe(true);
  expect((await rig.messages())[0]).toMatchObject({ places: [], gone_at: null });
  expect(await rig.proveAll()).toBe(1);
  rig.server.folder("Project").add(mail({ id: "p@x" }));
  await relist(rig);
  await rig.backfill();
  const messages = await rig.messages();
  expect(messages).toMatchObject([{ places: ["Project 1 in"], transit_since: null, gone_at: null }]);
});

test("a phantom that turns up beside a removed folder does not stop the listing", async () => {
  const rig = await rigged();
  removeFolder(rig, "Project");
  rig.server.folder("Phantom");
  rig.server.broken.set("head Phantom", new HitchpostError("folder_unavailable", "listed, not there"));
  await relist(rig);
  expect(await chosen(rig)).toEqual(["INBOX", "Phantom"]);
});

test("a folder that was not chosen is not chosen by being renamed", async () => {
  const rig = await rigged();
  rig.server.folder("Private").path = "Very private";
  await relist(rig);
  expect(await chosen(rig)).toEqual(["INBOX", "Project"]);
  rig.server.folder("Another");
  await relist(rig);
  expect(await chosen(rig)).toEqual(["Another", "INBOX", "Project"]);
});

test("a chosen folder that holds nothing stays chosen under its new name; what failed under the old one is over", async () => {
  const rig = await rigged();
  rig.server.folder("Project").remove(1);
  await rig.look("Project");
  await parts.database.pool.query(
    "UPDATE folders SET failures = 5, problem = 'folder_unavailable', backoff_until = now() + interval '1 hour' WHERE workspace_id = $1",
    [rig.ctx.tenant.workspaceId],
  );
  const before = await rig.folder("Project");
  rig.server.folder("Project").path = "Archived project";
  await syncFolderList(rig.ctx, rig.source, { chosen: true, newFolders: false });
  expect(await rig.folder("Archived project")).toMatchObject({
    id: before.id,
    failures: 0,
    backoffUntilMs: null,
  });
});

test("a chosen folder that was emptied while it was renamed is followed; one that was just made is not", async () => {
  const rig = await rigged();
  const before = await rig.folder("Project");
  rig.server.folder("Project").remove(1);
  rig.server.folder("Project").path = "Project 2026";
  rig.server.folder("Fresh");
  await syncFolderList(rig.ctx, rig.source, { chosen: true, newFolders: false });
  expect((await rig.folder("Project 2026")).id).toBe(before.id);
  expect(await chosen(rig)).toEqual(["INBOX", "Project 2026"]);
  rig.server.folder("Project 2026").add(mail({ id: "later@x" }));
  await rig.look("Project 2026");
  expect((await rig.messages()).flatMap(({ places }) => places)).toEqual(["Project 2026 2 in"]);
});

test("a folder that was filled, or renamed, before it was looked at again is followed; one that was just made is not", async () => {
  const rig = await rigged();
  const before = await rig.folder("Project");
  const project = rig.server.folder("Project");
  for (let n = 0; n < 5; n++) project.add(mail({ id: `later${n}@x` }));
  project.path = "Project 2026";
  const listing = { chosen: true, newFolders: false };
  await syncFolderList(rig.ctx, rig.source, listing);
  expect((await rig.folder("Project 2026")).id).toBe(before.id);
  await rig.look("Project 2026");
  for (const uid of [1, 2, 3]) project.remove(uid); // numbers that are free, and that another folder gives out
  await rig.look("Project 2026");
  removeFolder(rig, "Project 2026");
  for (let n = 0; n < 3; n++) rig.server.folder("Fresh").add(mail({ id: `fresh${n}@x` }));
  await syncFolderList(rig.ctx, rig.source, listing);
  expect(await chosen(rig)).toEqual(["INBOX"]);
});

test("a folder that is renamed before anything of it was brought is followed", async () => {
  const rig = await syncRig(parts.database.pool, parts.parser);
  rig.server.folder("INBOX", "inbox");
  rig.server.folder("Project").add(mail({ id: "p@x" }));
  await rig.choose("INBOX", "Project");
  await rig.look("Project");
  const before = await rig.folder("Project");
  rig.server.folder("Project").path = "Project 2026";
  await syncFolderList(rig.ctx, rig.source, { chosen: true, newFolders: false });
  expect((await rig.folder("Project 2026")).id).toBe(before.id);
  await rig.backfill();
  expect((await rig.messages()).map(({ places }) => places)).toEqual([["Project 2026 1 in"]]);
});

test("a folder that turns out to be renamed when it is to be proved is followed at once", async () => {
  const rarely = {
    peekMs: 60_000,
    watchedPeekMs: 60_000,
    lookMs: 60_000,
    restLookMs: 60_000,
    relistMs: 60_000,
  };
  const life = await startLife(parts, { tempo: { ...quickTempo, ...rarely } }, (server) => {
    server.named = true;
    server.folder("INBOX").add(mail({ id: "a@x" }));
    server.folder("Project").add(mail({ id: "p@x" }));
  });
  await life.choose("INBOX", "Project");
  const found = async (sql: string): Promise<unknown[]> =>
    (await parts.database.pool.query(sql, [life.workspaceId])).rows;
  await eventually(async () =>
    expect(
      await found("SELECT 1 FROM folders WHERE workspace_id = $1 AND proved_at IS NOT NULL"),
    ).toHaveLength(2),
  );
  life.server.folder("Project").path = "Project 2026";
  life.server.folder("INBOX").remove(1);
  life.server.push("INBOX");
  await eventually(async () =>
    expect(
      await found("SELECT 1 FROM folders WHERE workspace_id = $1 AND path = 'Project 2026'"),
    ).toHaveLength(1),
  );
  await life.supervisor.stop();
});

test.each([
  ["in the middle of its import", null],
  ["whose mail is wanted from now on only", Date.UTC(2027, 0, 1)],
  ["of which only the last days are wanted", Date.UTC(2026, 0, 299)],
])(
  "a renamed folder %s is followed: nothing is stored twice, or fetched twice, or left out",
  async (_what, sinceMs) => {
    const rig = await syncRig(parts.database.pool, parts.parser);
    const folder = rig.server.folder("Project");
    rig.server.folder("INBOX", "inbox");
    for (let n = 1; n <= 300; n++)
      folder.add(mail({ id: `p${n}@x` }), { internalDateMs: Date.UTC(2026, 0, n) });
    await rig.choose("INBOX", "Project");
    const before = await rig.folder("Project");
    const stop = new AbortController();
    if (sinceMs === null)
      rig.server.afterFetch = async () => {
        rig.server.afterFetch = null;
        stop.abort(new Error("cut"));
      };
    await rig.backfill({ signal: stop.signal, page: 20, range: { sinceMs } }).catch(() => undefined);
    folder.path = "Project 2027";
    await relist(rig);
    expect((await rig.folder("Project 2027"))?.id).toBe(before.id);
    await rig.backfill({ page: 20, range: { sinceMs } });
    const stored = (await rig.messages()).filter(({ places }) => places.length > 0);
    expect(stored.length).toBe(sinceMs === null ? 300 : sinceMs > Date.UTC(2026, 11, 1) ? 0 : 2);
    expect(new Set(stored.map(({ message_id }) => message_id)).size).toBe(stored.length);
    expect(rig.server.fetched.length).toBeLessThanOrEqual(stored.length + 40); // the pages that were cut off
  },
);

test("a folder made again within its server's second of numbering is taken for what it is: another one", async () => {
  const rig = await rigged();
  const inbox = rig.server.folder("INBOX");
  const kept = mail({ id: "kept@x" });
  for (const raw of [mail({ id: "gone@x" }), mail({ id: "gone2@x" }), kept]) inbox.add(raw);
  await rig.look("INBOX");
  const before = (await rig.messages()).find(({ message_id }) => message_id === "<kept@x>");
  removeFolder(rig, "INBOX");
  const again = rig.server.folder("INBOX", "inbox"); // the same UIDVALIDITY, and UIDs from 1 on
  again.add(kept);
  again.add(mail({ id: "other@x" }));
  expect(await rig.look("INBOX")).toMatchObject({ renumbered: true });
  await rig.backfill();
  const placed = (await rig.messages()).filter(({ places }) =>
    places.some((place) => place.startsWith("INBOX")),
  );
  expect(placed.map(({ message_id, places }) => [message_id, ...places]).sort()).toEqual([
    ["<kept@x>", "INBOX 1 in"],
    ["<other@x>", "INBOX 2 in"],
  ]);
  expect(placed.find(({ message_id }) => message_id === "<kept@x>")?.id).toBe(before?.id);
});
