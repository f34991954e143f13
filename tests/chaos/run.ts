/** One compressed run: a mailbox, its server, its processes, so many random steps under faults, then the reckoning. */
import type { Pool } from "pg";
import type { Log } from "../../src/core/log.ts";
import { createChaosClock } from "./clock.ts";
import { noImapFaults } from "./imap-faults.ts";
import { createMailMaker } from "./mails.ts";
import { Model } from "./model.ts";
import { append, step } from "./operations.ts";
import { createPeople } from "./people.ts";
import { startChaosProcess, wireTo } from "./process.ts";
import { startProcesses, type Processes } from "./processes.ts";
import { seededRandom, type Random } from "./random.ts";
import { noteTold, reckon } from "./reckon.ts";
import { startChaosServer, type ServerVariant } from "./server.ts";
import {
  choose,
  drawVariant,
  filesSentKnown,
  seedMailbox,
  throwFaults,
  type SeededMailbox,
} from "./setting.ts";
import { noSmtpFaults } from "./smtp-faults.ts";
import type { Stage } from "./stage.ts";
import { createTally } from "./tally.ts";

export interface RunResult {
  seed: number;
  differences: string[];
  faults: Readonly<Record<string, number>>;
  steps: number;
  replies: number;
  newMails: number;
  /** Real and virtual duration, milliseconds. */
  tookMs: number;
  virtualMs: number;
  /** What was done, in order. */
  story: string[];
}

export interface RunOptions {
  seed: number;
  /** A database in which no other run is under way. */
  pool: Pool;
  databaseUrl: string;
  log: Log;
}

interface Setting extends SeededMailbox {
  random: Random;
  variant: ServerVariant;
  stage: Stage;
}

/** Whatever happens in it is told as a difference. */
export async function runOnce(options: RunOptions): Promise<RunResult> {
  const startedAt = performance.now();
  const setting = await build(options);
  const { model, clock, tally } = setting.stage;
  const story: string[] = [];
  const differences = await playAndReckon(options.pool, setting, story).catch((error: unknown) => [
    `run: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  ]);
  const virtualMs = Math.round(clock.elapsed());
  await tearDown(options.pool, setting);
  return {
    seed: options.seed,
    differences,
    faults: tally.counts,
    steps: story.length,
    replies: model.replies.length,
    newMails: [...model.mails.values()].filter(({ news }) => news === "yes").length,
    tookMs: Math.round(performance.now() - startedAt),
    virtualMs,
    story,
  };
}

async function build({ seed, pool, databaseUrl, log }: RunOptions): Promise<Setting> {
  const random = seededRandom(seed);
  const [clock, tally, model] = [createChaosClock(), createTally(), new Model()];
  const prefix = `s${seed}x`;
  const maker = createMailMaker(random.fork("mails"), prefix);
  const variant = drawVariant(random.fork("variant"));
  const server = await startChaosServer({
    clock,
    random,
    tally,
    variant,
    onFiled: (mark) => model.copyFiled(mark, "Sent"),
    onTaken: ({ messageId }) => maker.learn(messageId, "Order 1"),
  });
  const seeded = await seedMailbox(pool, clock, variant, random.fork("mailbox"));
  const { workspaceId, mailboxId } = seeded;
  model.mayAskPerson = !(await filesSentKnown(seeded.tenant));
  let serial = 0;
  const before = {
    clock,
    tally,
    model,
    maker,
    server,
    prefix,
    random: random.fork("steps"),
    shifted: new Set<string>(),
    serial: () => ++serial,
    people: createPeople({
      pool,
      workspaceId,
      mailboxId,
      model,
      clock,
      random: random.fork("people"),
      trash: "Deleted",
    }),
    noteTold: () => noteTold(pool, workspaceId, model),
  };
  for (const name of ["Team A", "Team B"]) server.create(name);
  for (let left = before.random.int(0, 25); left > 0; left--) await append(before, true);
  const processes: Processes = await startProcesses({
    pool,
    workspaceId,
    clock,
    tally,
    random: random.fork("processes"),
    start: () => startChaosProcess({ databaseUrl, wire: wireTo({ server, log }), clock, log }),
  });
  return { ...seeded, random, variant, stage: { ...before, processes } };
}

async function playAndReckon(pool: Pool, setting: Setting, story: string[]): Promise<string[]> {
  const { random, variant, stage, tenant, workspaceId, mailboxId } = setting;
  const { clock, server, model, processes } = stage;
  await choose(stage.random, clock, tenant, mailboxId, model);
  throwFaults(server, random.fork("rates"));
  await play(stage, story);
  server.imap.rates = noImapFaults;
  server.smtp.rates = noSmtpFaults;
  const differences = await reckon({ pool, workspaceId, clock, server, model, variant });
  const trespasses = processes.all.flatMap((process) => process.trespasses);
  return [
    ...differences,
    ...trespasses.map((text) => `fence: a process that had lost the mailbox wrote: ${text}`),
  ];
}

async function tearDown(pool: Pool, { stage, workspaceId }: Setting): Promise<void> {
  const { processes, clock, server } = stage;
  const ids = processes.all.map((process) => process.id);
  processes.end();
  clock.stop();
  await server.stop();
  // Out of the way of the lane's next run.
  await pool.query("UPDATE mailboxes SET removed_at = now(), owner = NULL WHERE workspace_id = $1", [
    workspaceId,
  ]);
  await pool.query(
    "UPDATE processes SET heartbeat_at = now() - interval '1 day' WHERE id = ANY ($1::uuid[])",
    [ids],
  );
}

async function play(stage: Stage, story: string[]): Promise<void> {
  const { random, clock } = stage;
  const steps = random.int(15, 40);
  for (let n = 0; n < steps; n++) {
    const at = Math.round(clock.elapsed());
    story.push(`${at} ms: ${await step(stage)}`);
    await stage.noteTold();
    const pause = random.weighted({ none: 4, short: 3, long: 3 });
    if (pause !== "none")
      await clock.sleep(pause === "short" ? random.int(1, 3_000) : random.int(3_000, 40_000));
  }
}
