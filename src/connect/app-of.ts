/** Which Microsoft app a sign-in goes by: of a mailbox or attempt the one it began with, of a new one the workspace's default. */
import { HitchpostError } from "../core/errors.ts";
import {
  defaultApp,
  findApp,
  getApp,
  listApps,
  readAppSecret,
  type AppRow,
  type Cloud,
} from "../store/apps.ts";
import type { KeyRing } from "../store/secrets.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { appFor, findProvider, isMicrosoft, type ConnectApp, type ConnectApps } from "./apps.ts";

export interface AppParts {
  ring: KeyRing;
  apps: () => ConnectApps;
}

/** Who asks: a provider, and the app of the operator's page; null: the environment's, or the sandbox's. */
export interface AppWanted {
  provider: string;
  appId: string | null;
}

/** @throws secret_unreadable when the app's key is missing */
export async function openApp(parts: AppParts, tenant: TenantDb, row: AppRow): Promise<ConnectApp | null> {
  const clientSecret = await readAppSecret(tenant, parts.ring, row.id);
  const { id, clientId, tenant: authority, cloud } = row;
  const version = row.updatedAt.toISOString();
  return parts.apps().kept?.open({ id, version, clientId, clientSecret, tenant: authority, cloud }) ?? null;
}

/** The app; null when it is gone or none is configured. @throws secret_unreadable */
export async function appOf(
  parts: AppParts,
  tenant: TenantDb,
  { provider, appId }: AppWanted,
): Promise<ConnectApp | null> {
  if (appId === null) return appFor(parts.apps(), provider);
  const row = await findApp(tenant, appId);
  return row === null ? null : openApp(parts, tenant, row);
}

/** The id that stands for the environment's app in the API. */
export const environmentId = "environment";

export interface AppChoice {
  id: string;
  name: string;
  isDefault: boolean;
}

/** The Microsoft apps that a sign-in may use, the environment's first. */
export async function appChoices({ apps }: Pick<AppParts, "apps">, tenant: TenantDb): Promise<AppChoice[]> {
  const { microsoft, kept } = apps();
  const own = kept === undefined ? [] : await listApps(tenant);
  const choices = own.map(({ id, name, isDefault }) => ({ id, name, isDefault }));
  const chosen = choices.some(({ isDefault }) => isDefault);
  return microsoft === null ? choices : [{ id: environmentId, name: "", isDefault: !chosen }, ...choices];
}

/** Which app a new sign-in of this provider uses. @param wanted an app chosen by hand. @throws not_found for an unknown one */
export async function chooseApp(
  tenant: TenantDb,
  provider: string,
  wanted?: string | null,
): Promise<{ id: string; cloud: Cloud } | null> {
  if (!isMicrosoft(provider) || wanted === null) return null;
  const row = wanted === undefined ? await defaultApp(tenant) : await findApp(tenant, wanted);
  if (row === null && wanted !== undefined)
    throw new HitchpostError("not_found", "No such Microsoft app.", { details: { field: "appId" } });
  return row === null ? null : { id: row.id, cloud: row.cloud };
}

/** What a mailbox remembers of the app it was authorized with. @throws not_found when it was removed meanwhile */
export async function appMark(tenant: TenantDb, appId: string): Promise<{ id: string; cloud: Cloud }> {
  const { id, cloud } = await getApp(tenant, appId);
  return { id, cloud };
}

/** @throws oauth_not_configured when the provider has no app here, invalid_request when it takes passwords only */
export async function requireApp(parts: AppParts, tenant: TenantDb, wanted: AppWanted): Promise<ConnectApp> {
  const app = await appOf(parts, tenant, wanted);
  if (app) return app;
  const known = findProvider(parts.apps(), wanted.provider);
  const name = known?.name ?? wanted.provider;
  if (known && !known.methods.includes("oauth")) {
    throw new HitchpostError(
      "invalid_request",
      `${name} is connected by app password, not by Official Authorization.`,
      { details: { field: "provider" } },
    );
  }
  throw new HitchpostError(
    "oauth_not_configured",
    `${name} has no Official Authorization here yet: the operator enters a Microsoft app first (Settings › Microsoft app).`,
    { details: { field: "provider" } },
  );
}
