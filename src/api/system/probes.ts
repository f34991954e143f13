/** What machines ask: /healthz, /readyz and /metrics, of the server and of workers. */
import { HitchpostError } from "../../core/errors.ts";
import type { ApiDeps } from "../deps.ts";
import { sameText } from "../principal.ts";
import type { Api } from "../server.ts";

const loopback = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);
const proxyHeaders = ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via"];

export type ProbeDeps = Pick<ApiDeps, "metrics" | "readiness">;

export function registerProbes(app: Pick<Api, "get">, deps: ProbeDeps): void {
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
