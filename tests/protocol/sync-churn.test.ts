/**
 * Sync over real servers while another client does what comes into its head (from a seed), and processes take the mailbox
 * from each other in the middle. At the end server and database must agree to the flag, with nothing lost or doubled.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ImapFlow } from "imapflow";
import { mail } from "../support/fake-source.ts";
import { serverVariants } from "../support/mail-servers.ts";
import { openStage, openTheatre, type SyncStage, type Theatre } from "./sync-stage.ts";
import { eventually } from "../support/eventually.ts";

const steps = 120;
const mailsBefore = 120;
const flags = ["\\Seen", "\\Flagged", "\\Answered"];

/** Numbers in [0, 1), the same for a seed every time (a linear congruential generator). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** What another client does to the mailbox; the last folder changes its name now and then, the first is not synced. */
class Client {
  readonly folders = ["Unsynced", "INBOX", "Sent", "Work", "Project"];
  readonly #admin: ImapFlow;
  readonly #random: () => number;
  #made = 0;

  constructor(admin: ImapFlow, random: () => number) {
    this.#admin = admin;
    this.#random = random;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!;
  }

  async append(): Promise<void> {
    const isTwin = this.#random() < 0.1;
    const id = isTwin ? "twin@x" : `m${++this.#made}@x`;
    const raw = mail({ id, subject: isTwin ? "Twin" : `Mail ${this.#made}` });
    const date = isTwin ? new Date(Date.UTC(2026, 0, 1)) : new Date();
    await this.#admin.append(this.pick(this.folders), raw, this.pick([[], ["\\Seen"]]), date);
  }

  async #onMessage(work: (seq: string, others: string[]) => Promise<unknown>): Promise<void> {
    const folder = this.pick(this.folders);
    const others = this.folders.filter((other) => other !== folder);
    const lock = await this.#admin.getMailboxLock(folder);
    try {
      await this.#admin.noop();
      const exists = this.#admin.mailbox === false ? 0 : this.#admin.mailbox.exists;
      if (exists > 0) await work(String(1 + Math.floor(this.#random() * exists)), others);
    } finally {
      lock.release();
    }
  }

  async #rename(): Promise<void> {
    if (this.#admin.mailbox !== false) await this.#admin.mailboxClose();
    const name = this.folders.pop()!;
    this.folders.push(name === "Project" ? "Project 2026" : "Project");
    await this.#admin.mailboxRename(name, this.folders.at(-1)!);
  }

  async step(): Promise<void> {
    const dice = this.#random();
    if (dice < 0.3) return this.append();
    if (dice < 0.4) return this.#onMessage((seq) => this.#admin.messageFlagsAdd(seq, [this.pick(flags)]));
    if (dice < 0.5) return this.#onMessage((seq) => this.#admin.messageFlagsRemove(seq, [this.pick(flags)]));
    if (dice < 0.7) return this.#onMessage((seq, others) => this.#admin.messageMove(seq, this.pick(others)));
    if (dice < 0.83) return this.#onMessage((seq, others) => this.#admin.messageCopy(seq, this.pick(others)));
    if (dice < 0.96) return this.#onMessage((seq) => this.#admin.messageDelete(seq));
    return this.#rename();
  }
}

describe.each(serverVariants)("$name", (variant) => {
  let theatre: Theatre;
  let stage: SyncStage;
  beforeAll(async () => {
    theatre = await openTheatre(variant);
    stage = await openStage(theatre);
  });
  afterAll(async () => {
    await stage?.close();
    await theatre?.close();
  });

  const count = async (condition: string): Promise<number> => {
    const { rows } = await stage.database.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM messages m WHERE workspace_id = $1 AND ${condition}`,
      [stage.workspaceId],
    );
    return rows[0]!.n;
  };
  const stands = "EXISTS (SELECT 1 FROM message_locations l WHERE l.message_id = m.id)";

  test("whatever another client does, and whoever owns the mailbox: server and database agree", async () => {
    for (const folder of ["Unsynced", "Project"]) await stage.admin.mailboxCreate(folder);
    const client = new Client(stage.admin, numbers(7));
    for (let n = 0; n < mailsBefore; n++) await client.append();
    await stage.begin("INBOX", "Sent", "Work", "Project");
    for (let n = 0; n < steps; n++) await client.step();
    await stage.live();
    for (let n = 0; n < steps; n++) {
      if (n % 60 === 20) await stage.takeOver();
      await client.step();
    }
    await stage.inStep(...client.folders.slice(1).sort());
    const settled = { timeout: 30_000, interval: 200 };
    await eventually(
      async () => expect(await count("transit_since IS NOT NULL AND gone_at IS NULL")).toBe(0),
      settled,
    );
    expect(await count(`(gone_at IS NOT NULL) = ${stands}`)).toBe(0);
    const { rows: told } = await stage.database.pool.query(
      `SELECT payload->>'id' FROM events WHERE workspace_id = $1 AND type = 'message.created' GROUP BY 1 HAVING count(*) > 1`,
      [stage.workspaceId],
    );
    expect(told).toEqual([]);
  });
});
