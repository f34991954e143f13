/**
 * The mailboxes of this process: beats the process's heart, takes its share of the mailboxes (sharing.ts), runs a runner
 * for each and passes on what their rows say (desk-look.ts). Hints only make things quicker: everything is found by
 * looking every few seconds too.
 */
import { createPlannerStatistics } from "../store/planner-statistics.ts";
import { startHeart } from "../store/process-heart.ts";
import { heartbeatEveryMs, ownedMailboxes, releaseMailboxes } from "../store/leases.ts";
import { askToLook } from "./desk-look.ts";
import { createGate } from "./gate.ts";
import { createRightOfWay } from "./right-of-way.ts";
import { endRunner, type Desk, type Office, type SupervisorDeps } from "./office.ts";
import { keepSharing } from "./sharing.ts";
import { createWake } from "./wake.ts";

export interface Supervisor {
  readonly processId: string;
  /** Mailboxes that run here now. */
  readonly running: number;
  /** Milliseconds for which nobody else can have taken our mailboxes; zero or less: they may be lost. */
  leaseLeftMs(): number;
  /** Looks at once what is new in the workspace: a new mailbox, chosen folders, pause, intents, outbox, requests. */
  hint(workspaceId: string): void;
  /** Closes all connections, gives the mailboxes back, ends the heartbeat. */
  stop(): Promise<void>;
}

const defaultLookEveryMs = 5_000;
/** A sign-in takes a server a fraction of a second; one that does not answer at all takes a minute. */
const openingAtOnce = { places: 20, holdMs: 5_000 };

export async function startSupervisor(deps: SupervisorDeps): Promise<Supervisor> {
  const desks = new Map<string, Desk>();
  const stopping = new AbortController();
  const heart = await startHeart({
    ...deps,
    onLost: () => {
      for (const desk of desks.values())
        for (const id of desk.runners.keys()) void endRunner(office, desk, id, { release: false });
    },
  });
  const statistics = createPlannerStatistics(deps.pool, deps.log);
  const share = createWake(deps.clock);
  const opening = createGate(deps.clock, openingAtOnce);
  const way = createRightOfWay(deps.clock);
  const office: Office = { deps, desks, heart, statistics, opening, way, share, signal: stopping.signal };
  const unsubscribe = deps.hints.subscribe((workspaceId) => {
    if (workspaceId !== null) askToLook(office, workspaceId);
    else for (const id of desks.keys()) askToLook(office, id);
  });
  const loops = [
    keepSharing(office, Math.min(deps.lookEveryMs ?? heartbeatEveryMs, heartbeatEveryMs)),
    keepLooking(office),
  ];
  return {
    get processId() {
      return heart.processId;
    },
    get running() {
      return [...desks.values()].reduce((sum, desk) => sum + desk.runners.size, 0);
    },
    leaseLeftMs: () => heart.leaseLeftMs(),
    hint: (workspaceId) => askToLook(office, workspaceId),
    async stop() {
      stopping.abort(new Error("stopping"));
      unsubscribe();
      await Promise.all(loops);
      // Else the others would leave this process its share while it gives back.
      await heart
        .leave()
        .catch((error: unknown) => deps.log.warn({ err: error }, "this process leaves without a word"));
      await Promise.all([...desks.values()].map((desk) => closeDesk(office, desk)));
      await statistics.idle();
      await heart.close();
    },
  };
}

/** Each mailbox is given back as soon as its own work has ended. */
async function closeDesk(office: Office, desk: Desk): Promise<void> {
  await desk.looking;
  await Promise.all(desk.ending.values());
  await Promise.all([...desk.runners.keys()].map((id) => endRunner(office, desk, id, { release: true })));
  await desk.indexer.stop();
  const { owned } = await ownedMailboxes(desk.tenant, office.heart.processId); // claimed, and not begun any more
  const left = owned.map(({ mailboxId }) => mailboxId);
  if ((await releaseMailboxes(desk.tenant, office.heart.processId, left)) > 0)
    office.deps.hints.hint(desk.tenant.workspaceId);
}

async function keepLooking(office: Office): Promise<void> {
  const { deps, desks, signal } = office;
  while (!signal.aborted) {
    for (const workspaceId of desks.keys()) askToLook(office, workspaceId, 0);
    await deps.clock.sleep(deps.lookEveryMs ?? defaultLookEveryMs, signal).catch(() => undefined); // the loop's head ends it
  }
}
