/** Mailboxes that keep the originals of their mail. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAttachment, readRawMessage, type FetchDeps } from "../../src/inbox/attachments.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { createBlobs, type Blobs } from "../../src/store/blobs.ts";
import { updateMailbox } from "../../src/store/mailboxes.ts";
import { removeMailbox } from "../../src/store/remove-mailbox.ts";
import { sweepBlobs, sweepReleased } from "../../src/store/sweep-blobs.ts";
import { fetchMissingOriginals } from "../../src/sync/missing-originals.ts";
import { mail } from "../support/fake-source.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { poisonedParser, inboxAndSent, testParser, type InboxAndSent } from "../support/sync-rig.ts";

let database: TestDatabase;
let parser: ParsePool;
let directory: string;
let blobs: Blobs;

beforeAll(async () => {
  database = await testDatabase();
  parser = testParser();
  directory = mkdtempSync(join(tmpdir(), "hitchpost-originals-"));
  blobs = createBlobs({ directory });
});
afterAll(async () => {
  await parser.close();
  await database.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The server gives nothing: what is read is what is kept. */
const offline = (): FetchDeps => ({
  blobs,
  fetchPart: () => Promise.reject(new Error("the server was asked")),
});

async function keeping(keepRaw = true): Promise<InboxAndSent> {
  const rig = await inboxAndSent(database.pool, parser);
  rig.ctx.blobs = blobs;
  await updateMailbox(rig.ctx.tenant, rig.ctx.mailboxId, { keepRaw });
  return rig;
}

const withFile = (n: number): string =>
  [
    "From: Ana <ana@shop.example>",
    "To: support@example.com",
    `Subject: Invoice ${n}`,
    `Message-ID: <f${n}@x>`,
    "Date: Thu, 01 Oct 2026 10:00:00 +0000",
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "See the file.",
    "--b",
    "Content-Type: application/pdf",
    'Content-Disposition: attachment; filename="invoice.pdf"',
    "Content-Transfer-Encoding: base64",
    "",
    Buffer.from(`file ${n}`).toString("base64"),
    "--b--",
    "",
  ].join("\r\n");

const files = (rig: InboxAndSent): string[] =>
  readdirSync(join(directory, rig.ctx.tenant.workspaceId), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe("a mailbox that keeps originals", () => {
  test("has every message as it came, its files too, in few files, and asks the server for nothing", async () => {
    const rig = await keeping();
    for (let n = 0; n < 30; n++) rig.inbox.add(withFile(n));
    await rig.backfill();
    rig.inbox.add(withFile(30));
    await rig.look("INBOX");
    const messages = await rig.messages();
    expect(messages).toHaveLength(31);
    for (const { id, message_id } of messages) {
      const n = Number(/\d+/.exec(message_id!)![0]);
      expect(text(await readRawMessage(rig.ctx.tenant, id, offline()))).toBe(withFile(n));
      expect(text((await readAttachment(rig.ctx.tenant, id, 1, offline())).bytes)).toBe(`file ${n}`);
    }
    const { rows } = await sql<{ hash: string; ref_count: number; rows: number }>`
      SELECT b.hash, b.ref_count, count(m.*) FILTER (WHERE m.part = 'raw')::int AS rows FROM blobs b
      JOIN message_blobs m ON m.workspace_id = b.workspace_id AND m.hash = b.hash
      WHERE b.workspace_id = ${rig.ctx.tenant.workspaceId}::uuid GROUP BY b.workspace_id, b.hash HAVING count(*) FILTER (WHERE m.part = 'raw') > 0
    `.execute(rig.ctx.tenant.db);
    expect(rows.map(({ ref_count, rows: count }) => [ref_count, count]).sort()).toEqual([
      [1, 1],
      [30, 30],
    ]);
  });

  test("keeps one original of a message that is found a second time, and of one whose batch is refused", async () => {
    const rig = await keeping();
    rig.inbox.add(mail({ id: "moved@x", subject: "Moved" }));
    rig.inbox.add(mail({ id: "bad@x", subject: "bad" }));
    await rig.backfill({ ctx: { ...rig.ctx, parser: poisonedParser(parser) } });
    const messages = await rig.messages();
    expect(messages.map(({ parse_flags }) => parse_flags).flat()).toEqual(["parse_failed"]);
    for (const { id } of messages)
      expect(text(await readRawMessage(rig.ctx.tenant, id, offline()))).toMatch(/^From: /m);
  });

  test("gives its files back when its mail is erased, and only then", async () => {
    const rig = await keeping();
    for (let n = 0; n < 3; n++) rig.inbox.add(withFile(n));
    await rig.backfill();
    await sweepBlobs(blobs, rig.ctx.tenant, Date.now() + 86_400_000);
    expect(files(rig)).toHaveLength(1);
    await rig.ctx.tenant.transaction((tx) => removeMailbox(tx, rig.ctx.mailboxId, "erase"));
    await sweepReleased(blobs, rig.ctx.tenant);
    expect(files(rig)).toEqual([]);
  });

  test("brings the originals of older mail when it is set later; what the server does not give is left, and asked for once", async () => {
    const rig = await keeping(false);
    for (let n = 0; n < 250; n++) rig.inbox.add(withFile(n));
    await rig.backfill();
    const before = await rig.messages();
    await expect(readRawMessage(rig.ctx.tenant, before[0]!.id, offline())).rejects.toThrow(
      /server was asked/,
    );
    await updateMailbox(rig.ctx.tenant, rig.ctx.mailboxId, { keepRaw: true });
    rig.server.withheld.add(rig.inbox.messages[7]!.uid);
    rig.server.fetched.splice(0);
    const { signal } = new AbortController();
    const walk = { below: null };
    await fetchMissingOriginals(rig.ctx, rig.source, walk, signal);
    await fetchMissingOriginals(rig.ctx, rig.source, walk, signal);
    expect(rig.server.fetched).toHaveLength(249);
    const kept = await Promise.allSettled(
      before.map(({ id }) => readRawMessage(rig.ctx.tenant, id, offline())),
    );
    expect(kept.filter(({ status }) => status === "rejected")).toHaveLength(1);
    expect(files(rig).length).toBeLessThan(10);
  });
});
