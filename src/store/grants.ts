/** What the user gave us: a refresh token or an app password, sealed (secrets.ts), one a mailbox. */
import { sql } from "kysely";
import { z } from "zod";
import { HitchpostError, isHitchpostError } from "../core/errors.ts";
import { openSecret, sealSecret, type KeyRing, type SecretPlace } from "./secrets.ts";
import type { TenantDb } from "./tenant-db.ts";

const channelSchema = z.enum(["imap", "graph", "pop3"]);

/** What another way to the mailbox than the consented one has beside it: an access token serves one resource. */
const sideTokenSchema = z.object({
  channel: channelSchema,
  /** Of a consent of its own; null: the grant's refresh token serves this resource too. */
  refreshToken: z.string().nullable(),
  accessToken: z.string().nullable(),
  /** Epoch milliseconds. */
  accessExpiresAtMs: z.number(),
  scope: z.string(),
  /** The consent of its own no longer works. */
  broken: z.boolean(),
});
export type SideToken = z.infer<typeof sideTokenSchema>;

const oauthSecretSchema = z.object({
  kind: z.literal("oauth"),
  refreshToken: z.string(),
  /** Kept so that a restart needs no refresh; null when there is none. */
  accessToken: z.string().nullable(),
  /** The scopes that were consented to, as the token endpoint told them. */
  scope: z.string(),
  /** The way to the mailbox that the consent was given for. */
  channel: channelSchema.default("imap"),
  beside: z.array(sideTokenSchema).default([]),
});

/** As it is read. */
export type OAuthSecret = z.output<typeof oauthSecretSchema>;

const grantSecretSchema = z.discriminatedUnion("kind", [
  oauthSecretSchema,
  z.object({ kind: z.literal("password"), password: z.string() }),
]);

/** As it may be written. */
export type GrantSecret = z.input<typeof grantSecretSchema>;

export interface Grant {
  mailboxId: string;
  secret: z.output<typeof grantSecretSchema>;
  accessExpiresAt: Date | null;
  /** Counts up with every storing: who holds an older one has an outdated token. */
  generation: number;
  /** The error that ended it (`oauth_grant_invalid`); null while it works. */
  brokenCode: string | null;
  /** What was answered when it ended: the evidence, whoever asked first. */
  brokenDetail: BrokenDetail | null;
}

const brokenDetailSchema = z.object({
  message: z.string(),
  response: z.string().optional(),
  oauthError: z.string().optional(),
  aadsts: z.number().nullable().optional(),
});

export type BrokenDetail = z.infer<typeof brokenDetailSchema>;

const placeOf = (tenant: TenantDb, mailboxId: string): SecretPlace => ({
  workspaceId: tenant.workspaceId,
  column: "grants.secret",
  rowId: mailboxId,
});

/** Stores a grant in place of the one before; a broken one is whole again. Returns its generation. */
export async function storeGrant(
  tx: TenantDb,
  ring: KeyRing,
  {
    mailboxId,
    secret,
    accessExpiresAt = null,
  }: { mailboxId: string; secret: GrantSecret; accessExpiresAt?: Date | null },
): Promise<number> {
  const sealed = sealSecret(ring, placeOf(tx, mailboxId), JSON.stringify(secret));
  const values = {
    kind: secret.kind,
    key_id: sealed.keyId,
    secret: sealed.secret,
    access_expires_at: accessExpiresAt,
    broken_code: null,
    broken_detail: null,
    updated_at: sql<Date>`clock_timestamp()`,
  };
  const row = await tx.db
    .insertInto("grants")
    .values({ workspace_id: tx.workspaceId, mailbox_id: mailboxId, ...values })
    .onConflict((conflict) =>
      conflict
        .columns(["workspace_id", "mailbox_id"])
        .doUpdateSet({ ...values, generation: sql<number>`grants.generation + 1` }),
    )
    .returning("generation")
    .executeTakeFirstOrThrow();
  return row.generation;
}

/**
 * Reads the grant.
 *
 * @throws HitchpostError not_found when there is none, secret_unreadable when its key is missing
 */
export async function readGrant(tenant: TenantDb, ring: KeyRing, mailboxId: string): Promise<Grant> {
  return readRow(tenant, ring, mailboxId, false);
}

/**
 * Runs `work` with the grant's row locked: of all who want to refresh, one does, and the others find the new token when
 * their turn comes. `work` stores what it got (`storeGrant(tx, …)`) before anybody uses it.
 *
 * @throws HitchpostError as `readGrant`
 */
export async function withGrantLock<T>(
  tenant: TenantDb,
  ring: KeyRing,
  mailboxId: string,
  work: (tx: TenantDb, grant: Grant) => Promise<T>,
): Promise<T> {
  return tenant.transaction(async (tx) => work(tx, await readRow(tx, ring, mailboxId, true)));
}

async function readRow(tenant: TenantDb, ring: KeyRing, mailboxId: string, lock: boolean): Promise<Grant> {
  const query = tenant.db
    .selectFrom("grants")
    .selectAll()
    .where("workspace_id", "=", tenant.workspaceId)
    .where("mailbox_id", "=", mailboxId);
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst();
  if (!row) throw new HitchpostError("not_found", "The mailbox has no grant.");
  const text = openSecret(ring, placeOf(tenant, mailboxId), { keyId: row.key_id, secret: row.secret });
  return {
    mailboxId,
    secret: grantSecretSchema.parse(JSON.parse(text)),
    accessExpiresAt: row.access_expires_at,
    generation: row.generation,
    brokenCode: row.broken_code,
    brokenDetail: brokenDetailSchema.nullable().catch(null).parse(row.broken_detail),
  };
}

/** Notes that the grant no longer works, unless a newer one was stored meanwhile. Returns whether it was noted. */
export async function breakGrant(
  tx: TenantDb,
  mailboxId: string,
  generation: number,
  code: string,
  detail: BrokenDetail | null = null,
): Promise<boolean> {
  const result = await tx.db
    .updateTable("grants")
    .set({
      broken_code: code,
      broken_detail: detail === null ? null : JSON.stringify(detail),
      updated_at: sql<Date>`clock_timestamp()`,
    })
    .where("workspace_id", "=", tx.workspaceId)
    .where("mailbox_id", "=", mailboxId)
    .where("generation", "=", generation)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** As `readGrant`; null where there is none. @throws HitchpostError secret_unreadable */
export async function findGrant(tenant: TenantDb, ring: KeyRing, mailboxId: string): Promise<Grant | null> {
  try {
    return await readGrant(tenant, ring, mailboxId);
  } catch (error) {
    if (isHitchpostError(error, "not_found")) return null;
    throw error;
  }
}
