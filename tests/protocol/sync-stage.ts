/** A mailbox on a real server, kept in step by a supervisor of its own, and another client beside it. */
import type { ImapFlow } from "imapflow";
import { expect } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { createInbox } from "../../src/inbox/inbox.ts";
import type { MailSource } from "../../src/protocol/mail-source.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { createEventHints, type EventHints } from "../../src/store/event-hints.ts";
import { chooseFolders } from "../../src/store/folders.ts";
import { insertIntents, type NewIntents } from "../../src/store/intents.ts";
import { getMailbox, type History } from "../../src/store/mailboxes.ts";
import type { Tempo } from "../../src/sync/live-parts.ts";
import { startSupervisor, type Supervisor } from "../../src/sync/supervisor.ts";
import type { Line } from "../support/lines.ts";
import {
  lineTo,
  otherClientOf,
  type Ability,
  type Login,
  type MailServer,
  type ServerVariant,
} from "../support/mail-servers.ts";
import { seedWorkspace, testDatabase, type SeededWorkspace, type TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";
import { testParser } from "../support/sync-rig.ts";
import { eventually } from "../support/eventually.ts";

/** One server for a test file; each stage in it has a mailbox and a database of its own. */
export interface Theatre {
  variant: ServerVariant;
  server: MailServer;
  parser: ParsePool;
  close(): Promise<void>;
}

export async function openTheatre(variant: ServerVariant): Promise<Theatre> {
  const parser = testParser();
  const server = await variant.start();
  return {
    variant,
    server,
    parser,
    async close() {
      await server.stop();
      await parser.close();
    },
  };
}

export interface Held {
  folder: string;
  uid: number;
  flags: string[];
  messageId: string | null;
}
export interface Stored extends Held {
  key: string;
  rowId: string;
  conversationId: string;
}

const quick: Tempo = {
  peekMs: 500,
  watchedPeekMs: 500,
  restLookMs: 1_000,
  lookMs: 1_000,
  relistMs: 1_000,
  proveDelayMs: 100,
  proveGapMs: 300,
  rereadMs: 60_000,
};

/** Long enough for a busy machine; what is waited for takes a second. */
export const patience = { timeout: 40_000, interval: 50 };

export interface StageOptions {
  tempo?: Partial<Tempo>;
}

interface StageParts extends SeededWorkspace {
  theatre: Theatre;
  database: TestDatabase;
  hints: EventHints;
  login: Login;
  admin: ImapFlow;
  wire: Line;
  tempo: Partial<Tempo>;
}

/** A fresh mailbox with a folder Work, kept by nobody yet. */
export async function openStage(theatre: Theatre, { tempo = {} }: StageOptions = {}): Promise<SyncStage> {
  const database = await testDatabase();
  const hints = createEventHints(database.pool, { log: silentLog });
  const login = await theatre.server.addUser();
  const admin = await otherClientOf(theatre.server, login);
  await admin.mailboxCreate("Work");
  const wire = await lineTo(theatre.server, login);
  const seeded = await seedWorkspace(database.pool, { transport: wire.transport });
  return new SyncStage({ ...seeded, theatre, database, hints, login, admin, wire, tempo });
}

export class SyncStage {
  readonly tenant: SeededWorkspace["tenant"];
  readonly mailboxId: string;
  readonly workspaceId: string;
  readonly database: TestDatabase;
  readonly server: MailServer;
  readonly login: Login;
  /** What the server calls the folder of deleted mail. */
  readonly trash: string;
  /** Another client of the same account. */
  readonly admin: ImapFlow;
  /** What our source says to the server. */
  readonly wire: Line;
  readonly #parts: StageParts;
  readonly #sources = new Set<MailSource>();
  #owner: Supervisor | null = null;

  constructor(parts: StageParts) {
    this.#parts = parts;
    this.tenant = parts.tenant;
    this.mailboxId = parts.mailboxId;
    this.workspaceId = parts.workspaceId;
    this.database = parts.database;
    this.server = parts.theatre.server;
    this.login = parts.login;
    this.trash = parts.theatre.variant.trash;
    this.admin = parts.admin;
    this.wire = parts.wire;
  }

  /** The same as sync has; another connection of it. */
  source(): MailSource {
    const source = this.wire.source();
    this.#sources.add(source);
    return source;
  }

  #supervise(): Promise<Supervisor> {
    const { theatre, database, hints, tempo } = this.#parts;
    return startOwner(theatre, database, hints, () => this.source(), tempo);
  }

  /** Whether the server and its transport are able to do this. */
  can(ability: Ability): boolean {
    return this.#parts.theatre.variant.cannot[ability] === undefined;
  }

  /** Of these folders those that the transport has. */
  those(...folders: string[]): string[] {
    return this.can("folders") ? folders : folders.filter((folder) => folder === "INBOX");
  }

  /** Starts the supervisor and chooses the folders, where none are chosen yet. */
  async begin(...folders: string[]): Promise<void> {
    await this.change({ state: "connecting" });
    this.#owner = await this.#supervise();
    const { history, foldersChosenAt } = await getMailbox(this.tenant, this.mailboxId);
    if (foldersChosenAt === null) await this.choose(history, ...this.those(...folders));
  }

  /** Resolves when the mailbox is live. */
  live(): Promise<void> {
    const isLive = async () => expect((await getMailbox(this.tenant, this.mailboxId)).state).toBe("live");
    return eventually(isLive, { ...patience, timeout: 60_000 });
  }

  async start(...folders: string[]): Promise<void> {
    await this.begin(...folders);
    await this.live();
  }

  /** Ends the process that keeps the mailbox; `start` brings another. */
  async pause(): Promise<void> {
    await this.#owner?.stop();
    this.#owner = null;
  }

  /** Sets columns of the mailbox's row. */
  async change(set: {
    state?: "connecting";
    history?: History;
    read_only?: boolean;
    new_folders?: boolean;
  }): Promise<void> {
    const mailboxes = this.tenant.db.updateTable("mailboxes").set(set);
    await mailboxes.where("workspace_id", "=", this.workspaceId).execute();
  }

  async choose(history: History, ...folders: string[]): Promise<void> {
    await this.change({ history });
    await eventually(
      () => this.tenant.transaction((tx) => chooseFolders(tx, this.mailboxId, folders)),
      patience,
    );
    this.hint();
  }

  hint(): void {
    this.#owner?.hint(this.workspaceId);
  }

  /** Writes a change of ours, as the API does. */
  async intend(change: Pick<NewIntents, "kind" | "messageIds" | "params">): Promise<void> {
    const { mailboxId } = this;
    await this.tenant.transaction((tx) => insertIntents(tx, { mailboxId, createdBy: null, ...change }));
    this.hint();
  }

  /** Another process takes the mailbox over in the middle of what the first one does, as if that had fallen silent. */
  async takeOver(): Promise<void> {
    const ownerOf = async () => (await getMailbox(this.tenant, this.mailboxId)).owner;
    const [old, before] = [this.#owner, await ownerOf()];
    await this.database.pool.query("UPDATE processes SET heartbeat_at = now() - interval '1 minute'");
    this.#owner = await this.#supervise();
    await eventually(async () => expect(await ownerOf()).not.toBe(before), patience);
    await old?.stop();
  }

  async stored(): Promise<Stored[]> {
    const rows = await readStored(this.database, this.workspaceId);
    return rows.map((row) => ({ ...row, uid: this.wire.uid(row.key) ?? 0 })).sort(byPlace);
  }

  /** What the server holds in these folders, as another client sees it. */
  held(...folders: string[]): Promise<Held[]> {
    return readHeld(this.admin, folders);
  }

  /** Resolves when keys and flags of the folders are the same here and there. */
  inStep(...folders: string[]): Promise<void> {
    const text = ({ folder, uid, flags }: Held): string =>
      `${folder} ${uid} ${flags.filter((flag) => this.wire.knows(flag)).join(",")}`;
    return eventually(
      async () =>
        expect((await this.stored()).map(text)).toEqual(
          (await this.held(...this.those(...folders))).map(text),
        ),
      { ...patience, interval: 100 },
    );
  }

  async folderId(path: string): Promise<string> {
    const row = await this.tenant.db
      .selectFrom("folders")
      .select("id")
      .where("workspace_id", "=", this.workspaceId)
      .where("path", "=", path)
      .where("removed_at", "is", null)
      .executeTakeFirstOrThrow();
    return row.id;
  }

  async close(): Promise<void> {
    await this.pause();
    for (const source of this.#sources) await source.close();
    this.admin.close();
    await this.wire.stop();
    await this.#parts.hints.close();
    await this.database.close();
  }
}

const byPlace = (a: Held, b: Held): number =>
  a.folder === b.folder ? a.uid - b.uid : a.folder < b.folder ? -1 : 1;

const startOwner = (
  { parser }: Theatre,
  { pool }: TestDatabase,
  hints: EventHints,
  source: () => MailSource,
  tempo: Partial<Tempo> = {},
): Promise<Supervisor> =>
  startSupervisor({
    pool,
    clock: systemClock,
    log: silentLog,
    facts: { kind: "test", hostname: "test", pid: process.pid },
    hints,
    inbox: createInbox({ clock: systemClock }),
    parser,
    openSource: async () => source(),
    runOutbox: async () => ({ sent: false, nextDueAtMs: null }),
    onFailure: async () => ({ state: "backing_off" }),
    lookEveryMs: 200,
    tempo: { ...quick, ...tempo },
  });

async function readStored({ pool }: TestDatabase, workspaceId: string): Promise<Omit<Stored, "uid">[]> {
  const { rows } = await pool.query<Omit<Stored, "uid">>(
    `SELECT f.path AS folder, l.remote_key AS key, l.flags, m.message_id AS "messageId", m.id AS "rowId", m.conversation_id AS "conversationId"
     FROM message_locations l JOIN folders f ON f.id = l.folder_id AND f.epoch = l.epoch JOIN messages m ON m.id = l.message_id
     WHERE l.workspace_id = $1`,
    [workspaceId],
  );
  return rows;
}

/** What the server holds, as another client sees it. */
async function readHeld(admin: ImapFlow, folders: string[]): Promise<Held[]> {
  const items: Held[] = [];
  for (const folder of folders.toSorted()) {
    const lock = await admin.getMailboxLock(folder);
    try {
      await admin.noop(); // EXISTS as it is now
      if (admin.mailbox === false || admin.mailbox.exists === 0) continue;
      for await (const row of admin.fetch("1:*", { uid: true, flags: true, envelope: true })) {
        const flags = [...(row.flags ?? [])].filter((flag) => flag !== "\\Recent").sort();
        items.push({ folder, uid: row.uid, flags, messageId: row.envelope?.messageId ?? null });
      }
    } finally {
      lock.release();
    }
  }
  return items;
}
