/** What is noted on the way through a compressed run, and the reckoning at its end. */
import type { Pool } from "pg";
import type { ChaosClock } from "./clock.ts";
import { compare, isInStep } from "./compare.ts";
import { markIn } from "./mails.ts";
import type { Model } from "./model.ts";
import { readDatabase } from "./read-database.ts";
import type { ChaosServer, ServerVariant } from "./server.ts";

const settleVirtualMs = 90 * 60_000;
const settleRealMs = 120_000;

/** Which mails were told as new already, which folders were looked into; and whether mail counts as gone that never left. */
export async function noteTold(pool: Pool, workspaceId: string, model: Model): Promise<void> {
  const { rows } = await pool.query<{ text: string }>(
    `SELECT m.snippet AS text FROM messages m
     WHERE m.workspace_id = $1 AND m.is_new`,
    [workspaceId],
  );
  for (const { text } of rows) model.told.add(markIn(text) ?? "");
  await noteFalseRemovals(pool, workspaceId, model);
  const { rows: opened } = await pool.query<{ path: string }>(
    "SELECT path FROM folders WHERE workspace_id = $1 AND boundary_at IS NOT NULL AND removed_at IS NULL",
    [workspaceId],
  );
  for (const { path } of opened) if (model.synced.has(path)) model.opened.add(path);
}

/** Told as gone from the mailbox, though it stands where it always stood. */
export async function noteFalseRemovals(pool: Pool, workspaceId: string, model: Model): Promise<void> {
  const { rows } = await pool.query<{ text: string }>(
    `SELECT m.snippet AS text FROM messages m
     WHERE m.workspace_id = $1 AND m.gone_at IS NOT NULL`,
    [workspaceId],
  );
  for (const { text } of rows) {
    const mark = markIn(text) ?? "";
    const home = model.homeOf(mark);
    if (home !== null && model.synced.has(home)) model.falselyGone.add(mark);
  }
}

export interface Reckoning {
  pool: Pool;
  workspaceId: string;
  clock: ChaosClock;
  server: ChaosServer;
  model: Model;
  variant: ServerVariant;
}

/** Waits until nothing is on its way any more, then compares. */
export async function reckon({
  pool,
  workspaceId,
  clock,
  server,
  model,
  variant,
}: Reckoning): Promise<string[]> {
  const [virtualEnd, realEnd] = [clock.monotonic() + settleVirtualMs, performance.now() + settleRealMs];
  const look = async () => ({
    model,
    server: server.state(),
    database: await readDatabase(pool, workspaceId),
    delivered: server.smtp.delivered,
  });
  let calm = 0;
  for (;;) {
    await clock.sleep(15_000);
    const outcome = await look();
    await noteFalseRemovals(pool, workspaceId, model);
    // Twice: what is in step may be on its way out of it again (a late copy, a proof).
    calm = isInStep(outcome) ? calm + 1 : 0;
    if (calm >= 2 || clock.monotonic() > virtualEnd || performance.now() > realEnd) break;
  }
  await clock.sleep(100_000); // the latest copies in Sent
  for (;;) {
    const outcome = await look();
    const over = clock.monotonic() > virtualEnd || performance.now() > realEnd;
    if (!isInStep(outcome) && !over) {
      await clock.sleep(15_000);
      continue;
    }
    if (variant.filesSentWithinMs === null) fileOwnCopies(model, outcome.database.outbox);
    return compare(outcome);
  }
}

/** Where the server files no copies, we do: one of each reply that left. */
function fileOwnCopies(model: Model, outbox: readonly { id: string; state: string }[]): void {
  const done = new Set(outbox.filter(({ state }) => state === "done").map(({ id }) => id));
  for (const { mark, id } of model.replies) if (done.has(id)) model.copyFiled(mark, "Sent");
}
