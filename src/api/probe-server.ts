/** A worker's small HTTP server: health and metrics, and nothing else. */
import Fastify from "fastify";
import { sendProblem } from "./problem.ts";
import type { Api } from "./server.ts";
import { registerProbes, type ProbeDeps } from "./system/probes.ts";

export function createProbeServer(deps: ProbeDeps): Pick<Api, "listen" | "close" | "server"> {
  const app = Fastify({ logger: false, forceCloseConnections: true, requestTimeout: 30_000 });
  app.setErrorHandler(sendProblem);
  registerProbes(app, deps);
  return app;
}
