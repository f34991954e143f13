/**
 * Attempts to connect a mailbox: the row behind `/connect/{id}`. Its links and cookies are kept as hashes, what is
 * secret in it (PKCE verifier, nonce, device code, tokens not yet bound to a mailbox) is sealed.
 */
import { sql, type Selectable } from "kysely";
import type { Pool } from "pg";
import { HitchpostError } from "../core/errors.ts";
import { openSecret, sealSecret, type KeyRing, type SecretPlace } from "./secrets.ts";
import type { ConnectAttemptsTable } from "./tables-connect.ts";
import { tenantDb, type TenantDb } from "./tenant-db.ts";

export interface Attempt {
  workspaceId: string;
  id: string;
  /** The mailbox to reconnect, or the one that was made; null before. */
  mailboxId: string | null;
  /** The Microsoft app of the operator's page; null: the environment's, or the sandbox's. */
  appId: string | null;
  address: string;
  provider: string;
  method: string;
  flow: "browser" | "device";
  /** What the sign-in asks for; null: chosen automatically. */
  transport: "imap" | "graph" | "pop3" | null;
  /** `connect/` draws the steps above its state machine. */
  step: string;
  linkHash: Buffer;
  bindingHash: Buffer | null;
  stateHash: Buffer | null;
  /** Opened, as `connect/` wrote it: parse it there. Null when there is none. */
  secret: unknown;
  /** Plain JSON of `connect/`: parse it there. */
  device: unknown;
  checks: unknown;
  finding: unknown;
  account: unknown;
  requestedBy: string | null;
  requestedByName: string;
  /** `shared`: the address is a shared mailbox, opened by whoever signs in. */
  relation: "own" | "shared";
  /** Who is expected to open a shared mailbox; null: not said. */
  delegate: string | null;
  /** Until when a sign-in under way, or a permission that waits for a decision, counts; null: neither. */
  signInUntil: Date | null;
  /** When an administrator came back from consenting; null: not asked for, or not yet. */
  adminConsentedAt: Date | null;
  createdAt: Date;
  expiresAt: Date;
  finishedAt: Date | null;
}

export interface NewAttempt {
  id: string;
  mailboxId?: string | null;
  appId?: string | null;
  address: string;
  provider: string;
  method: string;
  flow: Attempt["flow"];
  transport?: Attempt["transport"];
  step: string;
  linkHash: Buffer;
  requestedBy: string | null;
  requestedByName?: string;
  relation?: Attempt["relation"];
  delegate?: string | null;
  expiresAt: Date;
  secret?: unknown;
}

/** What changes on the way; a key left out stays as it is. Values of JSON columns are plain JSON. */
export interface AttemptChange {
  mailboxId?: string;
  transport?: Attempt["transport"];
  step?: string;
  bindingHash?: Buffer | null;
  stateHash?: Buffer | null;
  /** Null erases it, as every finished attempt should. */
  secret?: unknown;
  device?: unknown;
  checks?: unknown;
  finding?: unknown;
  account?: unknown;
  relation?: Attempt["relation"];
  signInUntil?: Date | null;
  adminStateHash?: Buffer | null;
  adminConsentedAt?: Date | null;
  expiresAt?: Date;
  finishedAt?: Date | null;
}

const placeOf = (workspaceId: string, id: string): SecretPlace => ({
  workspaceId,
  column: "connect_attempts.secret",
  rowId: id,
});

const sealed = (
  ring: KeyRing,
  place: SecretPlace,
  value: unknown,
): { key_id: string | null; secret: Buffer | null } => {
  if (value === null || value === undefined) return { key_id: null, secret: null };
  const { keyId, secret } = sealSecret(ring, place, JSON.stringify(value));
  return { key_id: keyId, secret };
};

const toAttempt = (ring: KeyRing, row: Selectable<ConnectAttemptsTable>): Attempt => ({
  workspaceId: row.workspace_id,
  id: row.id,
  mailboxId: row.mailbox_id,
  appId: row.app_id,
  address: row.address,
  provider: row.provider,
  method: row.method,
  flow: row.flow,
  transport: row.transport,
  step: row.step,
  linkHash: row.link_hash,
  bindingHash: row.binding_hash,
  stateHash: row.state_hash,
  secret:
    row.secret !== null && row.key_id !== null
      ? (JSON.parse(
          openSecret(ring, placeOf(row.workspace_id, row.id), { keyId: row.key_id, secret: row.secret }),
        ) as unknown)
      : null,
  device: row.device,
  checks: row.checks,
  finding: row.finding,
  account: row.account,
  requestedBy: row.requested_by,
  requestedByName: row.requested_by_name,
  relation: row.relation as Attempt["relation"],
  delegate: row.delegate,
  signInUntil: row.sign_in_until,
  adminConsentedAt: row.admin_consented_at,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  finishedAt: row.finished_at,
});

/** Stores a new attempt under the id that `connect/` made. */
export async function createAttempt(tx: TenantDb, ring: KeyRing, attempt: NewAttempt): Promise<void> {
  await tx.db
    .insertInto("connect_attempts")
    .values({
      workspace_id: tx.workspaceId,
      id: attempt.id,
      mailbox_id: attempt.mailboxId ?? null,
      app_id: attempt.appId ?? null,
      address: attempt.address,
      provider: attempt.provider,
      method: attempt.method,
      flow: attempt.flow,
      transport: attempt.transport ?? null,
      step: attempt.step,
      link_hash: attempt.linkHash,
      binding_hash: null,
      state_hash: null,
      ...sealed(ring, placeOf(tx.workspaceId, attempt.id), attempt.secret),
      requested_by: attempt.requestedBy,
      requested_by_name: attempt.requestedByName ?? "",
      relation: attempt.relation ?? "own",
      delegate: attempt.delegate ?? null,
      expires_at: attempt.expiresAt,
    })
    .execute();
}

/**
 * Reads an attempt, expired and finished ones too; `lock` holds it against others until the transaction ends.
 *
 * @throws HitchpostError not_found, secret_unreadable
 */
export async function getAttempt(
  tenant: TenantDb,
  ring: KeyRing,
  id: string,
  { lock = false } = {},
): Promise<Attempt> {
  const query = tenant.db
    .selectFrom("connect_attempts")
    .selectAll()
    .where("workspace_id", "=", tenant.workspaceId)
    .where("id", "=", id);
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst();
  if (!row) throw new HitchpostError("not_found", "No such attempt to connect.");
  return toAttempt(ring, row);
}

/**
 * Changes an attempt.
 *
 * @throws HitchpostError not_found
 */
export async function updateAttempt(
  tx: TenantDb,
  ring: KeyRing,
  id: string,
  change: AttemptChange,
): Promise<void> {
  const result = await tx.db
    .updateTable("connect_attempts")
    .set({
      id, // so that an empty change is a statement too
      ...(change.mailboxId === undefined ? {} : { mailbox_id: change.mailboxId }),
      ...(change.transport === undefined ? {} : { transport: change.transport }),
      ...(change.step === undefined ? {} : { step: change.step }),
      ...(change.bindingHash === undefined ? {} : { binding_hash: change.bindingHash }),
      ...(change.stateHash === undefined ? {} : { state_hash: change.stateHash }),
      ...("secret" in change ? sealed(ring, placeOf(tx.workspaceId, id), change.secret) : {}),
      ...("device" in change ? { device: jsonOrNull(change.device) } : {}),
      ...("checks" in change ? { checks: JSON.stringify(change.checks ?? []) } : {}),
      ...("finding" in change ? { finding: jsonOrNull(change.finding) } : {}),
      ...("account" in change ? { account: jsonOrNull(change.account) } : {}),
      ...(change.relation === undefined ? {} : { relation: change.relation }),
      ...(change.signInUntil === undefined ? {} : { sign_in_until: change.signInUntil }),
      ...(change.adminStateHash === undefined ? {} : { admin_state_hash: change.adminStateHash }),
      ...(change.adminConsentedAt === undefined ? {} : { admin_consented_at: change.adminConsentedAt }),
      ...(change.expiresAt === undefined ? {} : { expires_at: change.expiresAt }),
      ...(change.finishedAt === undefined ? {} : { finished_at: change.finishedAt }),
    })
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
  if (result.numUpdatedRows === 0n) throw new HitchpostError("not_found", "No such attempt to connect.");
}

const jsonOrNull = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value);

/**
 * The workspace's handle for an attempt known by its id (`/connect/{id}`) or by the hash of its state (the callback,
 * which names nothing else); null when there is none. The row itself is then read through the handle.
 */
export async function locateAttempt(
  pool: Pool,
  by: { id: string } | { stateHash: Buffer } | { adminStateHash: Buffer },
): Promise<{ tenant: TenantDb; id: string } | null> {
  const [column, value] =
    "id" in by
      ? ["id", by.id]
      : "stateHash" in by
        ? ["state_hash", by.stateHash]
        : ["admin_state_hash", by.adminStateHash];
  const { rows } = await pool.query<{ workspace_id: string; id: string }>(
    `SELECT workspace_id, id FROM connect_attempts WHERE ${column} = $1 LIMIT 1`,
    [value],
  );
  const row = rows[0];
  return row ? { tenant: tenantDb(pool, row.workspace_id), id: row.id } : null;
}

/** Attempts of the workspace that are neither finished nor expired: what goes on after a restart (device flows). */
export async function openAttempts(tenant: TenantDb, ring: KeyRing): Promise<Attempt[]> {
  const rows = await tenant.db
    .selectFrom("connect_attempts")
    .selectAll()
    .where("workspace_id", "=", tenant.workspaceId)
    .where("finished_at", "is", null)
    .where("expires_at", ">", sql<Date>`now()`)
    .orderBy("id")
    .execute();
  return rows.map((row) => toAttempt(ring, row));
}

/** Attempts whose sign-in, or whose permission that waited for a decision, has had its time. */
export async function attemptsOverdue(tenant: TenantDb, ring: KeyRing, now: Date): Promise<Attempt[]> {
  const rows = await tenant.db
    .selectFrom("connect_attempts")
    .selectAll()
    .where("workspace_id", "=", tenant.workspaceId)
    .where("finished_at", "is", null)
    .where("sign_in_until", "<=", now)
    .execute();
  return rows.map((row) => toAttempt(ring, row));
}

/** Erases what is secret of attempts that have run out: nothing can be done with it any more. */
export async function eraseRunOut(tenant: TenantDb, now: Date): Promise<void> {
  await tenant.db
    .updateTable("connect_attempts")
    .set({ secret: null, key_id: null, sign_in_until: null })
    .where("workspace_id", "=", tenant.workspaceId)
    .where("finished_at", "is", null)
    .where("expires_at", "<=", now)
    .where("secret", "is not", null)
    .execute();
}

/** Deletes attempts that expired more than a day ago. */
export async function pruneAttempts(tenant: TenantDb): Promise<void> {
  await tenant.db
    .deleteFrom("connect_attempts")
    .where("workspace_id", "=", tenant.workspaceId)
    .where("expires_at", "<", sql<Date>`now() - interval '1 day'`)
    .execute();
}
