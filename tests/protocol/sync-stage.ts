/** A mailbox on a real server, kept in step by a supervisor of its own, and another client beside it. */
import type { ImapFlow } from "imapflow";
import { sql } from "kysely";
import { expect, vi } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { createInbox } from "../../src/inbox/inbox.ts";
import { createImapSource } from "../../src/protocol/imap/imap-source.ts";
import type { MailSource } from "../../src/protocol/mail-source.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { createDialer } from "../../src/protocol/net/dialer.ts";
import { createEventHints, type EventHints } from "../../src/store/event-hints.ts";
import { chooseFolders } from "../../src/store/folders.ts";
import { insertIntents, type NewIntents } from "../../src/store/intents.ts";
import { getMailbox, type History } from "../../src/store/mailboxes.ts";
import type { Tempo } from "../../src/sync/live.ts";
import { startSupervisor, type Supervisor } from "../../src/sync/supervisor.ts";
import { otherClientOf, type Login, type MailServer, type ServerVariant } from "../support/mail-servers.ts";
import { seedWorkspace, testDatabase, type SeededWorkspace, type TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";
import { testParser } from "../support/sync-rig.ts";
import { startWiretap, type Wiretap } from "../support/wiretap.ts";

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
  rowId: string;
  conversationId: string;
}

export interface SyncStage extends SeededWorkspace {
  database: TestDatabase;
  server: MailServer;
  login: Login;
  /** What the server calls the folder of deleted mail. */
  trash: string;
  /** Another client of the same account. */
  admin: ImapFlow;
  /** What our source says to the server. */
  wire: Wiretap;
  /** The same as sync has; another connection of it. */
  source(): MailSource;
  /** Chooses the folders, starts the supervisor, resolves when the mailbox is live. */
  start(...folders: string[]): Promise<void>;
  /** As `start`, and does not wait for the end of the import. */
  begin(...folders: string[]): Promise<void>;
  live(): Promise<void>;
  /** Ends the process that keeps the mailbox; `start` brings another. */
  pause(): Promise<void>;
  choose(history: History, ...folders: string[]): Promise<void>;
  hint(): void;
  /** Writes a change of ours, as the API does. */
  intend(change: Pick<NewIntents, "kind" | "messageIds" | "params">): Promise<void>;
  /** Another process takes the mailbox over in the middle of what the first one does, as if that had fallen silent. */
  takeOver(): Promise<void>;
  stored(): Promise<Stored[]>;
  held(...folders: string[]): Promise<Held[]>;
  /** Resolves when keys and flags of the folders are the same here and there. */
  inStep(...folders: string[]): Promise<void>;
  folderId(path: string): Promise<string>;
  close(): Promise<void>;
}

const quick: Tempo = {
  peekMs: 500,
  firstPeekMs: 100,
  lookMs: 1_000,
  relistMs: 1_000,
  proveDelayMs: 100,
  proveGapMs: 300,
  rereadMs: 60_000,
};

/** Long enough for a busy machine; what is waited for takes a second. */
export const patience = { timeout: 20_000, interval: 50 };

export interface StageOptions {
  tempo?: Partial<Tempo>;
}

export async function openStage(theatre: Theatre, options: StageOptions = {}): Promise<SyncStage> {
  const { server, variant } = theatre;
  const database = await testDatabase();
  const hints = createEventHints(database.pool, { log: silentLog });
  const login = await server.addUser();
  const admin = await otherClientOf(server, login);
  await admin.mailboxCreate("Work");
  const wire = await startWiretap(server.port);
  const seeded = await seedWorkspace(database.pool);
  const { tenant, mailboxId, workspaceId } = seeded;
  const sources = new Set<MailSource>();
  const source = (): MailSource => {
    const one = sourceOf(wire.port, login);
    sources.add(one);
    return one;
  };
  const supervise = (): Promise<Supervisor> => startOwner(theatre, database, hints, source, options.tempo);
  let supervisor: Supervisor | null = null;
  const ownerOf = async () => (await getMailbox(tenant, mailboxId)).owner;
  const stored = (): Promise<Stored[]> => readStored(database, workspaceId);
  const held = (...folders: string[]): Promise<Held[]> => readHeld(admin, folders);
  const hint = (): void => supervisor?.hint(workspaceId);
  const choose = async (history: History, ...folders: string[]): Promise<void> => {
    await vi.waitFor(
      () =>
        tenant.transaction(async (tx) => {
          await chooseFolders(tx, mailboxId, folders);
          await sql`UPDATE mailboxes SET history = ${history} WHERE workspace_id = ${workspaceId}::uuid`.execute(
            tx.db,
          );
        }),
      patience,
    );
    hint();
  };
  const begin = async (...folders: string[]): Promise<void> => {
    await tenant.db
      .updateTable("mailboxes")
      .set({ state: "connecting" })
      .where("workspace_id", "=", workspaceId)
      .execute();
    supervisor = await supervise();
    const { history, foldersChosenAt } = await getMailbox(tenant, mailboxId);
    if (foldersChosenAt === null) await choose(history, ...folders);
  };
  const live = (): Promise<void> =>
    vi.waitFor(async () => expect((await getMailbox(tenant, mailboxId)).state).toBe("live"), {
      ...patience,
      timeout: 60_000,
    });
  return {
    ...seeded,
    database,
    server,
    login,
    trash: variant.trash,
    admin,
    wire,
    source,
    stored,
    held,
    hint,
    choose,
    begin,
    live,
    async start(...folders) {
      await begin(...folders);
      await live();
    },
    async pause() {
      await supervisor?.stop();
      supervisor = null;
    },
    async intend(change) {
      await tenant.transaction((tx) => insertIntents(tx, { mailboxId, createdBy: null, ...change }));
      hint();
    },
    async takeOver() {
      const old = supervisor;
      const before = await ownerOf();
      await database.pool.query("UPDATE processes SET heartbeat_at = now() - interval '1 minute'");
      supervisor = await supervise();
      await vi.waitFor(async () => expect(await ownerOf()).not.toBe(before), patience);
      await old?.stop();
    },
    inStep: (...folders) =>
      vi.waitFor(
        async () => expect((await stored()).map(placeText)).toEqual((await held(...folders)).map(placeText)),
        { timeout: 20_000, interval: 100 },
      ),
    async folderId(path) {
      const row = await tenant.db
        .selectFrom("folders")
        .select("id")
        .where("workspace_id", "=", workspaceId)
        .where("path", "=", path)
        .where("removed_at", "is", null)
        .executeTakeFirstOrThrow();
      return row.id;
    },
    async close() {
      await supervisor?.stop();
      for (const one of sources) await one.close();
      admin.close();
      await wire.stop();
      await hints.close();
      await database.close();
    },
  };
}

const placeText = ({ folder, uid, flags }: Held): string => `${folder} ${uid} ${flags.join(",")}`;

const sourceOf = (port: number, login: Login): MailSource =>
  createImapSource({
    server: { host: "127.0.0.1", port, security: "none" },
    auth: async () => login,
    dialer: createDialer({ allowPrivateHosts: true }),
    clock: systemClock,
    log: silentLog,
    pollMs: 300,
  });

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

async function readStored({ pool }: TestDatabase, workspaceId: string): Promise<Stored[]> {
  const { rows } = await pool.query<Stored>(
    `SELECT f.path AS folder, l.uid::float8 AS uid, l.flags, m.message_id AS "messageId", m.id AS "rowId", m.conversation_id AS "conversationId"
     FROM message_locations l JOIN folders f ON f.id = l.folder_id AND f.epoch = l.epoch JOIN messages m ON m.id = l.message_id
     WHERE l.workspace_id = $1 ORDER BY f.path, l.uid`,
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
