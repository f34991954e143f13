/** What the supervisor's parts share: this process's workspaces (desks), their runners, and how a runner begins and ends. */
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { MailSource } from "../protocol/mail-source.ts";
import type { Pool } from "pg";
import type { EventHints } from "../store/event-hints.ts";
import type { InboxPort } from "../store/inbox-port.ts";
import { releaseMailboxes, type ProcessFacts } from "../store/leases.ts";
import type { Mailbox } from "../store/mailboxes.ts";
import type { MailboxNews } from "../store/mailbox-requests.ts";
import type { PlannerStatistics } from "../store/planner-statistics.ts";
import type { ProcessHeart } from "../store/process-heart.ts";
import { tenantDb, type TenantDb } from "../store/tenant-db.ts";
import type { Parser } from "./context.ts";
import type { Gate } from "./gate.ts";
import type { Tempo } from "./live-parts.ts";
import { startMailboxRunner, type FailureVerdict, type MailboxRunner } from "./mailbox-runner.ts";
import type { OriginalBlobs } from "./originals.ts";
import type { RightOfWay } from "./right-of-way.ts";
import { createSearchIndexer, type SearchIndexer } from "./search-index.ts";
import type { RunOutbox } from "./session.ts";
import type { Wake } from "./wake.ts";

export interface SupervisorDeps {
  pool: Pool;
  clock: Clock;
  log: Log;
  /** With the number of mailboxes that this process takes at most. */
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
  /** News of a mailbox of this process, which other processes were told. */
  onNews?(this: void, mailboxId: string, what: MailboxNews): void;
  lookEveryMs?: number;
  tempo?: Partial<Tempo>;
}

export interface Desk {
  tenant: TenantDb;
  indexer: SearchIndexer;
  runners: Map<string, MailboxRunner>;
  /** Mailboxes whose runner is being ended, until it has: no other is begun for them meanwhile. */
  ending: Map<string, Promise<void>>;
  /** When folders were chosen, as last seen. */
  chosenAt: Map<string, number>;
  /** Looks of one workspace run one after the other; one waits at most. */
  looking: Promise<void> | null;
  again: boolean;
}

export interface Office {
  deps: SupervisorDeps;
  desks: Map<string, Desk>;
  heart: ProcessHeart;
  statistics: PlannerStatistics;
  /** Mailboxes are opened so many at a time. */
  opening: Gate;
  way: RightOfWay;
  /** Told when mailboxes wait for an owner. */
  share: Wake;
  signal: AbortSignal;
}

export function deskOf({ deps, desks, way }: Office, workspaceId: string): Desk {
  const known = desks.get(workspaceId);
  if (known !== undefined) return known;
  const tenant = tenantDb(deps.pool, workspaceId);
  const desk: Desk = {
    tenant,
    indexer: createSearchIndexer(tenant, { ...deps, way }),
    runners: new Map(),
    ending: new Map(),
    chosenAt: new Map(),
    looking: null,
    again: false,
  };
  desks.set(workspaceId, desk);
  desk.indexer.poke();
  return desk;
}

/** Begins the work on a mailbox that this process owns under `fence`. */
export function beginRunner(
  { deps, heart, statistics, opening, way }: Office,
  desk: Desk,
  mailboxId: string,
  fence: number,
): void {
  const { tenant, indexer } = desk;
  const { clock, log, inbox, parser, runOutbox, tempo, onConnected } = deps;
  const owner = heart.processId;
  const runner = startMailboxRunner(mailboxId, {
    tenant,
    clock,
    log,
    inbox,
    parser,
    indexer,
    statistics,
    opening,
    way,
    runOutbox,
    owner,
    fence,
    leaseValid: () => heart.processId === owner && heart.leaseLeftMs() > 0,
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

/**
 * Ends the work on a mailbox; then, with `release`, nobody owns it and everybody is told. Once at a time for a mailbox;
 * never rejects: what could not be released is released at the next look, or taken over when this process has ended.
 */
export function endRunner(
  { deps, heart }: Office,
  desk: Desk,
  mailboxId: string,
  { release }: { release: boolean },
): Promise<void> {
  const under = desk.ending.get(mailboxId);
  if (under !== undefined) return under;
  const owner = heart.processId;
  const ending = (async () => {
    try {
      await desk.runners.get(mailboxId)?.stop();
      if (release && (await releaseMailboxes(desk.tenant, owner, [mailboxId])) > 0)
        deps.hints.hint(desk.tenant.workspaceId);
    } catch (error) {
      deps.log.warn({ err: error, mailboxId }, "a mailbox was not given back yet");
    } finally {
      desk.ending.delete(mailboxId);
    }
  })();
  desk.ending.set(mailboxId, ending);
  return ending;
}
