import { randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import { cp, mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../src/core/ids.ts";
import { backup } from "../../src/store/backup/backup.ts";
import { restore } from "../../src/store/backup/restore.ts";
import { keptTables, plannedTables } from "../../src/store/backup/tables.ts";
import { createBlobs } from "../../src/store/blobs.ts";
import { appendEvents } from "../../src/store/events.ts";
import { storeGrant } from "../../src/store/grants.ts";
import { schemaVersion } from "../../src/store/migrate.ts";
import { secretKey } from "../../src/store/secrets.ts";
import { createUpload } from "../../src/store/uploads.ts";
import { seedWorkspace, testDatabase, type SeededWorkspace, type TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";

let source: TestDatabase;
let room: string;
let file: string;
let seeded: SeededWorkspace;
const log = silentLog;

beforeAll(async () => {
  source = await testDatabase();
  room = await mkdtemp(join(tmpdir(), "hitchpost-backup-"));
  file = join(room, "backup.tar.gz");
  seeded = await seedWorkspace(source.pool);
  await fill();
  const blobs = createBlobs({ directory: join(room, "blobs") });
  await createUpload(seeded.tenant, blobs, {
    filename: "a",
    contentType: "b",
    content: randomBytes(3_000_000),
    maxBytes: 1e9,
    createdBy: null,
  });
  await backup({ pool: source.pool, blobs, out: file, version: "0.1.0", nowMs: Date.UTC(2026, 0), log });
});
afterAll(async () => {
  await source.close();
  await rm(room, { recursive: true });
});

/** Rows with everything that is hard to carry: bytes, arrays, JSON null, new lines, emoji, microseconds, many rows. */
async function fill(): Promise<void> {
  const { tenant, workspaceId, mailboxId } = seeded;
  const ring = { current: secretKey(randomBytes(32)), others: [] };
  await storeGrant(tenant, ring, { mailboxId, secret: { kind: "password", password: "canary-password" } });
  await appendEvents(tenant, [
    { type: "mailbox.state", mailboxId, conversationId: null, payload: { a: null, 'quote"': "\n\\n" } },
  ]);
  const conversationId = newId();
  await tenant.db
    .insertInto("conversations")
    .values({ workspace_id: workspaceId, id: conversationId, status: "open", last_message_at: new Date() })
    .execute();
  const messages = Array.from({ length: 1200 }, (_, n) => ({
    workspace_id: workspaceId,
    id: newId(),
    mailbox_id: mailboxId,
    conversation_id: conversationId,
    identity: randomBytes(32),
    refs: ["<a@b>", 'q"u,o{t}e\\', ""],
    subject: `Grüße 你好 👋 ${n}\r\n\ttab`,
    received_at: new Date(),
    parse_flags: [],
  }));
  await tenant.db.insertInto("messages").values(messages).execute();
  await tenant.db
    .insertInto("message_bodies")
    .values(
      messages.slice(0, 12).map(({ id }) => ({
        workspace_id: workspaceId,
        message_id: id,
        content: randomBytes(400_000),
      })),
    )
    .execute();
  await tenant.db
    .insertInto("message_search")
    .values({ workspace_id: workspaceId, message_id: messages[0]!.id, words: "'it''s':1 你好:2" })
    .execute();
  await tenant.db
    .insertInto("drafts")
    .values({ workspace_id: workspaceId, conversation_id: conversationId, user_id: "u", content: "null" })
    .execute();
  await tenant.db
    .insertInto("outbox")
    .values({
      workspace_id: workspaceId,
      id: newId(),
      mailbox_id: mailboxId,
      conversation_id: conversationId,
      state: "queued",
      message_id: "<m>",
      subject: "s",
      recipients: "{}",
      text: "t",
      html: null,
      in_reply_to: null,
    })
    .execute();
  await source.pool.query("UPDATE mailboxes SET owner = gen_random_uuid(), fence = 7");
}

const contents = async ({ pool }: TestDatabase) => {
  const all: Record<string, unknown> = {};
  for (const table of keptTables) {
    const { rows } = await pool.query<{ count: number; digest: string }>(
      `SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS digest FROM ${table} t`,
    );
    all[table] = rows[0];
  }
  return all;
};

test("every table of the schema is planned for", async () => {
  const { rows } = await source.pool.query(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migrations'",
  );
  expect(rows.map((row) => (row as { tablename: string }).tablename).sort()).toEqual(
    [...plannedTables].sort(),
  );
});

test("what is restored equals what was backed up; mailboxes are free, and nothing is sent again", async () => {
  const target = await testDatabase({ empty: true });
  const blobs = createBlobs({ directory: join(room, "restored") });
  const restored = await restore({ pool: target.pool, blobs, file, log });
  expect(restored).toMatchObject({ blobs: 1, createdAt: new Date(Date.UTC(2026, 0)) });
  const outbox = await target.pool.query("SELECT state, problem FROM outbox");
  expect(outbox.rows).toEqual([{ state: "unknown", problem: "restored" }]);
  const mailboxes = await target.pool.query("SELECT owner, fence FROM mailboxes");
  expect(mailboxes.rows).toEqual([{ owner: null, fence: 7 }]);
  await source.pool.query(
    "UPDATE mailboxes SET owner = NULL; UPDATE outbox SET state = 'unknown', problem = 'restored'",
  );
  expect(await contents(target)).toEqual(await contents(source));
  const [stored] = await readdir(join(room, "restored", seeded.workspaceId), {
    recursive: true,
    withFileTypes: true,
  }).then((all) => all.filter((one) => one.isFile()));
  expect((await stat(join(stored!.parentPath, stored!.name))).size).toBe(3_000_000);
  await expect(restore({ pool: target.pool, blobs, file, log })).rejects.toMatchObject({ code: "conflict" });
  await target.close();
});

test("the file is a tar for everybody, for our eyes only, and shows no secret", async () => {
  const listing = execFileSync("tar", ["tzf", file], { encoding: "utf8" }).split("\n");
  expect(listing[0]).toBe("manifest.json");
  expect(listing).toContain("tables/message_bodies/000001.ndjson");
  expect(listing.filter((name) => name.startsWith(`blobs/${seeded.workspaceId}/`))).toHaveLength(1);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(gunzipSync(await readFile(file)).includes("canary-password")).toBe(false);
});

test("a cut, changed or foreign file is refused and leaves nothing", async () => {
  const target = await testDatabase();
  const directory = join(room, "refused");
  const blobs = createBlobs({ directory });
  const whole = await readFile(file);
  const tar = gunzipSync(whole);
  const changed = Buffer.from(tar);
  changed.write("Grusse", tar.indexOf("Grüße"));
  const cuts = {
    "half.gz": whole.subarray(0, whole.length / 2),
    "almost.gz": whole.subarray(0, whole.length - 1000),
    "no-end.gz": gzipSync(tar.subarray(0, tar.length - 2048)),
    "zero-end.gz": gzipSync(Buffer.concat([tar.subarray(0, tar.length - 2048), Buffer.alloc(2048)])),
    "changed.gz": gzipSync(changed),
    "newer.gz": gzipSync(
      Buffer.from(tar.toString("latin1").replace(schemaVersion, `9${schemaVersion.slice(1)}`), "latin1"),
    ),
    "text.gz": Buffer.from("no backup at all"),
    "empty.gz": Buffer.alloc(0),
  };
  for (const [name, bytes] of Object.entries(cuts)) {
    await writeFile(join(room, name), bytes);
    const restoring = restore({ pool: target.pool, blobs, file: join(room, name), log });
    await expect(restoring, name).rejects.toMatchObject({ code: "backup_invalid" });
  }
  await expect(restore({ pool: target.pool, blobs, file: join(room, "none"), log })).rejects.toMatchObject({
    code: "backup_invalid",
  });
  const { rows } = await target.pool.query("SELECT count(*) FROM workspaces");
  expect(rows).toEqual([{ count: 0 }]);
  const left = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  expect(left.filter((entry) => entry.isFile())).toEqual([]);
  await target.close();
});

test("a kept file that is damaged is left out, and the rest is backed up", async () => {
  const damaged = join(room, "damaged");
  await cp(join(room, "blobs"), damaged, { recursive: true });
  const [stored] = (await readdir(damaged, { recursive: true, withFileTypes: true })).filter((one) =>
    one.isFile(),
  );
  await truncate(join(stored!.parentPath, stored!.name), 1_000);
  const out = join(room, "without.tar.gz");
  const blobs = createBlobs({ directory: damaged });
  await backup({ pool: source.pool, blobs, out, version: "0.1.0", nowMs: Date.UTC(2026, 0), log });
  const target = await testDatabase({ empty: true });
  const fresh = createBlobs({ directory: join(room, "fresh") });
  expect(await restore({ pool: target.pool, blobs: fresh, file: out, log })).toMatchObject({ blobs: 0 });
  await target.close();
});
