/** Changes of the transport in the middle of everything else: cut connections, moves, removals, flags. Nothing lost, nothing twice. */
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HitchpostError } from "../../src/core/errors.ts";
import type { MailSource } from "../../src/protocol/mail-source.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { updateMailbox } from "../../src/store/mailboxes.ts";
import type { Transport } from "../../src/store/transport.ts";
import { syncFolderList } from "../../src/sync/folder-listing.ts";
import { syncedFolders } from "../../src/sync/folder-rows.ts";
import { lookAtHead } from "../../src/sync/head-round.ts";
import { proveFolder, sweepGone } from "../../src/sync/transit.ts";
import { fakeGraph } from "../support/fake-graph.ts";
import { mail, type FakeFolder } from "../support/fake-source.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { inboxAndSent, testParser, type InboxAndSent } from "../support/sync-rig.ts";

let database: TestDatabase;
let parser: ParsePool;
beforeAll(async () => {
  database = await testDatabase();
  parser = testParser();
});
afterAll(async () => {
  await parser.close();
  await database.close();
});

type Step =
  | { do: "append" | "flag" | "move" | "remove"; at: number; folder: 0 | 1 }
  | { do: "change"; to: Transport; cut: "none" | "head" | "tail" | "fetch" }
  | { do: "renumber"; folder: 0 | 1 };

const folder = fc.constantFrom<0 | 1>(0, 1);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom(
          "append" as const,
          "append" as const,
          "flag" as const,
          "move" as const,
          "remove" as const,
        ),
        at: fc.nat(50),
        folder,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("change" as const),
        to: fc.constantFrom<Transport>("imap", "graph"),
        cut: fc.constantFrom("none" as const, "head" as const, "tail" as const, "fetch" as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("renumber" as const), folder }) },
  ),
  { minLength: 12, maxLength: 24 },
);

/** A mailbox that changes on the server, and by whom it is read. */
class Walk {
  readonly #rig: InboxAndSent;
  readonly #folders: readonly [FakeFolder, FakeFolder];
  readonly #graph: MailSource;
  #transport: Transport = "imap";
  #count = 0;

  constructor(rig: InboxAndSent) {
    this.#rig = rig;
    this.#graph = fakeGraph(rig.server, { anew: false });
    this.#folders = [rig.inbox, rig.server.folder("Orders")];
  }

  async take(step: Step): Promise<void> {
    if (step.do === "change") return this.#change(step.to, step.cut);
    const here = this.#folders[step.folder];
    if (step.do === "renumber") return here.renumber();
    if (step.do === "append") {
      const id = `m${++this.#count}@x`;
      here.add(mail({ id, subject: `Mail ${this.#count}` }), {
        internalDateMs: Date.now() - 1_000 * step.at,
      });
      return;
    }
    const message = here.messages[step.at % Math.max(1, here.messages.length)];
    if (message === undefined) return;
    if (step.do === "flag") message.flags.add("\\Flagged");
    else if (step.do === "remove") here.remove(message.uid);
    else this.#rig.server.move(message.uid, here, this.#folders[step.folder === 0 ? 1 : 0]);
  }

  async #change(to: Transport, cut: string): Promise<void> {
    this.#transport = to;
    await updateMailbox(this.#rig.ctx.tenant, this.#rig.ctx.mailboxId, { transport: to });
    if (cut !== "none") this.#rig.server.failures.set(cut, new HitchpostError("connection_lost", "cut"));
    await this.sync(2).catch((error: unknown) => {
      if (!(error instanceof HitchpostError) || error.code !== "connection_lost") throw error;
    });
    this.#rig.server.failures.clear();
  }

  /** One session: folders, import, a look at each. */
  async sync(page = 50): Promise<void> {
    const ctx = { ...this.#rig.ctx, transport: this.#transport };
    const source = this.#transport === "graph" ? this.#graph : this.#rig.source;
    await syncFolderList(ctx, source, { chosen: true, newFolders: true });
    await this.#rig.backfill({ ctx, source, page });
    for (const known of await syncedFolders(ctx.tenant, ctx.mailboxId))
      await lookAtHead(ctx, source, known, { range: { sinceMs: null } });
    await this.#rig.backfill({ ctx, source, page });
    for (const known of await syncedFolders(ctx.tenant, ctx.mailboxId))
      await proveFolder(ctx, source, known, { sinceMs: null });
    await sweepGone(ctx);
  }

  /** What stands where, with its flag. */
  server(): string[] {
    return this.#folders
      .flatMap((one, at) =>
        one.messages.map(({ raw, flags }) => `${at} ${/<(.*)>/.exec(raw)![1]} ${flags.has("\\Flagged")}`),
      )
      .sort();
  }

  async database(): Promise<string[]> {
    const { rows } = await database.pool.query<{ role: string | null; message_id: string; flagged: boolean }>(
      `SELECT f.role, m.message_id, m.flagged FROM message_locations l
       JOIN folders f ON f.workspace_id = l.workspace_id AND f.id = l.folder_id AND f.epoch = l.epoch
       JOIN messages m ON m.workspace_id = l.workspace_id AND m.id = l.message_id WHERE l.workspace_id = $1`,
      [this.#rig.ctx.tenant.workspaceId],
    );
    return rows
      .map(({ role, message_id: id, flagged }) => `${role === "inbox" ? 0 : 1} ${id.slice(1, -1)} ${flagged}`)
      .sort();
  }
}

test("server and database agree in the end; no mail is lost, and none stands twice", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const rig = await inboxAndSent(database.pool, parser, "Orders");
      const walk = new Walk(rig);
      for (const step of list) await walk.take(step);
      await walk.sync();
      await walk.sync();
      expect(await walk.database()).toEqual(walk.server());
      const ids = (await rig.messages()).map((message) => message.message_id);
      expect(ids.length).toBe(new Set(ids).size);
    }),
    { numRuns: Number(process.env["TRANSPORT_RUNS"] ?? 3), seed: 20_261_126 },
  );
});
