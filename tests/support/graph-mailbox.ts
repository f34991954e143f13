/** A live mailbox over the sandbox's Graph: the API with its public route for notifications, and a supervisor that keeps it. */
import { createGraphPushDesk, type GraphPushDesk } from "../../src/app/graph-push.ts";
import { systemClock } from "../../src/core/clock.ts";
import { newId } from "../../src/core/ids.ts";
import { createInbox } from "../../src/inbox/inbox.ts";
import { createGraphSource } from "../../src/protocol/graph/graph-source.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { createEventHints, type EventHints } from "../../src/store/event-hints.ts";
import { chooseFolders } from "../../src/store/folders.ts";
import { getMailbox } from "../../src/store/mailboxes.ts";
import { defaultTempo } from "../../src/sync/live-parts.ts";
import { startSupervisor, type Supervisor } from "../../src/sync/supervisor.ts";
import { startApi, type ApiRig, type Team } from "./api.ts";
import type { GraphPerson, GraphServer } from "./graph-server.ts";
import { silentLog } from "./silent-log.ts";

export interface GraphMailbox {
  rig: ApiRig;
  /** The workspace, with a key for its events. */
  team: Team;
  mailboxId: string;
  close(): Promise<void>;
}

export interface GraphMailboxOptions {
  server: Pick<GraphServer, "url">;
  person: GraphPerson;
  parser: ParsePool;
  /** All times of polling are divided by it. */
  faster: number;
}

/** Resolves when Inbox and Archive are imported and the mailbox is live. */
export async function openGraphMailbox(options: GraphMailboxOptions): Promise<GraphMailbox> {
  const box: { desk?: GraphPushDesk } = {};
  const rig = await startApi({
    deps: { receiveNotification: async (state, what) => box.desk?.receive(state, what) ?? false },
  });
  const { pool } = rig.database;
  const hints = createEventHints(pool, { log: silentLog });
  const desk = createGraphPushDesk({
    pool,
    hints,
    log: silentLog,
    publicUrl: rig.url,
    keys: [Buffer.alloc(32, 7)],
  });
  box.desk = desk;
  const team = await rig.workspace("Graph");
  const mailboxId = newId();
  await team.tenant.db
    .insertInto("mailboxes")
    .values({
      workspace_id: team.workspaceId,
      id: mailboxId,
      address: options.person.address,
      provider: "outlook",
      method: "oauth",
      transport: "graph",
      servers: JSON.stringify({ imap: null, smtp: null }),
      principal: options.person.address,
      state: "connecting",
    })
    .execute();
  const parts = { ...options, rig, hints, desk, team, mailboxId };
  const owner = await supervise(parts);
  await begin(parts, owner);
  return {
    rig,
    team,
    mailboxId,
    async close() {
      await owner.stop();
      await hints.close();
      await rig.close();
    },
  };
}

interface Parts extends GraphMailboxOptions {
  rig: ApiRig;
  hints: EventHints;
  desk: GraphPushDesk;
  team: Team;
  mailboxId: string;
}

function supervise({ rig, hints, desk, team, parser, server, person, faster }: Parts): Promise<Supervisor> {
  let token = 1;
  return startSupervisor({
    pool: rig.database.pool,
    clock: systemClock,
    log: silentLog,
    facts: { kind: "test", hostname: "test", pid: process.pid },
    hints,
    inbox: createInbox({ clock: systemClock }),
    parser,
    openSource: async (_tenant, { id: mailboxId }) =>
      createGraphSource({
        baseUrl: server.url,
        auth: async (refused) => {
          if (refused !== undefined) token += 1;
          return { accessToken: `${person.address}|${token}` };
        },
        fetch: globalThis.fetch,
        clock: systemClock,
        log: silentLog,
        pollMs: 30_000 / faster,
        pushedPollMs: 45_000 / faster,
        channel: desk.channelFor({ workspaceId: team.workspaceId, mailboxId }, server.url)!,
      }),
    runOutbox: async () => ({ sent: false, nextDueAtMs: null }),
    onFailure: async () => ({ state: "backing_off" }),
    onNews: desk.tell,
    lookEveryMs: 500,
    tempo: {
      ...defaultTempo,
      peekMs: 30_000 / faster,
      watchedPeekMs: 300_000 / faster,
      lookMs: 60_000 / faster,
      proveDelayMs: 100,
      proveGapMs: 1_000,
    },
  });
}

async function begin({ team, mailboxId }: Parts, owner: Supervisor): Promise<void> {
  const { tenant } = team;
  const folders = () =>
    tenant.db
      .selectFrom("folders")
      .select("path")
      .where("workspace_id", "=", tenant.workspaceId)
      .where("role", "in", ["inbox", "archive"])
      .execute();
  await until(async () => (await folders()).length === 2, "listing the folders");
  const paths = (await folders()).map(({ path }) => path);
  await tenant.transaction((tx) => chooseFolders(tx, mailboxId, paths));
  owner.hint(tenant.workspaceId);
  await until(async () => (await getMailbox(tenant, mailboxId)).state === "live", "going live");
}

async function until(check: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!(await check())) {
    if (performance.now() > endMs) throw new Error(`${what} takes longer than 20 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
