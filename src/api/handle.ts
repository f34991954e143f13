/** Gives an operation its handler, behind the checks that every request passes: who, where from, which role. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { HitchpostError } from "../core/errors.ts";
import { findApiKey, touchApiKey } from "../store/api-keys.ts";
import { membershipsOf, type Membership } from "../store/people.ts";
import { tenantDb } from "../store/tenant-db.ts";
import type { ApiDeps } from "./deps.ts";
import type { Operation } from "./operation.ts";
import { assertOrigin, assertRole, type Principal } from "./principal.ts";
import { clientIpHeader } from "./people/users.ts";
import { refuseNul } from "./refuse-nul.ts";
import type { Api } from "./server.ts";

type Output<T> = T extends z.ZodType ? z.output<T> : undefined;

/** What a handler sees of the request: everything parsed by its schema. */
export interface Call<O extends Operation> {
  params: Output<O["schema"]["params"]>;
  query: Output<O["schema"]["querystring"]>;
  body: Output<O["schema"]["body"]>;
  headers: Output<O["schema"]["headers"]>;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** For operations that need a signed-in person or a key. */
export type Handler<O extends Operation> = (call: Call<O> & { who: Principal }) => Promise<unknown>;
export type PublicHandler<O extends Operation> = (call: Call<O>) => Promise<unknown>;

/**
 * Requests a minute to one route. A person's page never comes near its limit; a key belongs to a program of the
 * workspace's own, which may read everything one by one, and only one that runs wild is slowed down.
 */
const perMinute = { session: 1_200, key: 60_000, public: 120 } as const;

const callOf = <O extends Operation>(request: FastifyRequest, reply: FastifyReply): Call<O> => ({
  params: request.params as Call<O>["params"],
  query: request.query as Call<O>["query"],
  body: request.body as Call<O>["body"],
  headers: request.headers as unknown as Call<O>["headers"],
  request,
  reply,
});

/** Registers an operation with a handler that knows who asks. */
export function handle<const O extends Operation>(
  app: Api,
  deps: ApiDeps,
  spec: O,
  handler: Handler<O>,
): void {
  app.route({
    method: spec.method,
    url: spec.url,
    schema: spec.schema,
    config: { rateLimit: { max: callerLimit, keyGenerator: callerKey } },
    // Rights come before the body is read and checked: who may not ask learns nothing of the schema.
    onRequest: async (request) => {
      const who = await identify(request, deps);
      assertRole(who, spec.access);
      principals.set(request, who);
    },
    preValidation: refuseNul,
    handler: async (request, reply) => {
      const result = await handler({ ...callOf<O>(request, reply), who: principals.get(request)! });
      return reply.sent ? reply : (result ?? {}); // bytes are sent by their handler
    },
  });
}

/** Registers an operation that needs nothing; changes still demand our own page's Origin or none at all (programs). */
export function handlePublic<const O extends Operation>(
  app: Api,
  deps: ApiDeps,
  spec: O,
  handler: PublicHandler<O>,
  limits: { perMinute: number } = { perMinute: perMinute.public },
): void {
  app.route({
    method: spec.method,
    url: spec.url,
    schema: spec.schema,
    config: { rateLimit: { max: limits.perMinute } },
    onRequest: async (request) => {
      if (request.headers.origin !== undefined) assertOrigin(request, deps.publicUrl);
    },
    preValidation: refuseNul,
    handler: async (request, reply) => {
      const result = await handler(callOf<O>(request, reply));
      return reply.sent ? reply : (result ?? {}); // what is no JSON is sent by its handler
    },
  });
}

const principals = new WeakMap<FastifyRequest, Principal>();

/** Counted by key or person, not by what the headers say: the limit's hook runs after the one that knows who asks. */
const callerKey = (request: FastifyRequest): string => {
  const { keyId, user } = principals.get(request)!;
  return keyId ?? user!.id;
};

const callerLimit = (request: FastifyRequest): number =>
  principals.get(request)?.keyId === null ? perMinute.session : perMinute.key;

/** @throws unauthenticated, forbidden */
export async function identify(request: FastifyRequest, deps: ApiDeps): Promise<Principal> {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return identifyKey(bearer, deps);
  const headers = headersOf(request);
  const user = await deps.users.fromHeaders(headers);
  if (!user) throw new HitchpostError("unauthenticated", "Nobody is signed in with this request.");
  assertOrigin(request, deps.publicUrl);
  const memberships = await membershipsOf(deps.pool, user.id);
  const membership = chosenMembership(request, memberships);
  if (!membership) throw new HitchpostError("forbidden", "You are no longer a member of a workspace here.");
  const tenant = tenantDb(deps.pool, membership.workspaceId);
  return { workspaceId: membership.workspaceId, role: membership.role, user, keyId: null, tenant };
}

/** The workspace named by header, which must be one's own; else the one last used, by cookie; else the first. */
function chosenMembership(request: FastifyRequest, memberships: Membership[]): Membership | undefined {
  const named = request.headers["hitchpost-workspace"];
  if (named !== undefined) return memberships.find((one) => one.workspaceId === named);
  const last = request.cookies["hitchpost_workspace"];
  return memberships.find((one) => one.workspaceId === last) ?? memberships[0];
}

async function identifyKey(key: string, deps: ApiDeps): Promise<Principal> {
  const found = await findApiKey(deps.pool, key);
  if (!found) throw new HitchpostError("unauthenticated", "This API key is unknown or revoked.");
  void touchApiKey(deps.pool, found, deps.clock.now()).catch((error: unknown) =>
    deps.log.warn({ err: error }, "the API key's time of use was not kept"),
  );
  const tenant = tenantDb(deps.pool, found.workspaceId);
  return { workspaceId: found.workspaceId, role: found.role, user: null, keyId: found.id, tenant };
}

/** The request's headers as WHATWG Headers, for better-auth. */
export function headersOf(request: FastifyRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  headers.set(clientIpHeader, request.ip);
  return headers;
}
