/** One run: a mailbox, random steps under faults and changes of the transport, then calm, and the reckoning. */
import type { Pool } from "pg";
import type { Log } from "../../../src/core/log.ts";
import { newId } from "../../../src/core/ids.ts";
import { chooseFolders } from "../../../src/store/folders.ts";
import { tenantDb, type TenantDb } from "../../../src/store/tenant-db.ts";
import { noImapFaults, startImapFaults } from "../imap-faults.ts";
import { startChaosProcess } from "../process.ts";
import { startProcesses } from "../processes.ts";
import { seededRandom, type Random } from "../random.ts";
import { createTally } from "../tally.ts";
import { Life } from "./life.ts";
import { folderNames, ServerMailbox } from "./mailbox.ts";
import { isSettled, judge, readStored, type Outcome } from "./reckon.ts";
import { createLines, type LineRates } from "./wire.ts";
import type { World } from "./world.ts";

export interface TransportRunOptions {
  seed: number;
  world: World;
  pool: Pool;
  databaseUrl: string;
  log: Log;
  /** A third of the steps. */
  short?: boolean | undefined;
}

export interface TransportRun {
  seed: number;
  differences: string[];
  known: Record<string, number>;
  faults: Readonly<Record<string, number>>;
  mails: number;
  story: string[];
  tookMs: number;
}

/** Never rejects for what a run finds. */
export async function runTransports(options: TransportRunOptions): Promise<TransportRun> {
  const startedAt = performance.now();
  const setting = await build(options);
  const { life, mailbox, tally, processes, imap, tenant } = setting;
  const story: string[] = [];
  const verdict = await play(options, setting, story).catch((error: unknown) => ({
    differences: [`run: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`],
    known: {},
  }));
  life.calm();
  processes.end();
  await imap.stop();
  await options.pool.query("UPDATE mailboxes SET removed_at = now(), owner = NULL WHERE workspace_id = $1", [
    tenant.workspaceId,
  ]);
  const dead = processes.all.map(({ id }) => id);
  await options.pool.query(
    "UPDATE processes SET heartbeat_at = now() - interval '1 day' WHERE id = ANY ($1::uuid[])",
    [dead],
  );
  return {
    seed: options.seed,
    ...verdict,
    faults: tally.counts,
    mails: mailbox.book.size,
    story,
    tookMs: Math.round(performance.now() - startedAt),
  };
}

type Setting = Awaited<ReturnType<typeof build>>;

async function build(options: TransportRunOptions) {
  const { seed, world, pool, databaseUrl, log } = options;
  const random = seededRandom(`transports ${seed}`);
  const { clock, store } = world;
  const tally = createTally();
  const person = world.person();
  const mailbox = new ServerMailbox(store, person.mailboxId, random.fork("mailbox"), `t${seed}x`);
  const imap = await startImapFaults(world.imapPort, {
    random: random.fork("imap"),
    tally,
    sleep: (ms) => clock.sleep(ms),
    enter: clock.enter,
  });
  const rates: LineRates = { cut: 0, unheard: 0.2 };
  const lines = createLines({
    world,
    address: person.address,
    imap,
    rates,
    random: random.fork("lines"),
    tally,
    log,
  });
  const { tenant, mailboxId } = await seedMailbox(pool, person.address, random);
  for (let left = random.int(3, options.short === true ? 5 : 14); left > 0; left--)
    mailbox.deliver(random.pick(folderNames), clock.now() - random.int(1, 40) * 3_600_000);
  if (random.chance(0.7)) mailbox.deliverTwins();
  const processes = await startProcesses({
    pool,
    workspaceId: tenant.workspaceId,
    clock,
    tally,
    random: random.fork("processes"),
    start: () => startChaosProcess({ databaseUrl, wire: lines.wire, clock, log }),
  });
  const life = new Life({
    world,
    pool,
    tenant,
    mailboxId,
    mailbox,
    imap,
    lines,
    processes,
    random: random.fork("steps"),
    tally,
  });
  return { random, tally, mailbox, imap, rates, tenant, mailboxId, processes, life };
}

async function seedMailbox(
  pool: Pool,
  address: string,
  random: Random,
): Promise<{ tenant: TenantDb; mailboxId: string }> {
  const [workspaceId, mailboxId] = [newId(), newId()];
  const tenant = tenantDb(pool, workspaceId);
  await tenant.db.insertInto("workspaces").values({ workspace_id: workspaceId, name: "Chaos" }).execute();
  const server = { host: "127.0.0.1", port: 587, security: "none" };
  await tenant.db
    .insertInto("mailboxes")
    .values({
      workspace_id: workspaceId,
      id: mailboxId,
      address,
      provider: "outlook",
      method: "oauth",
      transport: random.pick(["imap", "imap", "graph"]),
      servers: JSON.stringify({ smtp: server }),
      principal: address,
      state: "connecting",
      new_folders: false,
      files_sent: true,
    })
    .execute();
  return { tenant, mailboxId };
}

const listingMs = 10 * 60_000;
const settleMs = 90 * 60_000;
const settleRealMs = 60_000;

async function play(
  { world: { clock }, pool, short = false }: TransportRunOptions,
  setting: Setting,
  story: string[],
) {
  const { random, imap, rates, life, tenant, mailbox } = setting;
  await choose(setting, clock);
  imap.rates = { cut: 0.01, delay: 0.01, throttle: 0.01, bye: 0.005, expire: 0.01, incomplete: 0.1 };
  rates.cut = random.chance(0.7) ? 0.03 : 0;
  for (let left = short ? random.int(5, 9) : random.int(12, 26); left > 0; left--) {
    story.push(await life.step());
    const pause = random.weighted({ none: 3, short: 3, long: 4 });
    if (pause !== "none") await clock.sleep(random.int(100, pause === "short" ? 3_000 : 90_000));
  }
  imap.rates = noImapFaults;
  rates.cut = 0;
  life.calm();
  story.push(await life.takeTransport(random.pick(["imap", "graph"])));
  const [end, realEnd] = [clock.monotonic() + settleMs, performance.now() + settleRealMs];
  for (let calm = 0; ;) {
    await clock.sleep(20_000);
    const outcome: Outcome = {
      stored: await readStored(pool, tenant.workspaceId),
      standing: mailbox.standing(),
      mailbox,
      people: life.people,
    };
    calm = isSettled(outcome) ? calm + 1 : 0;
    if (calm >= 3 || clock.monotonic() > end || performance.now() > realEnd) return judge(outcome);
  }
}

async function choose({ tenant, mailboxId }: Setting, clock: World["clock"]): Promise<void> {
  const rows = () =>
    tenant.db
      .selectFrom("folders")
      .select(["path", "name", "role"])
      .where("workspace_id", "=", tenant.workspaceId)
      .execute();
  for (const until = clock.monotonic() + listingMs; ; await clock.sleep(500)) {
    if ((await rows()).some(({ name }) => name === "Orders")) break;
    if (clock.monotonic() > until) throw new Error("the folders were not listed within ten minutes");
  }
  const wanted = (await rows()).filter(
    ({ name, role }) => name === "Orders" || role === "inbox" || role === "archive" || role === "sent",
  );
  await tenant.transaction((tx) =>
    chooseFolders(
      tx,
      mailboxId,
      wanted.map(({ path }) => path),
    ),
  );
}
