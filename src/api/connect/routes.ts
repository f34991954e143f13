/** Providers, attempts, the public page of a connection link, and the way back from the identity provider. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { appChoices } from "../../connect/app-of.ts";
import { appsOffered, findProvider, offeredProviders, suggestedProvider } from "../../connect/apps.ts";
import { isHitchpostError } from "../../core/errors.ts";
import { membershipsOf } from "../../store/people.ts";
import { domainOf } from "../../connect/providers.ts";
import { workspaceName } from "../../store/people.ts";
import { countContactOf } from "../contact.ts";
import type { ApiDeps } from "../deps.ts";
import { handle, handlePublic, headersOf } from "../handle.ts";
import { languageFor } from "../language.ts";
import { oneMailbox } from "../mailboxes/facts.ts";
import { presentMailbox } from "../mailboxes/present.ts";
import type { Api } from "../server.ts";
import { pageOfWhole } from "../whole-list.ts";
import { permissionTexts, presentAttempt, presentLink, presentProvider } from "./present.ts";
import { connectOperations as operations } from "./schema.ts";

export const callbackPath = "/oauth/callback";

export function registerConnectRoutes(app: Api, deps: ApiDeps): void {
  registerProviders(app, deps);
  registerAttempts(app, deps);
  registerLink(app, deps);
  registerCallback(app, deps);
}

function registerProviders(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.listProviders, async ({ who, query, request }) => {
    const language = languageFor(request, who);
    const own = await appChoices(deps.connect.parts, who.tenant);
    const apps = appsOffered(deps.connect.parts.apps(), own.length > 0);
    const address = query.address ?? "";
    const isWhole = address.includes("@") && domainOf(address) !== "";
    const page = pageOfWhole(offeredProviders(apps), query, (provider) => provider.id);
    return {
      items: page.items.map((provider) =>
        presentProvider(provider, { apps, own, address, language, publicUrl: deps.publicUrl }),
      ),
      nextCursor: page.nextCursor,
      suggested: isWhole ? suggestedProvider(apps, address) : null,
    };
  });
  handle(app, deps, operations.lookUpSettings, async ({ who, body }) => {
    await countContactOf(deps, who, "settings");
    return deps.lookUpSettings(body.address);
  });
  handle(app, deps, operations.createPasswordMailbox, async ({ who, body, request, reply }) => {
    await countContactOf(deps, who, "password");
    const mailbox = await deps.connect.byPassword(who.tenant, {
      ...body,
      folders: body.folders,
      history: body.history,
      readOnly: body.readOnly,
      keepRaw: body.keepRaw,
      mailboxId: body.mailboxId,
      requestedBy: who.user?.id ?? null,
    });
    void reply.status(201);
    return presentMailbox(await oneMailbox(who.tenant, deps.connect, mailbox.id), languageFor(request, who));
  });
}

function registerAttempts(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.authorizeMailbox, async ({ who, body, request, reply }) => {
    const attempt = await deps.connect.begin(who.tenant, {
      address: body.address,
      provider: body.provider,
      flow: body.flow,
      mailboxId: body.mailboxId,
      share: body.share,
      shared: body.shared,
      delegate: body.delegate,
      appId: body.appId === "environment" ? null : body.appId,
      transport: body.transport,
      requestedBy: { id: who.user?.id ?? null, name: who.user?.name ?? "" },
    });
    void reply.status(201);
    return presentAttempt(attempt, deps.publicUrl, languageFor(request, who));
  });
  handle(app, deps, operations.listAttempts, async ({ who, query, request }) => {
    const language = languageFor(request, who);
    const page = pageOfWhole(await deps.connect.attempts(who.tenant), query, (attempt) => attempt.id);
    return { ...page, items: page.items.map((one) => presentAttempt(one, deps.publicUrl, language)) };
  });
  handle(app, deps, operations.decideAttempt, async ({ who, params, body, request }) =>
    presentAttempt(
      await deps.connect.decide(who.tenant, params.id, body.what),
      deps.publicUrl,
      languageFor(request, who),
    ),
  );
  handle(app, deps, operations.getAttempt, async ({ who, params, request }) =>
    presentAttempt(
      await deps.connect.attempt(who.tenant, params.id),
      deps.publicUrl,
      languageFor(request, who),
    ),
  );
  handle(app, deps, operations.verifyAttempt, async ({ who, params, request }) =>
    presentAttempt(
      await deps.connect.verify(who.tenant, params.id),
      deps.publicUrl,
      languageFor(request, who),
    ),
  );
  handle(app, deps, operations.dismissAttempt, ({ who, params }) =>
    deps.connect.dismiss(who.tenant, params.id),
  );
}

function registerLink(app: Api, deps: ApiDeps): void {
  handlePublic(app, deps, operations.getConnectLink, async ({ params, request }) => {
    const { tenant, attempt } = await deps.connect.link(params.link);
    const user = await deps.users.fromHeaders(headersOf(request));
    const memberships = user ? await membershipsOf(deps.pool, user.id) : [];
    const member = memberships.some((one) => one.workspaceId === tenant.workspaceId && one.role !== "agent");
    const language = languageFor(request, null);
    return presentLink(attempt, {
      workspaceName: await workspaceName(tenant),
      provider: findProvider(deps.connect.parts.apps(), attempt.provider),
      permissions: permissionTexts(language),
      member,
      signedInHere: await deps.connect.signedInHere(tenant, attempt.id, bindingsOf(deps, request)),
      language,
    });
  });
  handlePublic(app, deps, operations.decideConnectLink, ({ params, body, request }) =>
    deps.connect.decideByLink(params.link, body.what, bindingsOf(deps, request)),
  );
  handlePublic(app, deps, operations.startConnectLink, async ({ params, body, reply }) => {
    const { redirectTo, binding, id } = await deps.connect.start(params.link, body?.transport);
    if (binding === null) return { redirectTo };
    const { name, attributes } = bindingCookie(deps.publicUrl, id);
    void reply.setCookie(name, binding, { ...attributes, maxAge: 15 * 60 });
    return { redirectTo };
  });
}

/** The cookie of an attempt. `__Host-` needs https (RFC 6265bis 4.1.3.2); http://localhost takes the plain name. */
function bindingCookie(publicUrl: string, attemptId: string) {
  const secure = publicUrl.startsWith("https:");
  return {
    name: `${secure ? "__Host-" : ""}hitchpost_connect_${attemptId.replaceAll("-", "")}`,
    attributes: { path: "/", httpOnly: true, sameSite: "lax", secure } as const,
  };
}

const bindingsOf =
  ({ publicUrl }: ApiDeps, request: FastifyRequest) =>
  (attemptId: string): string | null =>
    request.cookies[bindingCookie(publicUrl, attemptId).name] ?? null;

/** The one redirect address. Whatever happened is told on our own pages, never as a bare error. */
function registerCallback(app: Api, deps: ApiDeps): void {
  app.get(callbackPath, { schema: { hide: true } }, async (request: FastifyRequest, reply: FastifyReply) => {
    const url = new URL(request.url, deps.publicUrl);
    let byAdmin = url.searchParams.has("admin_consent"); // should the database be away
    try {
      byAdmin = await deps.connect.isAdminAnswer(url);
      if (byAdmin) {
        const answer = await deps.connect.adminCallback(url);
        return await reply.redirect(`${deps.publicUrl}/connect/consented?answer=${answer}`, 303);
      }
      const { page } = await deps.connect.callback(url, bindingsOf(deps, request));
      return await reply.redirect(page, 303);
    } catch (error) {
      const known = isHitchpostError(error, "oauth_state_invalid");
      if (!known) request.log.error({ err: error }, "the way back from the sign-in failed");
      if (byAdmin)
        return reply.redirect(
          `${deps.publicUrl}/connect/consented?answer=${known ? "stale" : "failed"}`,
          303,
        );
      return reply.redirect(`${deps.publicUrl}/connect/failed?reason=${known ? "stale" : "unexpected"}`, 303);
    }
  });
}
