/** The operator's page: a workspace's Microsoft apps, entered, changed, removed, checked. Roles are the API's business. */
import { z } from "zod";
import { HitchpostError } from "../core/errors.ts";
import { forgetAppCheck, readAppChecks, storeAppCheck, type StoredCheck } from "../store/app-checks.ts";
import {
  appendAppLog,
  createApp,
  getApp,
  listApps,
  mailboxesOfApps,
  readAppSecret,
  removeApp,
  updateApp,
  type AppChange,
  type Cloud,
  type NewApp,
} from "../store/apps.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { daysLeft } from "./app-check/facts.ts";
import { appCheckIds, expiryOf, judgeApp, type AppCheckResult, type CheckedApp } from "./app-check/judge.ts";
import { probeApp } from "./app-check/probes.ts";
import { environmentId } from "./app-of.ts";
import type { KeptApps } from "./apps.ts";
import type { Finding } from "./findings/types.ts";
import type { ConnectParts } from "./parts.ts";

export interface AppView {
  id: string;
  source: "page" | "environment";
  name: string;
  clientId: string;
  tenant: string;
  cloud: Cloud;
  hasSecret: boolean;
  secretExpiresOn: string | null;
  /** Whole days until the secret ends; null when its day is not known. */
  daysLeft: number | null;
  isDefault: boolean;
  mailboxes: { id: string; address: string }[];
  check: { checkedAt: Date; checks: AppCheckResult["checks"] } | null;
  /** Of the last check, and of the secret's day today. */
  findings: Finding[];
  createdAt: Date | null;
}

type SettingsParts = Pick<ConnectParts, "apps" | "ring" | "clock" | "publicUrl" | "log">;

const resultSchema = z.object({
  checks: z.array(
    z.object({ id: z.enum(appCheckIds), state: z.enum(["ok", "failed", "warning", "unknown"]) }),
  ),
  findings: z.array(
    z.object({
      code: z.string(),
      params: z.record(z.string(), z.string()),
      evidence: z.array(z.object({ at: z.string(), step: z.string(), line: z.string() })),
    }),
  ),
});

/** @throws oauth_not_configured where this installation keeps no apps */
function keptOf(parts: SettingsParts): KeptApps {
  const { kept } = parts.apps();
  if (!kept) throw new HitchpostError("oauth_not_configured", "This installation keeps no Microsoft apps.");
  return kept;
}

/** All apps that the workspace can use: the environment's first, then those of the page. */
export async function workspaceApps(parts: SettingsParts, tenant: TenantDb): Promise<AppView[]> {
  const [rows, users, checks] = await Promise.all([
    listApps(tenant),
    mailboxesOfApps(tenant),
    readAppChecks(tenant),
  ]);
  const nowMs = parts.clock.now();
  const environment = keptOf(parts).environment;
  const own = rows.map((row): AppView => ({
    ...row,
    source: "page",
    daysLeft: row.secretExpiresOn === null ? null : daysLeft(row.secretExpiresOn, nowMs),
    mailboxes: users.filter(({ app }) => app === row.id).map(({ id, address }) => ({ id, address })),
    ...checked(checks.get(row.id), row, nowMs),
  }));
  if (environment === null) return own;
  const { clientId, clientSecret, tenant: authority } = environment;
  const facts = { name: "", clientId, secretExpiresOn: null };
  const first: AppView = {
    ...facts,
    id: environmentId,
    source: "environment",
    tenant: authority,
    cloud: "default",
    hasSecret: clientSecret !== null,
    daysLeft: null,
    isDefault: !own.some((app) => app.isDefault),
    mailboxes: users.filter(({ app }) => app === "").map(({ id, address }) => ({ id, address })),
    ...checked(checks.get(environmentId), facts, nowMs),
    createdAt: null,
  };
  return [first, ...own];
}

function checked(
  stored: StoredCheck | undefined,
  app: Pick<CheckedApp, "secretExpiresOn" | "name" | "clientId">,
  nowMs: number,
): Pick<AppView, "check" | "findings"> {
  const result = stored === undefined ? null : resultSchema.parse(stored.result);
  const expiry = expiryOf(app, nowMs);
  const others = (result?.findings ?? []).filter(({ code }) => code !== "app_secret_expiring");
  return {
    check: stored && result ? { checkedAt: stored.checkedAt, checks: result.checks } : null,
    findings:
      expiry === null || others.some(({ code }) => code === expiry.code) ? others : [...others, expiry],
  };
}

/** @throws not_found */
export async function workspaceApp(parts: SettingsParts, tenant: TenantDb, id: string): Promise<AppView> {
  const app = (await workspaceApps(parts, tenant)).find((one) => one.id === id);
  if (!app) throw new HitchpostError("not_found", "No such Microsoft app.");
  return app;
}

export interface By {
  id: string | null;
  name: string;
}

/** Stores a new app. The first one becomes the default where the environment names none. @returns its id */
export async function addApp(
  parts: SettingsParts,
  tenant: TenantDb,
  app: Omit<NewApp, "createdBy" | "isDefault"> & { isDefault?: boolean | undefined },
  by: By,
): Promise<string> {
  const { environment } = keptOf(parts);
  const id = await tenant.transaction(async (tx) => {
    const first = environment === null && !(await listApps(tx)).some((one) => one.isDefault);
    const made = await createApp(tx, parts.ring, {
      ...app,
      isDefault: app.isDefault ?? first,
      createdBy: by.id,
    });
    await appendAppLog(tx, { app: made, what: "created", fields: [], byName: by.name });
    return made;
  });
  parts.log.info({ app: id, clientId: app.clientId, by: by.name }, "a Microsoft app was entered");
  return id;
}

/** Changes an app; a key left out stays. @throws not_found, conflict for what the environment sets */
export async function changeApp(
  parts: SettingsParts,
  tenant: TenantDb,
  id: string,
  change: AppChange,
  by: By,
): Promise<void> {
  const fields = Object.entries(change).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (id === environmentId) return changeEnvironment(parts, tenant, change, fields);
  await tenant.transaction(async (tx) => {
    await updateApp(tx, parts.ring, id, change);
    if (fields.some((name) => name !== "isDefault" && name !== "name")) await forgetAppCheck(tx, id);
    await appendAppLog(tx, { app: id, what: "changed", fields, byName: by.name });
  });
  parts.log.info({ app: id, fields, by: by.name }, "a Microsoft app was changed");
}

/** Of the environment's app the page can say only that it is the default. */
async function changeEnvironment(
  parts: SettingsParts,
  tenant: TenantDb,
  change: AppChange,
  fields: string[],
): Promise<void> {
  if (keptOf(parts).environment === null) throw new HitchpostError("not_found", "No such Microsoft app.");
  if (change.isDefault !== true || fields.length > 1) throw byEnvironment();
  await tenant.transaction(async (tx) => {
    for (const app of await listApps(tx))
      if (app.isDefault) await updateApp(tx, parts.ring, app.id, { isDefault: false });
  });
}

const byEnvironment = (): HitchpostError =>
  new HitchpostError(
    "conflict",
    "This app is set by environment variables (HITCHPOST_MICROSOFT_…): change them there.",
  );

/** @throws not_found, conflict while mailboxes use it */
export async function dropApp(parts: SettingsParts, tenant: TenantDb, id: string, by: By): Promise<void> {
  if (id === environmentId) throw byEnvironment();
  await tenant.transaction(async (tx) => {
    await removeApp(tx, id);
    const rest = await listApps(tx);
    const [next] = rest;
    // Without the environment's app somebody must be the default: the oldest is.
    if (next && keptOf(parts).environment === null && !rest.some(({ isDefault }) => isDefault))
      await updateApp(tx, parts.ring, next.id, { isDefault: true });
    await appendAppLog(tx, { app: id, what: "removed", fields: [], byName: by.name });
  });
  parts.log.info({ app: id, by: by.name }, "a Microsoft app was removed");
}

/**
 * *Check app*: asks Microsoft without a user, keeps what was found, within 15 s.
 *
 * @throws not_found; what the servers do is a finding
 */
export async function checkApp(parts: SettingsParts, tenant: TenantDb, id: string): Promise<AppView> {
  const kept = keptOf(parts);
  const { cloud, ...app } = await settingsOf(parts, tenant, id);
  const { scopeUrl } = kept.servers(cloud);
  const probeParts = { fetch: kept.fetch, clock: parts.clock, loginUrl: kept.loginUrl(cloud), scopeUrl };
  const answers = await probeApp(probeParts, app);
  const nowMs = parts.clock.now();
  await storeAppCheck(tenant, id, { checkedAt: new Date(nowMs), result: judgeApp(answers, app, nowMs) });
  return workspaceApp(parts, tenant, id);
}

async function settingsOf(
  parts: SettingsParts,
  tenant: TenantDb,
  id: string,
): Promise<CheckedApp & { cloud: Cloud }> {
  const addresses = { redirectUri: `${parts.publicUrl}/oauth/callback`, publicUrl: parts.publicUrl };
  const { environment } = keptOf(parts);
  if (id === environmentId) {
    if (environment === null) throw new HitchpostError("not_found", "No such Microsoft app.");
    return { ...environment, name: "", cloud: "default", secretExpiresOn: null, ...addresses };
  }
  const { name, clientId, tenant: authority, cloud, secretExpiresOn } = await getApp(tenant, id);
  const clientSecret = await readAppSecret(tenant, parts.ring, id);
  return { name, clientId, clientSecret, tenant: authority, cloud, secretExpiresOn, ...addresses };
}
