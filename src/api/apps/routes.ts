/** Microsoft apps: the operator's page. */
import { registrationOf } from "../../connect/app-check/registration.ts";
import {
  addApp,
  changeApp,
  checkApp,
  dropApp,
  workspaceApp,
  workspaceApps,
  type AppView,
} from "../../connect/app-settings.ts";
import { environmentId } from "../../connect/app-of.ts";
import { readAppLog } from "../../store/apps.ts";
import { countContactOf } from "../contact.ts";
import type { ApiDeps } from "../deps.ts";
import { handle } from "../handle.ts";
import { languageFor } from "../language.ts";
import type { Principal } from "../principal.ts";
import type { Api } from "../server.ts";
import { pageOfWhole } from "../whole-list.ts";
import { presentApp, presentAppLog } from "./present.ts";
import { appOperations as operations } from "./schema.ts";

/** So many changes of an app are shown. */
const shownChanges = 100;

const byOf = ({ user, keyId }: Principal) => ({
  id: user?.id ?? null,
  name: user?.name ?? `API key ${keyId ?? ""}`,
});

export function registerAppRoutes(app: Api, deps: ApiDeps): void {
  const { parts } = deps.connect;
  const present = (view: AppView, call: { request: Parameters<typeof languageFor>[0]; who: Principal }) =>
    presentApp(view, languageFor(call.request, call.who), deps.clock.now());
  handle(app, deps, operations.listApps, async ({ who, query, request }) => {
    const page = pageOfWhole(await workspaceApps(parts, who.tenant), query, (view) => view.id);
    return { ...page, items: page.items.map((view) => present(view, { request, who })) };
  });
  handle(app, deps, operations.getAppRegistration, async () => registrationOf(parts));
  handle(app, deps, operations.createApp, async ({ who, body, request, reply }) => {
    const id = await addApp(parts, who.tenant, body, byOf(who));
    void reply.status(201);
    return present(await workspaceApp(parts, who.tenant, id), { request, who });
  });
  handle(app, deps, operations.updateApp, async ({ who, params, body, request }) => {
    await changeApp(parts, who.tenant, params.id, body, byOf(who));
    return present(await workspaceApp(parts, who.tenant, params.id), { request, who });
  });
  handle(app, deps, operations.removeApp, ({ who, params }) =>
    dropApp(parts, who.tenant, params.id, byOf(who)),
  );
  handle(app, deps, operations.checkApp, async ({ who, params, request }) => {
    await workspaceApp(parts, who.tenant, params.id);
    await countContactOf(deps, who, "app_check");
    return present(await checkApp(parts, who.tenant, params.id), { request, who });
  });
  handle(app, deps, operations.listAppLog, async ({ who, params, query }) => {
    await workspaceApp(parts, who.tenant, params.id);
    const entries = params.id === environmentId ? [] : await readAppLog(who.tenant, params.id, shownChanges);
    const page = pageOfWhole(entries, query, (entry) => entry.at.toISOString());
    return { ...page, items: page.items.map(presentAppLog) };
  });
}
