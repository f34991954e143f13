/**
 * The mailboxes of this process: beats the process's heart, claims what nobody owns, runs a runner for each, and passes
 * hints on. Hints only make things quicker: everything is found by looking every few seconds too.
 */
import type { Pool } from "pg";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { MailSource } from "../protocol/mail-source.ts";
import type { EventHints } from "../store/event-hints.ts";
import type { InboxPort } from "../store/inbox-port.ts";
import {
  claimMailboxes,
  ownedMailboxes,
  releaseMailboxes,
  workspacesToClaim,
  type ProcessFacts,
} from "../store/leases.ts";
import { listMailboxes, type Mailbox } from "../store/mailboxes.ts";
import { createPlannerStatistics, type PlannerStatistics } from "../store/planner-statistics.ts";
import { startHeart, type ProcessHeart } from "../store/process-heart.ts";
import { tenantDb, type TenantDb } from "../store/tenant-db.ts";
import type { Parser } from "./context.ts";
import type { Tempo } from "./live.ts";
import { startMailboxRunner, type FailureVerdict, type MailboxRunner } from "./mailbox-runner.ts";
import type { OriginalBlobs } from "./originals.ts";
import { createSearchIndexer, type SearchIndexer } from "./search-index.ts";
import type { RunOutbox } from "./session.ts";
import { mailboxesWithWork } from "./waiting-work.ts";

export interface SupervisorDeps {
  pool: Pool;
  clock: Clock;
  log: Log;
  facts: ProcessFacts;
  hints: EventHints;
  inbox: InboxPort;
  parser: Parser;
  /** For the originals of mail; left out: none is kept. */
  blobs?: OriginalBlobs;
  openSource(tenant: TenantDb, mailbox: Mailbox): Promise<MailSource>;
  runOutbox: RunOutbox;
  onFailure(tenant: TenantDb, mailbox: Mailbox, error: unknown): Promise<FailureVerdict>;
  onConnected?(tenant: TenantDb, mailbox: Mailbox): Promise<void>;
  /** Mailboxes this process takes on at most. */
  maxMailboxes?: number;
  lookEveryMs?: number;
  tempo?: Partial<Tempo>;
}

export interface Supervisor {
  readonly processId: string;
  /** Mailboxes that run here now. */
  readonly running: number;
  /** Looks at once what is new in the workspace: a new mailbox, chosen folders, pause, intents, outbox. */
  hint(workspaceId: string): void;
  /** The user acted on a finding: try the mailbox again now. */
  reconnect(mailboxId: string): void;
  /** The mailbox has other servers or another permission: what runs with the old ones is begun anew. */
  restart(mailboxId: string): void;
  /** Look soon at the mailbox's folder with this role. */
  nudge(mailboxId: string, role: string): void;
  /** Closes all connections, gives the mailboxes back, ends the heartbeat. */
  stop(): Promise<void>;
}

interface Desk {
  tenant: TenantDb;
  indexer: SearchIndexer;
  runners: Map<string, MailboxRunner>;
  /** When folders were chosen, as last seen. */
  chosenAt: Map<string, number>;
  /** Mailboxes without a living owner were seen. */
  claim: boolean;
  /** Looks of one workspace run one after the other; one waits at most. */
  looking: Promise<void> | null;
  again: boolean;
}

const defaultLookEveryMs = 5_000;
const hintGatherMs = 100;
const claimAtOnce = 50;

export async function startSupervisor(deps: SupervisorDeps): Promise<Supervisor> {
  const desks = new Map<string, Desk>();
  const stopping = new AbortController();
  const heart = await startHeart({
    ...deps,
    onLost: () => {
      for (const desk of desks.values()) for (const runner of desk.runners.values()) void runner.stop();
    },
  });
  const statistics = createPlannerStatistics(deps.pool, deps.log);
  const office: Office = { deps, desks, heart, statistics, signal: stopping.signal };
  const unsubscribe = deps.hints.subscribe((workspaceId) => {
    if (workspaceId !== null) askToLook(office, workspaceId);
    else for (const id of desks.keys()) askToLook(office, id);
  });
  const loop = keepLooking(office);
  return {
    get processId() {
      return heart.processId;
    },
    get running() {
      return [...desks.values()].reduce((sum, desk) => sum + desk.runners.size, 0);
    },
    hint: (workspaceId) => askToLook(office, workspaceId),
    reconnect: (mailboxId) => findRunner(desks, mailboxId)?.wake("reconnect"),
    restart: (mailboxId) => findRunner(desks, mailboxId)?.wake("restart"),
    nudge: (mailboxId, role) => findRunner(desks, mailboxId)?.nudge(role),
    async stop() {
      stopping.abort(new Error("stopping"));
      unsubscribe();
      await loop;
      await Promise.all([...desks.values()].map((desk) => closeDesk(desk, heart)));
      await statistics.idle();
      await heart.close();
    },
  };
}

interface Office {
  deps: SupervisorDeps;
  desks: Map<string, Desk>;
  heart: ProcessHeart;
  statistics: PlannerStatistics;
  signal: AbortSignal;
}

const findRunner = (desks: ReadonlyMap<string, Desk>, mailboxId: string): MailboxRunner | undefined =>
  [...desks.values()].map((desk) => desk.runners.get(mailboxId)).find((runner) => runner !== undefined);

async function closeDesk(desk: Desk, heart: ProcessHeart): Promise<void> {
  await desk.looking;
  const runners = [...desk.runners.values()];
  await Promise.all(runners.map((runner) => runner.stop()));
  await desk.indexer.stop();
  await releaseMailboxes(
    desk.tenant,
    heart.processId,
    runners.map((runner) => runner.mailboxId),
  );
}

async function keepLooking(office: Office): Promise<void> {
  const { deps, desks, signal } = office;
  while (!signal.aborted) {
    try {
      for (const workspaceId of await workspacesToClaim(deps.pool)) deskOf(office, workspaceId).claim = true;
      for (const workspaceId of desks.keys()) askToLook(office, workspaceId, 0);
    } catch (error) {
      deps.log.warn({ err: error }, "looking for mailboxes failed; again in a moment");
    }
    await deps.clock.sleep(deps.lookEveryMs ?? defaultLookEveryMs, signal).catch(() => undefined); // the loop's head ends it
  }
}

function deskOf({ deps, desks }: Office, workspaceId: string): Desk {
  const known = desks.get(workspaceId);
  if (known !== undefined) return known;
  const tenant = tenantDb(deps.pool, workspaceId);
  const desk: Desk = {
    tenant,
    indexer: createSearchIndexer(tenant, deps),
    runners: new Map(),
    chosenAt: new Map(),
    claim: true,
    looking: null,
    again: false,
  };
  desks.set(workspaceId, desk);
  desk.indexer.poke();
  return desk;
}

/** Gathers hints for a moment; never two looks of one workspace at a time, and none is lost. */
function askToLook(office: Office, workspaceId: string, gatherMs = hintGatherMs): void {
  if (office.signal.aborted) return;
  const desk = deskOf(office, workspaceId);
  desk.again = true;
  desk.looking ??= (async () => {
    try {
      while (desk.again && !office.signal.aborted) {
        await office.deps.clock.sleep(gatherMs, office.signal);
        desk.again = false;
        await look(office, desk);
      }
    } catch (error) {
      if (!office.signal.aborted)
        office.deps.log.warn({ err: error, workspaceId }, "a look at a workspace failed");
    } finally {
      desk.looking = null;
    }
  })();
}

/** Brings the runners in line with the rows, and wakes those that have something to do. */
async function look(office: Office, desk: Desk): Promise<void> {
  const { deps, heart } = office;
  const { tenant } = desk;
  if (desk.claim || (await listMailboxes(tenant)).some((mailbox) => mailbox.owner === null))
    await claimFree(office, desk);
  const owned = new Map(
    (await ownedMailboxes(tenant, heart.processId)).map((claim) => [claim.mailboxId, claim.fence]),
  );
  const mailboxes = new Map((await listMailboxes(tenant)).map((mailbox) => [mailbox.id, mailbox]));
  for (const runner of desk.runners.values()) {
    const mailbox = mailboxes.get(runner.mailboxId);
    const mine = owned.get(runner.mailboxId) === runner.fence;
    if (!mine || mailbox === undefined || mailbox.state === "paused") await runner.stop();
  }
  for (const [mailboxId, fence] of owned) {
    const mailbox = mailboxes.get(mailboxId);
    const running = desk.runners.get(mailboxId);
    if (running === undefined && mailbox !== undefined && mailbox.state !== "paused")
      startRunner(office, desk, mailboxId, fence);
    if (running !== undefined && mailbox?.state === "connecting") running.wake("reconnect");
    if (running !== undefined && mailbox !== undefined && choiceIsNew(desk, mailbox)) running.wake("chosen");
  }
  const work = await mailboxesWithWork(tenant, deps.clock.now());
  for (const id of work.intents) desk.runners.get(id)?.wake("intents");
  for (const id of work.outbox) desk.runners.get(id)?.wake("outbox");
}

function choiceIsNew({ chosenAt }: Desk, { id, foldersChosenAt }: Mailbox): boolean {
  const known = chosenAt.get(id);
  const now = foldersChosenAt?.getTime() ?? 0;
  chosenAt.set(id, now);
  return known !== now;
}

async function claimFree({ deps, desks, heart }: Office, desk: Desk): Promise<void> {
  const running = [...desks.values()].reduce((sum, other) => sum + other.runners.size, 0);
  const room = (deps.maxMailboxes ?? Number.POSITIVE_INFINITY) - running;
  if (room <= 0 || heart.leaseLeftMs() <= 0) return;
  desk.claim = false;
  await claimMailboxes(deps.pool, desk.tenant, {
    processId: heart.processId,
    limit: Math.min(room, claimAtOnce),
  });
}

function startRunner(
  { deps, heart, statistics }: Office,
  desk: Desk,
  mailboxId: string,
  fence: number,
): void {
  const { tenant, indexer } = desk;
  const { clock, log, inbox, parser, runOutbox, tempo, onConnected } = deps;
  const runner = startMailboxRunner(mailboxId, {
    tenant,
    clock,
    log,
    inbox,
    parser,
    indexer,
    statistics,
    runOutbox,
    owner: heart.processId,
    fence,
    leaseValid: () => heart.leaseLeftMs() > 0,
    openSource: (mailbox) => deps.openSource(tenant, mailbox),
    onFailure: (mailbox, error) => deps.onFailure(tenant, mailbox, error),
    ...(onConnected && { onConnected: (mailbox: Mailbox) => onConnected(tenant, mailbox) }),
    ...(tempo && { tempo }),
    ...(deps.blobs && { blobs: deps.blobs }),
  });
  desk.runners.set(mailboxId, runner);
  void forgetWhenDone(desk, runner);
}

async function forgetWhenDone(desk: Desk, runner: MailboxRunner): Promise<void> {
  await runner.done;
  if (desk.runners.get(runner.mailboxId) === runner) desk.runners.delete(runner.mailboxId);
}
