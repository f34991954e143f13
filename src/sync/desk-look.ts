/**
 * The looks at one workspace: bring the runners in line with the rows, and wake those that have something to do. Looks
 * come every few seconds and after each hint; hints only make things quicker.
 */
import { takeRequests } from "../store/mailbox-requests.ts";
import { ownedMailboxes, type OwnedMailbox } from "../store/leases.ts";
import { beginRunner, deskOf, endRunner, type Desk, type Office } from "./office.ts";
import { mailboxesWithWork } from "./waiting-work.ts";

const hintGatherMs = 100;
/** Hints of a busy workspace are gathered for longer where a look takes long: a look's share of the time stays below this. */
const lookShare = 0.05;
/** No hint waits longer than this: somebody may sit before the page. */
const longestGatherMs = 1_000;

/** Gathers hints for a moment; never two looks of one workspace at a time, and none is lost. */
export function askToLook(office: Office, workspaceId: string, gatherMs = hintGatherMs): void {
  if (office.signal.aborted) return;
  const desk = deskOf(office, workspaceId);
  desk.again = true;
  desk.looking ??= (async () => {
    const { clock, log } = office.deps;
    try {
      for (let waitMs = gatherMs; desk.again && !office.signal.aborted;) {
        await clock.sleep(waitMs, office.signal);
        desk.again = false;
        const begun = clock.monotonic();
        await look(office, desk);
        waitMs = gatherFor(clock.monotonic() - begun);
      }
    } catch (error) {
      if (!office.signal.aborted) log.warn({ err: error, workspaceId }, "a look at a workspace failed");
    } finally {
      desk.looking = null;
    }
  })();
}

/** Pure: for how long hints are gathered before the next look, when the last one took `lookMs`. */
export const gatherFor = (lookMs: number): number =>
  Math.min(longestGatherMs, Math.max(hintGatherMs, lookMs / lookShare));

async function look(office: Office, desk: Desk): Promise<void> {
  const { deps, heart } = office;
  const { tenant } = desk;
  const owner = heart.processId;
  const { owned, unowned } = await ownedMailboxes(tenant, owner);
  if (unowned) office.share.notify();
  if (heart.processId !== owner || heart.leaseLeftMs() <= 0) return; // struck off, or about to be: nothing is begun
  // Before runners begin: these read what was changed, those that run are told.
  const asked = await takeRequests(tenant, owner, deps.onNews);
  for (const [id, what] of asked) desk.runners.get(id)?.wake(what);
  endWhatIsNotOurs(office, desk, new Map(owned.map((mailbox) => [mailbox.mailboxId, mailbox])));
  for (const mailbox of owned) bringInLine(office, desk, mailbox);
  const work = await mailboxesWithWork(tenant, deps.clock.now());
  for (const id of work.intents) desk.runners.get(id)?.wake("intents");
  for (const id of work.outbox) desk.runners.get(id)?.wake("outbox");
}

function endWhatIsNotOurs(office: Office, desk: Desk, owned: ReadonlyMap<string, OwnedMailbox>): void {
  for (const runner of desk.runners.values())
    if (owned.get(runner.mailboxId)?.fence !== runner.fence)
      void endRunner(office, desk, runner.mailboxId, { release: false });
}

/** Begins a runner, ends that of a paused mailbox, or passes on what its row says. */
function bringInLine(office: Office, desk: Desk, mailbox: OwnedMailbox): void {
  const { mailboxId, fence, state } = mailbox;
  if (desk.ending.has(mailboxId)) return;
  if (state === "paused") return void endRunner(office, desk, mailboxId, { release: true });
  const running = desk.runners.get(mailboxId);
  const chosen = choiceIsNew(desk, mailbox);
  if (running === undefined) return beginRunner(office, desk, mailboxId, fence);
  if (state === "connecting") running.wake("reconnect");
  if (chosen) running.wake("chosen");
}

function choiceIsNew({ chosenAt }: Desk, { mailboxId, chosenAtMs }: OwnedMailbox): boolean {
  const known = chosenAt.get(mailboxId);
  chosenAt.set(mailboxId, chosenAtMs);
  return known !== chosenAtMs;
}
