/** A first sync of varied mail, odd and real, over real Dovecot: server and database are compared message by message. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mail } from "../support/fake-source.ts";
import { dovecotServer, serverVariants } from "../support/mail-servers.ts";
import { openStage, openTheatre, type SyncStage, type Theatre } from "./sync-stage.ts";

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

const variants = [
  { ...serverVariants[0]!, options: {} },
  { ...serverVariants[1]!, options: { hideCondstore: true } },
];

describe.each(variants)("$name", ({ options, ...variant }) => {
  let server: Awaited<ReturnType<typeof dovecotServer>>;
  let theatre: Theatre;
  let stage: SyncStage;
  beforeAll(async () => {
    theatre = await openTheatre({ ...variant, start: async () => (server = await dovecotServer(options)) });
    stage = await openStage(theatre);
  });
  afterAll(async () => {
    await stage?.close();
    await theatre?.close();
  });

  test("first sync: every message of every chosen folder once, with flags and Message-IDs", async () => {
    const { admin } = stage;
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
    for (const folder of ["", "", "Work"]) await server.dovecot.deliver(stage.login.user, folder, "", "S"); // no byte at all
    for (const raw of await corpus()) await server.dovecot.deliver(stage.login.user, "", raw, "S");
    await stage.start("INBOX", "Sent", "Work");
    await stage.inStep("INBOX", "Sent", "Work");
    const ours = await stage.stored();
    const theirs = await stage.held("INBOX", "Sent", "Work");
    expect(ours.length).toBeGreaterThanOrEqual(madeMessages);
    expect(new Set(ours.map((item) => `${item.folder} ${item.uid}`)).size).toBe(ours.length);
    const compared = theirs.filter((item) => proper(item.messageId));
    expect(compared.length).toBeGreaterThanOrEqual(madeMessages);
    const idOf = new Map(ours.map((item) => [`${item.folder} ${item.uid}`, item.messageId]));
    for (const item of compared) expect(idOf.get(`${item.folder} ${item.uid}`)).toBe(item.messageId);
    expect((await stage.held("INBOX")).filter((item) => item.flags.includes("\\Seen")).length).toBe(
      ours.filter((item) => item.folder === "INBOX" && item.flags.includes("\\Seen")).length,
    );
  });
});
