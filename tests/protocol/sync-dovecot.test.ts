/** Sync over real Dovecot with the real IMAP source: with all it can, and as Outlook. Server and database are compared. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { insertIntents } from "../../src/store/intents.ts";
import { mail } from "../support/fake-source.ts";
import { openStage, openTheatre, serverVariants, type SyncStage, type Theatre } from "./sync-stage.ts";

const corpusDir = process.env["CORPUS_DIR"] ?? path.join(import.meta.dirname, "../../../shared/corpus");
const madeMessages = 300;
const flagSets = [[], ["\\Seen"], ["\\Flagged"], ["\\Seen", "\\Answered"], ["\\Seen", "$Forwarded"]];

const corpus = async (): Promise<Buffer[]> => {
  if (!existsSync(corpusDir)) return [];
  const files = (await readdir(corpusDir, { recursive: true })).filter((file) => file.endsWith(".eml"));
  return Promise.all(files.map((file) => readFile(path.join(corpusDir, file))));
};

/** Message-IDs that two readers cannot read differently. */
const proper = (id: string | null): boolean => id !== null && /^<[^<>\s"\\]+@[^<>\s"\\]+>$/.test(id);

describe.each(serverVariants)("Dovecot $name", ({ options }) => {
  let theatre: Theatre;
  let stage: SyncStage;
  beforeAll(async () => {
    theatre = await openTheatre(options);
  });
  afterAll(() => theatre?.close());
  beforeEach(async () => {
    stage = await openStage(theatre);
  });
  afterEach(() => stage?.close());

  test("first sync: every message of every chosen folder once, with flags and Message-IDs", async () => {
    const { admin, start, inStep, stored, held } = stage;
    for (let n = 0; n < madeMessages; n++) {
      const folder = n % 5 === 0 ? "Work" : n % 7 === 0 ? "Sent" : "INBOX";
      const raw = mail({
        id: `made-${n}@x.example`,
        subject: `Made ${n}`,
        text: `Text ${n} ü 中文\n`.repeat((n % 40) + 1),
      });
      await admin.append(
        folder,
        raw,
        flagSets[n % flagSets.length],
        new Date(Date.UTC(2026, 0, 1) + n * 60_000),
      );
    }
    for (const folder of ["", "", "Work"]) await theatre.dovecot.deliver(stage.user, folder, "", "S"); // no byte at all
    for (const raw of await corpus()) await theatre.dovecot.deliver(stage.user, "", raw, "S");
    await start("INBOX", "Sent", "Work");
    await inStep("INBOX", "Sent", "Work");
    const ours = await stored();
    const theirs = await held("INBOX", "Sent", "Work");
    expect(ours.length).toBeGreaterThanOrEqual(madeMessages);
    expect(new Set(ours.map((item) => `${item.folder} ${item.uid}`)).size).toBe(ours.length);
    const compared = theirs.filter((item) => proper(item.messageId));
    expect(compared.length).toBeGreaterThanOrEqual(madeMessages);
    const idOf = new Map(ours.map((item) => [`${item.folder} ${item.uid}`, item.messageId]));
    for (const item of compared) expect(idOf.get(`${item.folder} ${item.uid}`)).toBe(item.messageId);
    expect((await held("INBOX")).filter((item) => item.flags.includes("\\Seen")).length).toBe(
      ours.filter((item) => item.folder === "INBOX" && item.flags.includes("\\Seen")).length,
    );
  });

  test("new mail in Inbox and elsewhere, flags, moves and expunges of another client", async () => {
    const { admin, start, inStep, stored } = stage;
    for (let n = 0; n < 12; n++) await admin.append("INBOX", mail({ id: `a${n}@x`, subject: `a ${n}` }));
    await start("INBOX", "Sent", "Work");
    const before = new Map((await stored()).map((item) => [item.messageId, item.rowId]));
    await admin.append("INBOX", mail({ id: "new@x" }));
    await admin.append("Work", mail({ id: "work@x" }));
    await inStep("INBOX", "Sent", "Work");
    const lock = await admin.getMailboxLock("INBOX");
    await admin.messageFlagsAdd("1:3", ["\\Seen", "\\Flagged"]);
    await admin.messageMove("4:6", "Work");
    await admin.messageDelete("1");
    lock.release();
    await inStep("INBOX", "Sent", "Work");
    const after = new Map((await stored()).map((item) => [item.messageId, item.rowId]));
    for (const id of ["<a3@x>", "<a4@x>", "<a5@x>"]) expect(after.get(id)).toBe(before.get(id));
    await vi.waitFor(
      async () => {
        const rows = await stage.tenant.db
          .selectFrom("messages")
          .select("message_id")
          .where("workspace_id", "=", stage.workspaceId)
          .where("gone_at", "is not", null)
          .execute();
        expect(rows.map((row) => row.message_id)).toEqual(["<a0@x>"]);
      },
      { timeout: 15_000, interval: 100 },
    );
    const seen = await stage.tenant.db
      .selectFrom("messages")
      .select("message_id")
      .where("workspace_id", "=", stage.workspaceId)
      .where("seen", "=", true)
      .execute();
    expect(seen.map((row) => row.message_id).sort()).toEqual(expect.arrayContaining(["<a1@x>", "<a2@x>"]));
  });

  test("our flags and moves reach the server", async () => {
    const { admin, start, inStep, stored, held } = stage;
    for (let n = 0; n < 5; n++) await admin.append("INBOX", mail({ id: `a${n}@x`, subject: `a ${n}` }));
    await start("INBOX", "Work");
    const { tenant, mailboxId } = stage;
    const rows = new Map((await stored()).map((item) => [item.messageId, item.rowId]));
    const folder = await tenant.db
      .selectFrom("folders")
      .select("id")
      .where("workspace_id", "=", tenant.workspaceId)
      .where("path", "=", "Work")
      .executeTakeFirstOrThrow();
    await tenant.transaction(async (tx) => {
      const common = { mailboxId, createdBy: null };
      await insertIntents(tx, {
        ...common,
        kind: "flags",
        messageIds: [rows.get("<a0@x>")!, rows.get("<a1@x>")!],
        params: { add: ["\\Seen"] },
      });
      await insertIntents(tx, {
        ...common,
        kind: "move",
        messageIds: [rows.get("<a2@x>")!],
        params: { targetFolderId: folder.id },
      });
    });
    stage.hint();
    await vi.waitFor(
      async () => expect((await held("Work")).map((item) => item.messageId)).toEqual(["<a2@x>"]),
      { timeout: 10_000, interval: 100 },
    );
    await inStep("INBOX", "Work");
    const server = await held("INBOX");
    expect(server.filter((item) => item.flags.includes("\\Seen")).map((item) => item.messageId)).toEqual([
      "<a0@x>",
      "<a1@x>",
    ]);
    const moved = (await stored()).find((item) => item.messageId === "<a2@x>");
    expect(moved).toMatchObject({ folder: "Work", rowId: rows.get("<a2@x>") });
    const shown = await tenant.db
      .selectFrom("messages")
      .select("seen")
      .where("workspace_id", "=", tenant.workspaceId)
      .execute();
    expect(shown.every((row) => !row.seen)).toBe(true);
  });
});
