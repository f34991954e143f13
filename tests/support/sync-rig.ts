/** A mailbox with its sync context on a real database, for tests of sync: real inbox, real parser, scripted server. */
import { sql } from "kysely";
import type { Pool } from "pg";
import { systemClock, type Clock } from "../../src/core/clock.ts";
import { createInbox } from "../../src/inbox/inbox.ts";
import { createParsePool, type ParsePool } from "../../src/protocol/mime/pool.ts";
import type { HistoryRange, MailSource } from "../../src/protocol/mail-source.ts";
import { claimMailboxes, registerProcess } from "../../src/store/leases.ts";
import { createPlannerStatistics } from "../../src/store/planner-statistics.ts";
import { runBackfill } from "../../src/sync/backfill.ts";
import type { SyncContext } from "../../src/sync/context.ts";
import { syncFolderList } from "../../src/sync/folder-listing.ts";
import { syncedFolders, type SyncFolder } from "../../src/sync/folder-rows.ts";
import { lookAtHead, type Round } from "../../src/sync/head-round.ts";
import { createLeftKeys } from "../../src/sync/moved.ts";
import { createMutex } from "../../src/sync/mutex.ts";
import { createRightOfWay } from "../../src/sync/right-of-way.ts";
import { createProgressTeller } from "../../src/sync/progress.ts";
import { proveFolder, sweepGone } from "../../src/sync/transit.ts";
import { FakeServer } from "./fake-source.ts";
import { seedWorkspace } from "./postgres.ts";
import { silentLog } from "./silent-log.ts";

export interface StoredMessage {
  id: string;
  message_id: string | null;
  written_message_id: string | null;
  conversation_id: string;
  direction: string;
  seen: boolean;
  flagged: boolean;
  is_new: boolean;
  parse_flags: string[];
  transit_since: Date | null;
  gone_at: Date | null;
  places: string[];
}

export interface SyncRig {
  ctx: SyncContext;
  server: FakeServer;
  source: MailSource;
  /** Lists the folders and chooses these. */
  choose(...paths: string[]): Promise<void>;
  folder(path: string): Promise<SyncFolder>;
  backfill(options?: {
    signal?: AbortSignal;
    page?: number;
    ctx?: SyncContext;
    source?: MailSource;
    range?: HistoryRange;
  }): Promise<void>;
  look(path: string): Promise<Round>;
  /** Proves all chosen folders, then sweeps; returns how many messages are gone. */
  proveAll(): Promise<number>;
  messages(): Promise<StoredMessage[]>;
}

const whole = { sinceMs: null };

/** One parser for a test file; close it in `afterAll`. */
export const testParser = (): ParsePool => createParsePool({ size: 1, log: silentLog });

/** Mail with the subject "bad" comes out of it with what PostgreSQL refuses. */
export const poisonedParser = (parser: ParsePool): ParsePool => ({
  ...parser,
  ready: () => parser.ready(),
  parse: async (content) => {
    const parsed = await parser.parse(content);
    return parsed.subject === "bad" ? { ...parsed, snippet: "a NUL \0 in it" } : parsed;
  },
});

export async function syncRig(pool: Pool, parser: ParsePool, clock: Clock = systemClock): Promise<SyncRig> {
  const { tenant, mailboxId } = await seedWorkspace(pool);
  const owner = await registerProcess(pool, { kind: "test", hostname: "test", pid: process.pid });
  const [claim] = await claimMailboxes(pool, tenant, { processId: owner, limit: 1 });
  const server = new FakeServer();
  const source = server.source();
  const ctx: SyncContext = {
    tenant,
    mailboxId,
    address: "support@example.com",
    transport: "imap",
    owner,
    fence: claim!.fence,
    clock,
    log: silentLog,
    inbox: createInbox({ clock }),
    parser,
    statistics: createPlannerStatistics(pool, silentLog),
    blobs: null,
    said: { state: "connecting" },
    way: createRightOfWay(clock),
    writes: createMutex(),
    looks: createMutex(),
    left: createLeftKeys(),
  };
  return { ctx, server, source, ...operations(ctx, source) };
}

function operations(ctx: SyncContext, source: MailSource): Omit<SyncRig, "ctx" | "server" | "source"> {
  const { tenant, mailboxId } = ctx;
  const folder = async (path: string): Promise<SyncFolder> =>
    (await syncedFolders(tenant, mailboxId)).find((other) => other.path === path)!;
  return {
    folder,
    async choose(...paths) {
      await syncFolderList(ctx, source, { chosen: false, newFolders: true });
      await tenant.db
        .updateTable("folders")
        .set({ selected: sql<boolean>`path = ANY (${paths}::text[])` })
        .where("workspace_id", "=", tenant.workspaceId)
        .execute();
    },
    backfill: ({ signal = new AbortController().signal, page = 200, ...other } = {}) =>
      runBackfill(other.ctx ?? ctx, other.source ?? source, {
        range: other.range ?? whole,
        signal,
        page,
        firstPage: page,
        progress: createProgressTeller(ctx),
      }),
    look: async (path) => lookAtHead(ctx, source, await folder(path), { range: whole }),
    async proveAll() {
      for (const each of await syncedFolders(tenant, mailboxId)) await proveFolder(ctx, source, each, whole);
      return sweepGone(ctx);
    },
    async messages() {
      const rows = await tenant.db
        .selectFrom("messages")
        .selectAll()
        .where("workspace_id", "=", tenant.workspaceId)
        .orderBy("id")
        .execute();
      const places = await tenant.db
        .selectFrom("message_locations as l")
        .innerJoin("folders as f", (join) =>
          join.onRef("f.workspace_id", "=", "l.workspace_id").onRef("f.id", "=", "l.folder_id"),
        )
        .select(["l.message_id", "f.path", "l.remote_key", "l.direction"])
        .where("l.workspace_id", "=", tenant.workspaceId)
        .orderBy("f.path")
        .orderBy("l.uid")
        .execute();
      return rows.map((row) => ({
        ...row,
        places: places
          .filter((place) => place.message_id === row.id)
          .map((place) => `${place.path} ${place.remote_key} ${place.direction}`),
      }));
    },
  };
}

type ScriptedFolder = ReturnType<SyncRig["server"]["folder"]>;

export type InboxAndSent = SyncRig & { inbox: ScriptedFolder; sent: ScriptedFolder };

/** A rig with Inbox, Sent and the folders named, all chosen. */
export async function inboxAndSent(pool: Pool, parser: ParsePool, ...extra: string[]): Promise<InboxAndSent> {
  const rig = await syncRig(pool, parser);
  const inbox = rig.server.folder("INBOX", "inbox");
  const sent = rig.server.folder("Sent", "sent");
  for (const path of extra) rig.server.folder(path);
  await rig.choose("INBOX", "Sent", ...extra);
  return { ...rig, inbox, sent };
}
