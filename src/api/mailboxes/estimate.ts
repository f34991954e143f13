/** How many messages an import would bring, and about how long it takes. */
import { withDeadline } from "../../core/deadline.ts";
import { isHitchpostError } from "../../core/errors.ts";
import { listFolders } from "../../store/folders.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import { historyRange } from "../../sync/history.ts";
import type { ApiDeps } from "../deps.ts";

/** Messages a second that a mailbox across the internet gives, to start from. */
const usualRate = 80;
const deadlineMs = 15_000;

type History = "all" | "1y" | "3m" | "1m" | "none";

export async function estimateImport(
  deps: ApiDeps,
  tenant: TenantDb,
  mailboxId: string,
  { folders, history }: { folders: string[]; history: History },
): Promise<{ messages: number; seconds: number }> {
  const all = await listFolders(tenant, mailboxId);
  const chosen = all.filter(
    (folder) => folder.selectable && (folders.includes(folder.id) || folders.includes(folder.path)),
  );
  const messages = await countMessages(deps, tenant, mailboxId, { chosen, history });
  return { messages, seconds: Math.ceil(messages / usualRate) };
}

interface Chosen {
  chosen: { path: string; remoteMessages: number | null }[];
  history: History;
}

async function countMessages(
  deps: ApiDeps,
  tenant: TenantDb,
  mailboxId: string,
  { chosen, history }: Chosen,
): Promise<number> {
  if (history === "none") return 0;
  const known = chosen.every((folder) => folder.remoteMessages !== null);
  if (history === "all" && known)
    return chosen.reduce((sum, folder) => sum + (folder.remoteMessages ?? 0), 0);
  return deps.withSource(tenant.workspaceId, mailboxId, (source) =>
    withDeadline(deadlineMs, "counting the messages of the folders", async (signal) => {
      const range = historyRange(history, deps.clock.now());
      let sum = 0;
      for (const folder of chosen) {
        signal.throwIfAborted();
        sum += await source.estimate(folder.path, range).catch(orNone(folder.remoteMessages));
      }
      return sum;
    }),
  );
}

/** A folder that cannot be opened brings nothing for now; the others are counted all the same. */
const orNone =
  (listed: number | null) =>
  (error: unknown): number => {
    if (isHitchpostError(error, "folder_unavailable")) return listed ?? 0;
    throw error;
  };
