/** How far the import is: counted from the folders' rows, told at most twice a second. */
import { sql } from "kysely";
import type { TenantDb } from "../store/tenant-db.ts";
import { writeMailbox, type SyncContext } from "./context.ts";

export interface Progress {
  total: number;
  done: number;
  perSecond: number;
  secondsLeft: number | null;
}

const tellEveryMs = 500;

/** Pure: rate and time left from what was done in this long. */
export function progressOf(total: number, done: number, doneSince: number, elapsedMs: number): Progress {
  const perSecond = elapsedMs > 0 ? Math.round((doneSince * 10_000) / elapsedMs) / 10 : 0;
  const left = Math.max(0, total - done);
  return {
    total: Math.max(total, done),
    done,
    perSecond,
    secondsLeft: left === 0 ? 0 : perSecond > 0 ? Math.ceil(left / perSecond) : null,
  };
}

/** Sums over the chosen folders. */
export async function countImport(
  tenant: TenantDb,
  mailboxId: string,
): Promise<{ total: number; done: number }> {
  const { rows } = await sql<{ total: number; done: number }>`
    SELECT coalesce(sum(backfill_total), 0)::int AS total, coalesce(sum(backfill_done), 0)::int AS done FROM folders
    WHERE workspace_id = ${tenant.workspaceId}::uuid AND mailbox_id = ${mailboxId}::uuid AND selected AND removed_at IS NULL
  `.execute(tenant.db);
  return rows[0] ?? { total: 0, done: 0 };
}

export interface ProgressTeller {
  /** After a batch; tells when half a second has passed, or always with `force`. */
  tell(force?: boolean): Promise<void>;
}

export function createProgressTeller(ctx: SyncContext): ProgressTeller {
  let startedAt: number | null = null;
  let doneAtStart = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    async tell(force = false) {
      const now = ctx.clock.monotonic();
      if (!force && now - toldAt < tellEveryMs) return;
      toldAt = now;
      const { total, done } = await countImport(ctx.tenant, ctx.mailboxId);
      if (startedAt === null) {
        startedAt = now;
        doneAtStart = done;
      }
      const payload = { ...progressOf(total, done, done - doneAtStart, now - startedAt) };
      await writeMailbox(ctx, async (_tx, events) => {
        events.push({ type: "mailbox.progress", mailboxId: ctx.mailboxId, conversationId: null, payload });
      });
    },
  };
}
