/** A mailbox kept in step by a supervisor of its own over the scripted server in memory, for tests of its life. */
import { expect } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { createInbox } from "../../src/inbox/inbox.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { createEventHints, type EventHints } from "../../src/store/event-hints.ts";
import { chooseFolders } from "../../src/store/folders.ts";
import { requestOfOwner, type MailboxRequest } from "../../src/store/mailbox-requests.ts";
import { getMailbox } from "../../src/store/mailboxes.ts";
import type { SupervisorDeps } from "../../src/sync/office.ts";
import { startSupervisor, type Supervisor } from "../../src/sync/supervisor.ts";
import { FakeServer } from "./fake-source.ts";
import { seedWorkspace, testDatabase, type SeededWorkspace, type TestDatabase } from "./postgres.ts";
import { silentLog } from "./silent-log.ts";
import { testParser } from "./sync-rig.ts";
import { eventually } from "./eventually.ts";

/** What the mailboxes of one test file share. */
export interface LifeParts {
  database: TestDatabase;
  parser: ParsePool;
  hints: EventHints;
  close(): Promise<void>;
}

export async function openLifeParts(): Promise<LifeParts> {
  const database = await testDatabase();
  const parser = testParser();
  const hints = createEventHints(database.pool, { log: silentLog });
  return {
    database,
    parser,
    hints,
    async close() {
      await hints.close();
      await parser.close();
      await database.close();
    },
  };
}

export const quickTempo = {
  peekMs: 200,
  watchedPeekMs: 200,
  restLookMs: 400,
  lookMs: 400,
  relistMs: 500,
  proveDelayMs: 50,
  proveGapMs: 100,
};

export interface Life extends SeededWorkspace {
  server: FakeServer;
  supervisor: Supervisor;
  state(): Promise<string>;
  until(state: string): Promise<void>;
  choose(...paths: string[]): Promise<void>;
  /** Asks the owner as another process would, and hints. */
  request(what: MailboxRequest): Promise<void>;
  /** Message-IDs of what is stored, sorted. */
  stored(): Promise<string[]>;
  /** Paths of the folders that are imported to their end, sorted. */
  tailsDone(): Promise<string[]>;
}

export async function startLife(
  { database, parser, hints }: LifeParts,
  overrides: Partial<SupervisorDeps> = {},
  prepare: (server: FakeServer, seeded: SeededWorkspace) => unknown = () => undefined,
): Promise<Life> {
  await database.pool.query("UPDATE mailboxes SET removed_at = now() WHERE removed_at IS NULL"); // of earlier tests: not to be claimed
  const seeded = await seedWorkspace(database.pool);
  const { tenant } = seeded;
  await tenant.db
    .updateTable("mailboxes")
    .set({ state: "connecting" })
    .where("workspace_id", "=", tenant.workspaceId)
    .execute();
  const server = new FakeServer();
  server.folder("INBOX", "inbox");
  server.folder("Sent", "sent");
  await prepare(server, seeded);
  const supervisor = await startSupervisor({
    pool: database.pool,
    clock: systemClock,
    log: silentLog,
    facts: { kind: "test", hostname: "test", pid: process.pid },
    hints,
    inbox: createInbox({ clock: systemClock }),
    parser,
    openSource: async () => server.source(),
    runOutbox: async () => ({ sent: false, nextDueAtMs: null }),
    onFailure: async () => ({ state: "backing_off", retryAtMs: Date.now() + 1_000 }),
    lookEveryMs: 200,
    tempo: quickTempo,
    ...overrides,
  });
  return { ...seeded, server, supervisor, ...following(seeded, supervisor) };
}

function following(
  { tenant, mailboxId }: SeededWorkspace,
  supervisor: Supervisor,
): Pick<Life, "state" | "until" | "choose" | "request" | "stored" | "tailsDone"> {
  const state = async (): Promise<string> => (await getMailbox(tenant, mailboxId)).state;
  return {
    state,
    until: (wanted) => eventually(async () => expect(await state()).toBe(wanted)),
    choose: async (...paths) => {
      await eventually(() => tenant.transaction((tx) => chooseFolders(tx, mailboxId, paths)));
      supervisor.hint(tenant.workspaceId);
    },
    request: async (what) => {
      await requestOfOwner(tenant, mailboxId, what);
      supervisor.hint(tenant.workspaceId);
    },
    stored: async () => {
      const rows = await tenant.db
        .selectFrom("messages")
        .select("message_id")
        .where("workspace_id", "=", tenant.workspaceId)
        .execute();
      return rows.map((row) => row.message_id ?? "").sort();
    },
    tailsDone: async () => {
      const rows = await tenant.db
        .selectFrom("folders")
        .select("path")
        .where("workspace_id", "=", tenant.workspaceId)
        .where("tail_done_at", "is not", null)
        .execute();
      return rows.map((row) => row.path).sort();
    },
  };
}
