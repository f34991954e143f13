/** Microsoft apps that the operator enters on the page. The secret is sealed (secrets.ts) and never leaves by the API. */
import { sql, type Selectable } from "kysely";
import { HitchpostError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { openSecret, sealSecret, type KeyRing, type SecretPlace } from "./secrets.ts";
import type { AppLogTable, MicrosoftAppsTable } from "./tables-apps.ts";
import type { TenantDb } from "./tenant-db.ts";

/** `default`: as the environment names it, Microsoft's worldwide cloud unless set otherwise. */
export type Cloud = MicrosoftAppsTable["cloud"];

export interface AppRow {
  id: string;
  name: string;
  clientId: string;
  /** `common`, `consumers`, `organizations` or a tenant id. */
  tenant: string;
  cloud: Cloud;
  hasSecret: boolean;
  /** `2027-03-31`, as the operator entered it; null when it is not known. */
  secretExpiresOn: string | null;
  isDefault: boolean;
  createdAt: Date;
  updatedAt: Date;
}

export interface NewApp {
  name: string;
  clientId: string;
  tenant: string;
  cloud: Cloud;
  /** null: a public client. */
  secret: string | null;
  secretExpiresOn: string | null;
  isDefault: boolean;
  createdBy: string | null;
}

/** A key left out stays as it is; `secret` null takes the secret away. */
export type AppChange = { [K in keyof Omit<NewApp, "createdBy">]?: NewApp[K] | undefined };

const columns = [
  "id",
  "name",
  "client_id",
  "tenant",
  "cloud",
  "key_id",
  "is_default",
  "created_at",
  "updated_at",
] as const;
/** As text: a `Date` would be midnight of some time zone. */
const expiresOn = sql<string | null>`secret_expires_on::text`.as("expires_on");

type ReadRow = Pick<Selectable<MicrosoftAppsTable>, (typeof columns)[number]> & { expires_on: string | null };

const toApp = (row: ReadRow): AppRow => ({
  id: row.id,
  name: row.name,
  clientId: row.client_id,
  tenant: row.tenant,
  cloud: row.cloud,
  hasSecret: row.key_id !== null,
  secretExpiresOn: row.expires_on,
  isDefault: row.is_default,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const placeOf = (tenant: TenantDb, id: string): SecretPlace => ({
  workspaceId: tenant.workspaceId,
  column: "microsoft_apps.secret",
  rowId: id,
});

const unknownApp = (): HitchpostError => new HitchpostError("not_found", "No such Microsoft app.");

/** All apps of the workspace, oldest first. */
export async function listApps(tenant: TenantDb): Promise<AppRow[]> {
  const rows = await tenant.db
    .selectFrom("microsoft_apps")
    .select([...columns, expiresOn])
    .where("workspace_id", "=", tenant.workspaceId)
    .orderBy("id")
    .execute();
  return rows.map(toApp);
}

/** One app; null when there is none of this id. */
export async function findApp(tenant: TenantDb, id: string): Promise<AppRow | null> {
  const row = await tenant.db
    .selectFrom("microsoft_apps")
    .select([...columns, expiresOn])
    .where("workspace_id", "=", tenant.workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
  return row ? toApp(row) : null;
}

/** @throws HitchpostError not_found */
export async function getApp(tenant: TenantDb, id: string): Promise<AppRow> {
  const app = await findApp(tenant, id);
  if (!app) throw unknownApp();
  return app;
}

/** The app that new sign-ins use; null: the environment's. */
export async function defaultApp(tenant: TenantDb): Promise<AppRow | null> {
  return (await listApps(tenant)).find((app) => app.isDefault) ?? null;
}

/**
 * The secret's value, for the token endpoint alone; null for a public client.
 *
 * @throws HitchpostError not_found, secret_unreadable when its key is missing
 */
export async function readAppSecret(tenant: TenantDb, ring: KeyRing, id: string): Promise<string | null> {
  const row = await tenant.db
    .selectFrom("microsoft_apps")
    .select(["key_id", "secret"])
    .where("workspace_id", "=", tenant.workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
  if (!row) throw unknownApp();
  if (row.key_id === null || row.secret === null) return null;
  return openSecret(ring, placeOf(tenant, id), { keyId: row.key_id, secret: row.secret });
}

const sealedColumns = (tenant: TenantDb, ring: KeyRing, id: string, secret: string | null) => {
  if (secret === null) return { key_id: null, secret: null };
  const { keyId, secret: bytes } = sealSecret(ring, placeOf(tenant, id), secret);
  return { key_id: keyId, secret: bytes };
};

/** One default at most: the one before steps back in the same transaction. */
async function clearDefault(tx: TenantDb): Promise<void> {
  await tx.db
    .updateTable("microsoft_apps")
    .set({ is_default: false })
    .where("workspace_id", "=", tx.workspaceId)
    .where("is_default", "=", true)
    .execute();
}

/** Stores an app and returns its id; call it in a transaction. */
export async function createApp(tx: TenantDb, ring: KeyRing, app: NewApp): Promise<string> {
  const id = newId();
  if (app.isDefault) await clearDefault(tx);
  await tx.db
    .insertInto("microsoft_apps")
    .values({
      workspace_id: tx.workspaceId,
      id,
      name: app.name,
      client_id: app.clientId,
      tenant: app.tenant,
      cloud: app.cloud,
      ...sealedColumns(tx, ring, id, app.secret),
      secret_expires_on: app.secretExpiresOn,
      is_default: app.isDefault,
      created_by: app.createdBy,
    })
    .execute();
  return id;
}

/**
 * Changes an app; call it in a transaction.
 *
 * @throws HitchpostError not_found
 */
export async function updateApp(tx: TenantDb, ring: KeyRing, id: string, change: AppChange): Promise<void> {
  if (change.isDefault === true) await clearDefault(tx);
  const result = await tx.db
    .updateTable("microsoft_apps")
    .set({
      updated_at: sql<Date>`clock_timestamp()`,
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.clientId === undefined ? {} : { client_id: change.clientId }),
      ...(change.tenant === undefined ? {} : { tenant: change.tenant }),
      ...(change.cloud === undefined ? {} : { cloud: change.cloud }),
      ...(change.secret === undefined ? {} : sealedColumns(tx, ring, id, change.secret)),
      ...(change.secretExpiresOn === undefined ? {} : { secret_expires_on: change.secretExpiresOn }),
      ...(change.isDefault === undefined ? {} : { is_default: change.isDefault }),
    })
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
  if (result.numUpdatedRows === 0n) throw unknownApp();
}

/**
 * Mailboxes that a Microsoft app keeps going, by address; removed ones do not count.
 *
 * @returns `app` is the app's id; empty: the environment's
 */
export async function mailboxesOfApps(
  tenant: TenantDb,
): Promise<{ id: string; address: string; app: string }[]> {
  const rows = await tenant.db
    .selectFrom("mailboxes")
    .select(["id", "address", "app_id"])
    .where("workspace_id", "=", tenant.workspaceId)
    .where("method", "=", "oauth")
    .where("provider", "<>", "sandbox")
    .where("removed_at", "is", null)
    .orderBy("address")
    .execute();
  return rows.map((row) => ({ id: row.id, address: row.address, app: row.app_id ?? "" }));
}

/**
 * Removes an app that no mailbox uses; call it in a transaction.
 *
 * @throws HitchpostError not_found; conflict with `details.mailboxes` when mailboxes were authorized with it
 */
export async function removeApp(tx: TenantDb, id: string): Promise<void> {
  await tx.db
    .selectFrom("microsoft_apps")
    .select("id")
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", id)
    .forUpdate() // a mailbox that is just being connected with it waits, and then finds it gone
    .execute();
  const users = (await mailboxesOfApps(tx)).filter((mailbox) => mailbox.app === id);
  if (users.length > 0) throw inUse(users.map(({ address }) => address));
  await tx.db
    .updateTable("mailboxes")
    .set({ app_id: null, app_cloud: null })
    .where("workspace_id", "=", tx.workspaceId)
    .where("app_id", "=", id)
    .where("removed_at", "is not", null)
    .execute();
  const gone = await tx.db
    .deleteFrom("microsoft_apps")
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
  if (gone.numDeletedRows === 0n) throw unknownApp();
  await tx.db
    .deleteFrom("app_checks")
    .where("workspace_id", "=", tx.workspaceId)
    .where("app", "=", id)
    .execute();
}

/** How many addresses a sentence names. */
const named = 5;

function inUse(addresses: string[]): HitchpostError {
  const more = addresses.length > named ? ` and ${addresses.length - named} more` : "";
  return new HitchpostError(
    "conflict",
    `This app is in use by ${addresses.slice(0, named).join(", ")}${more}: reconnect ${addresses.length === 1 ? "it" : "them"} with another app first, or remove ${addresses.length === 1 ? "it" : "them"}.`,
    { details: { mailboxes: addresses } },
  );
}

export interface AppLogEntry {
  app: string;
  what: AppLogTable["what"];
  /** Names of what was changed; never values. */
  fields: string[];
  byName: string;
  at: Date;
}

/** Notes who changed an app. */
export async function appendAppLog(tx: TenantDb, entry: Omit<AppLogEntry, "at">): Promise<void> {
  await tx.db
    .insertInto("app_log")
    .values({
      workspace_id: tx.workspaceId,
      id: newId(),
      app: entry.app,
      what: entry.what,
      fields: entry.fields,
      by_name: entry.byName,
    })
    .execute();
}

/** The newest changes of an app first, at most `limit`. */
export async function readAppLog(tenant: TenantDb, app: string, limit: number): Promise<AppLogEntry[]> {
  const rows = await tenant.db
    .selectFrom("app_log")
    .select(["app", "what", "fields", "by_name", "at"])
    .where("workspace_id", "=", tenant.workspaceId)
    .where("app", "=", app)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    app: row.app,
    what: row.what,
    fields: row.fields,
    byName: row.by_name,
    at: row.at,
  }));
}
