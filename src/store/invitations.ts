/** Invitations to a workspace: a link with a token of which we keep the hash, good for one person and a week. */
import { sql } from "kysely";
import type { Pool } from "pg";
import { HitchpostError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { Role } from "./people.ts";
import { tenantDb, type TenantDb } from "./tenant-db.ts";
import { hashToken, issueToken, workspaceOfToken } from "./tokens.ts";

export interface Invitation {
  id: string;
  email: string;
  role: Role;
  expiresAt: Date;
  createdAt: Date;
}

export interface FoundInvitation extends Invitation {
  workspaceId: string;
  workspaceName: string;
}

const tokenPrefix = "hpi";
const validFor = sql<Date>`now() + interval '7 days'`;
const columns = ["id", "email", "role", "expires_at", "created_at"] as const;

interface InvitationRow {
  id: string;
  email: string;
  role: Role;
  expires_at: Date;
  created_at: Date;
}

const toInvitation = (row: InvitationRow): Invitation => ({
  id: row.id,
  email: row.email,
  role: row.role,
  expiresAt: row.expires_at,
  createdAt: row.created_at,
});

/** Makes an invitation; an older one to the same address is replaced. The token is shown once. */
export async function createInvitation(
  tenant: TenantDb,
  { email, role, invitedBy }: { email: string; role: Role; invitedBy: string },
): Promise<{ invitation: Invitation; token: string }> {
  const { token, hash } = issueToken(tokenPrefix, tenant.workspaceId);
  const values = {
    workspace_id: tenant.workspaceId,
    id: newId(),
    email: email.toLowerCase(),
    role,
    token_hash: hash,
    invited_by: invitedBy,
    expires_at: validFor,
  };
  const row = await tenant.transaction(async (tx) => {
    await tx.db
      .deleteFrom("invitations")
      .where("workspace_id", "=", tx.workspaceId)
      .where("email", "=", values.email)
      .where("accepted_at", "is", null)
      .execute();
    return tx.db.insertInto("invitations").values(values).returning(columns).executeTakeFirstOrThrow();
  });
  return { invitation: toInvitation(row), token };
}

/** Invitations that are neither accepted nor expired, newest first. */
export async function listInvitations(tenant: TenantDb): Promise<Invitation[]> {
  const rows = await tenant.db
    .selectFrom("invitations")
    .select(columns)
    .where("workspace_id", "=", tenant.workspaceId)
    .where("accepted_at", "is", null)
    .where("expires_at", ">", sql<Date>`now()`)
    .orderBy("id", "desc")
    .execute();
  return rows.map(toInvitation);
}

/**
 * The invitation a token belongs to.
 *
 * @throws HitchpostError not_found when it is unknown, withdrawn, accepted or expired
 */
export async function findInvitation(pool: Pool, token: string): Promise<FoundInvitation> {
  const workspaceId = workspaceOfToken(tokenPrefix, token);
  const row =
    workspaceId === null
      ? undefined
      : await tenantDb(pool, workspaceId)
          .db.selectFrom("invitations as i")
          .innerJoin("workspaces as w", "w.workspace_id", "i.workspace_id")
          .select(["i.id", "i.email", "i.role", "i.expires_at", "i.created_at", "w.name"])
          .where("i.workspace_id", "=", workspaceId)
          .where("i.token_hash", "=", hashToken(token))
          .where("i.accepted_at", "is", null)
          .where("i.expires_at", ">", sql<Date>`now()`)
          .executeTakeFirst();
  if (!row || workspaceId === null) {
    throw new HitchpostError("not_found", "This invitation is unknown, was used or has expired.");
  }
  return { ...toInvitation(row), workspaceId, workspaceName: row.name };
}

/**
 * Uses the invitation up. In the same transaction as `addMember`.
 *
 * @throws HitchpostError not_found when somebody was faster, or it has expired meanwhile
 */
export async function acceptInvitation(tx: TenantDb, id: string): Promise<void> {
  const result = await tx.db
    .updateTable("invitations")
    .set({ accepted_at: sql<Date>`now()` })
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", id)
    .where("accepted_at", "is", null)
    .where("expires_at", ">", sql<Date>`now()`)
    .executeTakeFirst();
  if (result.numUpdatedRows === 0n)
    throw new HitchpostError("not_found", "This invitation was used or has expired.");
}

/**
 * Withdraws an invitation.
 *
 * @throws HitchpostError not_found
 */
export async function removeInvitation(tenant: TenantDb, id: string): Promise<void> {
  const result = await tenant.db
    .deleteFrom("invitations")
    .where("workspace_id", "=", tenant.workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
  if (result.numDeletedRows === 0n) throw new HitchpostError("not_found", "No such invitation.");
}
