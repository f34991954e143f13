/** Workspaces and their members: who belongs where, with which role. People themselves are global (better-auth). */
import { sql } from "kysely";
import type { Pool } from "pg";
import { HitchpostError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { globalDb } from "./pool.ts";
import { tenantDb, type TenantDb } from "./tenant-db.ts";

export type Role = "owner" | "admin" | "agent";

export interface Membership {
  workspaceId: string;
  name: string;
  role: Role;
}

export interface Member {
  userId: string;
  name: string;
  email: string;
  /** As chosen by the person; null: by the browser. */
  language: "en" | "zh" | null;
  role: Role;
  createdAt: Date;
}

/** Makes a workspace with its first owner; returns its id. */
export async function createWorkspace(
  pool: Pool,
  { name, ownerId }: { name: string; ownerId: string },
): Promise<string> {
  const workspaceId = newId();
  await tenantDb(pool, workspaceId).transaction(async (tx) => {
    await tx.db.insertInto("workspaces").values({ workspace_id: workspaceId, name }).execute();
    await tx.db
      .insertInto("members")
      .values({ workspace_id: workspaceId, user_id: ownerId, role: "owner" })
      .execute();
  });
  return workspaceId;
}

/** The workspaces of a person, oldest membership first: the one question that is asked over all workspaces. */
export async function membershipsOf(pool: Pool, userId: string): Promise<Membership[]> {
  const { rows } = await pool.query<{ workspace_id: string; name: string; role: Role }>(
    `SELECT m.workspace_id, w.name, m.role FROM members m JOIN workspaces w ON w.workspace_id = m.workspace_id
     WHERE m.user_id = $1 ORDER BY m.created_at, m.workspace_id`,
    [userId],
  );
  return rows.map((row) => ({ workspaceId: row.workspace_id, name: row.name, role: row.role }));
}

/** True when no workspace exists yet: the first owner is still to come. */
export async function isFresh(pool: Pool): Promise<boolean> {
  const { rowCount } = await pool.query("SELECT 1 FROM workspaces LIMIT 1");
  return rowCount === 0;
}

/** Every workspace's id, for work that goes over all of them (sweeps, pruning). */
export async function listWorkspaceIds(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ workspace_id: string }>(
    "SELECT workspace_id FROM workspaces ORDER BY 1",
  );
  return rows.map((row) => row.workspace_id);
}

/** @throws HitchpostError not_found */
export async function workspaceName(tenant: TenantDb): Promise<string> {
  const row = await tenant.db
    .selectFrom("workspaces")
    .select("name")
    .where("workspace_id", "=", tenant.workspaceId)
    .executeTakeFirst();
  if (!row) throw new HitchpostError("not_found", "No such workspace.");
  return row.name;
}

/** Gives the workspace another name. */
export async function renameWorkspace(tenant: TenantDb, name: string): Promise<void> {
  await tenant.db
    .updateTable("workspaces")
    .set({ name })
    .where("workspace_id", "=", tenant.workspaceId)
    .execute();
}

/** Members with their names, oldest first. The people's rows are read apart: no join reaches a global table. */
export async function listMembers(pool: Pool, tenant: TenantDb): Promise<Member[]> {
  const members = await tenant.db
    .selectFrom("members")
    .selectAll()
    .where("workspace_id", "=", tenant.workspaceId)
    .orderBy("created_at")
    .orderBy("user_id")
    .execute();
  if (members.length === 0) return [];
  const ids = members.map((member) => member.user_id);
  const users = await globalDb(pool)
    .selectFrom("users")
    .select(["id", "name", "email", "language"])
    .where("id", "in", ids)
    .execute();
  const byId = new Map(users.map((user) => [user.id, user]));
  return members.flatMap((member) => {
    const user = byId.get(member.user_id);
    if (!user) return []; // deleted as a person; the membership means nothing any more
    return [
      {
        userId: user.id,
        name: user.name,
        email: user.email,
        language: user.language === "en" || user.language === "zh" ? user.language : null,
        role: member.role,
        createdAt: member.created_at,
      },
    ];
  });
}

/**
 * @throws HitchpostError conflict when the person is a member already
 */
export async function addMember(
  tenant: TenantDb,
  { userId, role }: { userId: string; role: Role },
): Promise<void> {
  const result = await tenant.db
    .insertInto("members")
    .values({ workspace_id: tenant.workspaceId, user_id: userId, role })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (result.numInsertedOrUpdatedRows === 0n)
    throw new HitchpostError("conflict", "This person is a member already.");
}

const roles: readonly Role[] = ["agent", "admin", "owner"];

/**
 * Changes a role, and revokes the API keys they made that may do more than they may now.
 *
 * @throws HitchpostError not_found; conflict when it would leave the workspace without an owner
 */
export async function updateMember(tenant: TenantDb, userId: string, role: Role): Promise<void> {
  await tenant.transaction(async (tx) => {
    await assertStaysOwned(tx, userId, role);
    await tx.db
      .updateTable("members")
      .set({ role })
      .where("workspace_id", "=", tx.workspaceId)
      .where("user_id", "=", userId)
      .execute();
    await revokeKeysOf(tx, userId, roles.slice(roles.indexOf(role) + 1));
  });
}

/**
 * Takes a person out of the workspace, and revokes the API keys they made.
 *
 * @throws HitchpostError not_found; conflict when it would leave the workspace without an owner
 */
export async function removeMember(tenant: TenantDb, userId: string): Promise<void> {
  await tenant.transaction(async (tx) => {
    await assertStaysOwned(tx, userId, null);
    await tx.db
      .deleteFrom("members")
      .where("workspace_id", "=", tx.workspaceId)
      .where("user_id", "=", userId)
      .execute();
    await revokeKeysOf(tx, userId, roles);
  });
}

/** Revokes the keys of these roles that a person made. */
async function revokeKeysOf(tx: TenantDb, userId: string, ofRoles: readonly Role[]): Promise<void> {
  if (ofRoles.length === 0) return;
  await tx.db
    .updateTable("api_keys")
    .set({ revoked_at: sql<Date>`now()` })
    .where("workspace_id", "=", tx.workspaceId)
    .where("created_by", "=", userId)
    .where("role", "in", [...ofRoles])
    .where("revoked_at", "is", null)
    .execute();
}

/** Locks the workspace's owners, so that two owners cannot remove each other at the same moment. */
async function assertStaysOwned(tx: TenantDb, userId: string, role: Role | null): Promise<void> {
  const rows = await tx.db
    .selectFrom("members")
    .select(["user_id", "role"])
    .where("workspace_id", "=", tx.workspaceId)
    .where((where) => where.or([where("role", "=", "owner"), where("user_id", "=", userId)]))
    .orderBy("user_id")
    .forUpdate()
    .execute();
  if (!rows.some((row) => row.user_id === userId)) throw new HitchpostError("not_found", "No such member.");
  const others = rows.filter((row) => row.role === "owner" && row.user_id !== userId);
  if (role !== "owner" && others.length === 0)
    throw new HitchpostError("conflict", "A workspace keeps at least one owner.");
}
