/** Status for the operator, health for machines, the API's document and reference page. */
import { createHash } from "node:crypto";
import scalar from "@scalar/fastify-api-reference";
import { HitchpostError } from "../../core/errors.ts";
import { listMailboxStatus } from "./status.ts";
import type { ApiDeps } from "../deps.ts";
import { handle } from "../handle.ts";
import { sameText } from "../principal.ts";
import type { Api } from "../server.ts";
import { systemOperations } from "./schema.ts";

const loopback = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);
const proxyHeaders = ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via"];

export function registerSystemRoutes(app: Api, deps: ApiDeps): void {
  handle(app, deps, systemOperations.getStatus, async ({ who }) => ({
    version: deps.version,
    startedAt: deps.startedAt.toISOString(),
    database: { ok: true, version: deps.database.version, embedded: deps.database.embedded },
    sandbox: deps.sandbox !== null,
    mailboxes: await listMailboxStatus(who.tenant, deps.clock.now()),
  }));
  registerProbes(app, deps);
  registerReference(app);
}

function registerProbes(app: Api, deps: ApiDeps): void {
  app.get("/healthz", { schema: { hide: true } }, async () => ({ alive: true }));
  app.get("/readyz", { schema: { hide: true } }, async (_request, reply) => {
    const readiness = await deps.readiness();
    return reply.status(readiness.ready ? 200 : 503).send(readiness);
  });
  app.get("/metrics", { schema: { hide: true } }, async (request, reply) => {
    const { token } = deps.metrics;
    const given = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
    // A proxy on this machine is loopback too: what it hands on comes from elsewhere.
    const direct = loopback.has(request.ip) && !proxyHeaders.some((name) => name in request.headers);
    const allowed = token === null ? direct : sameText(given, token);
    if (!allowed)
      throw new HitchpostError(
        "forbidden",
        "Metrics are for loopback, or for who sends HITCHPOST_METRICS_TOKEN.",
      );
    const { contentType, body } = await deps.metrics.render();
    return reply.type(contentType).send(body);
  });
}

/** The page of `/docs`: nothing of it comes from elsewhere, and nothing goes there. Its one inline script is named by its hash. */
function referencePolicy(html: string): string {
  const inline = [...html.matchAll(/<script[^>]*>([^]*?)<\/script>/g)].flatMap(([, script]) => script || []);
  const hashes = inline.map((script) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`);
  return [
    "default-src 'none'",
    `script-src 'self' ${hashes.join(" ")}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function registerReference(app: Api): void {
  app.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  void app.register(async (scope) => {
    scope.addHook("onSend", async (_request, reply, payload) => {
      if (typeof payload === "string" && String(reply.getHeader("content-type")).startsWith("text/html"))
        void reply.header("content-security-policy", referencePolicy(payload));
    });
    await scope.register(scalar, {
      routePrefix: "/docs",
      configuration: {
        url: "/openapi.json",
        pageTitle: "Hitchpost API",
        withDefaultFonts: false,
        telemetry: false,
        // What would carry the document to a service of others
        showDeveloperTools: "never",
        agent: { disabled: true },
        mcp: { disabled: true },
        hideClientButton: true,
      },
    });
  });
}
