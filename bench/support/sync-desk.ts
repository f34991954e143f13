/** One mailbox with the engine's own context on an embedded PostgreSQL, for measuring single steps of the engine. */
import { hostname } from "node:os";
import { rm } from "node:fs/promises";
import { systemClock } from "../../src/core/clock.ts";
import { newId } from "../../src/core/ids.ts";
import { createInbox } from "../../src/inbox/inbox.ts";
import type { MailSource } from "../../src/protocol/mail-source.ts";
import { createParsePool } from "../../src/protocol/mime/pool.ts";
import { startEmbedded } from "../../src/store/embedded.ts";
import { chooseFolders } from "../../src/store/folders.ts";
import { claimMailboxes, registerProcess } from "../../src/store/leases.ts";
import { migrate } from "../../src/store/migrate.ts";
import { createPlannerStatistics } from "../../src/store/planner-statistics.ts";
import { createPool } from "../../src/store/pool.ts";
import { tenantDb, type TenantDb } from "../../src/store/tenant-db.ts";
import { runBackfill } from "../../src/sync/backfill.ts";
import type { SyncContext } from "../../src/sync/context.ts";
import { syncFolderList } from "../../src/sync/folder-listing.ts";
import { syncedFolders, type SyncFolder } from "../../src/sync/folder-rows.ts";
import { lookAtHead, type Round } from "../../src/sync/head-round.ts";
import { createLeftKeys } from "../../src/sync/moved.ts";
import { createMutex } from "../../src/sync/mutex.ts";
import { createRightOfWay } from "../../src/sync/right-of-way.ts";
import { createProgressTeller } from "../../src/sync/progress.ts";
import { openDirectory } from "../../tests/support/product.ts";
import { silentLog } from "../../tests/support/silent-log.ts";

export interface SyncDesk {
  /** Lists the folders, chooses this one and imports all of it. */
  importFolder(source: MailSource, path: string): Promise<void>;
  folder(path: string): Promise<SyncFolder>;
  look(source: MailSource, path: string): Promise<Round>;
  close(): Promise<void>;
}

const whole = { sinceMs: null };

export async function openSyncDesk(transport: SyncContext["transport"] = "imap"): Promise<SyncDesk> {
  const dataDir = await openDirectory("hitchpost-bench-");
  const embedded = await startEmbedded({ dataDir, log: silentLog });
  const pool = createPool(embedded.connection, { log: silentLog });
  const parser = createParsePool({ size: 2, log: silentLog });
  const close = async (): Promise<void> => {
    await parser.close();
    await pool.end();
    await embedded.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await migrate(pool, { log: silentLog });
    const tenant = tenantDb(pool, newId());
    const mailboxId = await seedMailbox(tenant, transport);
    const owner = await registerProcess(pool, { kind: "bench", hostname: hostname(), pid: process.pid });
    const [claim] = await claimMailboxes(pool, tenant, { processId: owner, limit: 1 });
    const ctx: SyncContext = {
      tenant,
      mailboxId,
      address: "well@bench.example",
      transport,
      owner,
      fence: claim!.fence,
      clock: systemClock,
      log: silentLog,
      inbox: createInbox({ clock: systemClock }),
      parser,
      blobs: null,
      said: { state: "live" },
      statistics: createPlannerStatistics(pool, silentLog),
      way: createRightOfWay(systemClock),
      writes: createMutex(),
      looks: createMutex(),
      left: createLeftKeys(),
    };
    return { ...stepsOf(ctx), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function seedMailbox(tenant: TenantDb, transport: SyncContext["transport"]): Promise<string> {
  const id = newId();
  await tenant.db
    .insertInto("workspaces")
    .values({ workspace_id: tenant.workspaceId, name: "Bench" })
    .execute();
  await tenant.db
    .insertInto("mailboxes")
    .values({
      workspace_id: tenant.workspaceId,
      id,
      address: "well@bench.example",
      provider: "imap",
      method: "password",
      transport,
      servers: JSON.stringify({ imap: null, smtp: null }),
      principal: "well@bench.example",
      state: "live",
    })
    .execute();
  return id;
}

function stepsOf(ctx: SyncContext): Omit<SyncDesk, "close"> {
  const folder = async (path: string): Promise<SyncFolder> =>
    (await syncedFolders(ctx.tenant, ctx.mailboxId)).find((one) => one.path === path)!;
  return {
    folder,
    look: async (source, path) => lookAtHead(ctx, source, await folder(path), { range: whole }),
    async importFolder(source, path) {
      await syncFolderList(ctx, source, { chosen: false, newFolders: false });
      await ctx.tenant.transaction((tx) => chooseFolders(tx, ctx.mailboxId, [path]));
      await runBackfill(ctx, source, {
        range: whole,
        signal: new AbortController().signal,
        progress: createProgressTeller(ctx),
      });
    },
  };
}
