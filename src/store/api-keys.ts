/** API keys: bound to a workspace and a role, shown once, kept as a hash. */
import { sql } from "kysely";
import type { Pool } from "pg";
import { HitchpostError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { Role } from "./people.ts";
import { tenantDb, type TenantDb } from "./tenant-db.ts";
import { hashToken, issueToken, workspaceOfToken } from "./tokens.ts";

export interface ApiKey {
  id: string;
  name: string;
  role: Role;
  /** The key's first characters, by which a person tells it from others; they give nothing away. */
  prefix: string;
  createdAt: Date;
  lastUsedAt: Date | null;
}

export interface FoundApiKey {
  id: string;
  workspaceId: string;
  role: Role;
  lastUsedAt: Date | null;
}

const keyPrefix = "hp";
/** `hp_`, the workspace's 32 digits, `_`, and four characters of the secret. */
const shownCharacters = 40;
const columns = ["id", "name", "role", "prefix", "created_at", "last_used_at"] as const;

interface ApiKeyRow {
  id: string;
  name: string;
  role: Role;
  prefix: string;
  created_at: Date;
  last_used_at: Date | null;
}

const toApiKey = (row: ApiKeyRow): ApiKey => ({
  id: row.id,
  name: row.name,
  role: row.role,
  prefix: row.prefix,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
});

/** Makes a key; `key` is shown once and cannot be read again. */
export async function createApiKey(
  tenant: TenantDb,
  { name, role, createdBy }: { name: string; role: Role; createdBy: string | null },
): Promise<{ key: string; apiKey: ApiKey }> {
  const { token, hash } = issueToken(keyPrefix, tenant.workspaceId);
  const row = await tenant.db
    .insertInto("api_keys")
    .values({
      workspace_id: tenant.workspaceId,
      id: newId(),
      name,
      role,
      key_hash: hash,
      prefix: token.slice(0, shownCharacters),
      created_by: createdBy,
    })
    .returning(columns)
    .executeTakeFirstOrThrow();
  return { key: token, apiKey: toApiKey(row) };
}

/** Whose key this is; null when it is unknown or revoked. */
export async function findApiKey(pool: Pool, key: string): Promise<FoundApiKey | null> {
  const workspaceId = workspaceOfToken(keyPrefix, key);
  if (workspaceId === null) return null;
  const row = await tenantDb(pool, workspaceId)
    .db.selectFrom("api_keys")
    .select(["id", "role", "last_used_at"])
    .where("workspace_id", "=", workspaceId)
    .where("key_hash", "=", hashToken(key))
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return row ? { id: row.id, workspaceId, role: row.role, lastUsedAt: row.last_used_at } : null;
}

/** Keeps the time of use, at most once a minute. */
export async function touchApiKey(pool: Pool, key: FoundApiKey, nowMs: number): Promise<void> {
  if (key.lastUsedAt !== null && nowMs - key.lastUsedAt.getTime() < 60_000) return;
  await tenantDb(pool, key.workspaceId)
    .db.updateTable("api_keys")
    .set({ last_used_at: new Date(nowMs) })
    .where("workspace_id", "=", key.workspaceId)
    .where("id", "=", key.id)
    .execute();
}

/** Keys that are not revoked, newest first. */
export async function listApiKeys(tenant: TenantDb): Promise<ApiKey[]> {
  const rows = await tenant.db
    .selectFrom("api_keys")
    .select(columns)
    .where("workspace_id", "=", tenant.workspaceId)
    .where("revoked_at", "is", null)
    .orderBy("id", "desc")
    .execute();
  return rows.map(toApiKey);
}

/**
 * @throws HitchpostError not_found when there is no such key, or it is revoked already
 */
export async function revokeApiKey(tenant: TenantDb, id: string): Promise<void> {
  const result = await tenant.db
    .updateTable("api_keys")
    .set({ revoked_at: sql<Date>`now()` })
    .where("workspace_id", "=", tenant.workspaceId)
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (result.numUpdatedRows === 0n) throw new HitchpostError("not_found", "No such API key.");
}
