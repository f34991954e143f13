/** A folder that fails is left alone for longer and longer, and never holds up the others (phantom folders: traps). */
import { errorCatalogue, isHitchpostError } from "../core/errors.ts";
import { backoffMs } from "../core/retry.ts";
import { writeMailbox, type SyncContext } from "./context.ts";
import type { SyncFolder } from "./folder-rows.ts";

const baseMs = 15_000;
const capMs = 30 * 60_000;

/** Notes the failure and when the folder is tried again. A reset folder is tried at once. */
export async function recordFolderFailure(
  ctx: SyncContext,
  folder: SyncFolder,
  error: unknown,
): Promise<void> {
  const reset = isHitchpostError(error) && errorCatalogue[error.code].retry === "resync";
  const waitMs = reset && folder.failures === 0 ? 0 : backoffMs(folder.failures, { baseMs, capMs });
  const problem = isHitchpostError(error) ? error.code : "internal";
  ctx.log.warn({ err: error, folder: folder.path, waitMs }, "a folder failed and is left alone for a while");
  await writeMailbox(ctx, async (tx) => {
    await tx.db
      .updateTable("folders")
      .set((eb) => ({
        failures: eb("failures", "+", 1),
        problem,
        backoff_until: new Date(ctx.clock.now() + waitMs),
      }))
      .where("workspace_id", "=", tx.workspaceId)
      .where("id", "=", folder.id)
      .execute();
  });
}
