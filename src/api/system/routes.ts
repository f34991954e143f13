/** Status for the operator, health for machines, the API's document and reference page. */
import { createHash } from "node:crypto";
import scalar from "@scalar/fastify-api-reference";
import { readStatus } from "./status.ts";
import type { ApiDeps } from "../deps.ts";
import { handle } from "../handle.ts";
import type { Api } from "../server.ts";
import { registerProbes } from "./probes.ts";
import { systemOperations } from "./schema.ts";

export function registerSystemRoutes(app: Api, deps: ApiDeps): void {
  handle(app, deps, systemOperations.getStatus, async ({ who }) => ({
    version: deps.version,
    startedAt: deps.startedAt.toISOString(),
    database: { ok: true, version: deps.database.version, embedded: deps.database.embedded },
    sandbox: deps.sandbox !== null,
    ...(await readStatus(deps.pool, who.tenant, deps.clock.now())),
  }));
  registerProbes(app, deps);
  registerReference(app);
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
