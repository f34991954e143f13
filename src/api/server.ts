/** Puts the HTTP server together: schemas, problems, rights, headers, routes, the web page and the sandbox's pages. */
import { randomUUID } from "node:crypto";
import cookie from "@fastify/cookie";
import rateLimit from "@fastify/rate-limit";
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { HitchpostError } from "../core/errors.ts";
import { recordMethods, type MethodsOf } from "./allowed-methods.ts";
import { registerAppRoutes } from "./apps/routes.ts";
import { registerConnectRoutes } from "./connect/routes.ts";
import { registerConversationRoutes } from "./conversations/routes.ts";
import type { ApiDeps } from "./deps.ts";
import { registerEventRoutes } from "./events/routes.ts";
import { registerMailboxRoutes } from "./mailboxes/routes.ts";
import { registerMessageRoutes } from "./messages/routes.ts";
import { registerNotificationRoutes } from "./notifications/routes.ts";
import { registerOpenApi } from "./openapi.ts";
import { registerOutboxRoutes } from "./outbox/routes.ts";
import { registerPeopleRoutes } from "./people/routes.ts";
import { sendProblem, sendUnparsedProblem } from "./problem.ts";
import { registerDoctorRoutes } from "./doctor/routes.ts";
import { registerExplainRoutes } from "./explain/routes.ts";
import { registerSystemRoutes } from "./system/routes.ts";
import { registerPages } from "./web/pages.ts";
import { registerSandboxProxy } from "./web/sandbox-proxy.ts";

/** Fastify whose routes are typed by zod schemas. */
export type Api = FastifyInstance<
  import("node:http").Server,
  import("node:http").IncomingMessage,
  import("node:http").ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Headers that every answer carries; pages add their own policy (web/pages.ts). */
const commonHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
} as const;

/** @param options.trustProxy addresses whose X-Forwarded-* headers are believed; empty: none */
export async function createServer(deps: ApiDeps, options: { trustProxy: string[] }): Promise<Api> {
  const app = Fastify({
    loggerInstance: deps.log as unknown as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: options.trustProxy.length > 0 ? options.trustProxy : false,
    genReqId: () => randomUUID(),
    frameworkErrors: sendProblem,
    clientErrorHandler: sendUnparsedProblem,
    // The signed address of a remote picture is one parameter, and newsletters have long ones.
    routerOptions: { maxParamLength: 4_000 },
    bodyLimit: 4 * 1024 * 1024,
    requestTimeout: 120_000,
    forceCloseConnections: true,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(sendProblem);
  app.removeContentTypeParser("text/plain"); // JSON only: a form of another site can send text
  app.addHook("onSend", async (request, reply) => {
    if (/^\/(v1|api)\//.test(request.url) && !reply.hasHeader("cache-control"))
      void reply.header("cache-control", "no-store");
    for (const [name, value] of Object.entries(commonHeaders)) {
      if (!reply.hasHeader(name)) void reply.header(name, value);
    }
  });
  await app.register(cookie);
  await app.register(rateLimit, { global: false, timeWindow: 60_000, errorResponseBuilder: tooMany });
  await registerOpenApi(app, deps.version);
  await registerRoutes(app, deps, recordMethods(app));
  return app;
}

const tooMany = (_request: unknown, { ttl }: { ttl: number }): HitchpostError =>
  new HitchpostError("rate_limited", "Too many requests in a short time.", {
    details: { retryAfterMs: ttl },
  });

async function registerRoutes(app: Api, deps: ApiDeps, methodsOf: MethodsOf): Promise<void> {
  registerPeopleRoutes(app, deps);
  registerAppRoutes(app, deps);
  registerConnectRoutes(app, deps);
  registerMailboxRoutes(app, deps);
  registerConversationRoutes(app, deps);
  registerMessageRoutes(app, deps);
  registerOutboxRoutes(app, deps);
  registerEventRoutes(app, deps);
  registerExplainRoutes(app, deps);
  registerDoctorRoutes(app, deps);
  registerSystemRoutes(app, deps);
  await registerNotificationRoutes(app, deps);
  if (deps.sandbox) await registerSandboxProxy(app, deps.sandbox);
  await registerPages(app, deps, methodsOf);
}
