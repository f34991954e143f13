/** Setup, session, members, invitations, API keys. */
import { HitchpostError, isHitchpostError } from "../../core/errors.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "../../store/api-keys.ts";
import {
  acceptInvitation,
  createInvitation,
  findInvitation,
  listInvitations,
  removeInvitation,
} from "../../store/invitations.ts";
import {
  addMember,
  createWorkspace,
  listMembers,
  membershipsOf,
  removeMember,
  renameWorkspace,
  updateMember,
} from "../../store/people.ts";
import { changeWorkspaceSettings, readWorkspaceSettings } from "../../store/workspace-settings.ts";
import { tenantDb } from "../../store/tenant-db.ts";
import type { ApiDeps } from "../deps.ts";
import { handle, handlePublic, headersOf } from "../handle.ts";
import { assertOrigin } from "../principal.ts";
import type { Api } from "../server.ts";
import { pageOfWhole } from "../whole-list.ts";
import { presentApiKey, presentInvitation, presentMember } from "./present.ts";
import { peopleOperations as operations } from "./schema.ts";

export function registerPeopleRoutes(app: Api, deps: ApiDeps): void {
  registerAuth(app, deps);
  registerSession(app, deps);
  registerTeam(app, deps);
  registerInvitations(app, deps);
  registerKeys(app, deps);
}

/** better-auth's own routes: only those that the page uses are let through. */
function registerAuth(app: Api, deps: ApiDeps): void {
  const allowed = new Set([
    "/api/auth/sign-in/email",
    "/api/auth/sign-out",
    "/api/auth/change-password",
    "/api/auth/get-session",
  ]);
  app.route({
    method: ["GET", "POST"],
    url: "/api/auth/*",
    schema: { hide: true },
    handler: async (request, reply) => {
      const path = request.url.split("?")[0] ?? "";
      if (!allowed.has(path)) throw new HitchpostError("not_found", "Nothing answers here.");
      const headers = headersOf(request);
      if (request.method === "POST") {
        if (headers.has("origin") || headers.has("cookie")) assertOrigin(request, deps.publicUrl);
        headers.set("origin", new URL(deps.publicUrl).origin); // checked by our rule, which knows addresses of this host
      }
      const init: RequestInit = { method: request.method, headers };
      if (request.body !== undefined && request.method === "POST") init.body = JSON.stringify(request.body);
      const response = await deps.users.handle(new Request(new URL(request.url, deps.publicUrl), init));
      for (const value of response.headers.getSetCookie()) void reply.header("set-cookie", value);
      return reply
        .status(response.status)
        .type("application/json")
        .send(await response.text());
    },
  });
}

function registerSession(app: Api, deps: ApiDeps): void {
  handlePublic(app, deps, operations.getSession, async ({ request }) => {
    const user = await deps.users.fromHeaders(headersOf(request));
    const workspaces = user ? await membershipsOf(deps.pool, user.id) : [];
    const current =
      workspaces.find((one) => one.workspaceId === request.cookies["hitchpost_workspace"]) ?? workspaces[0];
    return {
      setupNeeded: await deps.setup.needed(),
      user,
      workspace: current
        ? {
            id: current.workspaceId,
            name: current.name,
            ...(await readWorkspaceSettings(tenantDb(deps.pool, current.workspaceId))),
          }
        : null,
      role: current?.role ?? null,
      workspaces: workspaces.map((one) => ({ id: one.workspaceId, name: one.name })),
      sandbox: deps.sandbox !== null,
      version: deps.version,
    };
  });
  handlePublic(app, deps, operations.setup, async ({ body, request, reply }) => {
    const { user, workspaceId } = await deps.setup.claim(body.token, async () => {
      const first = await deps.users.create(body);
      return {
        user: first,
        workspaceId: await createWorkspace(deps.pool, { name: body.workspace, ownerId: first.id }),
      };
    });
    const made = body.apiKey
      ? await createApiKey(tenantDb(deps.pool, workspaceId), {
          name: "setup",
          role: "owner",
          createdBy: user.id,
        })
      : null;
    const cookies = await deps.users
      .signIn({ email: body.email, password: body.password, headers: headersOf(request) })
      .catch((error: unknown) => {
        // After too many tries before: the owner is made and the key is shown this once, so the sign-in has to wait.
        if (!isHitchpostError(error, "rate_limited")) throw error;
        return [];
      });
    for (const value of cookies) void reply.header("set-cookie", value);
    void reply.status(201);
    return { workspaceId, userId: user.id, apiKey: made?.key ?? null };
  });
  handle(app, deps, operations.updateMe, async ({ who, body }) => {
    if (!who.user) throw new HitchpostError("forbidden", "An API key has no person's settings.");
    await deps.users.update(who.user.id, {
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.language === undefined ? {} : { language: body.language }),
    });
  });
  handle(app, deps, operations.updateWorkspace, async ({ who, body: { name, mailTrouble } }) => {
    if (name !== undefined) await renameWorkspace(who.tenant, name);
    if (mailTrouble !== undefined) await changeWorkspaceSettings(who.tenant, { mailTrouble });
  });
}

function registerTeam(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.listMembers, async ({ who, query }) =>
    pageOfWhole((await listMembers(deps.pool, who.tenant)).map(presentMember), query, (one) => one.userId),
  );
  handle(app, deps, operations.updateMember, async ({ who, params, body }) => {
    await updateMember(who.tenant, params.userId, body.role);
    const member = (await listMembers(deps.pool, who.tenant)).find((one) => one.userId === params.userId);
    if (!member) throw new HitchpostError("not_found", "No such member.");
    return presentMember(member);
  });
  handle(app, deps, operations.removeMember, ({ who, params }) => removeMember(who.tenant, params.userId));
}

function registerInvitations(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.listInvitations, async ({ who, query }) =>
    pageOfWhole((await listInvitations(who.tenant)).map(presentInvitation), query, (one) => one.id),
  );
  handle(app, deps, operations.createInvitation, async ({ who, body, reply }) => {
    if (body.role === "owner" && who.role !== "owner")
      throw new HitchpostError("forbidden", "Only an owner makes owners.");
    const { invitation, token } = await createInvitation(who.tenant, {
      email: body.email,
      role: body.role,
      invitedBy: who.user?.id ?? `key:${who.keyId}`,
    });
    void reply.status(201);
    return { invitation: presentInvitation(invitation), url: `${deps.publicUrl}/invitation#${token}` };
  });
  handle(app, deps, operations.removeInvitation, ({ who, params }) =>
    removeInvitation(who.tenant, params.id),
  );
  handlePublic(app, deps, operations.getInvitation, async ({ body }) => {
    const found = await findInvitation(deps.pool, body.token);
    return {
      workspace: found.workspaceName,
      email: found.email,
      role: found.role,
      hasAccount: (await deps.users.findByEmail(found.email)) !== null,
    };
  });
  handlePublic(app, deps, operations.acceptInvitation, async ({ body, request, reply }) => {
    const invitation = await findInvitation(deps.pool, body.token);
    const { email, workspaceId, role } = invitation;
    const known = await deps.users.findByEmail(email);
    if (!known && body.password.length < 10) {
      throw new HitchpostError("invalid_request", "A password needs at least 10 characters.", {
        details: { field: "password" },
      });
    }
    const user =
      known ?? (await deps.users.create({ email, name: body.name ?? email, password: body.password }));
    const cookies = await deps.users.signIn({ email, password: body.password, headers: headersOf(request) });
    await tenantDb(deps.pool, workspaceId).transaction(async (tx) => {
      await acceptInvitation(tx, invitation.id);
      await addMember(tx, { userId: user.id, role });
    });
    for (const value of cookies) void reply.header("set-cookie", value);
    void reply.status(201);
    return { workspaceId };
  });
}

function registerKeys(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.listApiKeys, async ({ who, query }) =>
    pageOfWhole((await listApiKeys(who.tenant)).map(presentApiKey), query, (one) => one.id),
  );
  handle(app, deps, operations.createApiKey, async ({ who, body, reply }) => {
    if (body.role === "owner" && who.role !== "owner")
      throw new HitchpostError("forbidden", "Only an owner makes an owner's key.");
    const made = await createApiKey(who.tenant, {
      name: body.name,
      role: body.role,
      createdBy: who.user?.id ?? null,
    });
    void reply.status(201);
    return { apiKey: presentApiKey(made.apiKey), key: made.key };
  });
  handle(app, deps, operations.revokeApiKey, ({ who, params }) => revokeApiKey(who.tenant, params.id));
}
