/**
 * This process's share of the mailboxes (store/share-out.ts): takes what nobody owns up to its share, and hands over what
 * is above it, as soon as somebody is there to take it.
 */
import { takeCensus } from "../store/census.ts";
import { claimMailboxes, workspacesToClaim } from "../store/leases.ts";
import { turnOf } from "../store/share-out.ts";
import { askToLook } from "./desk-look.ts";
import { deskOf, endRunner, type Office } from "./office.ts";

const claimAtOnce = 50;
const giveAtOnce = 50;

/** Counts every so often, and when told that mailboxes wait. Runs until the office closes; never rejects. */
export async function keepSharing(office: Office, everyMs: number): Promise<void> {
  const { deps, share, signal } = office;
  while (!signal.aborted) {
    try {
      while (await takeTurn(office));
    } catch (error) {
      if (!signal.aborted)
        deps.log.warn({ err: error }, "sharing out the mailboxes failed; again in a moment");
    }
    await share.wait(everyMs, signal).catch(() => undefined); // the loop's head ends it
  }
}

/** @returns true when there may be more to take at once */
async function takeTurn(office: Office): Promise<boolean> {
  const { deps, heart, signal } = office;
  if (heart.leaseLeftMs() <= 0 || signal.aborted) return false;
  const processId = heart.processId;
  const { take, give } = turnOf(await takeCensus(deps.pool), processId);
  if (give > 0) handOver(office, give);
  return take > 0 && (await claimFree(office, processId, take)) > 0;
}

async function claimFree(office: Office, processId: string, take: number): Promise<number> {
  const { deps, signal } = office;
  let claimed = 0;
  for (const workspaceId of await workspacesToClaim(deps.pool)) {
    const limit = Math.min(take - claimed, claimAtOnce);
    if (limit <= 0 || signal.aborted) break;
    const { tenant } = deskOf(office, workspaceId);
    claimed += (await claimMailboxes(deps.pool, tenant, { processId, limit })).length;
    askToLook(office, workspaceId, 0);
  }
  return claimed;
}

/** What is on its way out already counts. */
function handOver(office: Office, give: number): void {
  const { desks, deps } = office;
  const all = [...desks.values()];
  const leaving = all.reduce((sum, desk) => sum + desk.ending.size, 0);
  const room = Math.min(give, giveAtOnce) - leaving;
  if (room <= 0) return;
  const chosen = all
    .flatMap((desk) => [...desk.runners.values()].map((runner) => ({ desk, mailboxId: runner.mailboxId })))
    .filter(({ desk, mailboxId }) => !desk.ending.has(mailboxId))
    .slice(-room);
  deps.log.info({ mailboxes: chosen.length }, "handing mailboxes over to another process");
  for (const { desk, mailboxId } of chosen)
    void endRunner(office, desk, mailboxId, { release: true }).then(() => office.share.notify());
}
