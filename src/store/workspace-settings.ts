/** What a workspace has chosen for itself. */
import { z } from "zod";
import type { TenantDb } from "./tenant-db.ts";

const settingsSchema = z.object({
  /** People are written to when a mailbox of theirs needs somebody. */
  mailTrouble: z.boolean().catch(true),
});

export type WorkspaceSettings = z.infer<typeof settingsSchema>;

/** The settings, those that were never chosen as they are by themselves. */
export async function readWorkspaceSettings(tenant: TenantDb): Promise<WorkspaceSettings> {
  const row = await tenant.db
    .selectFrom("workspaces")
    .select("settings")
    .where("workspace_id", "=", tenant.workspaceId)
    .executeTakeFirst();
  return settingsSchema.parse(row?.settings ?? {});
}

/** Changes those that are named; what other versions have written beside stays. */
export async function changeWorkspaceSettings(
  tenant: TenantDb,
  change: Partial<WorkspaceSettings>,
): Promise<void> {
  await tenant.transaction(async (tx) => {
    const row = await tx.db
      .selectFrom("workspaces")
      .select("settings")
      .where("workspace_id", "=", tx.workspaceId)
      .forUpdate()
      .executeTakeFirst();
    const before = z.record(z.string(), z.unknown()).catch({}).parse(row?.settings);
    await tx.db
      .updateTable("workspaces")
      .set({ settings: JSON.stringify({ ...before, ...change }) })
      .where("workspace_id", "=", tx.workspaceId)
      .execute();
  });
}
