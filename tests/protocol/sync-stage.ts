/** A mailbox on a real Dovecot, kept in step by a supervisor of its own, and another client beside it. */
import { ImapFlow } from "imapflow";
import { expect, vi } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { createInbox } from "../../src/inbox/inbox.ts";
import { createImapSource } from "../../src/protocol/imap/imap-source.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { createDialer } from "../../src/protocol/net/dialer.ts";
import { createEventHints, type EventHints } from "../../src/store/event-hints.ts";
import { chooseFolders } from "../../src/store/folders.ts";
import { getMailbox } from "../../src/store/mailboxes.ts";
import { startSupervisor, type Supervisor } from "../../src/sync/supervisor.ts";
import { startDovecot, type Dovecot, type DovecotOptions } from "../support/dovecot.ts";
import { seedWorkspace, testDatabase, type SeededWorkspace, type TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";
import { testParser } from "../support/sync-rig.ts";

/** Dovecot as it is, and as little as Outlook offers. */
export const serverVariants = [
  { name: "with CONDSTORE, QRESYNC, NOTIFY", options: {} },
  { name: "as Outlook, without them", options: { hideCondstore: true } },
];

/** One server and one database for a test file. */
export interface Theatre {
  database: TestDatabase;
  parser: ParsePool;
  hints: EventHints;
  dovecot: Dovecot;
  close(): Promise<void>;
}

export async function openTheatre(options: DovecotOptions): Promise<Theatre> {
  const database = await testDatabase();
  const parser = testParser();
  const hints = createEventHints(database.pool, { log: silentLog });
  const dovecot = await startDovecot(options);
  return {
    database,
    parser,
    hints,
    dovecot,
    async close() {
      await dovecot.stop();
      await hints.close();
      await parser.close();
      await database.close();
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
}

export interface SyncStage extends SeededWorkspace {
  user: string;
  /** Another client of the same account. */
  admin: ImapFlow;
  /** Chooses the folders, starts the supervisor, resolves when the mailbox is live. */
  start(...folders: string[]): Promise<void>;
  hint(): void;
  /** Another process takes the mailbox over in the middle of what the first one does, as if that had fallen silent. */
  takeOver(): Promise<void>;
  stored(): Promise<Stored[]>;
  held(...folders: string[]): Promise<Held[]>;
  /** Resolves when keys and flags of the folders are the same here and there. */
  inStep(...folders: string[]): Promise<void>;
  close(): Promise<void>;
}

const tempo = { peekMs: 500, firstPeekMs: 100, lookMs: 1_000, proveDelayMs: 100, proveGapMs: 300 };
let users = 0;

export async function openStage(theatre: Theatre): Promise<SyncStage> {
  const { database, dovecot } = theatre;
  const user = `user${++users}`;
  await dovecot.addUser(user, "secret");
  const login = { host: "127.0.0.1", port: dovecot.port, doSTARTTLS: false, auth: { user, pass: "secret" } };
  const admin = new ImapFlow({ ...login, logger: false });
  await admin.connect();
  await admin.mailboxCreate("Work");
  const seeded = await seedWorkspace(database.pool);
  // of earlier tests: not to be claimed by this one's supervisor
  await database.pool.query("UPDATE mailboxes SET removed_at = now() WHERE id <> $1 AND removed_at IS NULL", [
    seeded.mailboxId,
  ]);
  let supervisor: Supervisor | null = null;
  const ownerOf = async () => (await getMailbox(seeded.tenant, seeded.mailboxId)).owner;
  const stored = (): Promise<Stored[]> => readStored(database, seeded.workspaceId);
  const held = (...folders: string[]): Promise<Held[]> => readHeld(admin, folders);
  return {
    ...seeded,
    user,
    admin,
    stored,
    held,
    hint: () => supervisor?.hint(seeded.workspaceId),
    async takeOver() {
      const old = supervisor;
      const before = await ownerOf();
      await database.pool.query("UPDATE processes SET heartbeat_at = now() - interval '1 minute'");
      supervisor = await supervise(theatre, user);
      await vi.waitFor(async () => expect(await ownerOf()).not.toBe(before), {
        timeout: 15_000,
        interval: 50,
      });
      await old?.stop();
    },
    async start(...folders) {
      supervisor = await supervise(theatre, user);
      await goLive(seeded, supervisor, folders);
    },
    inStep: (...folders) =>
      vi.waitFor(
        async () => expect((await stored()).map(placeText)).toEqual((await held(...folders)).map(placeText)),
        {
          timeout: 20_000,
          interval: 200,
        },
      ),
    async close() {
      await supervisor?.stop();
      admin.close();
    },
  };
}

const placeText = ({ folder, uid, flags }: Held): string => `${folder} ${uid} ${flags.join(",")}`;

const supervise = ({ database, parser, hints, dovecot }: Theatre, user: string): Promise<Supervisor> =>
  startSupervisor({
    pool: database.pool,
    clock: systemClock,
    log: silentLog,
    facts: { kind: "test", hostname: "test", pid: process.pid },
    hints,
    inbox: createInbox({ clock: systemClock }),
    parser,
    openSource: async () =>
      createImapSource({
        server: { host: "127.0.0.1", port: dovecot.port, security: "none" },
        auth: async () => ({ user, pass: "secret" }),
        dialer: createDialer({ allowPrivateHosts: true }),
        clock: systemClock,
        log: silentLog,
        pollMs: 300,
      }),
    runOutbox: async () => ({ sent: false, nextDueAtMs: null }),
    onFailure: async () => ({ state: "backing_off" }),
    lookEveryMs: 200,
    tempo,
  });

async function goLive(
  { tenant, mailboxId }: SeededWorkspace,
  supervisor: Supervisor,
  folders: string[],
): Promise<void> {
  await vi.waitFor(() => tenant.transaction((tx) => chooseFolders(tx, mailboxId, folders)), {
    timeout: 15_000,
    interval: 50,
  });
  supervisor.hint(tenant.workspaceId);
  const isLive = async (): Promise<void> => expect((await getMailbox(tenant, mailboxId)).state).toBe("live");
  await vi.waitFor(isLive, { timeout: 60_000, interval: 100 });
}

async function readStored({ pool }: TestDatabase, workspaceId: string): Promise<Stored[]> {
  const { rows } = await pool.query<Stored>(
    `SELECT f.path AS folder, l.uid::float8 AS uid, l.flags, m.message_id AS "messageId", m.id AS "rowId"
     FROM message_locations l JOIN folders f ON f.id = l.folder_id AND f.epoch = l.epoch JOIN messages m ON m.id = l.message_id
     WHERE l.workspace_id = $1 ORDER BY f.path, l.uid`,
    [workspaceId],
  );
  return rows;
}

/** What the server holds, as another client sees it. */
async function readHeld(admin: ImapFlow, folders: string[]): Promise<Held[]> {
  const items: Held[] = [];
  for (const folder of folders) {
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
